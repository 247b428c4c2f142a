//! Secret Tokens in the console: made for all or for less, shown, and made anew.

use serde_json::{Value, json};

use crate::{browser::Browser, forms::forms, support::Server};

const HERE: &str = "/console/settings/tokens";
const ALL: [&str; 4] = ["users.read", "users.write", "groups.read", "groups.write"];

fn scopes(server: &Server, name: &str) -> Vec<Value> {
    let listed = server.admin("GET", "/v1/scim/tokens", None).expect(200).json;
    let named = listed["data"].as_array().unwrap().iter().filter(|token| token["name"] == name);
    named.map(|token| token["scopes"].clone()).collect()
}

#[test]
fn a_token_may_everything_unless_somebody_unticks_something() {
    let server = Server::start();
    let mut ada = Browser::first_owner(&server);
    let page = ada.page(HERE);
    let form = forms(HERE, &page).into_iter().find(|form| form.action == HERE).unwrap();
    let ticked: Vec<&str> =
        form.fields.iter().filter(|(name, _)| name == "scope").map(|(_, scope)| scope.as_str()).collect();
    assert_eq!(ticked, ALL);
    assert!(page.contains("<legend class=\"label\">It may</legend>"), "the boxes have a name together");

    let mut wanted = vec![("name", "all"), ("connection", "default")];
    wanted.extend(ALL.map(|scope| ("scope", scope)));
    ada.send(HERE, HERE, &wanted).expect(200);
    assert_eq!(scopes(&server, "all"), [json!(ALL)]);
    let some =
        [("name", "some"), ("connection", "default"), ("scope", "users.write"), ("scope", "groups.read")];
    ada.send(HERE, HERE, &some).expect(200);
    assert_eq!(scopes(&server, "some"), [json!(["users.read", "users.write", "groups.read"])]);
    let page = ada.page(HERE);
    assert!(
        page.contains(">for everything<") && page.contains(">for users.read, users.write, groups.read<"),
        "{page}"
    );

    // Made anew, it may as much as before.
    let action =
        forms(HERE, &page).into_iter().map(|form| form.action).find(|action| action.ends_with("/rotate"));
    ada.send(HERE, &action.unwrap(), &[]).expect(200);
    assert_eq!(scopes(&server, "some").len(), 2, "the last one is the first of the list");
    assert_eq!(scopes(&server, "some")[0], scopes(&server, "some")[1]);

    for wrong in [&[][..], &[("scope", "everything")]] {
        let mut wanted = vec![("name", "none"), ("connection", "default")];
        wanted.extend(wrong);
        let refused = ada.send(HERE, HERE, &wanted).text();
        assert!(refused.contains("groups.write"), "{refused}");
    }
    assert_eq!(scopes(&server, "none").len(), 0);
}

#[test]
fn who_connects_an_identity_provider_sees_that_its_token_lacks_something() {
    let server = Server::start();
    let mut ada = Browser::first_owner(&server);
    let secret = server
        .rolecall(&["token", "create", "--org", "default", "--name", "narrow", "--scope", "users.read"])
        .expect(0)
        .line()
        .to_owned();
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Sales"});
    let url = format!("{}/Groups", server.tenant_url);
    server.request("POST", &url).bearer(&secret).json(&group, "application/scim+json").send().expect(403);
    let mut page = String::new();
    for _ in 0..400 {
        page = ada.page("/console/connect/live");
        if page.contains("was answered 403") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    assert!(page.contains("POST /Groups was answered 403"), "{page}");
    assert!(page.contains("This Secret Token lacks the scope `groups.write`"), "{page}");
    // A token that the steps make may all.
    ada.send("/console/connect?idp=okta", "/console/connect/token", &[("idp", "okta")]).expect(200);
    assert_eq!(scopes(&server, "Okta"), [json!(ALL)]);
}
