//! One operation of a bulk request, from JSON (RFC 7644 §3.7).

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::reference::PREFIX;
use super::{BulkOperation, Method, RefusedOperation, Target, TargetId};
use crate::dialect;
use crate::error::ScimError;
use crate::json::{describe, take};
use crate::path::excerpt;
use crate::profile::Profile;

/// The `bulkId`s that were seen; each may be used once (RFC 7644 §3.7).
pub(super) type BulkIds = HashSet<String>;

/// Reads one operation, which may turn out to be one to refuse.
///
/// # Errors
/// `invalidSyntax` when there is no method, so that not even a result could be reported.
pub(super) fn read(
    raw: Value,
    seen: &mut BulkIds,
    profile: Profile,
) -> Result<Result<BulkOperation, RefusedOperation>, ScimError> {
    let Value::Object(mut raw) = raw else {
        return Err(ScimError::invalid_syntax(format!(
            "an operation must be an object, found {}",
            describe(&raw)
        )));
    };
    let name = match take(&mut raw, "method") {
        Some(Value::String(name)) => name,
        found => {
            let found = found.as_ref().map_or_else(|| "nothing".to_owned(), describe);
            return Err(ScimError::invalid_syntax(format!(
                "method must be POST, PUT, PATCH or DELETE, found {found}"
            )));
        }
    };
    let bulk_id = text(&mut raw, "bulkId");
    let target = text(&mut raw, "path").and_then(|path| read_path(path, profile));
    // What is known about an operation is reported with its failure.
    let known_target = target.as_ref().ok().cloned();
    let known_bulk_id = bulk_id.as_ref().ok().cloned().flatten();
    let operation = read_rest(raw, &name, target, bulk_id, seen, profile);
    Ok(operation.map_err(|error| RefusedOperation {
        method: Method::parse(&name, profile).map_or(name, |method| method.as_str().to_owned()),
        target: known_target,
        bulk_id: known_bulk_id,
        error,
    }))
}

fn read_rest(
    mut raw: Map<String, Value>,
    name: &str,
    target: Result<Target, ScimError>,
    bulk_id: Result<Option<String>, ScimError>,
    seen: &mut BulkIds,
    profile: Profile,
) -> Result<BulkOperation, ScimError> {
    let bulk_id = bulk_id?;
    if let Some(bulk_id) = &bulk_id
        && !seen.insert(bulk_id.clone())
    {
        return Err(ScimError::invalid_value(format!(
            "bulkId {} is used by an earlier operation; each needs its own",
            excerpt(bulk_id)
        )));
    }
    let Some(method) = Method::parse(name, profile) else {
        return Err(ScimError::invalid_value(format!(
            "method must be POST, PUT, PATCH or DELETE, found {}",
            excerpt(name)
        )));
    };
    let target = target?;
    match (method, &target.id) {
        (Method::Post, TargetId::Collection) => {}
        (Method::Post, _) => {
            return Err(ScimError::invalid_value("the path of a POST must be an endpoint, such as /Users"));
        }
        (_, TargetId::Collection) => {
            return Err(ScimError::invalid_value(format!(
                "the path of a {} must name a resource, such as {}/<id>",
                method.as_str(),
                target.endpoint
            )));
        }
        _ => {}
    }
    if method == Method::Post && bulk_id.is_none() && !dialect::accepts_missing_bulk_id(profile) {
        return Err(ScimError::invalid_value("a POST needs a bulkId"));
    }
    let version = text(&mut raw, "version")?.filter(|_| method != Method::Post);
    let data = match (method, take(&mut raw, "data")) {
        (Method::Delete, _) => None,
        (_, Some(data @ Value::Object(_))) => Some(data),
        (_, found) => {
            let found = found.as_ref().map_or_else(|| "nothing".to_owned(), describe);
            return Err(ScimError::invalid_value(format!(
                "the data of a {} must be an object, found {found}",
                method.as_str()
            )));
        }
    };
    Ok(BulkOperation { method, target, version, data, bulk_id })
}

/// `/Users`, `/Users/<id>` or `/Users/bulkId:<bulkId>`. An id is taken as it stands: a `bulkId` may hold a
/// percent sign, and ids that servers give out hold none.
fn read_path(path: Option<String>, profile: Profile) -> Result<Target, ScimError> {
    let path = path.ok_or_else(|| ScimError::invalid_value("an operation needs a path, such as /Users"))?;
    let wrong = || {
        ScimError::invalid_value(format!(
            "path must be an endpoint, such as /Users, or a resource, such as /Users/<id>, found {}",
            excerpt(&path)
        ))
    };
    let relative = match path.strip_prefix('/') {
        Some(relative) => relative,
        None if dialect::bulk_path_needs_no_slash(profile) => path.as_str(),
        None => return Err(wrong()),
    };
    let (endpoint, id) = match relative.split_once('/') {
        Some((endpoint, id)) => (endpoint, Some(id)),
        None => (relative, None),
    };
    if endpoint.eq_ignore_ascii_case("Bulk") {
        return Err(ScimError::invalid_value("a bulk request cannot hold another one"));
    }
    let is_name = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if endpoint.is_empty() || !is_name(endpoint) {
        return Err(wrong());
    }
    let id = match id {
        None => TargetId::Collection,
        Some(id) => match id.strip_prefix(PREFIX) {
            Some(bulk_id) => TargetId::BulkId(bulk_id.to_owned()),
            None if id.is_empty() || id.contains(['/', '?', '#']) => return Err(wrong()),
            None => TargetId::Id(id.to_owned()),
        },
    };
    Ok(Target { endpoint: format!("/{endpoint}"), id })
}

fn text(raw: &mut Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    match take(raw, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => {
            Err(ScimError::invalid_value(format!("{name} must be a string, found {}", describe(&other))))
        }
    }
}
