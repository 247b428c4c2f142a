//! How answers of the admin API look. None may be kept by a cache: some carry a secret, all change.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, LOCATION},
    },
};
use rolecall_domain::{
    ports::StoreError,
    use_cases::plan::{Plan, Stopped},
};
use serde::Serialize;

use super::plan::PlanView;
use crate::problem::Problem;

/// What a handler gives back.
pub(crate) type Answer = Result<HttpResponse, Ended>;

/// Why a handler ended before its own answer. A change of which only the plan was asked for is one of the reasons, so that
/// no handler has to think of plans, and what it would show (a new secret) never comes about.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It went wrong.
    Refused(Problem),
    /// Only the plan was asked for: here it is, and nothing was written.
    Planned(Box<PlanView>),
}

impl From<Problem> for Ended {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Stopped<Problem>> for Ended {
    fn from(stopped: Stopped<Problem>) -> Self {
        let planned = |plan: Box<Plan>| Self::Planned(Box::new(PlanView::from(*plan)));
        match stopped {
            Stopped::Failed(problem) => problem.into(),
            Stopped::Planned(plan) => planned(plan),
            Stopped::Moved { now, planned } => {
                let detail = Stopped::<Problem>::moved(&now, &planned);
                Problem::conflict(detail).with("fingerprint", now.to_string().into()).into()
            }
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(problem) => problem.fmt(f),
            Self::Planned(_) => f.write_str("only the plan was asked for"),
        }
    }
}

impl ResponseError for Ended {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Refused(problem) => problem.status_code(),
            Self::Planned(_) => StatusCode::OK,
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Refused(problem) => problem.error_response(),
            Self::Planned(plan) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(plan),
        }
    }
}

/// 200 with a body.
pub(super) fn ok(body: &impl Serialize) -> Answer {
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body))
}

/// 201 with a body and where the new thing is.
pub(super) fn created(location: String, body: &impl Serialize) -> Answer {
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((LOCATION, location))
        .json(body))
}

/// 204.
pub(super) fn no_content() -> Answer {
    Ok(HttpResponse::NoContent().finish())
}
