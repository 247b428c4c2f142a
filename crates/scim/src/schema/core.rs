//! The schemas of RFC 7643 §4 and the attributes every resource has (§3.1), as values.

use super::{Attribute, AttributeType, Extension, Mutability, ResourceType, Returned, Schema, Uniqueness};

/// The User schema (RFC 7643 §4.1).
pub const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The Group schema (RFC 7643 §4.2).
pub const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of the User (RFC 7643 §4.3).
pub const ENTERPRISE_USER_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// `id`, `externalId`, `meta` and `schemas`: on every resource, in no schema document (RFC 7643 §3, §3.1).
pub(super) fn common_attributes() -> Vec<Attribute> {
    let date = |name, description| {
        Attribute::new(name, AttributeType::DateTime, description).mutability(Mutability::ReadOnly)
    };
    vec![
        Attribute::string("id", "The identifier the server gave the resource.")
            .case_exact()
            .mutability(Mutability::ReadOnly)
            .returned(Returned::Always)
            .uniqueness(Uniqueness::Server),
        Attribute::string("externalId", "The identifier the client gave the resource.").case_exact(),
        Attribute::complex(
            "meta",
            vec![
                Attribute::string("resourceType", "The name of the resource type.")
                    .case_exact()
                    .mutability(Mutability::ReadOnly),
                date("created", "When the resource was added."),
                date("lastModified", "When the resource last changed."),
                Attribute::reference("location", &["uri"], "The URI of the resource.")
                    .mutability(Mutability::ReadOnly),
                Attribute::string("version", "The version, as in the ETag header.")
                    .case_exact()
                    .mutability(Mutability::ReadOnly),
            ],
            "What the server knows about the resource.",
        )
        .mutability(Mutability::ReadOnly),
        Attribute::reference("schemas", &["uri"], "The schemas of the resource.")
            .multi_valued()
            .mutability(Mutability::ReadOnly)
            .returned(Returned::Always),
    ]
}

/// User with the enterprise extension.
pub(super) fn user() -> ResourceType {
    ResourceType {
        name: "User".to_owned(),
        endpoint: "/Users".to_owned(),
        description: "User Account".to_owned(),
        schema: user_schema(),
        extensions: vec![Extension { schema: enterprise_user_schema(), required: false }],
    }
}

/// Group.
pub(super) fn group() -> ResourceType {
    ResourceType {
        name: "Group".to_owned(),
        endpoint: "/Groups".to_owned(),
        description: "Group".to_owned(),
        schema: group_schema(),
        extensions: Vec::new(),
    }
}

fn user_schema() -> Schema {
    Schema {
        id: USER_URN.to_owned(),
        name: "User".to_owned(),
        description: "User Account".to_owned(),
        attributes: user_attributes(),
    }
}

fn user_attributes() -> Vec<Attribute> {
    vec![
        Attribute::string("userName", "The name the user signs in with, unique within the service.")
            .required()
            .uniqueness(Uniqueness::Server),
        Attribute::complex(
            "name",
            vec![
                Attribute::string("formatted", "The full name, ready for display."),
                Attribute::string("familyName", "The family name, or last name."),
                Attribute::string("givenName", "The given name, or first name."),
                Attribute::string("middleName", "The middle name or names."),
                Attribute::string("honorificPrefix", "The title before the name, such as 'Ms.'."),
                Attribute::string("honorificSuffix", "The suffix after the name, such as 'III'."),
            ],
            "The components of the user's name.",
        ),
        Attribute::string("displayName", "The name to show for the user."),
        Attribute::string("nickName", "The casual way to address the user."),
        Attribute::reference("profileUrl", &["external"], "The page that describes the user."),
        Attribute::string("title", "The title, such as 'Vice President'."),
        Attribute::string("userType", "The relation to the organisation, such as 'Contractor'."),
        Attribute::string("preferredLanguage", "The languages the user prefers, as in Accept-Language."),
        Attribute::string("locale", "The location for localising dates and numbers, such as 'en-US'."),
        Attribute::string("timezone", "The IANA time zone, such as 'America/Los_Angeles'."),
        Attribute::boolean("active", "Whether the user may use the service."),
        Attribute::string("password", "The clear text password to set.")
            .case_exact()
            .mutability(Mutability::WriteOnly)
            .returned(Returned::Never),
        plural(
            "emails",
            Attribute::string("value", "The address."),
            &["work", "home", "other"],
            "E-mail addresses.",
        ),
        plural(
            "phoneNumbers",
            Attribute::string("value", "The number, ideally in RFC 3966 form."),
            &["work", "home", "mobile", "fax", "pager", "other"],
            "Phone numbers.",
        ),
        plural(
            "ims",
            Attribute::string("value", "The address."),
            &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"],
            "Instant messaging addresses.",
        ),
        plural(
            "photos",
            Attribute::reference("value", &["external"], "The URL of the picture."),
            &["photo", "thumbnail"],
            "Pictures of the user.",
        ),
        addresses(),
        groups(),
        plural(
            "entitlements",
            Attribute::string("value", "The entitlement."),
            &[],
            "What the user may have.",
        ),
        plural("roles", Attribute::string("value", "The role."), &[], "The roles of the user."),
        plural(
            "x509Certificates",
            Attribute::new("value", AttributeType::Binary, "The certificate, DER in base64."),
            &[],
            "Certificates issued to the user.",
        ),
    ]
}

