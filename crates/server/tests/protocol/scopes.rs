//! What a token is good for: each request with each set of scopes (RFC 6750 §3.1).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    support::Answer,
    tenant::{BULK, GROUP, MEDIA, PATCH, SEARCH, Tenant, USER, refusal},
};

const SCOPES: [&str; 4] = ["users.read", "users.write", "groups.read", "groups.write"];
/// An id of nobody.
const NOBODY: &str = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a05";

impl Tenant {
    /// A token of these scopes.
    fn token_of(&self, scopes: &[&str]) -> String {
        let mut command = vec!["token", "create", "--org", &self.slug, "--name", "narrow"];
        scopes.iter().for_each(|scope| command.extend(["--scope", *scope]));
        self.server.rolecall(&command).expect(0).line().to_owned()
    }

    fn by(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let request = self.server.request(method, &format!("{}{path}", self.url)).bearer(token);
        request.maybe_json(body, MEDIA).send()
    }

    /// All that there is, with versions and times.
    fn everything(&self) -> String {
        ["/Users", "/Groups"].map(|path| self.get(path).expect(200).text()).join("\n")
    }
}

/// What is asked, what it needs, and how it is answered to who has that.
struct Asked {
    method: &'static str,
    path: String,
    body: Option<Value>,
    needs: &'static [&'static str],
    answered: u16,
}

fn asked(
    method: &'static str,
    path: impl Into<String>,
    body: Option<Value>,
    needs: &'static [&'static str],
    answered: u16,
) -> Asked {
    Asked { method, path: path.into(), body, needs, answered }
}

/// Each method at each address. What is there and what is not are asked for, and what cannot even be an id.
fn table(ada: &str, sales: &str) -> Vec<Asked> {
    let mut table = Vec::new();
    let search = || Some(json!({"schemas": [SEARCH], "count": 1}));
    for (endpoint, id, new, reads, writes) in [
        ("Users", ada, json!({"schemas": [USER], "userName": "ada"}), &["users.read"], &["users.write"]),
        (
            "Groups",
            sales,
            json!({"schemas": [GROUP], "displayName": "Sales"}),
            &["groups.read"],
            &["groups.write"],
        ),
    ] {
        let patch =
            json!({"schemas": [PATCH], "Operations": [{"op": "add", "path": "externalId", "value": "x"}]});
        let all = format!("/{endpoint}");
        for method in ["GET", "HEAD"] {
            table.push(asked(method, &*all, None, reads, 200));
            table.push(asked(method, format!("{all}?filter=id%20eq%20%22{id}%22"), None, reads, 200));
            table.push(asked(method, format!("{all}/{id}"), None, reads, 200));
            table.push(asked(method, format!("{all}/{id}?attributes=id"), None, reads, 200));
            table.push(asked(method, format!("{all}/{NOBODY}"), None, reads, 404));
            table.push(asked(method, format!("{all}/nonsense"), None, reads, 404));
        }
        table.push(asked("POST", format!("{all}/.search"), search(), reads, 200));
        table.push(asked("PUT", format!("{all}/{id}"), Some(new.clone()), writes, 200));
        let patched = if endpoint == "Users" { 200 } else { 204 };
        table.push(asked("PATCH", format!("{all}/{id}"), Some(patch.clone()), writes, patched));
        for id in [NOBODY, "nonsense"] {
            table.push(asked("PUT", format!("{all}/{id}"), Some(new.clone()), writes, 404));
            table.push(asked("PATCH", format!("{all}/{id}"), Some(patch.clone()), writes, 404));
            table.push(asked("DELETE", format!("{all}/{id}"), None, writes, 404));
        }
        // What is wrong with the request is told to who may make it.
        table.push(asked("POST", &*all, Some(json!({"schemas": []})), writes, 400));
        table.push(asked("GET", format!("{all}?filter=nonsense"), None, reads, 400));
    }
    table.push(asked(
        "POST",
        "/Users",
        Some(json!({"schemas": [USER], "userName": "ada"})),
        &["users.write"],
        409,
    ));
    for path in ["", "/"] {
        table.push(asked("GET", path, None, &["users.read", "groups.read"], 200));
    }
    table.push(asked("POST", "/.search", search(), &["users.read", "groups.read"], 200));
    for path in ["/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas"] {
        table.push(asked("GET", path, None, &[], 200));
    }
    table.push(asked("GET", format!("/Schemas/{USER}"), None, &[], 200));
    table.push(asked("GET", "/Me", None, &[], 501));
    table.push(asked("POST", "/ServiceProviderConfig", None, &[], 405));
    let nobody = json!([{"method": "DELETE", "path": format!("/Users/{NOBODY}")}]);
    table.push(asked("POST", "/Bulk", Some(json!({"schemas": [BULK], "Operations": nobody})), &[], 200));
    table
}

