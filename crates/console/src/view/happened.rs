//! An event in words: what happened, to whom, and where.

use maud::{Markup, html};
use rolecall_domain::{
    event::Event,
    ports::Names,
    role::{OrgRole, WorkspaceRole},
};

/// What happened, in a few words.
pub(crate) fn told(event: &Event) -> String {
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

/// To whom or what, with the way there.
pub(crate) fn subject(event: &Event, names: &Names) -> Markup {
    let label = event.subject.as_deref();
    match (event.user_id, event.group_id, event.workspace_id) {
        (Some(id), ..) => {
            let name = names.user(id).or(label).unwrap_or("a person");
            html! { a href=(format!("/console/people/{id}")) { (name) } }
        }
        (None, Some(id), _) => {
            html! { a href=(format!("/console/groups/{id}")) { (label.unwrap_or("a group")) } }
        }
        (None, None, Some(id)) => {
            html! { a href=(format!("/console/workspaces/{id}")) { (label.unwrap_or("a workspace")) } }
        }
        _ => html! { (label.unwrap_or_default()) },
    }
}

/// In which workspace or group.
pub(crate) fn place(event: &Event, names: &Names) -> Markup {
    match (event.workspace_id, event.group_id) {
        (Some(id), _) if event.user_id.is_some() || event.group_id.is_some() => {
            let name = names.workspace(id).unwrap_or("a workspace");
            html! { a href=(format!("/console/workspaces/{id}")) { (name) } }
        }
        (None, Some(id)) if event.user_id.is_some() => {
            html! { a href=(format!("/console/groups/{id}")) { (event.subject.as_deref().unwrap_or("a group")) } }
        }
        _ if event.kind == "user.role_changed" => html! { "the organisation" },
        _ => html! {},
    }
}
