//! What calls may answer instead, for the API's description: each refusal is described once and referred to.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{Components, Content, Ref, RefOr, Response, ResponseBuilder},
};

use crate::problem::Problem;

/// Status, name and reason.
type Described = (&'static str, &'static str, &'static str);

const INVALID: Described =
    ("400", "Invalid", "The request is wrong as it stands: `detail` names the field or parameter");
const UNAUTHORIZED: Described = ("401", "Unauthorized", "No live API key was given");
const FORBIDDEN: Described = ("403", "Forbidden", "The caller's key is of a lower role");
const NOT_FOUND: Described =
    ("404", "NotFound", "What the request names does not exist in this organisation");
const CONFLICT: Described =
    ("409", "Conflict", "What is there already stands against it: `field` or `existing` says what");
const TOO_LARGE: Described = ("413", "TooLarge", "The body is too large");
const NOT_JSON: Described = ("415", "NotJson", "The body is not JSON");
const UNAVAILABLE: Described =
    ("503", "Unavailable", "The database cannot be reached; `Retry-After` says when to try again");

const ALL: [Described; 8] =
    [INVALID, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_LARGE, NOT_JSON, UNAVAILABLE];

macro_rules! refusals {
    ($($(#[$doc:meta])* $type:ident: [$($refusal:ident),+];)+) => {$(
        $(#[$doc])*
        pub(crate) struct $type;

        impl IntoResponses for $type {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                let refer = |(status, name, _): Described| (status.to_owned(), RefOr::Ref(Ref::from_response_name(name)));
                [$($refusal),+].map(refer).into()
            }
        }
    )+};
}

refusals! {
    /// Of any call.
    Refusal: [INVALID, UNAUTHORIZED, UNAVAILABLE];
    /// Of a call that is not for every key.
    Forbidden: [FORBIDDEN];
    /// Of a call that names something.
    Missing: [NOT_FOUND];
    /// Of a call that what is there can stand against.
    Conflict: [CONFLICT];
    /// Of a call with a body.
    BadBody: [TOO_LARGE, NOT_JSON];
}

/// Adds what the above refer to.
pub(crate) fn describe(components: &mut Components) {
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    for (_, name, reason) in ALL {
        let problem = Content::new(Some(Ref::from_schema_name(Problem::name())));
        let response =
            ResponseBuilder::new().description(reason).content("application/problem+json", problem);
        components.responses.insert(name.to_owned(), response.build().into());
    }
}
