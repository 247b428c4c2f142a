//! In which order the operations of a bulk request are done, and what became of them (RFC 7644 §3.7.1 to
//! §3.7.3).
//!
//! The client's order stands, with these exceptions: an operation waits until everything it refers to
//! exists; one whose path is a `bulkId` waits until that resource is complete; and operations on one
//! resource stay in their order among themselves, so that the outcome is the one the client's order had
//! (§3.7). Among those that wait for nothing the first is next.
//!
//! When all wait for each other, the first POST of a circle is done without the references that are in its
//! way, and completed by a PATCH as soon as those can be resolved (§3.7.1).

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::reference::{self, Created};
use super::{BulkOperation, BulkRequest, BulkResponse, Method, OperationResult, TargetId};
use crate::error::ScimError;
use crate::path::excerpt;

/// A bulk request on its way: asks for one step after the other, and is told how each went. Does nothing
/// itself.
#[derive(Debug)]
pub struct Plan {
    base: String,
    fail_on_errors: Option<u64>,
    errors: u64,
    jobs: Vec<Job>,
    /// The jobs that create what a `bulkId` refers to.
    by_bulk_id: HashMap<String, usize>,
    /// Jobs that wait for nothing.
    ready: BTreeSet<usize>,
    /// Jobs that were split, and whose other half waits for nothing.
    completable: BTreeSet<usize>,
    /// The step that was given out.
    current: Option<(usize, StepKind)>,
}

/// One thing to do, with real ids in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Which operation of the request it belongs to, from 0.
    pub position: usize,
    /// Whether it is the operation, or what had to be left out of it.
    pub kind: StepKind,
    /// What to do.
    pub method: Method,
    /// At which endpoint, such as `/Users`.
    pub endpoint: String,
    /// To which resource; `None` for POST.
    pub id: Option<String>,
    /// The version that is expected, as in `If-Match`.
    pub version: Option<String>,
    /// The body; `None` for DELETE.
    pub data: Option<Value>,
}

/// What a step is to its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// The operation itself.
    Operation,
    /// A PATCH that adds the references which a POST in a circle was done without (RFC 7644 §3.7.1). To
    /// the client it is part of the POST.
    Completion,
}

/// How a step went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepOutcome {
    /// It was done.
    Succeeded {
        /// The id of the resource, which POST has just made.
        id: String,
        /// The status that the operation would have had on its own, such as 201.
        status: u16,
        /// The version of the resource now; `None` after DELETE.
        version: Option<String>,
    },
    /// It was not, and changed nothing.
    Failed(ScimError),
}

#[derive(Debug)]
struct Job {
    method: String,
    bulk_id: Option<String>,
    /// The URI of its resource, once that is known.
    location: Option<String>,
    /// What to do; gone once it is done.
    operation: Option<Result<BulkOperation, ScimError>>,
    /// The jobs it waits for.
    awaited: BTreeSet<usize>,
    /// The jobs that wait until its resource exists.
    wakes_when_created: Vec<usize>,
    /// The jobs that wait until nothing more will happen to it.
    wakes_when_settled: Vec<usize>,
    created: Option<Created>,
    /// The endpoint and the PATCH of a job that was split.
    rest: Option<(String, Value)>,
    result: Option<OperationResult>,
}

impl Plan {
    /// A plan for a request to the server at `base`, a URI without a slash at its end.
    #[must_use]
    pub fn new(request: BulkRequest, base: &str) -> Self {
        let mut plan = Plan {
            base: base.to_owned(),
            fail_on_errors: request.fail_on_errors,
            errors: 0,
            jobs: Vec::with_capacity(request.operations.len()),
            by_bulk_id: HashMap::new(),
            ready: BTreeSet::new(),
            completable: BTreeSet::new(),
            current: None,
        };
        for (position, operation) in request.operations.into_iter().enumerate() {
            let job = Job::new(operation, base);
            if let (Some(bulk_id), "POST") = (&job.bulk_id, job.method.as_str()) {
                plan.by_bulk_id.entry(bulk_id.clone()).or_insert(position);
            }
            plan.jobs.push(job);
        }
        plan.make_jobs_wait();
        plan
    }

    /// The next thing to do; answer it with [`Plan::done`]. `None` when nothing is left, or when there
    /// were as many errors as the client accepts (RFC 7644 §3.7, `failOnErrors`). What was begun is
    /// completed even then.
    ///
    /// A step that was not answered counts as failed, with status 500.
    pub fn next_step(&mut self) -> Option<Step> {
        self.give_up_current();
        loop {
            if let Some(position) = self.completable.pop_first() {
                match self.complete(position) {
                    Some(step) => return Some(self.give_out(step)),
                    None => continue,
                }
            }
            if self.fail_on_errors.is_some_and(|limit| self.errors >= limit) {
                return None;
            }
            let position = match self.ready.pop_first() {
                Some(position) => position,
                None => self.first_in_a_circle()?,
            };
            match self.start(position) {
                Ok(step) => return Some(self.give_out(step)),
                Err(error) => self.fail(position, error),
            }
        }
    }

