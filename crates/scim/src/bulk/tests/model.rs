//! Requests at random, circles and failures included, carried out on the simplest server there is.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use proptest::prelude::*;

use super::*;

/// What an operation does; numbers are `bulkId`s, of which some do not exist.
#[derive(Debug, Clone)]
enum Deed {
    Create { members: Vec<usize> },
    AddTo { target: Result<usize, usize>, members: Vec<usize> },
    Delete(usize),
}

fn any_deed() -> impl Strategy<Value = Deed> {
    let members = || prop::collection::vec(0_usize..10, 0..4);
    let target = prop_oneof![(0_usize..10).prop_map(Ok), (0_usize..3).prop_map(Err)];
    prop_oneof![
        4 => members().prop_map(|members| Deed::Create { members }),
        2 => (target, members()).prop_map(|(target, members)| Deed::AddTo { target, members }),
        1 => (0_usize..3).prop_map(Deed::Delete),
    ]
}

/// Ids from 100 are the server's. `existing` groups 0 to 2 are there from the start.
struct Server {
    groups: BTreeMap<String, BTreeSet<String>>,
    next: usize,
    failing: HashSet<(usize, StepKind)>,
}

impl Server {
    fn new(failing: HashSet<(usize, StepKind)>) -> Self {
        Server { groups: (0..3).map(|id| (id.to_string(), BTreeSet::new())).collect(), next: 100, failing }
    }

    fn carry_out(&mut self, step: &Step) -> StepOutcome {
        assert_eq!(step.endpoint, "/Groups");
        let text = step.data.as_ref().map(Value::to_string).unwrap_or_default();
        assert!(!text.contains("bulkId:"), "unresolved: {text}");
        if self.failing.contains(&(step.position, step.kind)) {
            return StepOutcome::Failed(ScimError::internal("at random"));
        }
        let (id, members) = match (step.method, &step.data) {
            (Method::Post, Some(data)) => {
                self.next += 1;
                (self.next.to_string(), ids(&data["members"]))
            }
            (Method::Patch, Some(data)) => {
                let operation = &data["Operations"][0];
                assert_eq!(operation["path"], "members");
                (step.id.clone().unwrap(), ids(&operation["value"]))
            }
            (Method::Delete, None) => {
                let id = step.id.clone().unwrap();
                return match self.groups.remove(&id) {
                    Some(_) => StepOutcome::Succeeded { id, status: 204, version: None },
                    None => StepOutcome::Failed(ScimError::not_found("gone")),
                };
            }
            other => panic!("{other:?}"),
        };
        assert!(
            members.iter().all(|member| self.groups.contains_key(member) || member == &id),
            "{members:?}"
        );
        if step.method == Method::Patch && !self.groups.contains_key(&id) {
            return StepOutcome::Failed(ScimError::not_found("gone"));
        }
        self.groups.entry(id.clone()).or_default().extend(members);
        StepOutcome::Succeeded { id, status: 201, version: None }
    }
}

fn ids(members: &Value) -> BTreeSet<String> {
    members.as_array().unwrap().iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect()
}

/// The operations; those that create have their place among the creations as `bulkId`.
fn operations(deeds: &[Deed]) -> Vec<Value> {
    let references = |members: &[usize]| -> Value {
        members.iter().map(|member| json!({ "value": format!("bulkId:{member}") })).collect()
    };
    let mut created = 0;
    let operation = |deed: &Deed| match deed {
        Deed::Create { members } => {
            created += 1;
            post("/Groups", &(created - 1).to_string(), json!({ "members": references(members) }))
        }
        Deed::AddTo { target, members } => {
            let path = match target {
                Ok(bulk_id) => format!("/Groups/bulkId:{bulk_id}"),
                Err(id) => format!("/Groups/{id}"),
            };
            let change = json!({ "op": "add", "path": "members", "value": references(members) });
            json!({ "method": "PATCH", "path": path, "data": { "Operations": [change] } })
        }
        Deed::Delete(id) => json!({ "method": "DELETE", "path": format!("/Groups/{id}") }),
    };
    deeds.iter().map(operation).collect()
}

struct Outcome {
    server: Server,
    steps: Vec<Step>,
    response: BulkResponse,
}

fn run(deeds: &[Deed], limit: Option<u64>, failing: HashSet<(usize, StepKind)>) -> Outcome {
    let body = json!({ "failOnErrors": limit, "Operations": operations(deeds) });
    let mut plan = Plan::new(try_read(body, Strict).unwrap(), "");
    let (mut server, mut steps) = (Server::new(failing), Vec::new());
    while let Some(step) = plan.next_step() {
        assert!(steps.len() <= 2 * deeds.len(), "no end");
        plan.done(server.carry_out(&step));
        steps.push(step);
    }
    Outcome { server, steps, response: plan.into_response() }
}

fn creations(deeds: &[Deed]) -> usize {
    deeds.iter().filter(|deed| matches!(deed, Deed::Create { .. })).count()
}

