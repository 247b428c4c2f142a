//! Roles given by hand for a time, on a workspace's page.

use serde_json::{Value, json};

use crate::{browser::Browser, forms::forms, support::Server};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

#[test]
fn a_role_is_given_for_a_time_shown_so_and_changed() {
    let server = Server::start();
    let mut ada = Browser::first_owner(&server);
    let made = server.admin("POST", "/v1/admin/workspaces", Some(&json!({"name": "Sales"}))).expect(201).json;
    let here = format!("/console/workspaces/{}", made["id"].as_str().unwrap());
    server.scim("POST", "/Users", Some(&json!({"schemas": [USER], "userName": "bob@acme.test"}))).expect(201);
    let sources = || -> Value {
        let listed = server.admin("GET", "/v1/admin/workspaces/sales/users", None).expect(200).json;
        listed["data"][0]["sources"].clone()
    };
    let give = format!("{here}/grants");
    let of_bob = |more: &[(&'static str, &'static str)]| [&[("person", "bob@acme.test")], more].concat();

    let refused =
        ada.send(&here, &give, &of_bob(&[("role", "admin"), ("until", ""), ("then", "member")])).text();
    assert!(refused.contains("say when that is"), "{refused}");
    let past =
        ada.send(&here, &give, &of_bob(&[("role", "admin"), ("until", "2020-01-31T18:00"), ("then", "")]));
    assert!(past.text().contains("is not in the future"), "{}", past.text());
    assert_eq!(sources(), Value::Null, "nothing was given");

    let terms = [("role", "admin"), ("until", "2090-01-31T18:00"), ("then", "member")];
    ada.send(&here, &give, &of_bob(&terms));
    let ends = json!({"type": "grant", "role": "admin", "expires_at": "2090-01-31T18:00:00.000Z", "then_role": "member"});
    assert_eq!(sources(), json!([ends]));
    let page = ada.page(&here);
    assert!(page.contains("2090-01-31 18:00") && page.contains(", then member"), "{page}");

    // The form shows what there is: sent as it is, it changes nothing.
    let change = forms(&here, &page)
        .into_iter()
        .find(|form| form.action.contains("/grants/") && !form.action.ends_with("/delete"))
        .unwrap();
    let shown: Vec<(&str, &str)> =
        change.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert!(terms.iter().all(|term| shown.contains(term)), "{shown:?}");
    ada.send(&here, &change.action, &terms);
    assert_eq!(sources(), json!([ends]));
    ada.send(&here, &change.action, &[("role", "manager"), ("until", ""), ("then", "")]);
    assert_eq!(sources(), json!([{"type": "grant", "role": "manager"}]));
}
