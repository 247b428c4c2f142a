//! How a difference reads.

use super::*;

#[test]
fn a_difference_is_one_line_that_says_what_was_pushed_and_what_is_held() {
    let difference = Difference {
        subject: "user ada@contoso.example".to_owned(),
        id: Some("7".to_owned()),
        what: "title".to_owned(),
        pushed: shown(&"Head of \"Special\" Projects".into()),
        held: shown(&Value::Null),
    };
    let line = r#"user ada@contoso.example (7): title: pushed "Head of \"Special\" Projects", held nothing"#;
    assert_eq!(difference.to_string(), line);
}

#[test]
fn a_long_list_of_members_is_counted() {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    assert_eq!(sets(3, &names, &["x"]), "3; missing a, b, c, d, e and 2 more; extra x");
    assert_eq!(sets(3, &[], &[]), "3");
}
