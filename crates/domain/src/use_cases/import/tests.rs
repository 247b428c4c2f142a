//! What a line of an import does to a record. Whole imports are tried on both databases (`storage/tests/contract/adoption.rs`).

use rolecall_scim::{document::Document, schema::ResourceType};
use serde_json::{Value, json};

use super::*;
use crate::testing::{MockTx, a_user_with, an_act};

fn row(user_name: &str) -> ImportRow {
    ImportRow { user_name: user_name.into(), ..ImportRow::default() }
}

fn over(attributes: Value, row: &ImportRow) -> (Document, Document) {
    let user = a_user_with("ada", attributes);
    let old = Document::from_stored(&user.document.text).unwrap();
    let new = document::over(row, &user.facts, &old, ResourceType::user()).unwrap();
    (old, new)
}

#[test]
fn what_a_line_does_not_say_and_what_it_says_again_stays() {
    let attributes = json!({
        "name": {"givenName": "Ada", "honorificPrefix": "Countess"},
        "emails": [{"value": "Ada@acme.test", "type": "home"}, {"value": "a@acme.test"}],
        "roles": ["member", "owner"],
        "active": false,
    });
    let said = ImportRow {
        given_name: Some("Ada".into()),
        email: Some("ada@ACME.test".into()),
        role: Some(OrgRole::Owner),
        active: Some(false),
        ..row("ada@acme.test")
    };
    for line in [row("ada@acme.test"), said] {
        let (old, new) = over(attributes.clone(), &line);
        assert_eq!(old, new, "{line:?}");
    }
}

#[test]
fn what_a_line_says_takes_the_place_of_what_there_was() {
    let line = ImportRow {
        family_name: Some("Lovelace".into()),
        email: Some("ada@acme.example".into()),
        role: Some(OrgRole::Member),
        active: Some(false),
        external_id: Some("00u1".into()),
        ..row("ada@acme.example")
    };
    let attributes =
        json!({"name": {"givenName": "Ada"}, "roles": ["owner"], "emails": [{"value": "ada@acme.test"}]});
    let (_, new) = over(attributes, &line);
    let value = |name: &str| new.as_map().get(name).cloned().unwrap_or_default();
    assert_eq!(value("userName"), "ada@acme.example");
    assert_eq!(value("name"), json!({"givenName": "Ada", "familyName": "Lovelace"}));
    assert_eq!(value("emails"), json!([{"value": "ada@acme.example", "type": "work", "primary": true}]));
    assert_eq!((value("roles"), value("active")), (Value::Null, json!(false)));
    assert_eq!(value("externalId"), "00u1");
}

#[test]
fn a_file_of_nobody_is_an_error() {
    let mut tx = MockTx::new();
    tx.expect_list_schemas().returning(|_| Ok(Vec::new()));
    tx.expect_list_connections().returning(|_| Ok(Vec::new()));
    let import = Import::begin(&mut tx, &an_act()).unwrap();
    assert_eq!(import.finish(&mut tx, &an_act()), Err(ImportError::Empty));
}

#[test]
fn all_wrong_lines_are_counted_and_a_hundred_are_told() {
    let mut tx = MockTx::new();
    tx.expect_list_schemas().returning(|_| Ok(Vec::new()));
    tx.expect_list_connections().returning(|_| Ok(Vec::new()));
    let act = an_act();
    let mut import = Import::begin(&mut tx, &act).unwrap();
    for line in 1..=150 {
        let row = if line % 2 == 0 { Ok(row(" ")) } else { Err("has 3 columns".to_owned()) };
        import.take(&mut tx, &act, line, row).unwrap();
    }
    let Err(ImportError::Lines { count, faults }) = import.finish(&mut tx, &act) else {
        panic!("it is refused")
    };
    assert_eq!((count, faults.len()), (150, FAULTS_SHOWN));
    assert_eq!(faults[0], LineFault { line: 1, detail: "has 3 columns".into() });
    assert!(faults[1].to_string().starts_with("line 2: user_name is missing"), "{}", faults[1]);
}
