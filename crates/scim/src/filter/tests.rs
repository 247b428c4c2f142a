use serde_json::{Map, Value, json};

use super::*;
use crate::document::Document;
use crate::error::{ScimError, ScimType};
use crate::profile::Profile::{self, Compatible, Strict};
use crate::render::Meta;
use crate::schema::ResourceType;

mod grammar;

const META: Meta<'_> = Meta {
    resource_type: "User",
    created: 1_305_261_274_000, // 2011-05-13T04:34:34Z
    last_modified: 1_305_261_754_000,
    location: "https://example.com/v2/Users/7",
    version: 3,
};

fn ada() -> Document {
    let body = json!({
        "userName": "Ada@Example.com",
        "externalId": "Ext-1",
        "active": true,
        "title": "",
        "name": { "familyName": "O'Malley", "givenName": "Ada" },
        "emails": [
            { "type": "work", "value": "ada@example.com", "primary": true },
            { "type": "home", "value": "ada@home.org" }
        ],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "department": "Sales", "manager": { "value": "M-1" }
        }
    });
    Document::from_value(body, ResourceType::user(), Compatible).unwrap()
}

fn resolve(text: &str, profile: Profile) -> Result<ResolvedFilter, ScimError> {
    Filter::parse(text).unwrap().resolve(ResourceType::user(), profile)
}

fn finds_ada(text: &str) -> bool {
    resolve(text, Compatible).unwrap().matches_document(&ada(), ResourceType::user(), "id-7", &META)
}

// scim: 104, 107, 109, 110, 111, 112, 113, 114, 115, 117
// dialect: 3, 7, 8
#[test]
fn ada_is_found_by() {
    for text in [
        r#"userName eq "ada@example.COM""#,
        r#"userName sw "ADA" and userName ew ".com" and userName co "@""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "a""#,
        r#"name.familyName co "o'malley""#,
        r#"id eq "id-7""#,
        r#"externalId eq "Ext-1""#,
        r#"meta.resourceType eq "User""#,
        r#"meta.created ge "2011-05-13T06:34:34+02:00" and meta.created le "2011-05-13T04:34:34Z""#,
        r#"meta.lastModified gt "2011-05-13T04:42:33.999Z""#,
        r#"meta.version eq "W/\"3\"""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
        r#"schemas[value co "enterprise"]"#,
        r#"active eq true"#,
        r#"active eq "True""#,
        r#"active ne false"#,
        r#"emails pr"#,
        r#"emails co "home.org""#,
        r#"emails.type eq "HOME""#,
        r#"emails[type eq "work" and value co "@example.com"]"#,
        r#"emails[type eq "work"].value eq "ada@example.com""#,
        r#"emails[primary eq "True"].value pr"#,
        r#"emails.type eq "home" and emails.value co "@example.com""#,
        r#"name[familyName eq "o'malley"]"#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "sales""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "M-1""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr"#,
        r#"id eq "id-7" and urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "M-1""#,
        r#"nickName ne "x""#,
        r#"nickName eq null"#,
        r#"title eq null"#,
        r#"userName ne null"#,
        r#"nothingSuch ne "x" and nothingSuch eq null"#,
        r#"not (nickName pr)"#,
        r#"not(nothingSuch pr) and not (nothingSuch eq 1)"#,
        r#"userName gt "ada" and userName lt "adb""#,
        r#"nickName eq "x" or title pr or userName pr"#,
    ] {
        assert!(finds_ada(text), "{text}");
    }
}

// scim: 28, 29, 88, 110, 112, 117
#[test]
fn ada_is_not_found_by() {
    for text in [
        r#"externalId eq "ext-1""#,
        r#"id eq "ID-7""#,
        r#"title pr"#,
        r#"nickName pr"#,
        r#"nothingSuch eq "x""#,
        r#"nothingSuch pr"#,
        r#"nothingSuch ne null"#,
        r#"nickName gt "a" or nickName le "a""#,
        r#"emails[type eq "home" and value co "@example.com"]"#,
        r#"emails[type eq "home"].value eq "ada@example.com""#,
        // Not(eq): one equal value is enough to make it false.
        r#"emails.type ne "work""#,
        r#"nothing[x pr] and userName pr or emails[nothing pr]"#,
        r#"groups pr"#,
        r#"active eq false"#,
        r#"meta.created gt "2011-05-13T04:34:34Z""#,
    ] {
        assert!(!finds_ada(text), "{text}");
    }
}

#[test]
fn a_value_that_is_absent_does_not_satisfy_a_negation_in_its_brackets() {
    let filter = resolve(r#"name[not (familyName eq "x")]"#, Compatible).unwrap();
    assert!(!filter.matches(&Map::new()));
    assert!(filter.matches(json!({ "name": { "givenName": "a" } }).as_object().unwrap()));
}

// scim: 108, 116
#[test]
fn what_cannot_be_compared_is_an_invalid_filter() {
    for text in [
        "active gt true",
        r#"active co "t""#,
        r#"active eq "yes""#,
        "active eq 1",
        r#"x509Certificates.value gt "AAAA""#,
        r#"meta.created sw "2011""#,
        r#"meta.created gt "yesterday""#,
        "userName eq 5",
        "userName eq true",
        "userName gt null",
        r#"name eq "x""#,
        r#"addresses eq "x""#,
        r#"userName[value eq "x"]"#,
        r#"emails[type[value eq "x"]]"#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User eq "x""#,
    ] {
        let error = resolve(text, Compatible).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidFilter), "{text}: {error}");
    }
}