#[track_caller]
fn assert_lacks(answer: &Answer, missing: &str, needs: &[&str], what: &str) {
    assert_eq!(answer.status, 403, "{what}: {}", answer.text());
    let challenge =
        format!("Bearer realm=\"rolecall\", error=\"insufficient_scope\", scope=\"{}\"", needs.join(" "));
    assert_eq!(answer.header("www-authenticate"), challenge, "{what}");
    if !answer.bytes.is_empty() {
        assert_eq!(refusal(answer), "403", "{what}");
        let detail = answer.json["detail"].as_str().unwrap();
        assert!(
            detail.contains(&format!("`{missing}`")) && detail.contains("token create"),
            "{what}: {detail}"
        );
    }
}

// scim: 195
#[test]
fn each_request_is_let_in_exactly_with_the_scopes_that_it_needs() {
    let tenant = Tenant::new();
    let (ada, sales) = (tenant.somebody(), tenant.group("Sales", &[]));
    let table = table(&ada.id, &sales.id);
    for set in 1..16_u8 {
        let given: Vec<&str> = SCOPES
            .into_iter()
            .enumerate()
            .filter(|(at, _)| set >> at & 1 == 1)
            .map(|(_, scope)| scope)
            .collect();
        let token = tenant.token_of(&given);
        // Who may write may read.
        let has: BTreeSet<String> =
            given.iter().flat_map(|scope| [(*scope).to_owned(), scope.replace(".write", ".read")]).collect();
        for Asked { method, path, body, needs, answered } in &table {
            let what = format!("{method} {path} with {given:?}");
            let missing = needs.iter().find(|scope| !has.contains(**scope));
            let before = missing.map(|_| tenant.everything());
            let answer = tenant.by(&token, method, path, body.as_ref());
            match missing {
                None => assert_eq!(answer.status, *answered, "{what}: {}", answer.text()),
                Some(missing) => assert_lacks(&answer, missing, needs, &what),
            }
            assert!(before.is_none_or(|before| before == tenant.everything()), "{what}");
        }
    }
}

// scim: 201
#[test]
fn nothing_tells_who_may_not_read_whether_somebody_is_there() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    for scopes in [&["groups.write"][..], &["groups.read"]] {
        let token = tenant.token_of(scopes);
        let answers = [&*ada.id, NOBODY, "nonsense"]
            .map(|id| tenant.by(&token, "GET", &format!("/Users/{id}"), None).expect(403).text());
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
}

// scim: 195
#[test]
fn a_token_of_which_nothing_is_said_may_do_all() {
    let tenant = Tenant::new();
    let (ada, sales) = (tenant.somebody(), tenant.group("Sales", &[]));
    for Asked { method, path, body, answered, .. } in table(&ada.id, &sales.id) {
        let answer = tenant.by(&tenant.token, method, &path, body.as_ref());
        assert_eq!(answer.status, answered, "{method} {path}: {}", answer.text());
    }
    tenant.delete(&ada.path).expect(204);
    tenant.delete(&sales.path).expect(204);
}

// scim: 195
#[test]
fn each_operation_of_a_bulk_request_needs_its_own_scope() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let sales = tenant.group("Sales", &[&ada.id]);
    let (before, token) = (sales.read(), tenant.token_of(&["users.write"]));
    let bulk = |operations: Value, fail_on_errors: u8| {
        let mut body = json!({"schemas": [BULK], "Operations": operations});
        if fail_on_errors > 0 {
            body["failOnErrors"] = json!(fail_on_errors);
        }
        let answer = tenant.by(&token, "POST", "/Bulk", Some(&body)).expect(200).json;
        let results = answer["Operations"].as_array().unwrap().clone();
        let statuses: Vec<String> =
            results.iter().map(|result| result["status"].as_str().unwrap().to_owned()).collect();
        (statuses.join(" "), results)
    };
    let join = json!({"schemas": [PATCH], "Operations": [{"op": "remove", "path": "members"}]});
    let person = |name: &str| json!({"method": "POST", "path": "/Users", "bulkId": name, "data": {"schemas": [USER], "userName": name}});
    let group = |name: &str, member: &str| {
        json!({"method": "POST", "path": "/Groups", "bulkId": name,
            "data": {"schemas": [GROUP], "displayName": name, "members": [{"value": format!("bulkId:{member}")}]}})
    };
    let (statuses, results) = bulk(
        json!([
            person("eve"),
            group("New", "eve"),
            {"method": "PATCH", "path": sales.path, "data": join},
            {"method": "PUT", "path": sales.path, "data": {"schemas": [GROUP], "displayName": "Other"}},
            {"method": "DELETE", "path": sales.path},
            {"method": "DELETE", "path": format!("/Groups/{NOBODY}")},
            {"method": "PATCH", "path": ada.path, "data": {"schemas": [PATCH],
                "Operations": [{"op": "replace", "path": "title", "value": "Dr."}]}},
        ]),
        0,
    );
    assert_eq!(statuses, "201 403 403 403 403 403 200");
    for refused in &results[1..6] {
        assert_eq!(refused["response"]["status"], "403");
        assert!(refused["response"]["detail"].as_str().unwrap().contains("`groups.write`"), "{refused}");
    }
    assert_eq!(sales.read(), before);
    assert_eq!(tenant.get("/Groups").json["totalResults"], 1);
    assert_eq!(ada.read()["title"], "Dr.");
    // Two that need each other are made in steps; of neither is a step done, and the second names one that is not made.
    assert_eq!(bulk(json!([group("One", "Two"), group("Two", "One")]), 0).0, "403 409");
    assert_eq!(tenant.get("/Groups").json["totalResults"], 1);
    // What is refused is an error that counts.
    assert_eq!(bulk(json!([{"method": "DELETE", "path": sales.path}, person("ida")]), 1).0, "403");
    assert_eq!(tenant.get("/Users").json["totalResults"], 2);
}

