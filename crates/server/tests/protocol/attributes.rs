//! What a resource consists of (RFC 7643 §2 to §4).

use serde_json::{Value, json};

use crate::tenant::{ENTERPRISE, GROUP, Tenant, USER, keys, refusal};

// scim: 1, 72
#[test]
fn attribute_names_are_read_in_any_case_and_sent_in_their_own() {
    let tenant = Tenant::new();
    let body = json!({"SCHEMAS": [USER], "USERNAME": "ada", "name": {"GIVENNAME": "Ada"},
        ENTERPRISE.to_uppercase(): {"DEPARTMENT": "Sales"}});
    let ada = tenant.adopt_created(body);
    assert_eq!((&ada["userName"], &ada["name"]["givenName"]), (&json!("ada"), &json!("Ada")));
    assert_eq!(ada[ENTERPRISE]["department"], "Sales");
    let path = format!("/Users/{}", ada["id"].as_str().unwrap());
    let operations = json!([{"OP": "replace", "Path": "NICKNAME", "VALUE": "A."}]);
    assert_eq!(tenant.patch(&path, operations).expect(200).json["nickName"], "A.");
    assert_eq!(tenant.found("USERNAME eq \"ada\""), ["ada"]);
    let shouted = format!("{}:department eq \"sales\"", ENTERPRISE.to_uppercase());
    assert_eq!(tenant.found(&shouted), ["ada"]);
}

// scim: 2, 3, 56, 58
#[test]
fn schemas_lists_the_base_schema_and_the_extensions_that_carry_a_value() {
    let tenant = Tenant::new();
    let plain = tenant.person(json!({"userName": "ada", "schemas": [USER, ENTERPRISE]}));
    assert_eq!(plain.json["schemas"], json!([USER]));
    let extended = tenant.person(json!({"userName": "eve", "schemas": [ENTERPRISE, USER],
        ENTERPRISE: {"department": "Sales"}}));
    assert_eq!(extended.json["schemas"], json!([USER, ENTERPRISE]));
    assert_eq!(extended.json[ENTERPRISE], json!({"department": "Sales"}));
    assert_eq!(
        extended.patched(json!([{"op": "remove", "path": format!("{ENTERPRISE}:department")}]))["schemas"],
        json!([USER])
    );
    assert_eq!(tenant.group("Sales", &[]).json["schemas"], json!([GROUP]));
    assert_eq!(tenant.get("/Users").json["schemas"].as_array().map(Vec::len), Some(1));
}

// scim: 4, 5, 79
#[test]
fn a_value_of_another_type_is_refused_by_its_name() {
    let tenant = Tenant::new();
    for (attribute, value) in [
        ("title", json!(7)),
        ("active", json!("perhaps")),
        ("active", json!(1)),
        ("name", json!(["Ada"])),
        ("emails", json!([7])),
        ("x509Certificates", json!([{"value": "?"}])),
        (ENTERPRISE, json!("Sales")),
    ] {
        let answer = tenant.try_person(json!({"userName": "ada", attribute: value})).expect(400);
        assert_eq!(answer.json["scimType"], "invalidValue", "{attribute}");
        assert!(answer.json["detail"].as_str().unwrap().contains(attribute), "{}", answer.json);
    }
    // RFC 7643 §2.3.8: no complex attribute within a complex one.
    let schemas = tenant.get("/Schemas").expect(200).json;
    for schema in schemas["Resources"].as_array().unwrap() {
        for attribute in schema["attributes"].as_array().unwrap() {
            let inner = attribute["subAttributes"].as_array().map(Vec::as_slice).unwrap_or_default();
            assert!(inner.iter().all(|sub| sub["type"] != "complex"), "{attribute}");
        }
    }
}

// scim: 8, 49
#[test]
fn a_certificate_is_base64_and_keeps_every_character() {
    let tenant = Tenant::new();
    let certificates = json!([{"value": "MIIDQzCCAqygAwIBAgICEAAwDQ+/8w=="}, {"value": "aGVsbG8"}]);
    let ada = tenant.person(json!({"userName": "ada", "x509Certificates": certificates}));
    assert_eq!(ada.json["x509Certificates"], certificates);
    assert_eq!(tenant.found("x509Certificates.value eq \"aGVsbG8\""), ["ada"]);
    assert!(tenant.found("x509Certificates.value eq \"AGVSBG8\"").is_empty(), "binary values are case-exact");
}

