//! What an administrator's program sees: addresses, keys, bodies, pages, over a store that knows what each test says.

use std::sync::{Arc, Mutex};

use actix_web::{
    App, Error,
    body::{MessageBody, to_bytes},
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header::HeaderMap},
    middleware::from_fn,
    test::{TestRequest, call_service, init_service},
};
use rolecall_domain::{
    grant::{Expiry, Grant},
    ports::{ReadCost, ReadUnit, Store, StoreError, WriteUnit},
    records::{Source, WorkspaceMember},
    role::{OrgRole, WorkspaceRole},
    secret::{Secret, SecretKind},
    testing::{
        FixedEntropy, MockTx, NOW, NumberedIds, ORG, StandingClock, a_group, a_mapping, a_user, a_user_with,
        a_workspace, an_api_key, an_org, group_id, user_id,
    },
};
use serde_json::{Value, json};

use crate::{AppState, Limits, configure, metrics::observe, openapi, request::identify};

/// One transaction for all, which a test has told what to answer; or none.
struct Told(Result<Mutex<MockTx>, StoreError>);

impl Store for Told {
    fn read(&self, _: ReadCost, mut unit: Box<dyn ReadUnit>) {
        let outcome = self.0.as_ref().map_err(Clone::clone).map(|tx| {
            unit.run(&mut *tx.lock().unwrap());
        });
        unit.finish(outcome);
    }

    fn write(&self, mut unit: Box<dyn WriteUnit>) {
        let outcome = self.0.as_ref().map_err(Clone::clone).map(|tx| {
            unit.run(&mut *tx.lock().unwrap());
        });
        unit.finish(outcome);
    }
}

fn secret(role: OrgRole) -> Secret {
    Secret::new(SecretKind::ApiKey, [u8::try_from(role.rank()).unwrap(); 32])
}

/// A store that knows an owner's key and an admin's key.
fn a_store() -> MockTx {
    let mut tx = MockTx::new();
    tx.expect_find_api_key().returning(|hash| {
        let role = OrgRole::ALL.iter().copied().find(|role| secret(*role).hash().matches(hash));
        Ok(role.map(|role| (an_org("acme"), an_api_key(role.as_str(), role, &secret(role)))))
    });
    tx
}

fn state(store: Told) -> AppState {
    AppState {
        store: Arc::new(store),
        clock: Arc::new(StandingClock::at(NOW)),
        ids: Arc::new(NumberedIds::default()),
        entropy: Arc::new(FixedEntropy([9; 32])),
        public_url: "https://rolecall.test".into(),
        access_tokens: None,
        rate_limit: Arc::default(),
        token_use: Arc::default(),
        request_log: Arc::new(crate::RequestLog::off()),
        schemas: Arc::default(),
        limits: Limits { body_bytes: 1000, ..Limits::default() },
        metrics: Arc::default(),
    }
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Everything that is mounted, over that store.
fn app(
    store: Told,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new().wrap(from_fn(observe)).wrap(from_fn(identify)).configure(configure(state(store)))
}

/// Sends a request as it stands.
async fn send(store: Told, request: TestRequest) -> Answer {
    read(call_service(&init_service(app(store)).await, request.to_request()).await).await
}

async fn read(response: ServiceResponse<impl MessageBody>) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = String::from_utf8(to_bytes(response.into_body()).await.ok().unwrap().to_vec()).unwrap();
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
}

/// Sends a request with an owner's key.
async fn ask(tx: MockTx, method: Method, path: &str, body: Option<Value>) -> Answer {
    ask_as(OrgRole::Owner, tx, method, path, body).await
}

async fn ask_as(role: OrgRole, tx: MockTx, method: Method, path: &str, body: Option<Value>) -> Answer {
    let mut request =
        TestRequest::with_uri(path).method(method).insert_header(("x-api-key", secret(role).reveal()));
    if let Some(body) = body {
        request = request.set_json(body);
    }
    send(Told(Ok(Mutex::new(tx))), request).await
}