#[test]
fn what_was_refused_is_in_the_log_with_the_token_and_what_to_do() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    let (reads, key) = (tenant.token_of(&["groups.read"]), tenant.server.create_api_key(&tenant.slug));
    tenant.by(&reads, "GET", &ada.path, None).expect(403);
    tenant.by(&reads, "POST", "/Users", Some(&json!({"schemas": [USER], "userName": "eve"}))).expect(403);
    let delete = json!([{"method": "DELETE", "path": ada.path}]);
    tenant.by(&reads, "POST", "/Bulk", Some(&json!({"schemas": [BULK], "Operations": delete}))).expect(200);
    let mut logged = Vec::new();
    for _ in 0..400 {
        let found =
            tenant.server.request("GET", "/v1/scim/requests?token=narrow").bearer(&key).send().expect(200);
        logged = found.json["data"].as_array().unwrap().clone();
        if logged.len() == 3 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    let told: Vec<(u64, &str)> = logged
        .iter()
        .map(|request| {
            assert_eq!(
                (&request["token"]["name"], &request["connection"]["name"]),
                (&json!("narrow"), &json!("default"))
            );
            assert_eq!(request["refused"], Value::Null, "it was let in, and for other things");
            (request["status"].as_u64().unwrap(), request["detail"].as_str().unwrap())
        })
        .collect();
    assert_eq!(told.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 403, 403]);
    let lacks = |scope: &str| format!("this Secret Token lacks the scope `{scope}`; nothing was");
    assert!(
        told[0].1.starts_with(&format!("1 of 1 operations were refused: {}", lacks("users.write"))),
        "{told:?}"
    );
    assert!(told[1].1.starts_with(&lacks("users.write")), "{told:?}");
    assert!(told[2].1.starts_with(&lacks("users.read")), "{told:?}");
    let events = tenant.server.request("GET", "/v1/events?type=user.").bearer(&key).send().expect(200).json;
    assert_eq!(events["data"].as_array().unwrap().len(), 1, "{events}");
}

// scim: 195
#[test]
fn scopes_are_chosen_when_a_token_is_made_and_shown_ever_after() {
    let tenant = Tenant::new();
    let key = tenant.server.create_api_key(&tenant.slug);
    let call = |method: &str, path: &str, body: Option<&Value>| {
        tenant.server.request(method, path).bearer(&key).maybe_json(body, "application/json").send()
    };
    let make = |body: Value| call("POST", "/v1/scim/tokens", Some(&body));
    for (given, kept) in [
        (json!({"name": "a"}), json!(SCOPES)),
        (json!({"name": "b", "scopes": null}), json!(SCOPES)),
        (
            json!({"name": "c", "scopes": ["groups.read", "users.write", "groups.read"]}),
            json!(["users.read", "users.write", "groups.read"]),
        ),
    ] {
        assert_eq!(make(given.clone()).expect(201).json["scopes"], kept, "{given}");
        let listed = call("GET", "/v1/scim/tokens", None).expect(200).json;
        assert_eq!(listed["data"].as_array().unwrap().last().unwrap()["scopes"], kept);
        let events = call("GET", "/v1/events?type=token.created", None).expect(200).json;
        let last = events["data"].as_array().unwrap().last().unwrap();
        assert_eq!(last["changed"]["after"]["scopes"], kept, "{last}");
    }
    let before = call("GET", "/v1/scim/tokens", None).expect(200).json["total"].clone();
    for wrong in [json!(["users.delete"]), json!(["Users.Read"]), json!([]), json!("users.read"), json!([1])]
    {
        let answer = make(json!({"name": "x", "scopes": wrong})).expect(400);
        let detail = answer.json["detail"].as_str().unwrap();
        if wrong.as_array().is_some_and(|words| words.iter().all(Value::is_string)) {
            assert!(SCOPES.iter().all(|scope| detail.contains(scope)), "{wrong}: {detail}");
        }
    }
    let plan =
        call("POST", "/v1/scim/tokens?plan=true", Some(&json!({"name": "p", "scopes": ["users.read"]})));
    assert_eq!(plan.expect(200).json["also"][0]["type"], "token.created");
    assert_eq!(call("GET", "/v1/scim/tokens", None).expect(200).json["total"], before);
}
