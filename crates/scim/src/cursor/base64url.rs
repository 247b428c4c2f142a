//! Bytes to base64url without padding (RFC 4648 §5), and back. All its characters are unreserved in URLs
//! (RFC 3986 §2.3). One text for every value: what [`render`] would not write, [`parse`] does not read.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub(super) fn render(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |position: usize| u32::from(chunk.get(position).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for position in 0..=chunk.len() {
            let six = bits >> (18 - 6 * position) & 0x3f;
            text.push(char::from(ALPHABET[six as usize]));
        }
    }
    text
}

pub(super) fn parse(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for (position, character) in chunk.iter().enumerate() {
            bits |= u32::from(value(*character)?) << (18 - 6 * position);
        }
        let whole = match chunk.len() {
            4 => 3,
            3 => 2,
            2 => 1,
            _ => return None,
        };
        let [_, decoded @ ..] = bits.to_be_bytes();
        if decoded[whole..].iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend(&decoded[..whole]);
    }
    Some(bytes)
}

fn value(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'a'..=b'z' => Some(character - b'a' + 26),
        b'0'..=b'9' => Some(character - b'0' + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_rfc_4648_are_read_and_written() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(render(bytes.as_bytes()), text);
            assert_eq!(parse(text).unwrap(), bytes.as_bytes());
        }
        assert_eq!(render(&[0xfb, 0xff]), "-_8");
        for text in ["Zg==", "Z", "Zh", "Zm9=", "Zm+v", "Zm/v", "Z g"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(parse(&render(&bytes)), Some(bytes));
        }

        #[test]
        fn a_text_that_is_read_is_the_one_that_is_written(text in "[A-Za-z0-9_-]{0,12}") {
            if let Some(bytes) = parse(&text) {
                prop_assert_eq!(render(&bytes), text);
            }
        }
    }
}
