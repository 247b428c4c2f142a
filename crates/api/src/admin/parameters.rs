//! Which query parameters each call takes, so that a mistyped one is told instead of passed over: `?pla=true` would do what it was
//! meant to try.
//!
//! The description of the API says which there are ([`crate::openapi`]), and this asks it. So a parameter that is read and not
//! described is refused, and one that is described is never forgotten here.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use actix_web::HttpRequest;
use serde_json::json;
use utoipa::openapi::{
    RefOr,
    path::{Operation, ParameterIn},
};

use crate::{openapi, problem::Problem, request::query_pairs};

/// By method and address.
type Known = HashMap<(&'static str, String), Vec<String>>;

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let mut known = Known::new();
    for (path, item) in openapi::description().paths.paths {
        let operations = [
            ("GET", item.get),
            ("POST", item.post),
            ("PUT", item.put),
            ("PATCH", item.patch),
            ("DELETE", item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                known.insert((method, path.clone()), of(operation));
            }
        }
    }
    known
});

fn of(operation: Operation) -> Vec<String> {
    let parameters = operation.parameters.unwrap_or_default();
    let in_query = parameters.into_iter().filter_map(|parameter| match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => Some(parameter.name),
        _ => None,
    });
    in_query.collect()
}

/// Refuses a request with a query parameter that its call does not take.
pub(super) fn check(request: &HttpRequest) -> Result<(), Problem> {
    let given = query_pairs(request.query_string());
    if given.is_empty() {
        return Ok(());
    }
    let takes = request.match_pattern().and_then(|path| {
        let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
        let method = methods.into_iter().find(|method| *method == request.method().as_str())?;
        KNOWN.get(&(method, path))
    });
    let takes = takes.map_or(&[][..], Vec::as_slice);
    let names: BTreeSet<String> = given.into_iter().map(|(name, _)| name).collect();
    let Some(unknown) = names.into_iter().find(|name| !takes.contains(name)) else { return Ok(()) };
    let there_are = match takes {
        [] => "it takes none".to_owned(),
        some => {
            format!("it takes {}", some.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        }
    };
    let detail = format!("`{unknown}` is no query parameter of this call; {there_are}. Nothing was done");
    Err(Problem::invalid(detail).with("parameter", unknown.into()).with("parameters", json!(takes)))
}
