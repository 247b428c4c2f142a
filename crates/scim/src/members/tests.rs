use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::document::tests::any_body;
use crate::error::ScimType;
use crate::patch::{Op, PatchRequest};
use crate::profile::Profile::{Compatible, Strict};

fn group(body: Value) -> Result<GroupBody, ScimError> {
    group_from_value(body, ResourceType::group(), Compatible)
}

fn steps(operations: Value, profile: Profile) -> Result<Vec<GroupStep>, ScimError> {
    let body = json!({ "schemas": [crate::patch::PATCH_OP_URN], "Operations": operations });
    let operations = PatchRequest::from_value(body, ResourceType::group(), profile)?;
    split(operations, ResourceType::group(), profile)
}

fn change(operation: Value) -> MembersChange {
    let mut steps = steps(json!([operation.clone()]), Compatible).unwrap();
    match (steps.pop(), steps.is_empty()) {
        (Some(GroupStep::Members(change)), true) => change,
        other => panic!("{operation} gave {other:?}"),
    }
}

fn member(value: &str) -> MemberRef {
    MemberRef { value: value.to_owned(), kind: None }
}

#[test]
fn a_group_is_read_in_two_parts() {
    let body = group(json!({ "displayName": "G", "MEMBERS": [{ "value": "1" }, { "value": "2", "display": "Two" }, { "value": "1" }] })).unwrap();
    assert_eq!(body.members, Some(vec![member("1"), member("2")]));
    assert!(!body.document.as_map().contains_key("members"));
    for (sent, read) in
        [(json!(null), Some(vec![])), (json!([]), Some(vec![])), (json!("7"), Some(vec![member("7")]))]
    {
        assert_eq!(group(json!({ "displayName": "G", "members": sent })).unwrap().members, read);
    }
    assert_eq!(group(json!({ "displayName": "G" })).unwrap().members, None);
    let qualified =
        json!({ "displayName": "G", "urn:ietf:params:scim:schemas:core:2.0:Group:members": ["7"] });
    assert_eq!(group(qualified).unwrap().members, Some(vec![member("7")]));
    let nested =
        json!({ "displayName": "G", "urn:ietf:params:scim:schemas:core:2.0:Group": { "members": ["7"] } });
    assert_eq!(group(nested).unwrap().members, Some(vec![member("7")]));
}

// scim: 51
#[test]
fn a_group_needs_a_name() {
    assert_eq!(
        group(json!({ "members": [] })).unwrap_err().detail,
        "displayName is required and must not be empty"
    );
}

// scim: 52
// dialect: 14
#[test]
fn what_a_member_is_comes_from_its_type_or_its_reference() {
    use MemberKind::{Group, User};
    for (sent, kind) in [
        (json!({ "value": "7", "type": "User" }), Some(User)),
        (json!({ "value": "7", "type": "group" }), Some(Group)),
        (json!({ "value": "7", "$ref": "https://h/v2/Groups/7" }), Some(Group)),
        (json!({ "value": "7", "$ref": "Users/7" }), Some(User)),
        (json!({ "value": "7", "$ref": "/Users/7", "type": "direct" }), Some(User)),
        (json!({ "$ref": "../Users/7/" }), Some(User)),
        (json!({ "value": "7", "$ref": null }), None),
        (json!({ "value": "7", "$ref": "" }), None),
        (json!({ "value": "7", "$ref": "https://h/v2/Things/7" }), None),
    ] {
        let members = group(json!({ "displayName": "G", "members": [sent.clone()] })).unwrap().members;
        assert_eq!(members, Some(vec![MemberRef { value: "7".to_owned(), kind }]), "{sent}");
    }
}

#[test]
fn a_member_without_an_id_is_refused() {
    for sent in [
        json!({}),
        json!({ "value": "" }),
        json!({ "display": "x" }),
        json!({ "value": 7 }),
        json!(7),
        json!([]),
    ] {
        let error = group(json!({ "displayName": "G", "members": [sent.clone()] })).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue), "{sent}");
        assert!(error.detail.starts_with("members[0]"), "{error}");
    }
}

