//! An event in words: what happened, to whom, and where.

mod changed;

use std::collections::{BTreeSet, HashMap};

use maud::{Markup, html};
use rolecall_domain::{
    event::Event,
    ids::{GroupId, OrgId, UserId, WorkspaceId},
    ports::{Names, ReadTx, StoreResult},
    role::{OrgRole, WorkspaceRole},
};

use super::address;

/// What those are called whom the events of a page are about.
pub(crate) struct Called {
    names: Names,
    groups: HashMap<GroupId, String>,
}

impl Called {
    /// A statement for all, and one for each group that an event does not name itself.
    pub(crate) fn read(tx: &mut dyn ReadTx, org: OrgId, events: &[Event]) -> StoreResult<Self> {
        let users: Vec<UserId> = events.iter().filter_map(|event| event.user_id).collect();
        let workspaces: Vec<WorkspaceId> = events.iter().filter_map(|event| event.workspace_id).collect();
        let unnamed = events.iter().filter(|event| event.kind.starts_with("group.member_"));
        let unnamed = unnamed.flat_map(|event| [event.group_id, inner_group(event)]).flatten();
        let unnamed: BTreeSet<GroupId> = unnamed.chain(events.iter().flat_map(changed::groups)).collect();
        let mut groups = HashMap::new();
        for id in unnamed {
            groups.extend(tx.find_group(org, id)?.map(|group| (id, group.facts.display_name)));
        }
        Ok(Self { names: tx.names_of(org, &users, &workspaces)?, groups })
    }

    /// To whom or what, with the way there.
    pub(crate) fn subject(&self, event: &Event) -> Markup {
        let label = event.subject.as_deref();
        match (event.user_id, event.group_id, event.workspace_id) {
            (Some(id), ..) => {
                let name = self.names.user(id).or(label).unwrap_or("a person");
                html! { a href=(format!("/console/people/{id}")) { (address(name)) } }
            }
            (None, Some(_), _) if event.kind.starts_with("group.member_") => {
                html! { @if let Some(inner) = inner_group(event) { (self.group(inner)) } @else { "a group" } }
            }
            (None, Some(id), _) => {
                html! { a href=(format!("/console/groups/{id}")) { (label.unwrap_or("a group")) } }
            }
            (None, None, Some(id)) => {
                html! { a href=(format!("/console/workspaces/{id}")) { (label.unwrap_or("a workspace")) } }
            }
            _ => html! { (address(label.unwrap_or_default())) },
        }
    }

    /// In which workspace or group.
    pub(crate) fn place(&self, event: &Event) -> Markup {
        match (event.workspace_id, event.group_id) {
            (Some(id), _) if event.user_id.is_some() || event.group_id.is_some() => {
                let name = self.names.workspace(id).unwrap_or("a workspace");
                html! { a href=(format!("/console/workspaces/{id}")) { (name) } }
            }
            (None, Some(id)) if event.kind.starts_with("group.member_") => self.group(id),
            _ if event.kind == "user.role_changed" => html! { "the organisation" },
            _ => html! {},
        }
    }

    fn group(&self, id: GroupId) -> Markup {
        let name = self.groups.get(&id).map_or("a group", String::as_str);
        html! { a href=(format!("/console/groups/{id}")) { (name) } }
    }
}

/// The group that joined or left another: the record keeps it as the subject.
fn inner_group(event: &Event) -> Option<GroupId> {
    event.subject.as_deref().filter(|_| event.user_id.is_none()).and_then(GroupId::parse)
}

/// What happened, in a few words, and what became of the fields of the thing.
pub(crate) fn told(event: &Event, called: &Called) -> Markup {
    html! { div { (in_words(event)) (changed::changes(event, called)) } }
}

fn in_words(event: &Event) -> String {
    let role = |rank: Option<i16>| rank.and_then(WorkspaceRole::from_rank).map_or("", WorkspaceRole::as_str);
    let of_org = |rank: Option<i16>| rank.and_then(OrgRole::from_rank).map_or("", OrgRole::as_str);
    match event.kind.as_str() {
        "membership.created" => format!("joined as {}", role(event.new_role)),
        "membership.changed" => format!("from {} to {}", role(event.old_role), role(event.new_role)),
        "membership.removed" => "left".to_owned(),
        "user.role_changed" => format!("from {} to {}", of_org(event.old_role), of_org(event.new_role)),
        kind => kind.replacen('.', " ", 1).replace('_', " "),
    }
}