    /// Tells how the step went that [`Plan::next_step`] gave out last. Without one it says nothing.
    pub fn done(&mut self, outcome: StepOutcome) {
        let Some((position, kind)) = self.current.take() else { return };
        match (outcome, kind) {
            (StepOutcome::Succeeded { id, status, version }, StepKind::Operation) => {
                self.succeed(position, id, status, version);
            }
            (StepOutcome::Succeeded { version, .. }, StepKind::Completion) => {
                if let Some(result) = &mut self.jobs[position].result {
                    result.version = version;
                }
                self.settle(position);
            }
            (StepOutcome::Failed(error), StepKind::Operation) => self.fail(position, error),
            (StepOutcome::Failed(error), StepKind::Completion) => {
                self.leave_incomplete(position, error);
                self.settle(position);
            }
        }
    }

    /// What to answer to the client.
    #[must_use]
    pub fn finish(self) -> String {
        self.into_response().render()
    }

    /// What to answer to the client, as values. Operations that were not processed are not in it.
    #[must_use]
    pub fn into_response(mut self) -> BulkResponse {
        self.give_up_current();
        for position in 0..self.jobs.len() {
            if self.jobs[position].rest.is_some() {
                let error = ScimError::conflict(
                    "the request ended before all its references could be resolved, as failOnErrors asks",
                );
                self.leave_incomplete(position, error);
            }
        }
        BulkResponse { operations: self.jobs.into_iter().filter_map(|job| job.result).collect() }
    }

    /// Finds out who waits for whom.
    fn make_jobs_wait(&mut self) {
        let mut last_on_target = HashMap::new();
        for position in 0..self.jobs.len() {
            let (mut until_created, mut until_settled) = (HashSet::new(), HashSet::new());
            if let Some(Ok(operation)) = &self.jobs[position].operation {
                let creator = |bulk_id: &String| self.by_bulk_id.get(bulk_id).copied();
                if let Some(data) = &operation.data {
                    until_created.extend(reference::find(data).iter().filter_map(creator));
                }
                if let TargetId::BulkId(bulk_id) = &operation.target.id {
                    until_settled.extend(creator(bulk_id));
                }
                if operation.method != Method::Post {
                    until_settled.extend(last_on_target.insert(operation.target.clone(), position));
                }
            }
            for awaited in &until_created {
                if !until_settled.contains(awaited) {
                    self.jobs[*awaited].wakes_when_created.push(position);
                }
            }
            for awaited in &until_settled {
                self.jobs[*awaited].wakes_when_settled.push(position);
            }
            let awaited: BTreeSet<usize> = until_created.union(&until_settled).copied().collect();
            if awaited.is_empty() {
                self.ready.insert(position);
            }
            self.jobs[position].awaited = awaited;
        }
    }

    /// With nothing ready, whoever waits is in a circle or waits for one: the first POST of the first
    /// circle found. Only POSTs can be in one, since no reference leads to anything else.
    fn first_in_a_circle(&self) -> Option<usize> {
        let mut at = self.jobs.iter().position(|job| job.operation.is_some())?;
        let (mut way, mut seen) = (Vec::new(), HashSet::new());
        while seen.insert(at) {
            way.push(at);
            at = *self.jobs[at].awaited.first()?;
        }
        way.into_iter().skip_while(|position| *position != at).min()
    }

    /// Makes a job's step: with everything resolved that it does not wait for, and without the rest.
    fn start(&mut self, position: usize) -> Result<Step, ScimError> {
        let operation = self.jobs[position].operation.take();
        let BulkOperation { method, target, version, mut data, .. } =
            operation.unwrap_or_else(|| Err(ScimError::internal("the operation was done twice")))?;
        let id = match &target.id {
            TargetId::Collection => None,
            TargetId::Id(id) => Some(id.clone()),
            TargetId::BulkId(bulk_id) => Some(self.resolve(bulk_id)?.id.clone()),
        };
        if let Some(id) = &id {
            self.jobs[position].location = Some(location(&self.base, &target.endpoint, id));
        }
        if let Some(data) = &mut data {
            let awaited = &self.jobs[position].awaited;
            let waits_for =
                |bulk_id: &str| self.by_bulk_id.get(bulk_id).is_some_and(|creator| awaited.contains(creator));
            for bulk_id in reference::find(data) {
                if !waits_for(&bulk_id) {
                    self.resolve(&bulk_id)?;
                }
            }
            let rest = reference::take_out(data, &waits_for);
            reference::replace(data, &|bulk_id| self.resolve(bulk_id).ok());
            self.jobs[position].rest = rest.map(|rest| (target.endpoint.clone(), rest));
        }
        let endpoint = target.endpoint;
        Ok(Step { position, kind: StepKind::Operation, method, endpoint, id, version, data })
    }

