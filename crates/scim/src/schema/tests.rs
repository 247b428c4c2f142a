use serde_json::json;

use super::*;
use crate::path::AttrPath;

fn hr(attributes: serde_json::Value) -> Schema {
    serde_json::from_value(json!({ "id": "urn:example:hr:1.0", "name": "HR", "attributes": attributes }))
        .unwrap()
}

#[test]
fn a_schema_document_reads_back_as_the_same_schema() {
    let extensions = ResourceType::user().extensions.iter().map(|extension| &extension.schema);
    for schema in [&ResourceType::user().schema, &ResourceType::group().schema].into_iter().chain(extensions)
    {
        let text = serde_json::to_string(schema).unwrap();
        assert!(!text.contains("null"), "{text}");
        assert_eq!(&serde_json::from_str::<Schema>(&text).unwrap(), schema);
    }
}

#[test]
fn what_a_schema_document_leaves_out_takes_the_defaults_of_the_rfc() {
    let schema = hr(json!([{ "name": "badge" }]));
    assert_eq!(schema.attributes[0], Attribute::string("badge", ""));
}

#[test]
fn names_are_found_in_any_case() {
    let user = ResourceType::user();
    assert_eq!(user.attribute("USERNAME").unwrap().name, "userName");
    assert_eq!(user.attribute("externalid").unwrap().name, "externalId");
    assert_eq!(user.attribute("Emails").unwrap().sub_attribute("VALUE").unwrap().name, "value");
    assert!(user.attribute("department").is_none(), "it belongs to the extension");
}

#[test]
fn a_urn_is_told_from_an_attribute_by_the_schemas() {
    let user = ResourceType::user();
    let locate = |text: &str| user.locate(&AttrPath::parse(text).unwrap());
    assert_eq!(locate(USER_URN), Some(Location::Resource));
    assert!(matches!(locate(&ENTERPRISE_USER_URN.to_uppercase()), Some(Location::Extension(_))));
    for path in [format!("{USER_URN}:name.givenName"), format!("{ENTERPRISE_USER_URN}:MANAGER.value")] {
        let Some(Location::Attribute { sub_attribute: Some(_), .. }) = locate(&path) else {
            panic!("{path} was not found");
        };
    }
    for path in ["name.nothing", "urn:other:userName", "nothing", "department"] {
        assert_eq!(locate(path), None, "{path}");
    }
}

#[test]
fn an_extension_whose_urn_ends_in_a_version_is_found() {
    let user = ResourceType::user().clone().with_extension(hr(json!([{ "name": "badge" }])), false).unwrap();
    let locate = |text: &str| user.locate(&AttrPath::parse(text).unwrap());
    assert!(matches!(locate("urn:example:hr:1.0"), Some(Location::Extension(_))));
    assert!(matches!(locate("urn:example:hr:1.0:badge"), Some(Location::Attribute { .. })));
}

#[test]
fn an_extension_that_breaks_the_rules_is_refused() {
    let refuse = |schema: Schema| ResourceType::user().clone().with_extension(schema, false).unwrap_err();
    let complex = |sub| json!([{ "name": "a", "type": "complex", "subAttributes": [sub] }]);
    assert!(matches!(refuse(hr(json!([{ "name": "1a" }]))), SchemaError::BadName { .. }));
    assert!(matches!(
        refuse(hr(json!([{ "name": "a" }, { "name": "A" }]))),
        SchemaError::DuplicateAttribute { .. }
    ));
    assert!(matches!(
        refuse(hr(json!([{ "name": "a", "type": "complex" }]))),
        SchemaError::SubAttributes { .. }
    ));
    assert!(matches!(
        refuse(hr(complex(json!({ "name": "b", "multiValued": true })))),
        SchemaError::NestedTooDeep { .. }
    ));
    assert!(matches!(
        refuse(Schema { id: "hr".to_owned(), ..hr(json!([{ "name": "a" }])) }),
        SchemaError::NotAUrn { .. }
    ));
    assert!(matches!(
        refuse(Schema { id: ENTERPRISE_USER_URN.to_uppercase(), ..hr(json!([{ "name": "a" }])) }),
        SchemaError::DuplicateSchema { .. }
    ));
}

#[test]
fn the_built_in_schemas_keep_the_rules_for_extensions() {
    let empty = ResourceType {
        name: "Empty".to_owned(),
        endpoint: "/Empty".to_owned(),
        description: String::new(),
        schema: hr(json!([{ "name": "a" }])),
        extensions: Vec::new(),
    };
    let user = ResourceType::user();
    let mut all = empty;
    for schema in [&user.schema, &user.extensions[0].schema, &ResourceType::group().schema] {
        all = all.with_extension(schema.clone(), false).unwrap();
    }
    assert_eq!(all.schema_urns().count(), 4);
}
