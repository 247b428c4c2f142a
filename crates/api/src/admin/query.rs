//! What follows the `?`, or a problem that names the parameter.

use actix_web::HttpRequest;
use serde::de::{DeserializeOwned, value::MapDeserializer};

use crate::{problem::Problem, request::query_pairs};

/// Reads the parameters that `T` knows; the others are another type's of the same call, since those that the call does not take
/// were refused ([`super::parameters`]). One without a value counts as absent (`?role=&limit=10`).
pub(super) fn read<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    read_text(request.query_string())
}

/// The same, of the text behind the `?`.
pub(super) fn read_text<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    parse(query_pairs(text))
}

fn parse<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T, Problem> {
    let given = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let map = MapDeserializer::<_, serde::de::value::Error>::new(given);
    serde_path_to_error::deserialize(map).map_err(|error| match error.path().to_string() {
        // A parameter that is given twice is named by the message.
        path if path == "." => Problem::invalid(error.into_inner()),
        path => Problem::invalid(format!("{path}: {}", error.into_inner())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::{page::PageQuery, users::UserQuery};

    fn problem<T: DeserializeOwned>(pairs: &[(&str, &str)]) -> String {
        let problem = pairs_of::<T>(pairs).err().expect("these are refused");
        assert_eq!(problem.status, 400);
        problem.detail
    }

    fn pairs_of<T: DeserializeOwned>(pairs: &[(&str, &str)]) -> Result<T, Problem> {
        parse(pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }

    #[test]
    fn a_bad_parameter_is_told_by_its_name() {
        for limit in ["0", "-1", "x", "1.5"] {
            assert_eq!(
                problem::<PageQuery>(&[("limit", limit)]),
                format!("limit: `{limit}` is not a whole number from 1 to 500")
            );
        }
        assert_eq!(
            problem::<PageQuery>(&[("cursor", "2")]),
            "cursor: `2` is not one that this list gave; start again without it"
        );
        assert_eq!(
            problem::<UserQuery>(&[("role", "boss")]),
            "role: `boss` is not a role; use one of: owner, admin, member"
        );
        assert!(problem::<UserQuery>(&[("active", "maybe")]).starts_with("active: "));
        assert!(problem::<UserQuery>(&[("email", "a"), ("email", "b")]).contains("email"));
    }

    #[test]
    fn what_is_empty_counts_as_absent_and_another_types_is_passed_over() {
        assert!(pairs_of::<UserQuery>(&[("role", ""), ("active", ""), ("limit", "10")]).is_ok());
    }
}
