//! A filter bound to a schema: every comparison knows its type, and unknown names are decided.

use super::literal::typed_value;
use super::{Filter, Literal, Operator};
use crate::dialect;
use crate::error::ScimError;
use crate::path::AttrPath;
use crate::profile::Profile;
use crate::schema::{Attribute, AttributeType, Location, ResourceType};

/// A filter that can be evaluated, here by [`ResolvedFilter::matches`] or elsewhere as SQL, without asking a
/// schema.
///
/// It speaks about the index form of a resource (see [`crate::index`]): canonical names, folded strings,
/// dates as milliseconds. Three rules that RFC 7644 leaves open are settled by the shape: `ne` is `Not(eq)`,
/// so it is true for an unassigned attribute, and false for a multi-valued one if any value is equal; `eq
/// null` is `Not(Present)`; an attribute that no schema knows is unassigned, and its comparison is a
/// [`ResolvedFilter::Constant`].
#[derive(Debug, Clone, PartialEq)]
pub enum ResolvedFilter {
    /// Always, or never.
    Constant(bool),
    /// All of two or more.
    And(Vec<ResolvedFilter>),
    /// Any of two or more.
    Or(Vec<ResolvedFilter>),
    /// Not the one. An unassigned attribute makes the inner filter false, not unknown: SQL must say
    /// `coalesce(…, false)`.
    Not(Box<ResolvedFilter>),
    /// A comparison. With a multi-valued target, one value that compares is enough.
    Compare {
        /// What to look at.
        target: Target,
        /// How to compare.
        op: CompareOp,
        /// What to compare with; its variant fits `target.kind`.
        value: TypedValue,
    },
    /// True when the target has a value: not `null`, not `""`, not an empty array or object (RFC 7644
    /// §3.4.2.2, `pr`).
    Present(Target),
    /// One value of a multi-valued attribute satisfies the inner filter, whose targets are relative to that
    /// value.
    ValuePath {
        /// The multi-valued attribute.
        attribute: Target,
        /// What one of its values must satisfy.
        filter: Box<ResolvedFilter>,
    },
}

/// The operators that are left once `ne` and `pr` have become `Not` and `Present`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// Equal.
    Eq,
    /// Contains; text only.
    Co,
    /// Starts with; text only.
    Sw,
    /// Ends with; text only.
    Ew,
    /// Greater than; text by code point, numbers by value, dates by time.
    Gt,
    /// Greater than or equal.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
}

/// An attribute, as the index form spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The keys from the resource (in a value path: from the value) to what is compared, in canonical case:
    /// `["emails", "value"]`, `["meta", "lastModified"]`, `["urn:…:User", "manager", "value"]`. Empty for the
    /// value itself of a simple multi-valued attribute.
    pub path: Vec<String>,
    /// How many of the keys lead to the array, when there is one; all of them otherwise.
    pub array_depth: usize,
    /// The data type of what is compared.
    pub kind: AttributeType,
    /// True when text is compared with case; then the index form is not folded.
    pub case_exact: bool,
    /// True when the path leads through, or to, an array.
    pub multi_valued: bool,
}

impl Target {
    /// The keys that lead to the array, or to the value when there is no array.
    #[must_use]
    pub fn array_path(&self) -> &[String] {
        &self.path[..self.array_depth]
    }

    /// The keys that lead from an element of the array to what is compared. Empty for a simple element.
    #[must_use]
    pub fn element_path(&self) -> &[String] {
        &self.path[self.array_depth..]
    }

    /// True when the target has this path: `target.is(&["meta", "created"])`.
    #[must_use]
    pub fn is(&self, path: &[&str]) -> bool {
        self.path.iter().map(String::as_str).eq(path.iter().copied())
    }

    /// From a complex attribute to its sub-attribute `value`.
    fn go_to_value(&mut self, value: &Attribute) {
        self.path.push(value.name.clone());
        if !self.multi_valued {
            self.array_depth += 1;
        }
        self.kind = value.kind;
        self.case_exact = value.case_exact;
    }
}

/// A literal, converted to the type of the attribute it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum TypedValue {
    /// For strings, references and binary values: folded with [`crate::index::fold`] unless the target is
    /// case-exact.
    Text(String),
    /// For booleans.
    Boolean(bool),
    /// For integers and decimals, when the literal is a whole number.
    Integer(i64),
    /// For integers and decimals, when it is not.
    Decimal(f64),
    /// For dates: milliseconds since 1970.
    Instant(i64),
}

impl Filter {
    /// Binds the filter to a resource type (RFC 7644 §3.4.2.2, RFC 7643 §2.2).
    ///
    /// # Errors
    /// `invalidFilter` when an operator or a literal does not fit the type of an attribute; `sensitive` (403)
    /// when an attribute is never returned, such as `password`, since answering would reveal it piece by
    /// piece (RFC 7644 §7.5.2).
    pub fn resolve(
        &self,
        resource_type: &ResourceType,
        profile: Profile,
    ) -> Result<ResolvedFilter, ScimError> {
        Resolver { scope: Scope::Resource(resource_type), profile }.resolve(self)
    }
}