// scim: 9, 10
#[test]
fn references_are_uris_and_may_point_to_what_is_not_here() {
    let tenant = Tenant::new();
    let stranger = "01900000-0000-7000-8000-000000000000";
    let ada = tenant.person(json!({
        "userName": "ada", "profileUrl": "https://example.com/Ada",
        ENTERPRISE: {"manager": {"value": stranger, "$ref": format!("../Users/{stranger}")}},
    }));
    assert_eq!(ada.json["profileUrl"], "https://example.com/Ada");
    assert_eq!(ada.json[ENTERPRISE]["manager"]["value"], stranger);
    assert!(
        tenant.found("profileUrl eq \"https://example.com/ada\"").is_empty(),
        "references are case-exact"
    );
}

// scim: 11, 12
// dialect: 11
#[test]
fn null_and_an_empty_array_are_the_same_as_nothing() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "title": null, "emails": [], "roles": [null],
        "name": {"givenName": null}, ENTERPRISE: {"manager": null}}));
    assert_eq!(
        keys(&ada.json),
        ["active", "id", "meta", "schemas", "userName"],
        "what is unassigned is not sent"
    );
    assert_eq!(tenant.found("title eq null and not (emails pr)"), ["ada"]);
    let changed = ada.patched(json!([{"op": "replace", "path": "title", "value": "Dr."}]));
    assert_eq!(changed["title"], "Dr.");
    let changed = ada.patched(json!([{"op": "replace", "path": "title", "value": null}]));
    assert_eq!(changed.get("title"), None);
}

// scim: 13, 17, 45, 46, 48, 50
#[test]
fn multi_valued_attributes_keep_their_sub_attributes_and_come_back_as_sent() {
    let tenant = Tenant::new();
    let sent = json!({
        "userName": "ada",
        "emails": [{"value": "Ada@Example.com", "type": "work", "primary": true, "display": "Ada"}, {"value": "a@b.example"}],
        "phoneNumbers": [{"value": "tel:+44-20-1234", "type": "mobile"}, {"value": "555", "type": "pager"}],
        "ims": [{"value": "ada", "type": "xmpp"}],
        "photos": [{"value": "https://example.com/a.jpg", "type": "thumbnail"}],
        "addresses": [{"formatted": "1 St James's Sq", "streetAddress": "1 St James's Sq", "locality": "London",
            "region": "London", "postalCode": "SW1", "country": "GB", "type": "home", "primary": true}],
        "entitlements": [{"value": "books", "display": "Books", "type": "any", "primary": false}],
        "roles": [{"value": "anything goes", "display": "Anything", "type": "any"}],
    });
    let ada = tenant.person(sent.clone()).read();
    for name in keys(&sent) {
        assert_eq!(ada[name], sent[name], "{name}");
    }
}

// scim: 14
#[test]
fn at_most_one_value_is_primary() {
    let tenant = Tenant::new();
    let both = json!([{"value": "a@x.example", "primary": true}, {"value": "b@x.example", "primary": true}]);
    let ada = tenant.person(json!({"userName": "ada", "emails": both})).read();
    let primaries = ada["emails"].as_array().unwrap().iter().filter(|email| email["primary"] == true);
    assert_eq!(primaries.count(), 1);
    assert_eq!(tenant.found("emails[primary eq true and value eq \"a@x.example\"]"), ["ada"]);
}

// scim: 15
#[test]
fn the_same_value_sent_twice_is_kept_once() {
    let tenant = Tenant::new();
    let email = json!({"value": "a@x.example", "type": "work"});
    let ada = tenant.person(json!({"userName": "ada", "emails": [email, email]}));
    assert_eq!(ada.json["emails"], json!([email]));
    let after = ada.patched(json!([{"op": "add", "path": "emails", "value": [email]}]));
    assert_eq!(after["emails"], json!([email]));
}