/// A multi-valued complex attribute with the default sub-attributes (RFC 7643 §2.4).
fn plural(name: &str, value: Attribute, types: &[&str], description: &str) -> Attribute {
    Attribute::complex(
        name,
        vec![
            value,
            Attribute::string("display", "A name to show for the value."),
            Attribute::string("type", "What the value is used for.").canonical_values(types),
            primary(),
        ],
        description,
    )
    .multi_valued()
}

fn primary() -> Attribute {
    Attribute::boolean("primary", "True for the preferred value; at most one value has it.")
}

fn addresses() -> Attribute {
    Attribute::complex(
        "addresses",
        vec![
            Attribute::string("formatted", "The full address, ready for display or a label."),
            Attribute::string("streetAddress", "Street, house number and so on."),
            Attribute::string("locality", "The city."),
            Attribute::string("region", "The state or region."),
            Attribute::string("postalCode", "The postal code."),
            Attribute::string("country", "The country, as an ISO 3166-1 alpha-2 code."),
            Attribute::string("type", "What the address is used for.")
                .canonical_values(&["work", "home", "other"]),
            // Not in §8.7.1, but in the example of §8.2, and one of the default sub-attributes of §2.4.
            primary(),
        ],
        "Postal addresses.",
    )
    .multi_valued()
}

fn groups() -> Attribute {
    let read_only = |attribute: Attribute| attribute.mutability(Mutability::ReadOnly);
    Attribute::complex(
        "groups",
        vec![
            // §8.7.1 says caseExact false, but the value is an `id`, and those are exact (§3.1). So with
            // every id below.
            read_only(Attribute::string("value", "The id of the group.").case_exact()),
            read_only(Attribute::reference("$ref", &["User", "Group"], "The URI of the group.")),
            read_only(Attribute::string("display", "The name of the group.")),
            read_only(
                Attribute::string("type", "Whether the user is a member directly or through another group.")
                    .canonical_values(&["direct", "indirect"]),
            ),
        ],
        "The groups the user belongs to. They change through the members of a group.",
    )
    .multi_valued()
    .mutability(Mutability::ReadOnly)
}

fn group_schema() -> Schema {
    let immutable = |attribute: Attribute| attribute.mutability(Mutability::Immutable);
    Schema {
        id: GROUP_URN.to_owned(),
        name: "Group".to_owned(),
        description: "Group".to_owned(),
        attributes: vec![
            // §8.7.1 says required false, the prose of §4.2 says REQUIRED; the prose wins.
            Attribute::string("displayName", "The name of the group.").required(),
            Attribute::complex(
                "members",
                vec![
                    immutable(Attribute::string("value", "The id of the member.").case_exact()),
                    immutable(Attribute::reference("$ref", &["User", "Group"], "The URI of the member.")),
                    immutable(
                        Attribute::string("type", "The resource type of the member.")
                            .canonical_values(&["User", "Group"]),
                    ),
                    Attribute::string("display", "The name of the member.").mutability(Mutability::ReadOnly),
                ],
                "The members of the group.",
            )
            .multi_valued(),
        ],
    }
}

fn enterprise_user_schema() -> Schema {
    Schema {
        id: ENTERPRISE_USER_URN.to_owned(),
        name: "EnterpriseUser".to_owned(),
        description: "Enterprise User".to_owned(),
        attributes: vec![
            Attribute::string("employeeNumber", "The number or code the organisation gave the person."),
            Attribute::string("costCenter", "The cost center."),
            Attribute::string("organization", "The organisation."),
            Attribute::string("division", "The division."),
            Attribute::string("department", "The department."),
            Attribute::complex(
                "manager",
                vec![
                    Attribute::string("value", "The id of the manager.").case_exact(),
                    Attribute::reference("$ref", &["User"], "The URI of the manager."),
                    Attribute::string("displayName", "The display name of the manager.")
                        .mutability(Mutability::ReadOnly),
                ],
                "The user's manager.",
            ),
        ],
    }
}
