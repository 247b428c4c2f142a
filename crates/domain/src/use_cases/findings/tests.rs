use super::*;
use crate::{
    secret::{Secret, SecretKind},
    testing::{NOW, THEN, a_connection, a_token},
};

fn token(name: &str) -> Token {
    a_token(name, &Secret::new(SecretKind::Scim, [7; 32]))
}

// pain: 14
#[test]
fn a_token_that_will_expire_is_told_of_while_it_works() {
    let in_days = |days| Token { expires_at: Some(NOW.plus_days(days)), ..token("entra") };
    assert_eq!(expiring(&[token("entra"), in_days(15), in_days(-1)], NOW), None);
    let found = expiring(&[in_days(13), Token { revoked_at: Some(NOW), ..in_days(1) }], NOW).unwrap();
    assert_eq!((found.count, found.examples), (1, vec!["entra".to_owned()]));
}

#[test]
fn a_token_that_nobody_uses_is_told_of_after_a_while() {
    let made = |days: i64| Token { created_at: NOW.plus_days(-days), ..token("old") };
    assert_eq!(unused(&[made(6), Token { last_used_at: Some(THEN), ..made(30) }], NOW), None);
    assert_eq!(unused(&[made(8)], NOW).unwrap().examples, ["old"]);
}

#[test]
fn a_directory_that_fell_silent_is_told_of_and_one_that_never_spoke_is_not() {
    let (spoke, never) = (a_connection("entra"), a_connection("okta"));
    let at = |days: i64| {
        let (connection, token) = (spoke.id, token("entra").id);
        vec![LastRequest { connection, token, at: Some(NOW.plus_days(-days)) }]
    };
    let all = [spoke.clone(), never];
    assert_eq!(silent(&all, &at(1), NOW), None);
    assert_eq!(silent(&all, &at(3), NOW).unwrap().examples, ["entra"]);
}

#[test]
fn refused_requests_are_counted_by_reason() {
    let one = |reason, count| Refusals { reason, token: None, count, last: NOW };
    assert_eq!(refused(&[]), None);
    let stale = one(RefusedToken::AccessTokenExpired, 24);
    assert_eq!(refused(std::slice::from_ref(&stale)), None, "some clients ask for a new one only then");
    let found = refused(&[one(RefusedToken::Expired, 3), stale, one(RefusedToken::Unknown, 1)]).unwrap();
    assert_eq!(
        (found.count, found.examples),
        (4, vec!["3 × an expired token".into(), "1 × an unknown token".into()])
    );
}

#[test]
fn every_kind_has_its_own_word_and_says_one_and_several_apart() {
    let words: std::collections::BTreeSet<_> = FindingKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(words.len(), FindingKind::ALL.len());
    for kind in FindingKind::ALL {
        let (one, many) = (kind.summary(1), kind.summary(12));
        assert!(!one.starts_with(|first: char| first.is_ascii_digit()), "{one}");
        assert!(many.starts_with("12 "), "{many}");
        assert!(!one.contains('{') && !many.contains('{'), "{many}");
    }
}

#[test]
fn where_nobody_counted_further_the_finding_says_so() {
    let kind = FindingKind::PersonWithoutWorkspace;
    let found = |count| Finding::of(kind, Sample { count, names: Vec::new() }).unwrap();
    let (some, many) = (found(999), found(u64::from(MOST_PEOPLE)));
    assert_eq!((some.or_more, some.summary.as_str()), (false, "999 active people are in no workspace"));
    assert_eq!(
        (many.or_more, many.summary.as_str()),
        (true, "1000 or more active people are in no workspace")
    );
    assert!(
        !Finding::of(FindingKind::UnmappedGroup, Sample { count: 5000, names: Vec::new() }).unwrap().or_more
    );
}
