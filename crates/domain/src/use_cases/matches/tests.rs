//! How sure a match is. Whole merges are tried on both databases (`storage/tests/contract/matches.rs`).

use super::*;

#[test]
fn how_sure_a_match_is_is_written_as_it_is_shown_and_the_surest_comes_first() {
    for certainty in Certainty::ALL {
        assert_eq!(certainty.as_str().parse(), Ok(certainty));
        assert_eq!(certainty.as_str().to_uppercase().parse(), Ok(certainty));
    }
    let wrong = "surely".parse::<Certainty>().unwrap_err();
    assert!(wrong.to_string().contains("write `sure`, `likely` or `unsure`"), "{wrong}");
    assert!(Certainty::ALL.is_sorted());
}
