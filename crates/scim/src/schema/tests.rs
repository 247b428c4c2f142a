use serde_json::json;

use super::*;
use crate::path::AttrPath;

fn hr(attributes: serde_json::Value) -> Schema {
    serde_json::from_value(json!({ "id": "urn:example:hr:1.0", "name": "HR", "attributes": attributes }))
        .unwrap()
}

// scim: 62
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

// scim: 18
#[test]
fn what_a_schema_document_leaves_out_takes_the_defaults_of_the_rfc() {
    let schema = hr(json!([{ "name": "badge" }]));
    assert_eq!(schema.attributes[0], Attribute::string("badge", ""));
}

// scim: 1
#[test]
fn names_are_found_in_any_case() {
    let user = ResourceType::user();
    assert_eq!(user.attribute("USERNAME").unwrap().name, "userName");
    assert_eq!(user.attribute("externalid").unwrap().name, "externalId");
    assert_eq!(user.attribute("Emails").unwrap().sub_attribute("VALUE").unwrap().name, "value");
    assert!(user.attribute("department").is_none(), "it belongs to the extension");
}

// scim: 71
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

// scim: 114
#[test]
fn an_extension_whose_urn_ends_in_a_version_is_found() {
    let user = ResourceType::user().clone().with_extension(hr(json!([{ "name": "badge" }])), false).unwrap();
    let locate = |text: &str| user.locate(&AttrPath::parse(text).unwrap());
    assert!(matches!(locate("urn:example:hr:1.0"), Some(Location::Extension(_))));
    assert!(matches!(locate("urn:example:hr:1.0:badge"), Some(Location::Attribute { .. })));
}

// scim: 1, 4
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
    assert!(matches!(refuse(hr(json!([]))), SchemaError::NoAttributes { .. }));
    for name in ["username", "groups", "meta", "externalId"] {
        assert!(matches!(refuse(hr(json!([{ "name": name }]))), SchemaError::CoreAttribute { .. }), "{name}");
    }
    for id in
        [format!("{USER_URN}:emails"), ENTERPRISE_USER_URN.to_uppercase() + ":x", "urn:ietf:params".into()]
    {
        let schema = Schema { id, ..hr(json!([{ "name": "a" }])) };
        assert!(matches!(refuse(schema), SchemaError::AmbiguousUrn { .. }));
    }
    for unwritable in [
        json!([{ "name": "a", "required": true, "mutability": "readOnly" }]),
        complex(json!({ "name": "b", "required": true, "mutability": "readOnly" })),
    ] {
        assert!(matches!(refuse(hr(unwritable)), SchemaError::RequiredReadOnly { .. }));
    }
}

#[test]
fn an_extension_with_what_is_sent_on_request_says_so() {
    assert!(!ResourceType::user().sends_on_request() && !ResourceType::group().sends_on_request());
    let salary = json!({ "name": "salary", "returned": "request" });
    for attributes in
        [json!([salary]), json!([{ "name": "pay", "type": "complex", "subAttributes": [salary] }])]
    {
        let user = ResourceType::user().clone().with_extension(hr(attributes), false).unwrap();
        assert!(user.sends_on_request());
    }
}

#[test]
fn a_schema_document_is_read_with_the_defaults_of_the_rfc() {
    let document = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "meta": { "resourceType": "Schema" },
        "id": "urn:example:hr:1.0", "name": "HR", "attributes": [
            { "name": "badge", "referenceTypes": null },
            { "name": "photo", "type": "binary" },
            { "name": "home", "type": "reference", "caseExact": false },
            { "name": "desk", "type": "complex", "subAttributes": [{ "name": "floor", "type": "integer" }] },
        ],
    });
    let schema = Schema::parse(document).unwrap();
    assert_eq!((schema.name.as_str(), schema.description.as_str()), ("HR", ""));
    let [badge, photo, home, desk] = &schema.attributes[..] else { panic!("{:?}", schema.attributes) };
    assert_eq!(badge, &Attribute::string("badge", ""));
    assert!(photo.case_exact && !home.case_exact);
    assert_eq!(desk.sub_attributes, [Attribute::new("floor", AttributeType::Integer, "")]);
    for built_in in [&ResourceType::user().schema, &ResourceType::group().schema] {
        assert_eq!(&Schema::parse(serde_json::to_value(built_in).unwrap()).unwrap(), built_in);
    }
}

#[test]
fn a_slip_in_a_schema_document_is_told_with_its_place() {
    let refuse = |document| Schema::parse(document).unwrap_err().to_string();
    let attribute =
        |attribute| json!({ "id": "urn:example:hr:1.0", "attributes": [{ "name": "a" }, attribute] });
    for (document, wanted) in [
        (json!([]), "schema: must be an object, found an array"),
        (json!({ "attributes": [] }), "id: is missing"),
        (json!({ "id": 5 }), "id: must be a string, found the number 5"),
        (json!({ "id": "urn:a:b" }), "attributes: must be an array of attributes, found null"),
        (json!({ "id": "urn:a:b", "attribute": [] }), "attribute: is not part of a schema"),
        (attribute(json!("b")), "attributes[1]: must be an object"),
        (attribute(json!({})), "attributes[1]: missing field `name`"),
        (
            attribute(json!({ "name": "b", "multivalued": true })),
            "attributes[1]: there is no characteristic \"multivalued\"",
        ),
        (
            attribute(json!({ "name": "b", "type": "text" })),
            "attributes[1]: unknown variant `text`, expected one of `string`",
        ),
        (
            attribute(
                json!({ "name": "b", "type": "complex", "subAttributes": [{ "name": "c", "returned": "often" }] }),
            ),
            "attributes[1].subAttributes[0]: unknown variant `often`",
        ),
    ] {
        let found = refuse(document);
        assert!(found.starts_with(wanted), "{found}");
    }
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