// scim: 16, 28
#[test]
fn values_come_back_in_the_case_they_were_sent_in_and_are_found_in_any() {
    let tenant = Tenant::new();
    let ada =
        tenant.person(json!({"userName": "Ada@Example.COM", "phoneNumbers": [{"value": "(020) 1234"}]}));
    let read = ada.read();
    assert_eq!(read["userName"], "Ada@Example.COM");
    assert_eq!(read["phoneNumbers"][0]["value"], "(020) 1234");
    assert_eq!(tenant.found("userName eq \"ADA@example.com\""), ["Ada@Example.COM"]);
    assert_eq!(refusal(&tenant.try_person(json!({"userName": "ada@example.com"}))), "409 uniqueness");
}

// scim: 19, 47, 77, 96
// dialect: 13
#[test]
fn what_only_the_server_writes_is_ignored_in_a_body_and_refused_in_a_patch() {
    let tenant = Tenant::new();
    let group = tenant.group("Sales", &[]);
    let forged = json!({"id": "7", "userName": "ada", "groups": [{"value": group.id}],
        "meta": {"resourceType": "Group", "created": "2001-01-01T00:00:00Z", "version": "W/\"99\"", "location": "x"}});
    let ada = tenant.person(forged.clone());
    assert_ne!(ada.id, "7");
    assert_eq!((ada.json.get("groups"), &ada.json["meta"]["resourceType"]), (None, &json!("User")));
    assert!(group.members().is_empty(), "people come into groups by their members alone");
    let mut body = forged;
    body["schemas"] = json!([USER]);
    body["title"] = json!("Dr.");
    let after = tenant.put(&ada.path, body).expect(200).json;
    assert_eq!((&after["id"], &after["title"]), (&json!(ada.id), &json!("Dr.")));
    assert_eq!(after["meta"]["created"], ada.json["meta"]["created"]);
    for path in ["id", "meta.created", "groups", "groups[value eq \"1\"].display"] {
        let refused = ada.refuses(json!([{"op": "replace", "path": path, "value": "x"}]));
        assert_eq!(refused, "400 mutability", "{path}");
    }
}

// scim: 20, 42, 43, 44
#[test]
fn the_plain_attributes_of_a_user_can_be_written_and_read_at_any_time() {
    let tenant = Tenant::new();
    let sent = json!({
        "userName": "ada", "displayName": "Ada B.", "nickName": "A.", "profileUrl": "https://example.com/a",
        "title": "Dr.", "userType": "Contractor", "preferredLanguage": "en-GB, en;q=0.8", "locale": "en-GB",
        "timezone": "Europe/London", "active": false,
    });
    let ada = tenant.person(sent.clone());
    for name in keys(&sent) {
        assert_eq!(ada.read()[name], sent[name], "{name}");
        let value = if name == "active" { json!(true) } else { json!("https://example.com/other") };
        assert_eq!(ada.patched(json!([{"op": "replace", "path": name, "value": value}]))[name], value);
    }
}

// scim: 22, 40, 198
#[test]
fn a_password_is_accepted_and_neither_sent_back_nor_found_in_the_database_or_the_log() {
    let tenant = Tenant::new();
    let secret = "Tr0ub4dor-and-a-staple";
    let ada = tenant.person(json!({"userName": "ada", "password": secret}));
    let with_attributes = tenant.ask(&ada.path, &[("attributes", "password,userName")]).expect(200).json;
    let patched = ada.patched(json!([{"op": "replace", "path": "password", "value": secret}]));
    let body = json!({"schemas": [USER], "userName": "ada", "password": secret});
    let put = tenant.put(&ada.path, body).expect(200).json;
    for answer in [&ada.json, &with_attributes, &patched, &put] {
        assert_eq!(answer.get("password"), None);
        assert!(!answer.to_string().contains(secret));
    }
    for name in ["rolecall.db", "rolecall.db-wal"] {
        let bytes = std::fs::read(tenant.server.sandbox.path().join(name)).unwrap_or_default();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{name}");
    }
    assert!(!tenant.server.log().contains(secret));
}