// scim: 118, 196
#[test]
fn a_filter_on_a_password_is_refused_as_sensitive() {
    for text in [
        r#"password sw "a""#,
        "password pr",
        r#"not (active eq true and PASSWORD ne "x")"#,
        r#"password[value sw "a"]"#,
    ] {
        let error = resolve(text, Compatible).unwrap_err();
        assert_eq!((error.status, error.scim_type), (403, Some(ScimType::Sensitive)), "{text}");
    }
}

// scim: 107, 113
// dialect: 3, 7, 8
#[test]
fn the_strict_profile_keeps_to_the_grammar_and_the_types() {
    for text in [
        r#"active eq "True""#,
        r#"emails[type eq "work"].value eq "x""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "M-1""#,
        r#"roles[primary eq "True"]"#,
    ] {
        assert!(resolve(text, Compatible).is_ok(), "{text}");
        assert_eq!(resolve(text, Strict).unwrap_err().scim_type, Some(ScimType::InvalidFilter), "{text}");
    }
    assert!(resolve(r#"emails co "x""#, Strict).is_ok());
}

#[test]
fn a_target_knows_all_that_a_translation_needs() {
    let ResolvedFilter::Compare { target, op, value } = resolve(r#"EMAILS eq "A@B""#, Compatible).unwrap()
    else {
        panic!("not a comparison");
    };
    assert!(target.is(&["emails", "value"]) && target.multi_valued && !target.case_exact);
    assert_eq!((target.array_path().len(), target.element_path().len()), (1, 1));
    assert_eq!((op, value), (CompareOp::Eq, TypedValue::Text("a@b".to_owned())));

    let filter = resolve(r#"meta.lastModified lt "1970-01-01T00:00:01.5Z""#, Compatible).unwrap();
    let ResolvedFilter::Compare { target, value, .. } = filter else { panic!("not a comparison") };
    assert!(target.is(&["meta", "lastModified"]) && !target.multi_valued && target.array_depth == 2);
    assert_eq!(value, TypedValue::Instant(1_500));

    let filter = resolve(r#"emails[Type eq "WORK"].Value sw "a""#, Compatible).unwrap();
    let ResolvedFilter::ValuePath { attribute, filter } = filter else { panic!("not a value path") };
    assert!(attribute.is(&["emails"]) && attribute.multi_valued);
    let ResolvedFilter::And(terms) = *filter else { panic!("not a conjunction") };
    assert!(
        matches!(&terms[0], ResolvedFilter::Compare { target, .. } if target.is(&["type"]) && !target.multi_valued)
    );
    assert!(matches!(&terms[1], ResolvedFilter::Compare { target, .. } if target.is(&["value"])));
}

// scim: 111
// dialect: 8
#[test]
fn the_members_of_a_group_can_be_filtered_where_a_server_supplies_them() {
    for text in
        [r#"members eq "7""#, r#"members.value eq "7""#, r#"members[value eq "7" and type eq "user"]"#]
    {
        let filter = Filter::parse(text).unwrap().resolve(ResourceType::group(), Compatible).unwrap();
        let group = json!({ "members": [{ "value": "7", "type": "user" }] });
        assert!(filter.matches(group.as_object().unwrap()), "{text}");
        assert!(!filter.matches(&Map::new()), "{text}");
    }
}

// scim: 6, 109
#[test]
fn numbers_compare_by_value() {
    let schema = json!({ "id": "urn:example:hr", "attributes": [
        { "name": "level", "type": "integer" }, { "name": "share", "type": "decimal" },
        { "name": "tags", "multiValued": true, "caseExact": true }
    ]});
    let user =
        ResourceType::user().clone().with_extension(serde_json::from_value(schema).unwrap(), false).unwrap();
    let resource = json!({ "urn:example:hr": { "level": 7, "share": 0.5, "tags": ["A", "b"] } });
    let holds = |text: &str| {
        let filter = Filter::parse(&format!("urn:example:hr:{text}")).unwrap();
        filter.resolve(&user, Compatible).unwrap().matches(resource.as_object().unwrap())
    };
    for text in [
        "level eq 7",
        "level gt 6.5",
        "level le 7.0",
        "share lt 1",
        "share eq 5e-1",
        "share ge 0.5",
        r#"tags eq "A""#,
        r#"tags[value eq "b"]"#,
        "tags pr",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in ["level ne 7", "level lt 6.5", "share gt 1", r#"tags eq "a""#, r#"tags[other pr]"#] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn a_resource_of_the_wrong_shape_matches_nothing_and_breaks_nothing() {
    let odd = json!({ "emails": "x", "userName": { "a": 1 }, "name": [1], "active": "true", "meta": 5 });
    for text in [
        r#"emails eq "x""#,
        r#"userName eq "x""#,
        r#"name.givenName eq "x""#,
        "active eq true",
        r#"meta.created gt "2011-05-13T04:34:34Z""#,
    ] {
        assert!(!resolve(text, Compatible).unwrap().matches(odd.as_object().unwrap()), "{text}");
    }
    assert!(!resolve(r#"emails[value eq "x"]"#, Compatible).unwrap().matches_value(&Value::Null));
}
