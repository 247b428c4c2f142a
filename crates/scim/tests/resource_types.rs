//! A server is not bound to User and Group: everything works from a [`ResourceType`], which is a value.

use rolecall_scim::{
    discovery,
    document::Document,
    filter::Filter,
    patch::{PatchRequest, apply},
    profile::Profile::Strict,
    schema::ResourceType,
};
use serde_json::json;

const DEVICE: &str = "urn:ietf:params:scim:schemas:core:2.0:Device";

/// A little of the Device of RFC 9944.
fn device() -> ResourceType {
    let schema = json!({"id": DEVICE, "name": "Device", "attributes": [
        {"name": "displayName", "required": true},
        {"name": "mudUrl", "type": "reference", "referenceTypes": ["external"]},
        {"name": "active", "type": "boolean"},
    ]});
    ResourceType {
        name: "Device".to_owned(),
        endpoint: "/Devices".to_owned(),
        description: "Device".to_owned(),
        schema: serde_json::from_value(schema).expect("the schema above is sound"),
        extensions: Vec::new(),
    }
}

// scim: 192
#[test]
fn a_resource_type_of_ones_own_is_read_changed_filtered_and_announced() {
    let device = device();
    let body = json!({"schemas": [DEVICE], "displayName": "Badge reader", "active": true, "shoeSize": 7});
    let reader = Document::from_value(body, &device, Strict).unwrap();
    assert_eq!(
        reader.to_json(),
        format!(r#"{{"schemas":["{DEVICE}"],"displayName":"Badge reader","active":true}}"#)
    );
    assert!(Document::from_value(json!({"schemas": [DEVICE]}), &device, Strict).is_err());

    let change = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": false}]});
    let operations = PatchRequest::from_value(change, &device, Strict).unwrap();
    let changed = apply(&operations, &device, &reader, "7", Strict).unwrap().document;
    let found = |filter: &str| {
        let filter = Filter::parse(filter).unwrap().resolve(&device, Strict).unwrap();
        filter.matches(&rolecall_scim::index::index_document(&changed, &device))
    };
    assert!(found("active eq false and displayName sw \"badge\""));
    assert!(!found("active eq true") && !found("userName pr"));

    let announced = discovery::resource_type(&device, "https://example.com/v2");
    assert_eq!((&announced["endpoint"], &announced["schema"]), (&json!("/Devices"), &json!(DEVICE)));
}
