use proptest::prelude::*;

use super::*;
use crate::error::ScimType;

fn of(parts: &[&str]) -> Fingerprint {
    Fingerprint::of(parts.iter().copied())
}

fn after(id: &str, key: Option<&str>) -> Position {
    Position::After { id: id.to_owned(), key: key.map(str::to_owned) }
}

// scim: 181, 183
#[test]
fn a_cursor_is_valid_for_its_own_query_only() {
    let text = Cursor::new(after("7", None), 1_000).render(of(&["acme", "User", ""]));
    assert!(Cursor::parse(&text, of(&["acme", "User", ""])).is_ok());
    for other in [
        of(&["acme", "User", "title pr"]),
        of(&["acme", "Group", ""]),
        of(&["other", "User", ""]),
        of(&["acmeUser", "", ""]),
        of(&["acme", "User"]),
    ] {
        let error = Cursor::parse(&text, other).unwrap_err();
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidCursor)));
    }
}

// scim: 183
#[test]
fn garbage_is_an_invalid_cursor() {
    let query = of(&["acme"]);
    let long = "A".repeat(MAX_LENGTH + 1);
    for text in ["", "x", "1", "AAAA", "..", "é", "null", "AQAAAAAAAAAAbwAAAAAAAAAA", &long] {
        assert_eq!(
            Cursor::parse(text, query).unwrap_err().scim_type,
            Some(ScimType::InvalidCursor),
            "{text}"
        );
    }
}

// scim: 183, 187
#[test]
fn a_cursor_expires_when_its_lifetime_has_passed() {
    let cursor = Cursor::new(Position::Offset(5), 10_000);
    assert!(!cursor.expired(10_000, 0) && !cursor.expired(15_000, 5_000) && cursor.expired(15_001, 5_000));
    // Given out by a server whose clock is ahead.
    assert!(!cursor.expired(0, 5_000));
    assert!(!Cursor::new(Position::Offset(5), i64::MAX).expired(i64::MIN, 1));
    assert_eq!(cursor.clone().unexpired(11_000, 5_000), Ok(cursor.clone()));
    let error = cursor.unexpired(20_000, 5_000).unwrap_err();
    assert_eq!((error.status, error.scim_type), (400, Some(ScimType::ExpiredCursor)));
}

#[test]
fn the_layout_of_a_cursor_is_fixed() {
    // Cursors outlive a restart; a change of this text needs another LAYOUT.
    let text = Cursor::new(after("7", Some("\"ada\"")), 1_700_000_000_000).render(of(&["acme", "User"]));
    assert_eq!(text, "AQAAAYvP5WgAawAAAAAAAAABNyJhZGEi4hQuyWQf2iA");
}

fn any_position() -> impl Strategy<Value = Position> {
    prop_oneof![
        any::<u64>().prop_map(Position::Offset),
        (any::<String>(), any::<Option<String>>()).prop_map(|(id, key)| Position::After { id, key }),
    ]
}

proptest! {
    #[test]
    fn a_cursor_reads_back_and_has_unreserved_characters_only(position in any_position(), issued in any::<i64>(), part in any::<String>()) {
        let (cursor, query) = (Cursor { issued, position }, of(&[&part]));
        let text = cursor.render(query);
        prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)));
        prop_assert_eq!(Cursor::parse(&text, query), Ok(cursor));
    }

    #[test]
    fn a_cursor_that_was_cut_or_altered_is_refused(position in any_position(), at in any::<prop::sample::Index>(), replacement in "[A-Za-z0-9_-]") {
        let query = of(&["acme"]);
        let text = Cursor::new(position, 0).render(query);
        let at = at.index(text.len());
        prop_assert!(Cursor::parse(&text[..at], query).is_err());
        let altered = format!("{}{replacement}{}", &text[..at], &text[at + 1..]);
        prop_assert_eq!(Cursor::parse(&altered, query).is_ok(), altered == text);
    }

    #[test]
    fn anything_can_be_offered_as_a_cursor(text in any::<String>()) {
        prop_assert!(Cursor::parse(&text, of(&[])).is_err());
    }
}
