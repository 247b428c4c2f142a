//! The habits of identity providers that RFC 7644 does not cover: one function per habit, so that each can be
//! read, tested and dropped on its own.
//!
//! Every function takes the [`Profile`] and answers the RFC's way for [`Profile::Strict`]. This is the
//! only module that looks at the profile to decide about a habit; `document`, `patch`, `members`,
//! `filter`, `search`, `sort` and `bulk` ask here. To add a habit, write a function whose comment names
//! the client that was seen doing it, and call it where the RFC's rule stands.
//!
//! Habits that several clients share are numbered as in the project's list of tolerances; the others say
//! where they were seen.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::profile::Profile;
use crate::schema::{Attribute, AttributeType};

/// Row 1. Entra capitalises `op`: `Add`, `Replace`, `Remove`. RFC 7644 §3.5.2 has lower case only.
#[must_use]
pub fn operation_name(name: &str, profile: Profile) -> Cow<'_, str> {
    if profile.is_compatible() && name.bytes().any(|b| b.is_ascii_uppercase()) {
        return name.to_ascii_lowercase().into();
    }
    name.into()
}

/// Rows 2 and 3. Entra without the flag `aadOptscim062020` sends booleans as the strings `"True"` and
/// `"False"`, as values and in filters (`roles[primary eq "True"]`). RFC 7643 §2.3.2 asks for JSON booleans,
/// and those are what is stored.
#[must_use]
pub fn boolean_from_text(text: &str, profile: Profile) -> Option<bool> {
    match profile {
        Profile::Strict => None,
        Profile::Compatible if text.eq_ignore_ascii_case("true") => Some(true),
        Profile::Compatible if text.eq_ignore_ascii_case("false") => Some(false),
        Profile::Compatible => None,
    }
}

