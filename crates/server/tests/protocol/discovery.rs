//! What the server says about itself (RFC 7643 §5 to §7, RFC 7644 §4).

use serde_json::{Value, json};

use crate::tenant::{ENTERPRISE, GROUP, LIST, Tenant, USER, keys, strings};

fn config() -> Value {
    Tenant::new().get("/ServiceProviderConfig").expect(200).json
}

// scim: 38
#[test]
fn a_schema_is_identified_by_its_urn_and_the_configuration_by_its_address() {
    let tenant = Tenant::new();
    let schemas = tenant.get("/Schemas").expect(200).json;
    let ids = strings(&schemas["Resources"], "id");
    assert_eq!(ids, [USER, ENTERPRISE, GROUP]);
    let config = tenant.get("/ServiceProviderConfig").expect(200).json;
    assert_eq!(config["meta"]["location"], format!("{}/ServiceProviderConfig", tenant.url));
    assert_eq!(config["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]));
}

// scim: 59, 137
#[test]
fn the_configuration_names_every_feature_and_its_limits() {
    let config = config();
    for feature in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(config[feature]["supported"], true, "{feature}");
    }
    assert_eq!(config["changePassword"]["supported"], false);
    for (feature, limit) in [("bulk", "maxOperations"), ("bulk", "maxPayloadSize"), ("filter", "maxResults")]
    {
        assert!(config[feature][limit].as_u64().is_some_and(|limit| limit > 0), "{feature}.{limit}");
    }
}

// scim: 60
#[test]
fn the_configuration_tells_how_to_authenticate() {
    let config = config();
    let scheme = &config["authenticationSchemes"][0];
    assert_eq!(scheme["type"], "oauthbearertoken");
    for name in ["name", "description", "specUri"] {
        assert!(scheme[name].as_str().is_some_and(|text| !text.is_empty()), "{name}");
    }
}

// scim: 61, 63
#[test]
fn a_resource_type_names_its_endpoint_its_schema_and_its_extensions() {
    let tenant = Tenant::new();
    let user = tenant.get("/ResourceTypes/User").expect(200).json;
    assert_eq!(
        (&user["name"], &user["endpoint"], &user["schema"]),
        (&json!("User"), &json!("/Users"), &json!(USER))
    );
    // Not required: a user without it is a user, too.
    assert_eq!(user["schemaExtensions"], json!([{"schema": ENTERPRISE, "required": false}]));
    tenant.somebody();
    let group = tenant.get("/ResourceTypes/Group").expect(200).json;
    assert_eq!((&group["endpoint"], &group["schema"]), (&json!("/Groups"), &json!(GROUP)));
    assert_eq!(user["meta"]["resourceType"], "ResourceType");
    assert_eq!(user["meta"]["location"], format!("{}/ResourceTypes/User", tenant.url));
}

// scim: 18, 27, 62
#[test]
fn a_schema_shows_every_characteristic_of_every_attribute() {
    let tenant = Tenant::new();
    let schema = tenant.get(&format!("/Schemas/{USER}")).expect(200).json;
    assert_eq!((&schema["id"], &schema["name"]), (&json!(USER), &json!("User")));
    let attributes = schema["attributes"].as_array().unwrap();
    for attribute in attributes {
        for name in [
            "name",
            "type",
            "multiValued",
            "description",
            "required",
            "caseExact",
            "mutability",
            "returned",
            "uniqueness",
        ] {
            assert!(attribute.get(name).is_some_and(|value| !value.is_null()), "{name} of {attribute}");
        }
        assert_eq!(attribute["type"] == "complex", attribute.get("subAttributes").is_some(), "{attribute}");
        assert_eq!(
            attribute["type"] == "reference",
            attribute.get("referenceTypes").is_some(),
            "{attribute}"
        );
    }
    let find = |name: &str| attributes.iter().find(|attribute| attribute["name"] == name).unwrap();
    let user_name = find("userName");
    assert_eq!((&user_name["required"], &user_name["uniqueness"]), (&json!(true), &json!("server")));
    let password = find("password");
    assert_eq!((&password["mutability"], &password["returned"]), (&json!("writeOnly"), &json!("never")));
    let title = find("title");
    assert_eq!(
        (&title["type"], &title["required"], &title["caseExact"], &title["mutability"], &title["returned"]),
        (&json!("string"), &json!(false), &json!(false), &json!("readWrite"), &json!("default"))
    );
    assert_eq!(title["uniqueness"], "none");
    let kind = &find("emails")["subAttributes"].as_array().unwrap()[2];
    assert_eq!(kind["canonicalValues"], json!(["work", "home", "other"]));
}

// scim: 177
#[test]
fn discovery_is_read_whole_or_one_by_one_and_never_written() {
    let tenant = Tenant::new();
    for (path, one) in [("/Schemas", GROUP), ("/ResourceTypes", "Group")] {
        let list = tenant.get(path).expect(200).json;
        assert_eq!(list["schemas"], json!([LIST]));
        let resources = list["Resources"].as_array().unwrap();
        assert_eq!(list["totalResults"], resources.len());
        let single = tenant.get(&format!("{path}/{one}")).expect(200).json;
        assert!(resources.contains(&single));
        tenant.get(&format!("{path}/nothing")).expect(404);
    }
    assert_eq!(tenant.get("/ServiceProviderConfig").expect(200).json.get("Resources"), None);
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "/ResourceTypes/User"] {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            tenant.request(method, path).json(&json!({}), crate::tenant::MEDIA).send().expect(405);
        }
    }
}

// scim: 89, 178
#[test]
fn discovery_takes_no_filter_and_passes_other_parameters_over() {
    let tenant = Tenant::new();
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        tenant.ask(path, &[("filter", "id pr")]).expect(403);
        let whole = tenant.get(path).expect(200).json;
        let with =
            tenant.get(&format!("{path}?attributes=id&sortBy=name&startIndex=2&count=1")).expect(200).json;
        assert_eq!(with, whole);
    }
}

// scim: 179
#[test]
fn discovery_needs_a_token_like_everything_else() {
    let tenant = Tenant::new();
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        tenant.server.request("GET", &format!("{}{path}", tenant.url)).send().expect(401);
    }
}

// scim: 190, 191
#[test]
fn no_security_events_are_announced_and_who_prefers_them_is_answered_at_once() {
    let tenant = Tenant::new();
    let config = tenant.get("/ServiceProviderConfig").expect(200).json;
    assert!(!keys(&config).contains(&"securityEvents"));
    let body = crate::tenant::with_schema(json!({"userName": "ada"}), USER);
    let request = tenant.request("POST", "/Users").header("Prefer", "respond-async");
    let answer = request.json(&body, crate::tenant::MEDIA).send().expect(201);
    assert_eq!((answer.header("set-txn"), &answer.json["userName"]), ("", &json!("ada")));
}