fn is_problem(answer: &Answer, status: StatusCode) {
    assert_eq!(answer.status, status.as_u16(), "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text);
    assert_eq!(answer.body["status"], status.as_u16());
}

#[actix_web::test]
async fn every_documented_call_is_there_and_asks_for_a_key() {
    let description: Value = serde_json::from_str(&openapi::document()).unwrap();
    // Built once for all: that takes longer than a call.
    let app = init_service(app(Told(Ok(Mutex::new(a_store()))))).await;
    for (path, operations) in description["paths"].as_object().unwrap() {
        if !path.starts_with("/v1/") {
            continue;
        }
        let uri = path.replace(['{', '}'], "");
        let mut documented: Vec<&str> = operations.as_object().unwrap().keys().map(String::as_str).collect();
        // HEAD is no call of its own: it is answered wherever GET is, and nowhere else.
        documented.extend(documented.contains(&"get").then_some("head"));
        for method in &documented {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let request = TestRequest::with_uri(&uri).method(method.clone());
            let answer = read(call_service(&app, request.to_request()).await).await;
            is_problem(&answer, StatusCode::UNAUTHORIZED);
            assert!(answer.headers.contains_key("www-authenticate"), "{method} {path}");
        }
        let key = ("x-api-key", secret(OrgRole::Owner).reveal().to_owned());
        let request = TestRequest::with_uri(&uri).method(Method::OPTIONS).insert_header(key);
        let answer = read(call_service(&app, request.to_request()).await).await;
        is_problem(&answer, StatusCode::METHOD_NOT_ALLOWED);
        let allow = answer.header("allow").to_lowercase();
        let mut allowed: Vec<&str> = allow.split(", ").collect();
        documented.sort_unstable();
        allowed.sort_unstable();
        assert_eq!(allowed, documented, "{path}");
    }
}

#[actix_web::test]
async fn an_unknown_address_is_a_problem_of_its_own() {
    for path in ["/v1", "/v1/", "/v1/admin/workspace", "/v1/admin/users/1/2"] {
        is_problem(&ask(MockTx::new(), Method::GET, path, None).await, StatusCode::NOT_FOUND);
    }
}

#[actix_web::test]
async fn a_wrong_key_is_told_nothing() {
    let unknown = secret(OrgRole::Member);
    for key in ["", "rck_wrong", unknown.reveal()] {
        let mut tx = MockTx::new();
        tx.expect_find_api_key().returning(|_| Ok(None));
        let request = TestRequest::with_uri("/v1/admin/users")
            .insert_header(("authorization", format!("Bearer {key}")));
        is_problem(&send(Told(Ok(Mutex::new(tx))), request).await, StatusCode::UNAUTHORIZED);
    }
}

#[actix_web::test]
async fn a_bad_body_is_refused_before_anything_is_written() {
    let path = "/v1/admin/workspaces";
    for (body, wanted) in [
        (json!({}), "missing field `name`"),
        (json!({"name": "Sales", "slugg": "sales"}), "unknown field `slugg`"),
        (json!({"name": 7}), "name: "),
        (json!(["Sales"]), "JSON object"),
    ] {
        let answer = ask(a_store(), Method::POST, path, Some(body)).await;
        is_problem(&answer, StatusCode::BAD_REQUEST);
        assert!(answer.text.contains(wanted), "{}", answer.text);
    }
    let answer = ask(a_store(), Method::POST, path, Some(json!({"name": "x".repeat(1000)}))).await;
    is_problem(&answer, StatusCode::PAYLOAD_TOO_LARGE);
    let form = TestRequest::post()
        .uri(path)
        .insert_header(("x-api-key", secret(OrgRole::Owner).reveal()))
        .set_form([("name", "Sales")]);
    is_problem(&send(Told(Ok(Mutex::new(a_store()))), form).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[actix_web::test]
async fn a_bad_query_is_told_by_its_parameter() {
    for (path, wanted) in [
        ("/v1/admin/users?limit=0", "limit: "),
        ("/v1/admin/users?cursor=x", "cursor: "),
        ("/v1/admin/users?role=boss", "role: "),
        ("/v1/scim/workspaces?scim_group_id=Sales", "scim_group_id: "),
        ("/v1/events?after=x", "after: "),
    ] {
        let answer = ask(a_store(), Method::GET, path, None).await;
        is_problem(&answer, StatusCode::BAD_REQUEST);
        assert!(answer.text.contains(wanted), "{path}: {}", answer.text);
    }
}

#[actix_web::test]
async fn a_parameter_that_a_call_does_not_take_is_named_and_nothing_is_done() {
    let description: Value = serde_json::from_str(&openapi::document()).unwrap();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if !path.starts_with("/v1/") {
                continue;
            }
            let listed = operation["parameters"].as_array().into_iter().flatten();
            let takes: Vec<&Value> =
                listed.filter(|one| one["in"] == "query").map(|one| &one["name"]).collect();
            let uri = path.replace(['{', '}'], "");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            // The store knows the key and nothing else: whatever went further would fail.
            let answer = ask(a_store(), method.clone(), &format!("{uri}?pla=true"), None).await;
            is_problem(&answer, StatusCode::BAD_REQUEST);
            assert_eq!(answer.body["parameter"], "pla", "{method} {path}");
            assert_eq!(answer.body["parameters"], json!(takes), "{method} {path}");
        }
    }
    let answer = ask(a_store(), Method::GET, "/v1/scim/tokens?limit=5&cursr=", None).await;
    assert_eq!(answer.body["parameter"], "cursr");
    let answer = ask(a_store(), Method::DELETE, "/v1/scim/tokens/1?pla=true", None).await;
    let told = "`pla` is no query parameter of this call; it takes `plan`, `fingerprint`, `limit`, `cursor`. Nothing was done";
    assert_eq!(answer.body["detail"], told);
    let answer = ask(a_store(), Method::GET, "/v1/scim/settings?verbose=1", None).await;
    assert!(answer.text.contains("it takes none"), "{}", answer.text);
    let stranger = TestRequest::delete().uri("/v1/scim/tokens/1?pla=true");
    is_problem(&send(Told(Ok(Mutex::new(MockTx::new()))), stranger).await, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn a_mapping_names_one_group() {
    for body in [
        json!({"workspace_id": "sales", "role": "admin"}),
        json!({"workspace_id": "sales", "role": "admin", "scim_group_id": "1", "scim_group_name": "Sales"}),
    ] {
        let answer = ask(a_store(), Method::POST, "/v1/scim/workspaces", Some(body)).await;
        is_problem(&answer, StatusCode::BAD_REQUEST);
        assert!(answer.text.contains("scim_group_name or scim_group_id"), "{}", answer.text);
    }
}

#[actix_web::test]
async fn another_role_for_a_mapped_group_is_a_conflict_that_names_the_mapping() {
    let (group, workspace) = (a_group("Sales managers"), a_workspace("Sales"));
    let mapping = a_mapping(&group, &workspace, WorkspaceRole::Member);
    let mut tx = a_store();
    tx.knows_workspace(&workspace);
    tx.knows_group(&group);
    tx.knows_mappings(group.id, std::slice::from_ref(&mapping));
    let body = json!({"workspace_id": "sales", "role": "admin", "scim_group_id": group.id});
    let answer = ask(tx, Method::POST, "/v1/scim/workspaces", Some(body)).await;
    is_problem(&answer, StatusCode::CONFLICT);
    assert_eq!(answer.body["existing"], json!({"id": mapping.id, "role": "member"}));
}

#[actix_web::test]
async fn a_page_of_members_shows_every_reason_with_one_question_for_all() {
    let workspace = a_workspace("Sales");
    let place = workspace.id;
    let (group, mapping) =
        (group_id("Sales"), a_mapping(&a_group("Sales"), &workspace, WorkspaceRole::Admin).id);
    let mut tx = a_store();
    tx.knows_workspace(&workspace);
    tx.expect_people_in().times(1).withf(|org, _, slice| *org == ORG && slice.limit == 3).returning(
        |_, _, _| {
            let member = |name: &str| WorkspaceMember {
                user: user_id(name),
                user_name: format!("{name}@acme.test"),
                email: None,
                role: WorkspaceRole::Admin,
            };
            Ok(["ada", "bob", "cyd"].map(member).into())
        },
    );
    tx.expect_count_people_in().times(1).returning(|_, _| Ok(3));
    tx.expect_sources_of()
        .times(1)
        .withf(move |_, users, only| users == [user_id("ada"), user_id("bob")] && *only == Some(place))
        .returning(move |_, _, _| {
            let by_group = Source::Group {
                group,
                group_name: "Sales".into(),
                mapping,
                origin: rolecall_domain::records::MappingOrigin::Admin,
                role: WorkspaceRole::Admin,
            };
            let by_hand = Source::Grant(Grant::lasting(WorkspaceRole::Member));
            Ok(vec![
                (user_id("ada"), place, by_group),
                (user_id("ada"), place, by_hand.clone()),
                (user_id("bob"), place, by_hand),
            ])
        });
    tx.expect_app_ids_of()
        .times(1)
        .withf(|_, users| users == [user_id("ada"), user_id("bob")])
        .returning(|_, _| Ok(vec![(user_id("ada"), "E-17".into())]));
    let answer = ask(tx, Method::GET, "/v1/admin/workspaces/sales/users?limit=2", None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["total"], 3);
    assert_eq!(answer.body["next_cursor"], user_id("bob").0.as_simple().to_string());
    assert_eq!(
        answer.body["data"][0],
        json!({
            "user_id": user_id("ada"),
            "app_id": "E-17",
            "user_name": "ada@acme.test",
            "email": null,
            "role": "admin",
            "sources": [
                {"type": "mapping", "role": "admin", "group_id": group, "group": "Sales", "mapping_id": mapping},
                {"type": "grant", "role": "member"},
            ],
        })
    );
    assert_eq!(answer.body["data"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn a_grant_to_an_inactive_person_waits() {
    let (workspace, ada) = (a_workspace("Sales"), a_user_with("ada", json!({"active": false})));
    let mut tx = a_store();
    tx.watch();
    tx.knows_workspace(&workspace);
    tx.knows_user(&ada);
    tx.expect_list_connections().returning(|_| Ok(Vec::new()));
    tx.expect_find_grant().returning(|_, _, _| Ok(None));
    tx.expect_put_grant().times(1).returning(|_, _, _, _, _| Ok(()));
    tx.expect_role_in().returning(|_, _, _| Ok(None));
    tx.expect_find_known().returning(|_, _| Ok(None));
    tx.expect_sources_of().returning(|_, users, place| {
        Ok(vec![(users[0], place.unwrap(), Source::Grant(Grant::lasting(WorkspaceRole::Manager)))])
    });
    let body = json!({"user_id": ada.id, "role": "Manager"});
    let answer = ask(tx, Method::POST, "/v1/admin/workspaces/sales/users", Some(body)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.body["role"], Value::Null);
    assert_eq!(answer.body["sources"], json!([{"type": "grant", "role": "manager"}]));
    let location = format!("/v1/admin/workspaces/{}/users/{}", workspace.id, ada.id);
    assert_eq!(answer.header("location"), location.as_str());
}

#[actix_web::test]
async fn a_grant_for_a_time_says_so_and_one_that_cannot_be_is_refused() {
    let (workspace, ada, end) = (a_workspace("Sales"), a_user("ada"), NOW.plus_days(3));
    let grant = Grant {
        role: WorkspaceRole::Admin,
        expiry: Some(Expiry { at: end, then: Some(WorkspaceRole::Member) }),
    };
    let mut tx = a_store();
    tx.watch();
    tx.knows_workspace(&workspace);
    tx.knows_user(&ada);
    tx.expect_list_connections().returning(|_| Ok(Vec::new()));
    tx.expect_find_grant().returning(move |_, _, _| Ok(Some(Grant::lasting(WorkspaceRole::Member))));
    tx.expect_put_grant()
        .withf(move |_, _, _, put, _| *put == grant)
        .times(1)
        .returning(|_, _, _, _, _| Ok(()));
    tx.expect_role_in().returning(|_, _, _| Ok(Some(WorkspaceRole::Admin)));
    tx.expect_find_known().returning(|_, _| Ok(None));
    tx.expect_sources_of()
        .returning(move |_, users, place| Ok(vec![(users[0], place.unwrap(), Source::Grant(grant))]));
    let body = json!({"role": "admin", "expires_at": end.to_string(), "then_role": "member"});
    let path = format!("/v1/admin/workspaces/sales/users/{}", ada.id);
    let answer = ask(tx, Method::PUT, &path, Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let source =
        json!({"type": "grant", "role": "admin", "expires_at": end.to_string(), "then_role": "member"});
    assert_eq!(answer.body["sources"], json!([source]));

    for (terms, wrong) in [
        (json!({"expires_at": NOW.to_string()}), "not in the future"),
        (json!({"expires_at": "Friday"}), "`Friday` is not a time"),
        (json!({"then_role": "member"}), "say when that is"),
        (json!({"expires_at": end.to_string(), "then_role": "admin"}), "not less than role `admin`"),
        (json!({"expires_at": end.to_string(), "then_role": "boss"}), "`boss` is not a role"),
    ] {
        let mut body = terms.clone();
        body["role"] = json!("admin");
        let answer = ask(a_store(), Method::PUT, &path, Some(body)).await;
        assert_eq!(answer.status, 400, "{terms}");
        assert!(answer.text.contains(wrong), "{terms}: {}", answer.text);
    }
}

#[actix_web::test]
async fn an_unknown_person_is_a_mistake_in_a_body_and_nothing_in_a_path() {
    for (method, path, body, status) in [
        (
            Method::POST,
            "",
            Some(json!({"user_id": user_id("eve"), "role": "admin"})),
            StatusCode::BAD_REQUEST,
        ),
        (Method::PUT, "/eve", Some(json!({"role": "admin"})), StatusCode::NOT_FOUND),
        (Method::DELETE, "/eve", None, StatusCode::NOT_FOUND),
        (Method::GET, "/eve", None, StatusCode::NOT_FOUND),
    ] {
        let mut tx = a_store();
        tx.knows_workspace(&a_workspace("Sales"));
        tx.expect_find_user().returning(|_, _| Ok(None));
        tx.expect_find_by_app_id().returning(|_, _| Ok(None));
        tx.expect_find_merged().returning(|_, _| Ok(None));
        let path = format!("/v1/admin/workspaces/sales/users{path}");
        is_problem(&ask(tx, method, &path, body).await, status);
    }
}

#[actix_web::test]
async fn a_person_is_shown_with_their_workspaces() {
    let mut tx = a_store();
    tx.knows_user(&a_user("ada"));
    tx.expect_workspaces_of().returning(|_, _| Ok(Vec::new()));
    tx.expect_find_known().returning(|_, _| Ok(None));
    let answer = ask(tx, Method::GET, &format!("/v1/admin/users/{}", user_id("ada")), None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        (&answer.body["org_role"], &answer.body["user_name"]),
        (&json!("member"), &json!("ada@acme.test"))
    );
    assert_eq!(answer.body["workspaces"], json!([]));
}

#[actix_web::test]
async fn a_secret_is_shown_when_it_is_made_and_kept_by_nobody() {
    let mut tx = a_store();
    tx.watch();
    tx.expect_find_connection().returning(|_, _| Ok(Some(rolecall_domain::testing::the_connection())));
    tx.expect_insert_token().times(1).returning(|_, _| Ok(()));
    let body = json!({"name": "Entra", "expires_in_days": 90});
    let answer = ask(tx, Method::POST, "/v1/scim/tokens", Some(body)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let shown = answer.body["secret"].as_str().unwrap();
    assert_eq!(shown, Secret::new(SecretKind::Scim, [9; 32]).reveal());
    assert_eq!(answer.body["hint"], shown[shown.len() - 4..]);
    assert_eq!(answer.body["expires_at"], NOW.plus_days(90).to_string());
    assert_eq!(answer.body["tenant_url"], "https://rolecall.test/scim/acme/v2");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn an_admin_key_makes_no_owner_key_and_revokes_none() {
    let body = Some(json!({"name": "mine", "role": "owner"}));
    let answer = ask_as(OrgRole::Admin, a_store(), Method::POST, "/v1/admin/api-keys", body).await;
    is_problem(&answer, StatusCode::FORBIDDEN);
    let owner = an_api_key("owner", OrgRole::Owner, &secret(OrgRole::Owner));
    let path = format!("/v1/admin/api-keys/{}", owner.id);
    let mut tx = a_store();
    tx.expect_list_api_keys().returning(move |_| Ok(vec![owner.clone()]));
    is_problem(&ask_as(OrgRole::Admin, tx, Method::DELETE, &path, None).await, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn a_store_that_is_away_is_told_with_the_time_to_come_back() {
    for (path, key) in [("/v1/admin/users", true), ("/health/ready", false)] {
        let mut request = TestRequest::with_uri(path);
        if key {
            request = request.insert_header(("x-api-key", secret(OrgRole::Owner).reveal()));
        }
        let answer = send(Told(Err(StoreError::Unavailable("gone".into()))), request).await;
        is_problem(&answer, StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers.contains_key("retry-after"));
    }
    let away = Told(Err(StoreError::Unavailable("gone".into())));
    assert_eq!(send(away, TestRequest::with_uri("/health/live")).await.status, 200);
    let mut not_migrated = MockTx::new();
    not_migrated.expect_find_org().returning(|_| Err(StoreError::Failed("no such table: orgs".into())));
    let answer = send(Told(Ok(Mutex::new(not_migrated))), TestRequest::with_uri("/health/ready")).await;
    is_problem(&answer, StatusCode::SERVICE_UNAVAILABLE);
}

#[actix_web::test]
async fn operators_see_that_it_is_ready_and_how_it_does() {
    let mut tx = MockTx::new();
    tx.expect_find_org().returning(|_| Ok(None));
    assert_eq!(send(Told(Ok(Mutex::new(tx))), TestRequest::with_uri("/health/ready")).await.status, 200);
    let nothing = || Told(Ok(Mutex::new(MockTx::new())));
    let metrics = send(nothing(), TestRequest::with_uri("/metrics")).await;
    assert!(metrics.text.contains("rolecall_build_info"), "{}", metrics.text);
    let description = send(nothing(), TestRequest::with_uri("/openapi.json")).await;
    assert_eq!(description.body["openapi"], "3.1.0");
}
