//! Sequences of operations against a model so simple that one can see it is right, and against anything at all.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::document::tests::any_body;

/// A title, and e-mail addresses by type; no two addresses share a type.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    title: Option<String>,
    emails: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
enum Step {
    Title(Op, String),
    RemoveTitle,
    Email(Op, String, String),
    RemoveEmail(String),
    ReplaceEmails(BTreeMap<String, String>),
    RemoveEmails,
}

impl Model {
    fn apply(&mut self, step: &Step) {
        match step {
            Step::Title(_, text) => self.title = Some(text.clone()),
            Step::RemoveTitle => self.title = None,
            Step::Email(_, kind, value) => {
                self.emails.insert(kind.clone(), value.clone());
            }
            Step::RemoveEmail(kind) => {
                self.emails.remove(kind);
            }
            Step::ReplaceEmails(emails) => self.emails = emails.clone(),
            Step::RemoveEmails => self.emails.clear(),
        }
    }

    fn of(document: &Document) -> Self {
        let emails = document.as_map().get("emails").and_then(Value::as_array).cloned().unwrap_or_default();
        let text = |email: &Value, name: &str| email[name].as_str().unwrap().to_owned();
        let by_type: BTreeMap<_, _> =
            emails.iter().map(|email| (text(email, "type"), text(email, "value"))).collect();
        assert_eq!(by_type.len(), emails.len(), "a type appears twice: {emails:?}");
        Model { title: document.text("title").map(str::to_owned), emails: by_type }
    }
}

fn operation(step: &Step, pathless: bool) -> Value {
    let name = |op: &Op| if *op == Op::Add { "Add" } else { "replace" };
    let list = |emails: &BTreeMap<String, String>| -> Value {
        emails.iter().map(|(kind, value)| json!({ "type": kind, "value": value })).collect()
    };
    match step {
        Step::Title(op, text) if pathless => json!({ "op": name(op), "value": { "title": text } }),
        Step::Title(op, text) => json!({ "op": name(op), "path": "title", "value": text }),
        Step::RemoveTitle if pathless => json!({ "op": "replace", "value": { "title": null } }),
        Step::RemoveTitle => json!({ "op": "remove", "path": "title" }),
        Step::Email(op, kind, value) => {
            let path = format!("emails[type eq \"{kind}\"].value");
            if pathless {
                json!({ "op": name(op), "value": { path: value } })
            } else {
                json!({ "op": name(op), "path": path, "value": value })
            }
        }
        Step::RemoveEmail(kind) => json!({ "op": "Remove", "path": format!("emails[type eq \"{kind}\"]") }),
        Step::ReplaceEmails(emails) if pathless => {
            json!({ "op": "replace", "value": { "emails": list(emails) } })
        }
        Step::ReplaceEmails(emails) => json!({ "op": "replace", "path": "emails", "value": list(emails) }),
        Step::RemoveEmails => json!({ "op": "remove", "path": "emails" }),
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    let kind = || prop::sample::select(vec!["work".to_owned(), "home".to_owned(), "other".to_owned()]);
    let op = || prop_oneof![Just(Op::Add), Just(Op::Replace)];
    prop_oneof![
        (op(), "[a-z]{1,3}").prop_map(|(op, text)| Step::Title(op, text)),
        Just(Step::RemoveTitle),
        (op(), kind(), "[a-c]{1,2}").prop_map(|(op, kind, value)| Step::Email(op, kind, value)),
        kind().prop_map(Step::RemoveEmail),
        prop::collection::btree_map(kind(), "[a-c]{1,2}", 0..3).prop_map(Step::ReplaceEmails),
        Just(Step::RemoveEmails),
    ]
}

fn any_operation() -> impl Strategy<Value = Value> {
    let op = prop::sample::select(vec!["add", "remove", "replace", "Replace"]);
    let path = prop::option::of(prop::sample::select(vec![
        "userName",
        "active",
        "name",
        "name.givenName",
        "emails",
        "emails.primary",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\" and primary eq \"True\"].value",
        "emails[not (value pr)].type",
        "roles",
        "id",
        "schemas",
        "groups",
        "password",
        ENTERPRISE,
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "nothing",
    ]));
    (op, path, any_body()).prop_map(|(op, path, value)| json!({ "op": op, "path": path, "value": value }))
}

proptest! {
    #[test]
    fn a_sequence_of_operations_ends_where_the_model_does(
        steps in prop::collection::vec((any_step(), any::<bool>()), 1..12)
    ) {
        let mut model = Model::default();
        steps.iter().for_each(|(step, _)| model.apply(step));
        let operations: Vec<Value> = steps.iter().map(|(step, pathless)| operation(step, *pathless)).collect();
        let one_request = patch(&user(json!({})), json!(operations), Compatible).unwrap().document;
        prop_assert_eq!(Model::of(&one_request), model);

        let mut one_by_one = user(json!({}));
        for operation in operations {
            one_by_one = patch(&one_by_one, json!([operation]), Compatible).unwrap().document;
        }
        prop_assert_eq!(one_by_one.to_json(), one_request.to_json());
    }

    /// Whatever the operations, what comes out is a document that would be accepted as a POST, unchanged, by the strictest reader.
    #[test]
    fn a_patched_document_is_a_valid_document(
        operations in prop::collection::vec(any_operation(), 1..5),
        before in any_body(),
        strict in any::<bool>(),
    ) {
        let before = match before {
            Value::Object(mut members) => {
                members.insert("userName".to_owned(), "ada".into());
                Document::from_value(members.into(), ResourceType::user(), Compatible)
            }
            _ => Ok(user(json!({}))),
        };
        let Ok(before) = before else { return Ok(()) };
        match patch(&before, json!(operations), if strict { Strict } else { Compatible }) {
            Err(error) => prop_assert!(error.status < 500, "{}", error),
            Ok(applied) => {
                let text = applied.document.to_json();
                let again = Document::parse(text.as_bytes(), ResourceType::user(), Strict).unwrap();
                prop_assert_eq!(again.to_json(), text);
            }
        }
    }
}
