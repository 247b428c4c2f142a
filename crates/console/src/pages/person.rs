//! One person: who they are, what they have and by what, and the record that the identity provider sees.

use std::collections::BTreeMap;

use maud::{Markup, html};
use rolecall_domain::{
    grant::{Expiry, Grant},
    ids::WorkspaceId,
    ports::{HistoryQuery, ReadCost},
    records::{GroupOfUser, MappingOrigin, Source, User, WorkspaceOfUser},
    use_cases::people,
};

use crate::{
    fault::{Answer, Fault},
    route::routes,
    view::{Section, Tone, address, badge, card, empty, heading, moment, role_badge, table},
    visit::Signed,
};

use super::{
    history::Spans,
    people::state_badge,
    requests::Last,
    why::{form_about, why_path},
};

routes! {
    GET "/console/people/{user}" auditor => show;
}

struct Found {
    user: User,
    workspaces: Vec<WorkspaceOfUser>,
    sources: BTreeMap<WorkspaceId, Vec<Source>>,
    groups: Vec<GroupOfUser>,
    history: Spans,
    requests: Last,
    /// The application's own id, where it is another one.
    app_id: Option<String>,
}

async fn show(signed: Signed) -> Answer {
    let given = signed.path("user").to_owned();
    let found = signed
        .look(ReadCost::Point, move |tx, org| {
            let unknown = || {
                Fault::not_found(
                    "There is nobody of this id in the organisation. They may have been deleted.",
                )
            };
            // Perhaps under an id from before two people were made one, or the application's own.
            let user = people::find(tx, org, &given)?.ok_or_else(unknown)?;
            let id = user.id;
            let mut sources: BTreeMap<WorkspaceId, Vec<Source>> = BTreeMap::new();
            for (_, workspace, source) in tx.sources_of(org, &[id], None)? {
                sources.entry(workspace).or_default().push(source);
            }
            let groups = tx.groups_of(org, &[id])?.into_iter().map(|(_, group)| group).collect();
            let ever = HistoryQuery { user: Some(id), ..HistoryQuery::default() };
            Ok(Found {
                workspaces: tx.workspaces_of(org, id)?,
                history: Spans::read(tx, org, &ever, None)?,
                requests: Last::read(tx, org, id.0)?,
                app_id: tx.find_known(org, id)?.and_then(|known| known.app_id),
                user,
                sources,
                groups,
            })
        })
        .await?;
    let facts = &found.user.facts;
    let body = html! {
        (heading(&[("People", "/console/people")], &facts.display_name, address(&facts.user_name), html! {
            (role_badge(found.user.org_role.as_str())) (state_badge(facts.active))
            a.button href=(why_path(found.user.id, None)) { "Why?" }
        }))
        @if !facts.active {
            div.notice { "Inactive: the identity provider has deactivated this person, who is in no workspace. What groups and grants give comes back with them." }
        }
        (card("Workspaces", "What this person has, and everything that gives it. The highest role wins.", html! {
            (workspaces(&found))
        }))
        (card("Why, or why not?", "Ask about any workspace, also one they cannot see.", form_about(found.user.id, "")))
        div.columns {
            (card("Groups", "", groups(&found.groups)))
            (card("Who this is", "", about(&found.user, found.app_id.as_deref())))
        }
        (card("History", "Every role they had, and by whose doing it began and ended.", html! {
            (found.history.of_one_person(signed.console.app.clock.now()))
            @if !found.history.is_whole() { p { a href=(format!("/console/people/{}/history", found.user.id)) { "The whole history" } } }
        }))
        (found.requests.card())
        (card("Stored SCIM record", "Exactly what the identity provider reads, without id, meta and groups.", html! {
            pre tabindex="0" role="region" aria-label="Stored SCIM record" { (pretty(&found.user.document.text)) }
        }))
    };
    signed.page(Section::People, &facts.display_name, body)
}

fn workspaces(found: &Found) -> Markup {
    if found.workspaces.is_empty() {
        return empty(
            "In no workspace",
            html! { p { "A mapping of one of their groups, a group named by the pattern, or a manual grant would give access." } },
        );
    }
    table(
        "Workspaces",
        &["Workspace", "Role", "Because of", ""],
        html! {
            @for WorkspaceOfUser { workspace_id, slug, role } in &found.workspaces {
                tr {
                    td { a.row-title href=(format!("/console/workspaces/{workspace_id}")) { (slug) } }
                    td data-label="Role" { (role_badge(role.as_str())) }
                    td data-label="Because of" { (sources(found.sources.get(workspace_id).map_or(&[], Vec::as_slice))) }
                    td.end { a.button href=(why_path(found.user.id, Some(slug))) aria-label=(format!("Why {slug}?")) { "Why?" } }
                }
            }
        },
    )
}

/// Everything that speaks for a role, as links.
pub(super) fn sources(sources: &[Source]) -> Markup {
    html! {
        ul.sources {
            @for source in sources {
                li {
                    @match source {
                        Source::Group { group, group_name, origin, role, .. } => {
                            a href=(format!("/console/groups/{group}")) { (group_name) }
                            " " span.faint { @match origin { MappingOrigin::Admin => { "mapped to" } MappingOrigin::Pattern => { "by its name," } } }
                            " " (role)
                        }
                        Source::Grant(Grant { role, expiry }) => {
                            "Manual grant of " (role)
                            @if let Some(expiry) = expiry { (ends(*expiry)) }
                        }
                    }
                }
            }
        }
    }
}

/// When a grant ends, and what it leaves.
fn ends(Expiry { at, then }: Expiry) -> Markup {
    html! { " " span.faint { "until " (moment(at)) @if let Some(then) = then { ", then " (then) } } }
}

fn groups(groups: &[GroupOfUser]) -> Markup {
    if groups.is_empty() {
        return empty("In no group", html! {});
    }
    table(
        "Groups",
        &["Group", "How"],
        html! {
            @for GroupOfUser { id, display, direct } in groups {
                tr {
                    td { a.row-title href=(format!("/console/groups/{id}")) { (display) } }
                    td { @if !direct { (badge("through another group", Tone::Quiet)) } }
                }
            }
        },
    )
}

fn about(user: &User, app_id: Option<&str>) -> Markup {
    let none = || html! { span.faint { "none" } };
    html! {
        dl.facts {
            dt { "userName" } dd { (address(&user.facts.user_name)) }
            dt { "E-mail address" } dd { @match &user.facts.email { Some(email) => { (address(email)) } None => { (none()) } } }
            dt { "externalId" } dd { @match &user.facts.external_id { Some(id) => { code { (id) } } None => { (none()) } } }
            dt { "id" } dd { code { (user.id) } }
            @if let Some(app_id) = app_id { dt { "Your application's id" } dd { code { (app_id) } } }
            dt { "Came" } dd { (moment(user.document.created_at)) }
            dt { "Changed" } dd { (moment(user.document.modified_at)) }
            dt { "Version" } dd { (user.document.version) }
        }
    }
}

/// The stored text with line breaks; as it is when it cannot be read.
pub(super) fn pretty(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| text.to_owned())
}
