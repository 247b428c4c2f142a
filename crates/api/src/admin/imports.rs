//! People who are there already, brought in before a directory pushes them.

use actix_web::{
    HttpMessage, HttpRequest,
    http::StatusCode,
    web::{Data, Payload, ServiceConfig},
};
use rolecall_domain::use_cases::import::{ImportError, ImportReport, LineFault};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    answer::{self, Answer},
    body,
    call::Call,
    refusal::{BadBody, Refusal},
};
use crate::{
    endpoint::Endpoint,
    import::{self, Format, ImportFailure, MOST_BYTES, json::People},
    problem::Problem,
    state::AppState,
};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(Endpoint::at("/imports").post(run).done());
}

/// What came of an import.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportReport)]
pub(crate) struct ImportView {
    /// How many people the file has.
    people: u64,
    /// Who was not there before.
    created: u64,
    /// Who was, and is written otherwise now.
    changed: u64,
    /// Who is as the file says already.
    unchanged: u64,
    /// Whom a directory owns: their attributes were left alone.
    of_directories: u64,
    /// Roles given by hand that are new, or were others.
    grants: u64,
}

impl From<ImportReport> for ImportView {
    fn from(report: ImportReport) -> Self {
        let ImportReport { people, created, changed, unchanged, of_directories, grants } = report;
        Self { people, created, changed, unchanged, of_directories, grants }
    }
}

/// Brings in people who are there already, with what they were given by hand: all of the file or nothing. A 400 names each line
/// that cannot be taken, in `lines`. The same file again changes nothing.
#[utoipa::path(
    post, path = "/v1/imports", tag = "Adoption", operation_id = "import_people",
    request_body(content((String = "text/csv"), (People = "application/json"))),
    responses((status = 200, description = "What came of it", body = ImportView), Refusal, BadBody)
)]
pub(crate) async fn run(request: HttpRequest, state: Data<AppState>, payload: Payload) -> Answer {
    let call = Call::admit(&request, &state).await?;
    let format = Format::of_media_type(request.content_type()).ok_or_else(|| {
        let detail = "send the people as `Content-Type: text/csv` or `application/json`";
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    })?;
    let file = body::bytes(payload, MOST_BYTES.max(state.limits.body_bytes)).await?;
    let report = call.write(move |tx, act| Ok(import::run(tx, act, format, &mut &file[..])?)).await?;
    answer::ok(&ImportView::from(report))
}

impl From<ImportFailure> for Problem {
    fn from(problem: ImportFailure) -> Self {
        let detail = problem.to_string();
        match problem {
            ImportFailure::Import(ImportError::Store(error)) => error.into(),
            ImportFailure::Import(ImportError::Lines { count, faults }) => {
                let line = |LineFault { line, detail }| json!({"line": line, "detail": detail});
                let lines = faults.into_iter().map(line).collect();
                Self::invalid(detail).with("count", count.into()).with("lines", lines)
            }
            ImportFailure::Import(ImportError::Empty) | ImportFailure::File(_) | ImportFailure::Read(_) => {
                Self::invalid(detail)
            }
        }
    }
}
