use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::profile::Profile::Compatible;

// scim: 28, 29, 109
#[test]
fn text_is_folded_where_case_does_not_count_and_dates_become_numbers() {
    let schema = json!({ "id": "urn:example:HR", "attributes": [
        { "name": "Since", "type": "dateTime" }, { "name": "Code", "caseExact": true }, { "name": "Tags", "multiValued": true }
    ]});
    let user =
        ResourceType::user().clone().with_extension(serde_json::from_value(schema).unwrap(), false).unwrap();
    let body = json!({
        "userName": "ADA", "externalId": "Ext", "profileUrl": "https://X/Y", "active": true,
        "emails": [{ "value": "A@B", "type": "Work", "primary": true }],
        "urn:example:HR": { "Since": "1970-01-01T00:00:01Z", "Code": "Ab", "Tags": ["X", "y"] }
    });
    let document = Document::from_value(body, &user, Compatible).unwrap();
    assert_eq!(
        Value::Object(index_document(&document, &user)),
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:example:HR"],
            "userName": "ada", "externalId": "Ext", "profileUrl": "https://X/Y", "active": true,
            "emails": [{ "value": "a@b", "type": "work", "primary": true }],
            "urn:example:HR": { "Since": 1000, "Code": "Ab", "Tags": ["x", "y"] }
        })
    );
    // The extension was taken out of the configuration: what is stored stays, but is not searched.
    assert!(!index_document(&document, ResourceType::user()).contains_key("urn:example:HR"));
}

// scim: 200
#[test]
fn look_alikes_stay_apart() {
    for (one, other) in [("ı", "i"), ("ß", "ss"), ("é", "e\u{301}"), ("а", "a"), ("ﬁ", "fi")] {
        assert_ne!(fold(one), fold(other));
    }
    for (one, other) in [("ÅSA", "åsa"), ("ИВАН", "иван"), ("ΣΑΣ", "σας"), ("\u{212A}", "k"), ("ẞ", "ß")]
    {
        assert_eq!(fold(one), fold(other));
    }
}

proptest! {
    #[test]
    fn folding_twice_is_folding_once(text in any::<String>()) {
        prop_assert_eq!(fold(&fold(&text)), fold(&text));
    }
}
