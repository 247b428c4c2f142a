//! The text of a statement, cut where its values stand (`$1`, `$2`, …). A statement that stays prepared is cut once, since
//! each run of it only hands the values over.

/// A text in pieces.
pub(crate) struct Pieces {
    /// What comes before the first value.
    pub(crate) first: String,
    /// Which value, from 0, and what follows it.
    pub(crate) rest: Vec<(usize, String)>,
}

impl Pieces {
    pub(crate) fn of(text: &str) -> Self {
        let mut pieces = text.split('$');
        let first = pieces.next().unwrap_or_default().to_owned();
        let rest = pieces.map(|piece| {
            let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
            // What is no number names no value, which is told when the values are handed over.
            let number = piece[..digits].parse::<usize>().unwrap_or(0).wrapping_sub(1);
            (number, piece[digits..].to_owned())
        });
        Self { first, rest: rest.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_its_values_stand() {
        let pieces = Pieces::of("SELECT $2, $10 WHERE $x");
        assert_eq!(pieces.first, "SELECT ");
        let rest: Vec<(usize, &str)> = pieces.rest.iter().map(|(n, text)| (*n, text.as_str())).collect();
        assert_eq!(rest, [(1, ", "), (9, " WHERE "), (usize::MAX, "x")]);
    }
}