/// Row 4. Entra without the flag, JumpCloud and authentik remove members with `path: "members"` and the
/// members to remove as `value`. RFC 7644 §3.5.2.2 gives `remove` no value, so a strict reading would empty
/// the group. True when such a value lists what to remove; otherwise it is refused, since guessing loses
/// data.
#[must_use]
pub fn remove_lists_values(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Row 5. Entra with the flag sends one pathless operation whose keys are paths: `name.givenName`,
/// `urn:…:enterprise:2.0:User:department`. RFC 7644 §3.5.2 wants nested objects. The same forms are read in
/// POST and PUT, and an empty `path` is read as none.
#[must_use]
pub fn keys_are_paths(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Rows 6 and 13. Okta and authentik repeat in a pathless operation what they read before, readOnly
/// attributes included. `id` is compared (RFC 7644 §3.5.2: a readOnly change is an error); the others are
/// the server's own and are skipped.
#[must_use]
pub fn repeats_read_only(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Row 7. Entra filters with `emails[type eq "work"].value eq "x"`. The grammar of RFC 7644 §3.4.2.2 ends at
/// the bracket; the meaning is plain: the same value must satisfy both.
#[must_use]
pub fn test_after_value_path(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Row 8. Entra filters with `manager eq "id"`. RFC 7644 §3.4.2.2 lets a bare multi-valued attribute stand
/// for its `value`; a singular complex attribute is read the same way here.
#[must_use]
pub fn bare_complex_means_value(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Row 9. Entra adds and replaces `emails[type eq "work"].value` when there is no work address yet, and
/// expects one to be made. RFC 7644 §3.5.2.3 answers `noTarget`.
#[must_use]
pub fn creates_missing_value(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Row 10. Entra sends `manager` as the bare id, and roles and e-mail addresses arrive as plain strings from
/// hand-written templates: a string for a complex attribute with a `value` is read as that value. An empty
/// one is unassigned. Gives the value back when it must be refused.
///
/// # Errors
/// The value itself, when it cannot stand for an object.
pub fn bare_value(attribute: &Attribute, value: Value, profile: Profile) -> Result<Value, Value> {
    match (profile, &value, attribute.sub_attribute("value")) {
        (Profile::Compatible, Value::String(text), Some(_)) if text.is_empty() => Ok(Value::Null),
        (Profile::Compatible, Value::String(_), Some(sub)) => {
            Ok(Value::Object(Map::from_iter([(sub.name.clone(), value)])))
        }
        _ => Err(value),
    }
}

/// Not in the table. Clients built on untyped templates (OneLogin) send one value where RFC 7643 §2.4 asks
/// for an array.
///
/// # Errors
/// The value itself, when an array is insisted on.
pub fn single_value_as_list(value: Value, profile: Profile) -> Result<Vec<Value>, Value> {
    match profile {
        Profile::Compatible => Ok(vec![value]),
        Profile::Strict => Err(value),
    }
}

/// Row 11, widened. OneLogin's templates turn an empty macro into `""`, also where a boolean, a date or a
/// number belongs. RFC 7643 §2.5 knows `null` and the empty array for "unassigned"; an empty string is
/// accepted for what is not text.
#[must_use]
pub fn blank_is_unassigned(kind: AttributeType, text: &str, profile: Profile) -> bool {
    profile.is_compatible()
        && text.is_empty()
        && !matches!(kind, AttributeType::String | AttributeType::Reference | AttributeType::Complex)
}

/// Row 11, widened. The same templates send `externalId: ""` for whoever has none. It is kept unique, so that the second
/// person of the kind would be refused; a blank one identifies nobody and is unassigned.
#[must_use]
pub fn blank_identifies_nobody(attribute: &Attribute, text: &str, profile: Profile) -> bool {
    profile.is_compatible() && attribute.name == "externalId" && text.trim().is_empty()
}

/// Row 12. Entra lists a URN of its own for groups, some of its samples misspell the enterprise URN, OneLogin
/// and Oracle send SCIM 1 forms. They are accepted and never sent back. RFC 7643 §3 limits `schemas` to what
/// the resource type defines.
#[must_use]
pub fn accepts_foreign_schemas(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Row 14. Okta and Keycloak send a relative `$ref`, OneLogin's templates an empty one, people paste URLs
/// with spaces. RFC 7643 §2.3.7 asks for a URI; no client needs its profile picture so badly that the whole
/// user should be refused.
#[must_use]
pub fn accepts_any_reference(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Not in the table. When a body marks two values as primary, RFC 7643 §2.4 is broken and nobody can say
/// which was meant: the first one wins, as most consoles list the preferred value first.
#[must_use]
pub fn first_primary_wins(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Not in the table. An operation on an attribute that the resource type does not define is skipped and
/// reported, so that one custom mapping does not block the whole user. RFC 7644 §3.5.2 answers `invalidPath`.
#[must_use]
pub fn skips_unknown_paths(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Not in the table; reported for several clients. A PATCH body, or a resource, without `schemas` is
/// accepted. RFC 7644 §3.5.2 and RFC 7643 §3 require it.
#[must_use]
pub fn accepts_missing_schemas(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Not in the table; seen in the field. `add` with `path: "members[value eq \"id\"]"` adds the member the
/// filter names. By RFC 7644 §3.5.2.1 it would change a member that exists, and members are immutable (RFC
/// 7643 §8.7.1).
#[must_use]
pub fn adds_member_by_filter(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Row 14. Okta and Keycloak send and re-send the `display` of members. It is the server's to say, so it is
/// skipped; RFC 7644 §3.5.2 answers `mutability` when an operation names it.
#[must_use]
pub fn skips_member_display(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Not in the table; a precaution that names no client. `Ascending`, spelled as `Add` is in PATCH. RFC 7644
/// §3.4.2.3 allows `ascending` and `descending`.
#[must_use]
pub fn sort_order_name(name: &str, profile: Profile) -> Cow<'_, str> {
    operation_name(name, profile)
}

/// Not in the table; a precaution that names no client. Parameters that are sent and left blank:
/// `?filter=&startIndex=1&count=`. RFC 7644 §3.4.2 gives a blank filter, number or `sortBy` no meaning; only
/// a blank `cursor` has one (RFC 9865 §2).
#[must_use]
pub fn blank_parameter_is_absent(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Not in the table; a precaution that names no client. `sortBy=name` names a complex attribute that has no
/// `value` to sort by. RFC 7644 §3.4.2.3 asks for a path to a sub-attribute; the order is not worth refusing
/// the list for.
#[must_use]
pub fn skips_unsortable(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Not in the table; a precaution that names no client. The `method` of a bulk operation in lower case. RFC
/// 7644 §3.7 has upper case only.
#[must_use]
pub fn bulk_method_name(name: &str, profile: Profile) -> Cow<'_, str> {
    if profile.is_compatible() && name.bytes().any(|b| b.is_ascii_lowercase()) {
        return name.to_ascii_uppercase().into();
    }
    name.into()
}

/// Not in the table; a precaution that names no client. The `path` of a bulk operation without its slash:
/// `Users/7`. RFC 7644 §3.7 shows it with one.
#[must_use]
pub fn bulk_path_needs_no_slash(profile: Profile) -> bool {
    profile.is_compatible()
}

/// Not in the table; a precaution that names no client. A POST without `bulkId`. RFC 7644 §3.7 requires one;
/// a client that sends none only loses the means to refer to what it creates.
#[must_use]
pub fn accepts_missing_bulk_id(profile: Profile) -> bool {
    profile.is_compatible()
}

#[cfg(test)]
mod tests {
    use super::*;

    // scim: 157
    // dialect: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12
    /// The strict profile is RFC 7644 and nothing else: each habit, asked there, gives the RFC's answer.
    #[test]
    fn the_strict_profile_has_no_habits() {
        let switches = [
            remove_lists_values,
            keys_are_paths,
            repeats_read_only,
            test_after_value_path,
            bare_complex_means_value,
            creates_missing_value,
            accepts_foreign_schemas,
            accepts_any_reference,
            first_primary_wins,
            skips_unknown_paths,
            accepts_missing_schemas,
            adds_member_by_filter,
            skips_member_display,
            blank_parameter_is_absent,
            skips_unsortable,
            bulk_path_needs_no_slash,
            accepts_missing_bulk_id,
        ];
        for habit in switches {
            assert!(habit(Profile::Compatible) && !habit(Profile::Strict));
        }
        let emails = crate::schema::ResourceType::user().attribute("emails").cloned().unwrap();
        assert_eq!(operation_name("Add", Profile::Strict), "Add");
        assert_eq!(sort_order_name("Ascending", Profile::Strict), "Ascending");
        assert_eq!(bulk_method_name("post", Profile::Strict), "post");
        assert_eq!(boolean_from_text("True", Profile::Strict), None);
        assert!(bare_value(&emails, "a@b".into(), Profile::Strict).is_err());
        assert!(single_value_as_list("a@b".into(), Profile::Strict).is_err());
        assert!(!blank_is_unassigned(AttributeType::Boolean, "", Profile::Strict));
        let external_id = crate::schema::ResourceType::user().attribute("externalId").cloned().unwrap();
        assert!(!blank_identifies_nobody(&external_id, "", Profile::Strict));
    }

    #[test]
    fn a_blank_clears_what_is_not_text_and_is_kept_where_it_is() {
        assert!(blank_is_unassigned(AttributeType::DateTime, "", Profile::Compatible));
        assert!(!blank_is_unassigned(AttributeType::String, "", Profile::Compatible));
        assert!(!blank_is_unassigned(AttributeType::Boolean, " ", Profile::Compatible));
    }

    #[test]
    fn a_bare_string_stands_for_an_object_only_where_the_object_has_a_value() {
        let user = crate::schema::ResourceType::user();
        let read = |name: &str, value: Value| {
            user.attribute(name).map(|attribute| bare_value(attribute, value, Profile::Compatible))
        };
        assert_eq!(read("roles", "admin".into()), Some(Ok(serde_json::json!({ "value": "admin" }))));
        assert_eq!(read("roles", "".into()), Some(Ok(Value::Null)));
        assert_eq!(read("name", "Ada".into()), Some(Err("Ada".into())));
        assert_eq!(read("roles", 5.into()), Some(Err(5.into())));
    }
}