// scim: 151
// dialect: 4
#[test]
fn every_spelling_of_a_change_of_members_is_understood() {
    use MembersChange::{Add, Clear, Remove, Replace};
    let one = || vec!["1".to_owned()];
    for (operation, expected) in [
        (
            json!({ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": "1" }] }),
            Add(vec![member("1")]),
        ),
        (json!({ "op": "add", "path": "Members", "value": { "value": "1" } }), Add(vec![member("1")])),
        (json!({ "op": "add", "path": "members", "value": "1" }), Add(vec![member("1")])),
        (json!({ "op": "Add", "value": { "members": [{ "value": "1" }] } }), Add(vec![member("1")])),
        (
            json!({ "op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:members", "value": ["1"] }),
            Add(vec![member("1")]),
        ),
        (
            json!({ "op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:Group", "value": { "members": ["1"] } }),
            Add(vec![member("1")]),
        ),
        (
            json!({ "op": "add", "path": "members[value eq \"1\"]", "value": { "value": "1" } }),
            Add(vec![member("1")]),
        ),
        (json!({ "op": "add", "value": { "members[value eq \"1\"]": {} } }), Add(vec![member("1")])),
        (
            json!({ "op": "add", "value": { "urn:ietf:params:scim:schemas:core:2.0:Group": { "members": ["1"] } } }),
            Add(vec![member("1")]),
        ),
        (
            json!({ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": "1" }] }),
            Remove(one()),
        ),
        (json!({ "op": "remove", "path": "members", "value": "1" }), Remove(one())),
        (json!({ "op": "remove", "path": "members[value eq \"1\"]" }), Remove(one())),
        (
            json!({ "op": "remove", "path": "members[Value EQ \"1\" or value eq \"2\"]" }),
            Remove(vec!["1".to_owned(), "2".to_owned()]),
        ),
        (json!({ "op": "remove", "path": "members" }), Clear),
        (json!({ "op": "remove", "path": "members", "value": null }), Clear),
        (json!({ "op": "remove", "path": "members", "value": [] }), Clear),
        (json!({ "op": "replace", "path": "members", "value": [] }), Clear),
        (json!({ "op": "replace", "value": { "members": null } }), Clear),
        (json!({ "op": "replace", "path": "members", "value": ["1", "1"] }), Replace(vec![member("1")])),
    ] {
        assert_eq!(change(operation.clone()), expected, "{operation}");
    }
}

#[test]
fn a_filter_that_names_no_ids_is_handed_on() {
    let MembersChange::RemoveWhere(filter) =
        change(json!({ "op": "remove", "path": "members[type eq \"Group\"]" }))
    else {
        panic!("not a filter");
    };
    let filter = resolve_where(&filter, Compatible).unwrap();
    assert!(filter.matches_value(&json!({ "value": "1", "type": "group" })));
    assert!(!filter.matches_value(&json!({ "value": "1", "type": "user" })));
    let error = steps(json!([{ "op": "remove", "path": "members[type gt 5]" }]), Compatible).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidFilter));
}

// scim: 135
// dialect: 22
#[test]
fn steps_keep_the_order_and_a_rename_does_not_touch_the_members() {
    let steps = steps(
        json!([
            { "op": "replace", "value": { "id": "g", "displayName": "A" } },
            { "op": "replace", "path": "externalId", "value": "x" },
            { "op": "remove", "path": "members[value eq \"1\"]" },
            { "op": "replace", "value": { "displayName": "B", "members": ["2"] } },
            { "op": "add", "path": "members", "value": [] },
            { "op": "replace", "path": "displayName", "value": "C" },
        ]),
        Compatible,
    )
    .unwrap();
    let shape: Vec<String> = steps
        .iter()
        .map(|step| match step {
            GroupStep::Attributes(operations) => {
                let positions: Vec<usize> = operations.iter().map(|operation| operation.position).collect();
                format!("{positions:?}")
            }
            GroupStep::Members(change) => format!("{change:?}").split(['(', ' ']).next().unwrap().to_owned(),
        })
        .collect();
    assert_eq!(shape, ["[0, 1]", "Remove", "[3]", "Replace", "[5]"]);
    let GroupStep::Attributes(operations) = &steps[2] else { panic!("not attributes") };
    assert_eq!(
        (operations[0].op, operations[0].value.clone()),
        (Op::Replace, Some(json!({ "displayName": "B" })))
    );
}

// scim: 53
#[test]
fn a_member_cannot_be_changed_in_place() {
    for operation in [
        json!({ "op": "replace", "path": "members[value eq \"1\"]", "value": { "value": "2" } }),
        json!({ "op": "replace", "path": "members[value eq \"1\"].value", "value": "2" }),
        json!({ "op": "remove", "path": "members.type" }),
        json!({ "op": "remove", "path": "members[value eq \"1\"].display" }),
        json!({ "op": "add", "path": "members[type eq \"User\"]", "value": { "value": "1" } }),
    ] {
        let error = steps(json!([operation.clone()]), Compatible).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::Mutability), "{operation}");
        assert!(error.detail.starts_with("Operations[0]: "), "{error}");
    }
    let display = json!([{ "op": "replace", "path": "members[value eq \"1\"].display", "value": "Ada" }]);
    assert_eq!(steps(display.clone(), Compatible).unwrap(), []);
    assert_eq!(steps(display, Strict).unwrap_err().scim_type, Some(ScimType::Mutability));
}

// scim: 147
// dialect: 4
#[test]
fn the_strict_profile_never_guesses_who_leaves() {
    let listed = json!([{ "op": "remove", "path": "members", "value": [{ "value": "1" }] }]);
    assert_eq!(steps(listed, Strict).unwrap_err().scim_type, Some(ScimType::InvalidValue));
    let all = json!([{ "op": "remove", "path": "members" }]);
    assert_eq!(steps(all, Strict).unwrap(), [GroupStep::Members(MembersChange::Clear)]);
}

#[test]
fn a_large_group_is_read_in_one_pass() {
    let members: Vec<Value> = (0..100_000).map(|n| json!({ "value": n.to_string() })).collect();
    let body = group(json!({ "displayName": "Everyone", "members": members })).unwrap();
    assert_eq!(body.members.map(|members| members.len()), Some(100_000));
}

proptest! {
    #[test]
    fn any_body_is_a_group_or_an_error(body in any_body()) {
        let _ = group(body.clone());
        let _ = steps(json!([{ "op": "add", "path": "members", "value": body.clone() }]), Compatible);
        let _ = steps(json!([{ "op": "replace", "value": body }]), Compatible);
    }

    /// Documents never learn about members, whichever way an operation is spelled.
    #[test]
    fn what_is_left_for_the_document_never_names_members(body in any_body(), strict in any::<bool>()) {
        let profile = if strict { Strict } else { Compatible };
        let Ok(steps) = steps(json!([{ "op": "replace", "value": body }]), profile) else { return Ok(()) };
        let before = group(json!({ "displayName": "G" })).unwrap().document;
        for step in steps {
            let GroupStep::Attributes(operations) = step else { continue };
            if let Err(error) = crate::patch::apply(&operations, ResourceType::group(), &before, "7", profile) {
                prop_assert_ne!(error.status, 500, "{}", error);
            }
        }
    }
}
