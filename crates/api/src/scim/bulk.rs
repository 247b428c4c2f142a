//! `/Bulk` (RFC 7644 §3.7): the plan says what is next, the directory does it, one unit of work for each operation.

use actix_web::{HttpRequest, HttpResponse, web};
use rolecall_domain::{
    ports::{Directory, Kind, Terms, Wanted},
    token_scope::{Reach, TokenScope},
};
use rolecall_scim::{
    bulk::{BulkRequest, Method, Plan, Step, StepOutcome},
    discovery::BulkLimits,
    error::ScimError,
    patch::PatchRequest,
    render,
};

use super::{Failure, ScimRoutes, answer, body, query, record, resources};

/// What one bulk request may ask.
pub(super) fn limits(body_bytes: usize) -> BulkLimits {
    BulkLimits { max_operations: 1_000, max_payload_size: body_bytes as u64 }
}

/// `POST /Bulk`
pub(super) async fn bulk<D: Directory>(
    request: HttpRequest,
    routes: web::Data<ScimRoutes<D>>,
    payload: web::Payload,
) -> Result<HttpResponse, Failure> {
    let client = routes.admit(&request).await?;
    let bytes = body::read(&request, payload, routes.limits.body_bytes).await?;
    let terms = routes.directory.terms(&client);
    let read = BulkRequest::parse(&bytes, &limits(routes.limits.body_bytes), terms.profile)?;
    let base = routes.base(request.match_info().get("org").unwrap_or_default());
    let mut plan = Plan::new(read, &base);
    let (mut done, mut failed, mut beyond) = (0, 0, None);
    while let Some(step) = plan.next_step() {
        let outcome = match run(&routes, &client, &terms, &request, step).await {
            Ok(outcome) => outcome,
            Err(failure) => {
                let error = failure.to_scim();
                if matches!(failure, Failure::Scope { .. }) {
                    beyond.get_or_insert_with(|| error.detail.clone());
                }
                StepOutcome::Failed(error)
            }
        };
        done += 1;
        failed += usize::from(matches!(outcome, StepOutcome::Failed(_)));
        plan.done(outcome);
    }
    if failed > 0 {
        let why = beyond.map(|detail| format!(": {detail}")).unwrap_or_default();
        record::note_remark(&request, format!("{failed} of {done} operations were refused{why}"));
    }
    Ok(HttpResponse::Ok().content_type(answer::media_type(&request)).body(plan.finish()))
}

async fn run<D: Directory>(
    routes: &ScimRoutes<D>,
    client: &D::Client,
    terms: &Terms,
    request: &HttpRequest,
    step: Step,
) -> Result<StepOutcome, Failure> {
    let kind = [Kind::User, Kind::Group]
        .into_iter()
        .find(|kind| step.endpoint.trim_start_matches('/') == kind.endpoint())
        .ok_or_else(|| ScimError::not_found(format!("there is no endpoint {}", step.endpoint)))?;
    let (change, directory) = (routes.change(request), &routes.directory);
    directory.permit(client, &[TokenScope::of(kind, Reach::Write)])?;
    let id = step.id.unwrap_or_default();
    let expected = query::expected_version(step.version.as_deref());
    let data = step.data.unwrap_or_default();
    let (resource, status) = match step.method {
        Method::Post => {
            let body = resources::body_of(kind, data, terms)?;
            (directory.create(client, change, body, Wanted::TextAlone).await?, 201)
        }
        Method::Put => {
            let body = resources::body_of(kind, data, terms)?;
            (directory.replace(client, change, &id, body, expected, Wanted::TextAlone).await?, 200)
        }
        Method::Patch => {
            let operations = PatchRequest::from_value(data, terms.resource_type(kind), terms.profile)?;
            let wanted = Wanted::TextAlone;
            (directory.patch(client, change, kind, &id, operations, expected, wanted).await?, 200)
        }
        Method::Delete => {
            directory.delete(client, change, kind, &id, expected).await?;
            return Ok(StepOutcome::Succeeded { id, status: 204, version: None });
        }
    };
    let version = Some(render::etag(resource.document.version));
    Ok(StepOutcome::Succeeded { id: resource.id.to_string(), status, version })
}