/// What `path` compares in a resource, and the attribute at its front; `None` for what no schema knows.
/// Sorting asks here, so that it finds values where filters find them.
pub(crate) fn locate<'a>(
    resource_type: &'a ResourceType,
    path: &AttrPath,
) -> Result<Option<(Target, &'a Attribute)>, ScimError> {
    let Some(Location::Attribute { attribute: front, .. }) = resource_type.locate(path) else {
        return Ok(None);
    };
    let Some(Found { mut target, attribute }) = find_in_resource(resource_type, path)? else {
        return Ok(None);
    };
    if target.kind == AttributeType::Complex
        && let Some(value) = attribute.and_then(|attribute| attribute.sub_attribute("value"))
    {
        target.go_to_value(value);
    }
    Ok(Some((target, front)))
}

/// Binds the filter of a value path to the attribute in front of the bracket.
pub(crate) fn resolve_in(
    attribute: &Attribute,
    filter: &Filter,
    profile: Profile,
) -> Result<ResolvedFilter, ScimError> {
    Resolver { scope: Scope::Value { attribute, prefix: Vec::new() }, profile }.resolve(filter)
}

#[derive(Clone)]
enum Scope<'a> {
    Resource(&'a ResourceType),
    /// Within a value of the attribute; `prefix` leads there when the value is not an element of an array.
    Value {
        attribute: &'a Attribute,
        prefix: Vec<String>,
    },
}

struct Resolver<'a> {
    scope: Scope<'a>,
    profile: Profile,
}

/// What a path leads to: where it is, and its definition (absent for a whole extension).
struct Found<'a> {
    target: Target,
    attribute: Option<&'a Attribute>,
}

impl<'a> Resolver<'a> {
    fn resolve(&self, filter: &Filter) -> Result<ResolvedFilter, ScimError> {
        Ok(match filter {
            Filter::And(terms) => ResolvedFilter::And(self.resolve_all(terms)?),
            Filter::Or(terms) => ResolvedFilter::Or(self.resolve_all(terms)?),
            Filter::Not(term) => not(self.resolve(term)?),
            Filter::Present(path) => match self.find(path)? {
                Some(found) => ResolvedFilter::Present(found.target),
                None => ResolvedFilter::Constant(false),
            },
            Filter::Compare { path, op, value } => self.compare(path, *op, value)?,
            Filter::ValuePath { attribute, filter, then } => {
                self.value_path(attribute, filter, then.as_deref())?
            }
        })
    }

    fn resolve_all(&self, terms: &[Filter]) -> Result<Vec<ResolvedFilter>, ScimError> {
        terms.iter().map(|term| self.resolve(term)).collect()
    }

    fn compare(&self, path: &AttrPath, op: Operator, literal: &Literal) -> Result<ResolvedFilter, ScimError> {
        let found = self.find(path)?;
        if *literal == Literal::Null {
            let present =
                found.map_or(ResolvedFilter::Constant(false), |found| ResolvedFilter::Present(found.target));
            return match op {
                Operator::Eq => Ok(not(present)),
                Operator::Ne => Ok(present),
                _ => Err(ScimError::invalid_filter(format!(
                    "{path} {} null: null can be compared with eq and ne only",
                    op.as_str()
                ))),
            };
        }
        let Some(found) = found else {
            return Ok(ResolvedFilter::Constant(op == Operator::Ne));
        };
        let target = self.comparable(path, found)?;
        let value = typed_value(path, &target, op, literal, self.profile)?;
        let (op, negated) = match op {
            Operator::Eq => (CompareOp::Eq, false),
            Operator::Ne => (CompareOp::Eq, true),
            Operator::Co => (CompareOp::Co, false),
            Operator::Sw => (CompareOp::Sw, false),
            Operator::Ew => (CompareOp::Ew, false),
            Operator::Gt => (CompareOp::Gt, false),
            Operator::Ge => (CompareOp::Ge, false),
            Operator::Lt => (CompareOp::Lt, false),
            Operator::Le => (CompareOp::Le, false),
        };
        let compare = ResolvedFilter::Compare { target, op, value };
        Ok(if negated { not(compare) } else { compare })
    }

    /// `emails co "x"` means `emails.value co "x"` (RFC 7644 §3.4.2.2).
    fn comparable(&self, path: &AttrPath, found: Found<'_>) -> Result<Target, ScimError> {
        let Found { mut target, attribute } = found;
        if target.kind != AttributeType::Complex {
            return Ok(target);
        }
        let value = attribute.and_then(|attribute| attribute.sub_attribute("value"));
        match value {
            Some(value) if target.multi_valued || dialect::bare_complex_means_value(self.profile) => {
                target.go_to_value(value);
                Ok(target)
            }
            _ => Err(ScimError::invalid_filter(format!(
                "{path} is complex and cannot be compared; name a sub-attribute, or use `{path} pr`"
            ))),
        }
    }