    /// Makes the other half of a job that was split; settles it when a reference has come to nothing.
    fn complete(&mut self, position: usize) -> Option<Step> {
        let (endpoint, mut data) = self.jobs[position].rest.take()?;
        let resolved: Result<Vec<_>, _> =
            reference::find(&data).iter().map(|bulk_id| self.resolve(bulk_id)).collect();
        if let Err(error) = resolved {
            self.leave_incomplete(position, error);
            self.settle(position);
            return None;
        }
        reference::replace(&mut data, &|bulk_id| self.resolve(bulk_id).ok());
        let id = self.jobs[position].created.as_ref().map(|created| created.id.clone());
        let (kind, method) = (StepKind::Completion, Method::Patch);
        Some(Step { position, kind, method, endpoint, id, version: None, data: Some(data) })
    }

    fn resolve(&self, bulk_id: &str) -> Result<&Created, ScimError> {
        let Some(creator) = self.by_bulk_id.get(bulk_id) else {
            return Err(ScimError::invalid_value(format!(
                "bulkId:{} cannot be resolved: no POST of this request has that bulkId",
                excerpt(bulk_id)
            )));
        };
        self.jobs[*creator].created.as_ref().ok_or_else(|| {
            ScimError::conflict(format!(
                "bulkId:{} cannot be resolved: the POST that was to create it failed",
                excerpt(bulk_id)
            ))
        })
    }

    fn give_out(&mut self, step: Step) -> Step {
        self.current = Some((step.position, step.kind));
        step
    }

    fn give_up_current(&mut self) {
        if self.current.is_some() {
            self.done(StepOutcome::Failed(ScimError::internal("the operation was not carried out")));
        }
    }

    fn succeed(&mut self, position: usize, id: String, status: u16, version: Option<String>) {
        let job = &mut self.jobs[position];
        if let Some(location) = &mut job.location
            && job.method == Method::Post.as_str()
        {
            // So far it is the URI of the endpoint.
            *location = format!("{location}/{id}");
            job.created = Some(Created { id, location: location.clone() });
        }
        job.result = Some(job.result(version, status, None));
        // First this: a resource may refer to itself.
        self.wake(position, |job| std::mem::take(&mut job.wakes_when_created));
        if self.jobs[position].rest.is_none() {
            self.settle(position);
        }
    }

    fn fail(&mut self, position: usize, error: ScimError) {
        self.errors += 1;
        let job = &mut self.jobs[position];
        job.rest = None;
        if job.method == Method::Post.as_str() {
            job.location = None;
        }
        job.result = Some(job.result(None, error.status, Some(error)));
        self.wake(position, |job| std::mem::take(&mut job.wakes_when_created));
        self.settle(position);
    }

    /// A POST whose resource exists, without the references it was sent with. The client is told both.
    fn leave_incomplete(&mut self, position: usize, mut error: ScimError) {
        self.errors += 1;
        error.detail = format!("the resource was created, but is incomplete: {}", error.detail);
        let job = &mut self.jobs[position];
        job.rest = None;
        if let Some(result) = &mut job.result {
            result.error = Some(error);
        }
    }

    fn settle(&mut self, position: usize) {
        self.wake(position, |job| std::mem::take(&mut job.wakes_when_settled));
    }

    fn wake(&mut self, awaited: usize, list: fn(&mut Job) -> Vec<usize>) {
        for position in list(&mut self.jobs[awaited]) {
            let job = &mut self.jobs[position];
            if job.awaited.remove(&awaited) && job.awaited.is_empty() {
                if job.operation.is_some() {
                    self.ready.insert(position);
                } else if job.rest.is_some() {
                    self.completable.insert(position);
                }
            }
        }
    }
}

impl Job {
    fn new(operation: Result<BulkOperation, super::RefusedOperation>, base: &str) -> Self {
        let (method, bulk_id, target, operation) = match operation {
            Ok(operation) => {
                let (method, target) = (operation.method.as_str().to_owned(), operation.target.clone());
                (method, operation.bulk_id.clone(), Some(target), Ok(operation))
            }
            Err(refused) => (refused.method, refused.bulk_id, refused.target, Err(refused.error)),
        };
        let location = target.and_then(|target| match &target.id {
            TargetId::Collection => Some(format!("{base}{}", target.endpoint)),
            TargetId::Id(id) => Some(location(base, &target.endpoint, id)),
            TargetId::BulkId(_) => None,
        });
        Job {
            method,
            bulk_id,
            location,
            operation: Some(operation),
            awaited: BTreeSet::new(),
            wakes_when_created: Vec::new(),
            wakes_when_settled: Vec::new(),
            created: None,
            rest: None,
            result: None,
        }
    }

    fn result(&self, version: Option<String>, status: u16, error: Option<ScimError>) -> OperationResult {
        OperationResult {
            method: self.method.clone(),
            bulk_id: self.bulk_id.clone(),
            version,
            location: self.location.clone(),
            status,
            error,
        }
    }
}

fn location(base: &str, endpoint: &str, id: &str) -> String {
    format!("{base}{endpoint}/{id}")
}