/// The same deeds with references that all lead somewhere.
fn sound(deeds: Vec<Deed>) -> Vec<Deed> {
    let existing = creations(&deeds);
    let deed = |deed| match (deed, existing) {
        (Deed::Create { members }, n) => {
            Deed::Create { members: members.into_iter().map(|member| member % n).collect() }
        }
        (Deed::AddTo { members, .. }, 0) => {
            Deed::AddTo { target: Err(members.len() % 3), members: Vec::new() }
        }
        (Deed::AddTo { target, members }, n) => Deed::AddTo {
            target: target.map(|target| target % n),
            members: members.into_iter().map(|member| member % n).collect(),
        },
        (Deed::Delete(_), _) => Deed::AddTo { target: Err(0), members: Vec::new() },
    };
    deeds.into_iter().map(deed).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1_000), ..ProptestConfig::default() })]

    #[test]
    fn with_sound_references_everything_succeeds_and_every_reference_is_resolved(
        deeds in prop::collection::vec(any_deed(), 1..14).prop_map(sound),
    ) {
        let Outcome { server, response, .. } = run(&deeds, None, HashSet::new());
        prop_assert_eq!(response.operations.len(), deeds.len());
        prop_assert!(response.operations.iter().all(|result| !result.failed()));
        let id_of: Vec<String> = response.operations.iter().filter(|result| result.method == "POST")
            .map(|result| result.location.as_ref().unwrap().rsplit('/').next().unwrap().to_owned()).collect();
        let mut expected: BTreeMap<String, BTreeSet<String>> = Server::new(HashSet::new()).groups;
        let mut created = id_of.iter();
        for deed in &deeds {
            let (id, members) = match deed {
                Deed::Create { members } => (created.next().unwrap().clone(), members),
                Deed::AddTo { target: Ok(bulk_id), members } => (id_of[*bulk_id].clone(), members),
                Deed::AddTo { target: Err(id), members } => (id.to_string(), members),
                Deed::Delete(_) => continue,
            };
            expected.entry(id).or_default().extend(members.iter().map(|member| id_of[*member].clone()));
        }
        prop_assert_eq!(server.groups, expected);
    }

    #[test]
    fn whatever_fails_each_operation_is_reported_exactly_once_and_as_it_is(
        deeds in prop::collection::vec(any_deed(), 1..14),
        failing in prop::collection::hash_set((0_usize..14, prop_oneof![Just(StepKind::Operation), Just(StepKind::Completion)]), 0..5),
        limit in prop::option::of(1_u64..4),
    ) {
        let Outcome { server, steps, response } = run(&deeds, limit, failing);
        let done: HashSet<(usize, StepKind)> = steps.iter().map(|step| (step.position, step.kind)).collect();
        prop_assert_eq!(done.len(), steps.len(), "a step came twice");
        let failures = response.operations.iter().filter(|result| result.failed()).count() as u64;
        match limit {
            None => prop_assert_eq!(response.operations.len(), deeds.len()),
            Some(limit) => prop_assert!(response.operations.len() == deeds.len() || failures >= limit),
        }
        // In the order of the request, with nothing left out that was begun.
        let sent = operations(&deeds);
        let key = |method: &str, bulk_id: Option<&str>| format!("{method} {}", bulk_id.unwrap_or_default());
        let mut rest = sent.iter().map(|sent| key(sent["method"].as_str().unwrap(), sent["bulkId"].as_str()));
        for result in &response.operations {
            let wanted = key(&result.method, result.bulk_id.as_deref());
            prop_assert!(rest.any(|sent| sent == wanted), "{} is out of order", wanted);
        }
        let begun: HashSet<usize> = steps.iter().map(|step| step.position).collect();
        prop_assert!(begun.len() <= response.operations.len());
        // A POST has a location if, and only if, the server has made something there.
        let made: HashSet<String> = server.groups.keys().filter(|id| id.len() == 3).cloned().collect();
        let told: HashSet<String> = response.operations.iter().filter(|result| result.method == "POST")
            .filter_map(|result| result.location.as_ref()).map(|location| location.rsplit('/').next().unwrap().to_owned()).collect();
        prop_assert_eq!(made, told);
    }

    #[test]
    fn without_references_forward_the_order_is_the_clients(
        deeds in prop::collection::vec(any_deed(), 1..14),
    ) {
        let mut created = 0;
        let mut backward = Vec::new();
        for deed in deeds {
            let known = |members: Vec<usize>| members.into_iter().filter(|member| *member < created).collect();
            backward.push(match deed {
                Deed::Create { members } => {
                    let members = known(members);
                    created += 1;
                    Deed::Create { members }
                }
                Deed::AddTo { target: Ok(bulk_id), .. } if bulk_id >= created => Deed::Delete(bulk_id % 3),
                Deed::AddTo { target, members } => Deed::AddTo { target, members: known(members) },
                other => other,
            });
        }
        let Outcome { steps, .. } = run(&backward, None, HashSet::new());
        prop_assert_eq!(order(&steps), (0..backward.len()).collect::<Vec<_>>());
    }
}
