//! Compares what the replicas answer in the end with what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    ledger::Ledger,
    load::GROUP,
    replicas::{Client, Replicas},
};
use crate::command::Failure;

/// What is not as it must be.
#[derive(Default)]
pub(super) struct Findings {
    /// Acknowledged and not there: a sentence each.
    pub(super) lost: Vec<String>,
    /// There twice, or at odds with something else: a sentence each.
    pub(super) odd: Vec<String>,
}

/// What a replica answers.
struct State {
    /// `userName` and title, by id.
    people: BTreeMap<String, (String, Option<String>)>,
    members: BTreeSet<String>,
    /// Of the workspace that the group's name means.
    in_workspace: BTreeSet<String>,
    /// What happened to whom, how often.
    events: BTreeMap<(String, String), u32>,
}

pub(super) fn compare(replicas: &Replicas, ledger: &Ledger) -> Result<Findings, Failure> {
    let client = replicas.client();
    let mut findings = Findings::default();
    for replica in 0..client.replicas() {
        let state = read(&client, replica)?;
        lost(&state, ledger, replica, &mut findings.lost);
        odd(&state, replica, &mut findings.odd);
    }
    Ok(findings)
}

fn lost(state: &State, ledger: &Ledger, replica: usize, lost: &mut Vec<String>) {
    for person in &ledger.people {
        let Some(id) = &person.id else { continue };
        let name = &person.user_name;
        match state.people.get(id) {
            None => lost.push(format!("{name} ({id}) is not at replica {replica}")),
            Some((found, title)) => {
                if found != name {
                    lost.push(format!("{id} is {found} at replica {replica}, not {name}"));
                }
                if person.titled && title.as_ref() != Some(&person.title) {
                    lost.push(format!("{name} has the title {title:?} at replica {replica}"));
                }
            }
        }
        if person.joined && !state.members.contains(id) {
            lost.push(format!("{name} ({id}) is not in the group at replica {replica}"));
        }
    }
}

fn odd(state: &State, replica: usize, odd: &mut Vec<String>) {
    let names: BTreeSet<&String> = state.people.values().map(|(name, _)| name).collect();
    if names.len() != state.people.len() {
        odd.push(format!("{} people share a userName", state.people.len() - names.len()));
    }
    if state.members != state.in_workspace {
        odd.push(format!(
            "{} are in the group and {} in its workspace at replica {replica}",
            state.members.len(),
            state.in_workspace.len()
        ));
    }
    let people: BTreeSet<&String> = state.people.keys().collect();
    let members: BTreeSet<&String> = state.members.iter().collect();
    for (kind, wanted) in
        [("user.created", &people), ("group.member_added", &members), ("membership.created", &members)]
    {
        let told = state.events.iter().filter(|((its, _), _)| its == kind);
        let told: BTreeMap<&String, u32> = told.map(|((_, user), count)| (user, *count)).collect();
        let twice = told.values().filter(|count| **count != 1).count();
        if twice > 0 || !told.keys().eq(wanted.iter()) {
            odd.push(format!(
                "{} events {kind} tell of {} people, {twice} of them more than once, where there are {} (replica {replica})",
                told.values().sum::<u32>(),
                told.len(),
                wanted.len()
            ));
        }
    }
}

fn read(client: &Client<'_>, replica: usize) -> Result<State, Failure> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut people = BTreeMap::new();
    loop {
        let page = scim(client, replica, &format!("/Users?startIndex={}&count=200", people.len() + 1))?;
        let resources = page["Resources"].as_array().cloned().unwrap_or_default();
        if resources.is_empty() {
            break;
        }
        for user in resources {
            let title = user["title"].as_str().map(str::to_owned);
            people.insert(text(&user["id"]), (text(&user["userName"]), title));
        }
    }
    let group = scim(client, replica, &format!("/Groups?filter=displayName%20eq%20%22{GROUP}%22"))?;
    let members = group["Resources"][0]["members"].as_array().cloned().unwrap_or_default();
    let members = members.iter().map(|member| text(&member["value"])).collect();
    let in_workspace = all(client, replica, "/v1/admin/workspaces/sales/users?")?;
    let in_workspace = in_workspace.iter().map(|member| text(&member["user_id"])).collect();
    let mut events = BTreeMap::new();
    for event in all(client, replica, "/v1/events?")? {
        *events.entry((text(&event["type"]), text(&event["user_id"]))).or_default() += 1;
    }
    Ok(State { people, members, in_workspace, events })
}

fn scim(client: &Client<'_>, replica: usize, path: &str) -> Result<Value, Failure> {
    let answer = client.scim(replica, "GET", path, None);
    let answer = answer.map_err(|error| Failure(format!("GET {path}: {error}")))?;
    if answer.status == 200 { Ok(answer.body) } else { Err(refused(path, answer.status, &answer.body)) }
}

/// All pages of a list of the admin API.
fn all(client: &Client<'_>, replica: usize, path: &str) -> Result<Vec<Value>, Failure> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = format!("{path}limit=200{cursor}");
        let answer = client.admin(replica, &page);
        let answer = answer.map_err(|error| Failure(format!("GET {page}: {error}")))?;
        if answer.status != 200 {
            return Err(refused(&page, answer.status, &answer.body));
        }
        found.extend(answer.body["data"].as_array().cloned().unwrap_or_default());
        match answer.body["next_cursor"].as_str() {
            Some(next) if path.starts_with("/v1/events") => cursor = format!("&after={next}"),
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(found),
        }
    }
}

fn refused(path: &str, status: u16, body: &Value) -> Failure {
    Failure(format!("GET {path} answered {status} when all was over: {body}"))
}
