use super::*;
use crate::schema::{ENTERPRISE_USER_URN, GROUP_URN, USER_URN};

const BASE: &str = "https://example.com/scim/v2";

// scim: 59
#[test]
fn a_server_that_can_nothing_says_so_and_still_names_the_limits() {
    let config = service_provider_config(&Limits::default(), BASE);
    for feature in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert_eq!(config[feature]["supported"], false, "{feature}");
    }
    assert_eq!(config["bulk"]["maxOperations"], 0);
    assert_eq!(config["filter"]["maxResults"], 0);
    assert!(config.get("pagination").is_none() && !config.to_string().contains("null"));
    assert_eq!(config["meta"]["location"], format!("{BASE}/ServiceProviderConfig"));
}

// scim: 59, 185
#[test]
fn what_a_server_can_is_in_its_configuration() {
    let limits = Limits {
        max_results: 200,
        bulk: Some(BulkLimits { max_operations: 100, max_payload_size: 1_048_576 }),
        pagination: Some(Pagination {
            cursor: true,
            index: true,
            default_pagination_method: Some("index"),
            ..Pagination::default()
        }),
        authentication_schemes: vec![AuthenticationScheme::bearer_token()],
        ..Limits::default()
    };
    let config = service_provider_config(&limits, BASE);
    assert_eq!(
        config["bulk"],
        json!({ "supported": true, "maxOperations": 100, "maxPayloadSize": 1_048_576 })
    );
    assert_eq!(
        config["pagination"],
        json!({ "cursor": true, "index": true, "defaultPaginationMethod": "index" })
    );
    assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");
}

// scim: 61
#[test]
fn resource_types_and_schemas_point_at_each_other() {
    let both = [ResourceType::user(), ResourceType::group()];
    let types = resource_types(&both, BASE);
    assert_eq!(types["totalResults"], 2);
    assert_eq!(
        types["Resources"][0]["schemaExtensions"],
        json!([{ "schema": ENTERPRISE_USER_URN, "required": false }])
    );
    assert_eq!(types["Resources"][1]["meta"]["location"], format!("{BASE}/ResourceTypes/Group"));

    let list = schemas(&both, BASE);
    let ids: Vec<&str> =
        list["Resources"].as_array().unwrap().iter().map(|schema| schema["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [USER_URN, ENTERPRISE_USER_URN, GROUP_URN]);
    assert!(!list.to_string().contains("null"));
    assert_eq!(find_schema(&both, &GROUP_URN.to_lowercase()).unwrap().id, GROUP_URN);
    assert!(find_schema(&both, "urn:other").is_none());
}

// scim: 62
#[test]
fn a_schema_shows_every_characteristic_of_an_attribute() {
    let user = schema(&ResourceType::user().schema, BASE);
    assert_eq!(
        user["attributes"][0],
        json!({
            "name": "userName", "type": "string", "multiValued": false,
            "description": "The name the user signs in with, unique within the service.",
            "required": true, "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "server"
        })
    );
}
