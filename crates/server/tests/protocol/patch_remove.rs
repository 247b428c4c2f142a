//! PATCH: remove (RFC 7644 §3.5.2.2).

use serde_json::json;

use crate::tenant::{Tenant, keys};

// scim: 147
#[test]
fn removing_needs_a_path_and_leaves_nothing_behind() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "title": "Dr.", "name": {"givenName": "Ada"}}));
    assert_eq!(ada.refuses(json!([{"op": "remove"}])), "400 noTarget");
    let after =
        ada.patched(json!([{"op": "remove", "path": "title"}, {"op": "remove", "path": "name.givenName"}]));
    assert_eq!(keys(&after), ["active", "id", "meta", "schemas", "userName"]);
}

// scim: 148, 149
#[test]
fn all_values_go_or_those_that_a_filter_selects_or_a_part_of_them() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "emails": [
        {"value": "a@x", "type": "work", "display": "A"}, {"value": "b@x", "type": "home", "display": "B"}]}));
    let remove = |path: &str| ada.patched(json!([{"op": "remove", "path": path}]))["emails"].clone();
    assert_eq!(
        remove("emails[type eq \"home\"].display"),
        json!([{"value": "a@x", "type": "work", "display": "A"}, {"value": "b@x", "type": "home"}])
    );
    assert_eq!(remove("emails[type eq \"work\"]"), json!([{"value": "b@x", "type": "home"}]));
    assert_eq!(remove("emails[type eq \"home\"]"), json!(null), "an attribute without values is unassigned");
    assert_eq!(tenant.found("not (emails pr)"), ["ada"]);
    ada.patched(json!([{"op": "add", "path": "emails", "value": [{"value": "a@x"}, {"value": "b@x"}]}]));
    assert_eq!(remove("emails"), json!(null));
    let eve = tenant.person(json!({"userName": "eve"}));
    let group = tenant.group("Sales", &[&ada.id, &eve.id]);
    group.patched(json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ada.id)}]));
    assert_eq!(group.members(), [eve.id.as_str()]);
    group.patched(json!([{"op": "remove", "path": "members"}]));
    assert!(group.members().is_empty());
}

// scim: 149
#[test]
fn what_is_required_or_the_servers_own_cannot_be_removed() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    for path in ["userName", "id", "meta", "meta.created", "schemas"] {
        assert_eq!(ada.refuses(json!([{"op": "remove", "path": path}])), "400 mutability", "{path}");
    }
    let group = tenant.group("Sales", &[]);
    assert_eq!(group.refuses(json!([{"op": "remove", "path": "displayName"}])), "400 mutability");
}

// scim: 150
// dialect: 17
#[test]
fn removing_what_is_not_there_succeeds_and_changes_nothing() {
    let tenant = Tenant::new();
    let (ada, group) = (tenant.somebody(), tenant.group("Sales", &[]));
    for path in
        ["title", "name.givenName", "emails", "emails[type eq \"work\"]", "emails[type eq \"work\"].value"]
    {
        assert_eq!(ada.patched(json!([{"op": "remove", "path": path}])), ada.json, "{path}");
    }
    group.patched(json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", ada.id)}]));
    assert_eq!(group.read(), group.json);
}

// scim: 151
// dialect: 4
#[test]
fn a_list_of_members_to_remove_removes_those_and_an_empty_one_removes_all() {
    let tenant = Tenant::new();
    let (ada, eve) = (tenant.somebody(), tenant.person(json!({"userName": "eve"})));
    let group = tenant.group("Sales", &[&ada.id, &eve.id]);
    let remove = |value| group.patched(json!([{"op": "Remove", "path": "members", "value": value}]));
    remove(json!([{"value": ada.id}]));
    assert_eq!(group.members(), [eve.id.as_str()]);
    remove(json!([{"value": ada.id}]));
    assert_eq!(group.members(), [eve.id.as_str()], "who is out already stays out");
    for nothing in [json!(null), json!([])] {
        group.patched(
            json!([{"op": "add", "path": "members", "value": [{"value": ada.id}, {"value": eve.id}]}]),
        );
        remove(nothing);
        assert!(group.members().is_empty());
    }
}
