use serde_json::json;

use super::*;
use crate::document::Document;
use crate::error::ScimType;
use crate::patch::{PatchRequest, apply};
use crate::profile::Profile::{Compatible, Strict};
use crate::schema::ResourceType;

mod circles;
mod model;
mod references;
mod requests;

const LIMITS: BulkLimits = BulkLimits { max_operations: 100, max_payload_size: 100_000 };

fn read(operations: Value, profile: Profile) -> BulkRequest {
    try_read(json!({ "Operations": operations }), profile).unwrap_or_else(|error| panic!("{error}"))
}

fn try_read(mut body: Value, profile: Profile) -> Result<BulkRequest, ScimError> {
    if body.get("schemas").is_none() {
        body["schemas"] = json!([BULK_REQUEST_URN]);
    }
    BulkRequest::parse(body.to_string().as_bytes(), &LIMITS, profile)
}

/// The one operation of a request, or why it is refused.
fn operation(operation: Value, profile: Profile) -> Result<BulkOperation, ScimError> {
    read(json!([operation]), profile).operations.remove(0).map_err(|refused| refused.error)
}

fn post(endpoint: &str, bulk_id: &str, data: Value) -> Value {
    json!({ "method": "POST", "path": endpoint, "bulkId": bulk_id, "data": data })
}

fn user(bulk_id: &str) -> Value {
    post("/Users", bulk_id, json!({ "userName": bulk_id }))
}

fn group(bulk_id: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    post("/Groups", bulk_id, json!({ "displayName": bulk_id, "members": members }))
}

/// Does everything with success: operation n creates the resource `#n`. Gives the steps and the response.
fn carry_out(operations: Value) -> (Vec<Step>, Value) {
    carry_out_with(json!({ "Operations": operations }), |step| {
        let id = step.id.clone().unwrap_or_else(|| format!("#{}", step.position));
        StepOutcome::Succeeded { id, status: 201, version: None }
    })
}

fn carry_out_with(body: Value, answer: impl Fn(&Step) -> StepOutcome) -> (Vec<Step>, Value) {
    let mut plan = Plan::new(try_read(body, Compatible).unwrap(), "https://x/v2");
    let mut steps = Vec::new();
    while let Some(step) = plan.next_step() {
        plan.done(answer(&step));
        steps.push(step);
    }
    (steps, serde_json::from_str(&plan.finish()).unwrap())
}

fn order(steps: &[Step]) -> Vec<usize> {
    steps.iter().map(|step| step.position).collect()
}

fn statuses(response: &Value) -> Vec<&str> {
    response["Operations"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect()
}
