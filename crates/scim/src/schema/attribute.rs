//! One attribute and its characteristics (RFC 7643 §2.2, §7).

use serde::{Deserialize, Serialize};

/// The data type of an attribute (RFC 7643 §2.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttributeType {
    /// Unicode text (§2.3.1).
    #[default]
    String,
    /// `true` or `false` (§2.3.2).
    Boolean,
    /// A number with a fraction (§2.3.3).
    Decimal,
    /// A whole number (§2.3.4).
    Integer,
    /// An XSD dateTime (§2.3.5).
    DateTime,
    /// Base64 or base64url text (§2.3.6).
    Binary,
    /// A URI, possibly relative (§2.3.7).
    Reference,
    /// An object with sub-attributes (§2.3.8).
    Complex,
}

impl AttributeType {
    /// The name as it stands in a schema document.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            AttributeType::String => "string",
            AttributeType::Boolean => "boolean",
            AttributeType::Decimal => "decimal",
            AttributeType::Integer => "integer",
            AttributeType::DateTime => "dateTime",
            AttributeType::Binary => "binary",
            AttributeType::Reference => "reference",
            AttributeType::Complex => "complex",
        }
    }
}

/// Who may write an attribute, and when (RFC 7643 §7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Only the server writes it.
    ReadOnly,
    /// The client may write it at any time.
    #[default]
    ReadWrite,
    /// The client may set it once.
    Immutable,
    /// The client may write it and never gets it back.
    WriteOnly,
}

/// When an attribute is part of an answer (RFC 7643 §7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// In every answer, whatever the client excludes.
    Always,
    /// In no answer, and in no filter.
    Never,
    /// Unless the client excludes it or asks for others.
    #[default]
    Default,
    /// Only when the client asks for it by name.
    Request,
}

/// Among which resources a value must be unique (RFC 7643 §7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// Not at all.
    #[default]
    None,
    /// Within the tenant.
    Server,
    /// Everywhere.
    Global,
}

/// An attribute definition (RFC 7643 §7). What a schema document leaves out takes the defaults of §2.2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// The name in its canonical case.
    pub name: String,
    /// The data type.
    #[serde(rename = "type", default)]
    pub kind: AttributeType,
    /// The attributes of a complex attribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
    /// True when the attribute holds an array.
    #[serde(default)]
    pub multi_valued: bool,
    /// For the person who maps attributes.
    #[serde(default)]
    pub description: String,
    /// True when a resource cannot exist without it.
    #[serde(default)]
    pub required: bool,
    /// Suggested values; others are accepted (RFC 7643 §7 leaves the choice to the server).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// True when upper and lower case differ in filters and uniqueness.
    #[serde(default)]
    pub case_exact: bool,
    /// Who may write it.
    #[serde(default)]
    pub mutability: Mutability,
    /// When it is sent.
    #[serde(default)]
    pub returned: Returned,
    /// Among which resources it must be unique.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// What a reference may point to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
}

impl Attribute {
    /// An attribute with the defaults of RFC 7643 §2.2. References and binary values are case-exact (§2.3.6,
    /// §2.3.7).
    #[must_use]
    pub fn new(name: &str, kind: AttributeType, description: &str) -> Self {
        Attribute {
            name: name.to_owned(),
            kind,
            sub_attributes: Vec::new(),
            multi_valued: false,
            description: description.to_owned(),
            required: false,
            canonical_values: Vec::new(),
            case_exact: matches!(kind, AttributeType::Reference | AttributeType::Binary),
            mutability: Mutability::default(),
            returned: Returned::default(),
            uniqueness: Uniqueness::default(),
            reference_types: Vec::new(),
        }
    }

    /// A string (RFC 7643 §2.3.1).
    #[must_use]
    pub fn string(name: &str, description: &str) -> Self {
        Self::new(name, AttributeType::String, description)
    }

    /// A boolean (RFC 7643 §2.3.2).
    #[must_use]
    pub fn boolean(name: &str, description: &str) -> Self {
        Self::new(name, AttributeType::Boolean, description)
    }

    /// A reference to resources of these types, or to `external` or `uri` (RFC 7643 §2.3.7, §7).
    #[must_use]
    pub fn reference(name: &str, reference_types: &[&str], description: &str) -> Self {
        Attribute {
            reference_types: reference_types.iter().map(|&name| name.to_owned()).collect(),
            ..Self::new(name, AttributeType::Reference, description)
        }
    }

    /// A complex attribute (RFC 7643 §2.3.8).
    #[must_use]
    pub fn complex(name: &str, sub_attributes: Vec<Attribute>, description: &str) -> Self {
        Attribute { sub_attributes, ..Self::new(name, AttributeType::Complex, description) }
    }

    /// The same attribute, holding an array (RFC 7643 §2.4).
    #[must_use]
    pub fn multi_valued(self) -> Self {
        Attribute { multi_valued: true, ..self }
    }

    /// The same attribute, without which a resource is refused (RFC 7643 §2.2).
    #[must_use]
    pub fn required(self) -> Self {
        Attribute { required: true, ..self }
    }

    /// The same attribute, compared with case (RFC 7643 §2.2).
    #[must_use]
    pub fn case_exact(self) -> Self {
        Attribute { case_exact: true, ..self }
    }

    /// The same attribute, with another mutability (RFC 7643 §7).
    #[must_use]
    pub fn mutability(self, mutability: Mutability) -> Self {
        Attribute { mutability, ..self }
    }

    /// The same attribute, returned at other times (RFC 7643 §7).
    #[must_use]
    pub fn returned(self, returned: Returned) -> Self {
        Attribute { returned, ..self }
    }

    /// The same attribute, unique among these resources (RFC 7643 §7).
    #[must_use]
    pub fn uniqueness(self, uniqueness: Uniqueness) -> Self {
        Attribute { uniqueness, ..self }
    }

    /// The same attribute, with suggested values (RFC 7643 §7).
    #[must_use]
    pub fn canonical_values(self, values: &[&str]) -> Self {
        Attribute { canonical_values: values.iter().map(|&value| value.to_owned()).collect(), ..self }
    }

    /// The sub-attribute with this name, in whatever case it is written (RFC 7643 §2.1).
    #[must_use]
    pub fn sub_attribute(&self, name: &str) -> Option<&Attribute> {
        self.sub_attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// True for what a client must never read back, in an answer or by probing with filters (RFC 7643 §7, RFC
    /// 7644 §7.5).
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.returned == Returned::Never || self.mutability == Mutability::WriteOnly
    }

    /// True when only the server writes it (RFC 7643 §7).
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.mutability == Mutability::ReadOnly
    }
}