// scim: 29, 115
#[test]
fn ids_and_external_ids_are_compared_exactly() {
    let tenant = Tenant::new();
    let ada = tenant.person(json!({"userName": "ada", "externalId": "AbC"}));
    assert_eq!(tenant.found("externalId eq \"AbC\""), ["ada"]);
    assert!(tenant.found("externalId eq \"abc\"").is_empty());
    assert_eq!(tenant.found(&format!("id eq \"{}\"", ada.id)), ["ada"]);
    assert!(tenant.found(&format!("id eq \"{}\"", ada.id.to_uppercase())).is_empty());
    tenant.person(json!({"userName": "eve", "externalId": "abc"}));
}

// scim: 30
#[test]
fn a_type_that_the_schema_does_not_suggest_is_accepted() {
    let tenant = Tenant::new();
    let emails = json!([{"value": "a@x.example", "type": "holiday home"}]);
    assert_eq!(tenant.person(json!({"userName": "ada", "emails": emails})).json["emails"], emails);
}

// scim: 31
#[test]
fn an_id_is_given_by_the_server_and_used_only_once() {
    let tenant = Tenant::new();
    let ids: Vec<String> = (0..3)
        .map(|_| {
            let ada = tenant.person(json!({"userName": "ada", "id": "bulkId"}));
            assert!(!ada.id.is_empty() && ada.id != "bulkId");
            assert_eq!(ada.patched(json!([{"op": "replace", "path": "title", "value": "x"}]))["id"], ada.id);
            tenant.delete(&ada.path).expect(204);
            ada.id.clone()
        })
        .collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2], "{ids:?}");
}

// scim: 32
#[test]
fn an_external_id_is_the_clients_own_and_can_change() {
    let tenant = Tenant::new();
    let ada = tenant.somebody();
    assert_eq!(ada.json.get("externalId"), None, "the server makes none up");
    let changed = ada.patched(json!([{"op": "add", "path": "externalId", "value": "701984"}]));
    assert_eq!(changed["externalId"], "701984");
    // Another tenant may use the same one.
    Tenant::new().person(json!({"userName": "ada", "externalId": "701984"}));
}

// scim: 32
// dialect: 11
#[test]
fn a_blank_external_id_identifies_nobody() {
    let tenant = Tenant::new();
    for name in ["ada", "eve"] {
        let person = tenant.person(json!({"userName": name, "externalId": ""}));
        assert_eq!(person.json.get("externalId"), None);
    }
    let ida = tenant.person(json!({"userName": "ida", "externalId": "1"}));
    let cleared = ida.patched(json!([{"op": "replace", "path": "externalId", "value": ""}]));
    assert_eq!(cleared.get("externalId"), None);
    for name in ["Sales", "Support"] {
        tenant
            .post("/Groups", json!({"schemas": [GROUP], "displayName": name, "externalId": ""}))
            .expect(201);
    }
}

// scim: 33, 34, 35, 36
#[test]
fn meta_says_what_it_is_where_it_is_and_since_when() {
    let tenant = Tenant::new();
    let answer = tenant.try_person(json!({"userName": "ada"})).expect(201);
    let meta = answer.json["meta"].clone();
    assert_eq!(keys(&meta), ["created", "lastModified", "location", "resourceType", "version"]);
    assert_eq!(meta["resourceType"], "User");
    assert_eq!(meta["created"], meta["lastModified"], "it was never modified");
    let location = format!("{}/Users/{}", tenant.url, answer.json["id"].as_str().unwrap());
    assert_eq!((&meta["location"], answer.header("location")), (&json!(location), location.as_str()));
    assert_eq!(meta["version"], answer.header("etag"));
    let read = tenant.server.request("GET", &location).bearer(&tenant.token).send().expect(200);
    assert_eq!((&read.json["meta"], read.header("etag")), (&meta, answer.header("etag")));
    std::thread::sleep(std::time::Duration::from_millis(5));
    let operations = json!([{"op": "replace", "path": "title", "value": "x"}]);
    let path = location.strip_prefix(&tenant.url).unwrap();
    let changed = tenant.patch(path, operations).expect(200);
    assert_eq!(changed.json["meta"]["created"], meta["created"]);
    assert!(changed.json["meta"]["lastModified"].as_str() > meta["lastModified"].as_str());
    assert_eq!(changed.json["meta"]["version"], changed.header("etag"));
    assert_eq!(tenant.group("Sales", &[]).json["meta"]["resourceType"], "Group");
}