    fn value_path(
        &self,
        path: &AttrPath,
        filter: &Filter,
        then: Option<&Filter>,
    ) -> Result<ResolvedFilter, ScimError> {
        if matches!(self.scope, Scope::Value { .. }) {
            return Err(ScimError::invalid_filter(format!("{path}[…] stands inside another value filter")));
        }
        if then.is_some() && !dialect::test_after_value_path(self.profile) {
            return Err(ScimError::invalid_filter(format!(
                "a test after {path}[…] is not part of RFC 7644; move it into the brackets with `and`"
            )));
        }
        let Some(Found { target, attribute: Some(attribute) }) = self.find(path)? else {
            return Ok(ResolvedFilter::Constant(false));
        };
        if attribute.kind != AttributeType::Complex && !attribute.multi_valued {
            return Err(ScimError::invalid_filter(format!(
                "{path} has one simple value and takes no value filter"
            )));
        }
        let prefix = if target.multi_valued { Vec::new() } else { target.path.clone() };
        let inner = Resolver { scope: Scope::Value { attribute, prefix }, profile: self.profile };
        let mut conditions = vec![inner.resolve(filter)?];
        if let Some(then) = then {
            conditions.push(inner.resolve(then)?);
        }
        if !target.multi_valued {
            // `name[familyName pr]`: the one value must be there, so that a negation inside does not match
            // its absence.
            conditions.insert(0, ResolvedFilter::Present(target));
            return Ok(ResolvedFilter::And(conditions));
        }
        let filter =
            if conditions.len() > 1 { ResolvedFilter::And(conditions) } else { conditions.swap_remove(0) };
        Ok(ResolvedFilter::ValuePath { attribute: target, filter: Box::new(filter) })
    }

    /// What the path leads to, `None` for what no schema knows.
    fn find(&self, path: &AttrPath) -> Result<Option<Found<'a>>, ScimError> {
        match &self.scope {
            Scope::Resource(resource_type) => find_in_resource(resource_type, path),
            Scope::Value { attribute, prefix } => find_in_value(attribute, prefix, path),
        }
    }
}

fn find_in_resource<'a>(
    resource_type: &'a ResourceType,
    path: &AttrPath,
) -> Result<Option<Found<'a>>, ScimError> {
    match resource_type.locate(path) {
        None | Some(Location::Resource) => Ok(None),
        Some(Location::Extension(extension)) => {
            let path = vec![extension.schema.id.clone()];
            let (array_depth, kind) = (path.len(), AttributeType::Complex);
            let target = Target { path, array_depth, kind, case_exact: false, multi_valued: false };
            Ok(Some(Found { target, attribute: None }))
        }
        Some(Location::Attribute { extension, attribute, sub_attribute }) => {
            let defining = sub_attribute.unwrap_or(attribute);
            if attribute.is_secret() || defining.is_secret() {
                return Err(secret(path));
            }
            let mut keys: Vec<String> =
                extension.iter().map(|extension| extension.schema.id.clone()).collect();
            keys.push(attribute.name.clone());
            let to_attribute = keys.len();
            keys.extend(sub_attribute.map(|sub| sub.name.clone()));
            let array_depth = if attribute.multi_valued { to_attribute } else { keys.len() };
            Ok(Some(found(keys, array_depth, attribute.multi_valued, defining)))
        }
    }
}

fn find_in_value<'a>(
    attribute: &'a Attribute,
    prefix: &[String],
    path: &AttrPath,
) -> Result<Option<Found<'a>>, ScimError> {
    if path.urn.is_some() || path.sub_attribute.is_some() {
        return Ok(None);
    }
    if attribute.kind != AttributeType::Complex {
        // A simple value has no sub-attributes; `value` names it, as in `schemas[value eq "urn:…"]`.
        let named = path.attribute.eq_ignore_ascii_case("value");
        return Ok(named.then(|| found(Vec::new(), 0, false, attribute)));
    }
    let Some(sub) = attribute.sub_attribute(&path.attribute) else {
        return Ok(None);
    };
    if sub.is_secret() {
        return Err(secret(path));
    }
    let mut keys = prefix.to_vec();
    keys.push(sub.name.clone());
    let depth = keys.len();
    Ok(Some(found(keys, depth, false, sub)))
}

fn secret(path: &AttrPath) -> ScimError {
    ScimError::sensitive(format!("{path} is never returned and cannot be filtered or sorted on"))
}

fn found(path: Vec<String>, array_depth: usize, multi_valued: bool, defining: &Attribute) -> Found<'_> {
    let target =
        Target { path, array_depth, kind: defining.kind, case_exact: defining.case_exact, multi_valued };
    Found { target, attribute: Some(defining) }
}

fn not(filter: ResolvedFilter) -> ResolvedFilter {
    match filter {
        ResolvedFilter::Constant(always) => ResolvedFilter::Constant(!always),
        other => ResolvedFilter::Not(Box::new(other)),
    }
}
