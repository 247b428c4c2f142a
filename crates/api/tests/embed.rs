//! `examples/embed` keeps what it promises: all of SCIM over another store, in another application.
#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

#[path = "../examples/embed/main.rs"]
#[allow(dead_code, reason = "its `main` is run by hand")]
mod embed;

use actix_web::{
    App,
    body::to_bytes,
    http::Method,
    test::{TestRequest, call_service, init_service},
    web,
};
use rolecall_api::ScimRoutes;
use rolecall_domain::secret::{Secret, SecretKind};
use serde_json::{Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// An application with the example's routes in it, and the secret that opens them.
struct Embedded {
    routes: ScimRoutes<embed::InMemory>,
    secret: Secret,
}

impl Embedded {
    fn new() -> Self {
        let secret = Secret::new(SecretKind::Scim, [7; 32]);
        Self { routes: embed::scim(&secret), secret }
    }

    async fn send(&self, method: Method, path: &str, secret: &str, body: Option<Value>) -> (u16, Value) {
        let app = App::new().route("/", web::get().to(|| async { "the application around it" }));
        let app = init_service(app.configure(|config| self.routes.clone().configure(config))).await;
        let mut request = TestRequest::with_uri(path).method(method);
        request = request.insert_header(("authorization", format!("Bearer {secret}")));
        if let Some(body) = body {
            request = request.insert_header(("content-type", "application/scim+json"));
            request = request.set_payload(body.to_string());
        }
        let response = call_service(&app, request.to_request()).await;
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body()).await.ok().unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn scim(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        self.send(method, &format!("/scim/acme/v2{path}"), self.secret.reveal(), body).await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.scim(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn create(&self, endpoint: &str, body: Value) -> String {
        let (status, made) = self.scim(Method::POST, endpoint, Some(body)).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().unwrap().to_owned()
    }

    async fn person(&self, name: &str) -> String {
        self.create("/Users", json!({"schemas": [USER], "userName": name, "title": name.to_uppercase()}))
            .await
    }

    async fn patch(&self, path: &str, operations: Value) -> u16 {
        let body = json!({"schemas": [PATCH], "Operations": operations});
        self.scim(Method::PATCH, path, Some(body)).await.0
    }
}

#[actix_web::test]
async fn a_person_is_created_read_replaced_patched_and_deleted() {
    let app = Embedded::new();
    let ada = app.person("ada").await;
    let path = format!("/Users/{ada}");
    let read = app.get(&path).await;
    assert_eq!((&read["userName"], &read["active"]), (&json!("ada"), &json!(true)));
    assert_eq!(read["meta"]["location"], format!("http://127.0.0.1:8085/scim/acme/v2/Users/{ada}"));

    let again = app.scim(Method::POST, "/Users", Some(json!({"schemas": [USER], "userName": "ADA"}))).await;
    assert_eq!((again.0, &again.1["scimType"]), (409, &json!("uniqueness")));
    // As Entra writes it.
    let operations = json!([
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "ada@acme.test"},
    ]);
    assert_eq!(app.patch(&path, operations.clone()).await, 200);
    assert_eq!(app.patch(&path, operations).await, 200);
    let read = app.get(&path).await;
    assert_eq!((&read["active"], &read["meta"]["version"]), (&json!(false), &json!("W/\"2\"")));
    let body = json!({"schemas": [USER], "userName": "ada", "displayName": "Ada"});
    let (status, replaced) = app.scim(Method::PUT, &path, Some(body)).await;
    assert_eq!((status, replaced.get("emails"), &replaced["displayName"]), (200, None, &json!("Ada")));

    assert_eq!(app.scim(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(app.scim(Method::GET, &path, None).await.0, 404);
}

#[actix_web::test]
async fn people_are_filtered_sorted_and_paged_both_ways() {
    let app = Embedded::new();
    for name in ["grace", "ada", "alan"] {
        app.person(name).await;
    }
    let names = |list: &Value| -> Vec<String> {
        let items = list["Resources"].as_array().unwrap().iter();
        items.map(|item| item["userName"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&app.get("/Users?filter=userName%20eq%20%22ADA%22").await), ["ada"]);
    let list = app
        .get("/Users?filter=title%20co%20%22A%22%20and%20not(userName%20sw%20%22g%22)&sortBy=userName")
        .await;
    assert_eq!(names(&list), ["ada", "alan"]);
    let list = app.get("/Users?sortBy=userName&sortOrder=descending&startIndex=2&count=1").await;
    assert_eq!((names(&list), &list["totalResults"]), (vec!["alan".to_owned()], &json!(3)));

    let (mut seen, mut cursor) = (Vec::new(), Some(String::new()));
    while let Some(at) = cursor {
        let page = app.get(&format!("/Users?count=2&cursor={at}")).await;
        seen.extend(names(&page));
        cursor = page["nextCursor"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, ["grace", "ada", "alan"]);
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "userName pr", "count": 1});
    let (status, found) = app.scim(Method::POST, "/Users/.search", Some(body)).await;
    assert_eq!((status, &found["totalResults"]), (200, &json!(3)));
}

#[actix_web::test]
async fn members_come_and_go_in_every_way_and_people_show_their_groups() {
    let app = Embedded::new();
    let (ada, alan) = (app.person("ada").await, app.person("alan").await);
    let body = json!({"schemas": [GROUP], "displayName": "Engines", "members": [{"value": ada}]});
    let group = app.create("/Groups", body).await;
    let path = format!("/Groups/{group}");
    assert_eq!(app.get(&format!("/Users/{ada}")).await["groups"][0]["display"], "Engines");
    let members = async || {
        let group = app.get(&path).await;
        let members = group["members"].as_array().cloned().unwrap_or_default();
        members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let one = |op: &str, path: &str| json!([{"op": op, "path": path}]);
    let both = json!([{"op": "add", "path": "members", "value": [{"value": ada}, {"value": alan}]}]);
    assert_eq!(app.patch(&path, both.clone()).await, 204);
    assert_eq!(members().await, [&*ada, &*alan]);
    let listed = app.get(&format!("/Groups?filter=members.value%20eq%20%22{alan}%22")).await;
    assert_eq!(listed["totalResults"], 1);
    app.patch(&path, one("remove", &format!("members[value eq \"{ada}\"]"))).await;
    assert_eq!(members().await, [&*alan]);
    app.patch(&path, json!([{"op": "Remove", "path": "members", "value": [{"value": alan}]}])).await;
    assert_eq!(members().await, [""; 0]);
    app.patch(&path, both).await;
    app.patch(&path, one("remove", "members[type eq \"User\"]")).await;
    assert_eq!(members().await, [""; 0]);
    app.patch(&path, json!([{"op": "replace", "path": "members", "value": [{"value": ada}]}])).await;
    app.scim(Method::DELETE, &format!("/Users/{ada}"), None).await;
    assert_eq!(members().await, [""; 0]);
    let stranger = json!([{"op": "add", "path": "members", "value": [{"value": ada}]}]);
    assert_eq!(app.patch(&path, stranger).await, 400);
    assert_eq!(app.patch(&path, one("remove", "members")).await, 204);
}

#[actix_web::test]
async fn a_bulk_request_refers_to_what_it_creates() {
    let app = Embedded::new();
    let body = json!({"schemas": [BULK], "Operations": [
        {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"schemas": [GROUP], "displayName": "Engines", "members": [{"value": "bulkId:u"}]}},
        {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"schemas": [USER], "userName": "ada"}},
    ]});
    let (status, answer) = app.scim(Method::POST, "/Bulk", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    let groups = app.get("/Groups").await;
    let ada = app.get("/Users").await["Resources"][0]["id"].clone();
    assert_eq!(groups["Resources"][0]["members"][0]["value"], ada);
}

#[actix_web::test]
async fn a_stranger_learns_nothing_and_the_application_answers_beside_it() {
    let app = Embedded::new();
    let other = Secret::new(SecretKind::Scim, [8; 32]);
    for (path, secret) in [
        ("/scim/acme/v2/Users", other.reveal()),
        ("/scim/acme/v2/Users/1", "wrong"),
        ("/scim/acme/v2/Schemas", ""),
        ("/scim/globex/v2/Users", app.secret.reveal()),
    ] {
        let (status, error) = app.send(Method::GET, path, secret, None).await;
        assert_eq!((status, &error["status"]), (401, &json!("401")), "{path}");
    }
    assert_eq!(app.send(Method::GET, "/", "", None).await.0, 200);
    assert_eq!(app.get("/ServiceProviderConfig").await["patch"]["supported"], true);
    assert_eq!(app.get("/Schemas").await["totalResults"], 3);
    // A version that is not there any more.
    let ada = app.person("ada").await;
    let bulk = json!({"schemas": [BULK], "Operations": [{"method": "DELETE", "path": format!("/Users/{ada}"), "version": "W/\"7\""}]});
    let (_, answer) = app.scim(Method::POST, "/Bulk", Some(bulk)).await;
    assert_eq!(answer["Operations"][0]["status"], "412");
}