// scim: 37
#[test]
fn id_external_id_and_meta_are_in_no_schema_but_can_be_named() {
    let tenant = Tenant::new();
    tenant.person(json!({"userName": "ada", "externalId": "x"}));
    let answer = tenant
        .ask(
            "/Users",
            &[("filter", "meta.resourceType eq \"User\""), ("attributes", "externalId,meta.created")],
        )
        .expect(200);
    let found = &answer.json["Resources"][0];
    assert_eq!(keys(found), ["externalId", "id", "meta", "schemas"]);
    assert_eq!(keys(&found["meta"]), ["created"]);
    let schemas = tenant.get("/Schemas").expect(200).json;
    for schema in schemas["Resources"].as_array().unwrap() {
        for attribute in schema["attributes"].as_array().unwrap() {
            assert!(!["id", "externalId", "meta", "schemas"].contains(&attribute["name"].as_str().unwrap()));
        }
    }
}

// scim: 39
#[test]
fn a_user_needs_a_user_name_that_nobody_else_has() {
    let tenant = Tenant::new();
    for body in [json!({"displayName": "x"}), json!({"userName": ""}), json!({"userName": null})] {
        assert_eq!(refusal(&tenant.try_person(body.clone())), "400 invalidValue", "{body}");
    }
    tenant.person(json!({"userName": "Ada"}));
    assert_eq!(refusal(&tenant.try_person(json!({"userName": "aDA"}))), "409 uniqueness");
    let eve = tenant.person(json!({"userName": "eve"}));
    assert_eq!(eve.refuses(json!([{"op": "replace", "path": "userName", "value": "ADA"}])), "409 uniqueness");
}

// scim: 41
#[test]
fn a_name_has_six_parts_all_of_them_optional() {
    let tenant = Tenant::new();
    let name = json!({"formatted": "Ms. Ada M. Byron III", "familyName": "Byron", "givenName": "Ada",
        "middleName": "M.", "honorificPrefix": "Ms.", "honorificSuffix": "III"});
    let ada = tenant.person(json!({"userName": "ada", "name": name}));
    assert_eq!(ada.read()["name"], name);
    for part in keys(&name) {
        assert_eq!(
            ada.patched(json!([{"op": "remove", "path": format!("name.{part}")}]))["name"].get(part),
            None
        );
    }
    assert_eq!(ada.read().get("name"), None);
}

// scim: 55, 57
// dialect: 10
#[test]
fn an_enterprise_user_has_a_department_and_a_manager() {
    let tenant = Tenant::new();
    let boss = tenant.person(json!({"userName": "boss", "displayName": "The Boss"}));
    let work = json!({"employeeNumber": "7", "costCenter": "41", "organization": "Acme", "division": "Books",
        "department": "Sales"});
    let mut sent = work.clone();
    sent["manager"] = json!({"value": boss.id, "displayName": "Somebody Else"});
    let ada = tenant.person(json!({"userName": "ada", ENTERPRISE: sent})).read();
    for name in keys(&work) {
        assert_eq!(ada[ENTERPRISE][name], work[name]);
    }
    assert_eq!(ada[ENTERPRISE]["manager"]["value"], boss.id);
    assert_ne!(ada[ENTERPRISE]["manager"]["displayName"], "Somebody Else", "displayName is the server's");
    // Entra sends the bare id.
    let bare = tenant.person(json!({"userName": "eve", ENTERPRISE: {"manager": boss.id}})).read();
    assert_eq!(bare[ENTERPRISE]["manager"]["value"], boss.id);
    let path = format!("{ENTERPRISE}:manager");
    let eve = tenant.person(json!({"userName": "ida"}));
    let after = eve.patched(json!([{"op": "Add", "path": path, "value": boss.id}]));
    assert_eq!(after[ENTERPRISE]["manager"]["value"], boss.id);
    assert_eq!(
        tenant.found(&format!("{ENTERPRISE}:manager.value eq \"{}\"", boss.id)),
        ["ada", "eve", "ida"]
    );
}

impl Tenant {
    /// Sends a body just as it is.
    #[track_caller]
    fn adopt_created(&self, body: Value) -> Value {
        self.post("/Users", body).expect(201).json
    }
}
