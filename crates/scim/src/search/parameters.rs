//! The parameters of a query before anything is known about them but their types.

use serde_json::{Map, Value};

use crate::dialect;
use crate::error::ScimError;
use crate::json::{describe, take};
use crate::path::excerpt;
use crate::profile::Profile;

/// A number, or what came instead.
type Whole = Result<i64, String>;

/// The parameters of RFC 7644 §3.4.2 and §3.4.3, and the cursor of RFC 9865 §2.
#[derive(Default)]
pub(super) struct Parameters {
    pub(super) attributes: Vec<String>,
    pub(super) excluded: Vec<String>,
    pub(super) filter: Option<String>,
    pub(super) sort_by: Option<String>,
    pub(super) sort_order: Option<String>,
    pub(super) start_index: Option<Whole>,
    pub(super) count: Option<Whole>,
    pub(super) cursor: Option<String>,
}

impl Parameters {
    pub(super) fn from_query(pairs: &[(String, String)], profile: Profile) -> Self {
        let mut parameters = Parameters::default();
        let given = |value: &str| !value.trim().is_empty() || !dialect::blank_parameter_is_absent(profile);
        for (name, value) in pairs {
            let text = || given(value).then(|| value.trim().to_owned());
            match name.to_ascii_lowercase().as_str() {
                "attributes" => parameters.attributes.extend(names(value)),
                "excludedattributes" => parameters.excluded.extend(names(value)),
                "filter" => parameters.filter = given(value).then(|| value.clone()),
                "sortby" => parameters.sort_by = text(),
                "sortorder" => parameters.sort_order = text(),
                "startindex" => parameters.start_index = text().map(|text| whole(&text)),
                "count" => parameters.count = text().map(|text| whole(&text)),
                "cursor" => parameters.cursor = Some(value.clone()),
                _ => {}
            }
        }
        parameters
    }

    pub(super) fn from_body(mut body: Map<String, Value>, profile: Profile) -> Result<Self, ScimError> {
        let body = &mut body;
        let given = |text: &String| !text.trim().is_empty() || !dialect::blank_parameter_is_absent(profile);
        Ok(Parameters {
            attributes: list(body, "attributes", profile)?,
            excluded: list(body, "excludedAttributes", profile)?,
            filter: text(body, "filter")?.filter(given),
            sort_by: text(body, "sortBy")?.filter(given),
            sort_order: text(body, "sortOrder")?.filter(given),
            start_index: number(body, "startIndex"),
            count: number(body, "count"),
            cursor: text(body, "cursor")?,
        })
    }
}

fn names(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(|name| name.trim().to_owned())
}

/// A whole number; one beyond 64 bits is as good as the largest.
fn whole(text: &str) -> Whole {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(excerpt(text));
    }
    Ok(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}

fn number(body: &mut Map<String, Value>, name: &str) -> Option<Whole> {
    match take(body, name)? {
        Value::Null => None,
        Value::Number(number) if number.is_u64() => Some(Ok(number.as_i64().unwrap_or(i64::MAX))),
        other => Some(other.as_i64().ok_or_else(|| describe(&other))),
    }
}

fn text(body: &mut Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    match take(body, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => {
            Err(ScimError::invalid_syntax(format!("{name} must be a string, found {}", describe(&other))))
        }
    }
}

/// A list of names. A string may hold several, as in a URL.
fn list(body: &mut Map<String, Value>, name: &str, profile: Profile) -> Result<Vec<String>, ScimError> {
    let wrong = |found: &Value| {
        ScimError::invalid_syntax(format!("{name} must be an array of strings, found {}", describe(found)))
    };
    let elements = match take(body, name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(elements)) => elements,
        Some(other) => dialect::single_value_as_list(other, profile).map_err(|other| wrong(&other))?,
    };
    let mut list = Vec::with_capacity(elements.len());
    for element in &elements {
        list.extend(names(element.as_str().ok_or_else(|| wrong(element))?));
    }
    Ok(list)
}
