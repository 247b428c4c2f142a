//! One workspace: who is in it and why, what leads into it, and what is given by hand.

use std::collections::BTreeMap;

use maud::{Markup, html};
use rolecall_domain::{
    ids::UserId,
    ports::{HistoryQuery, MappingFilter, ReadCost, Slice, Tx},
    records::{Mapping, MappingOrigin, Source, Workspace, WorkspaceMember},
    role::AdminRole,
    use_cases::{
        Act,
        workspaces::{self, WorkspaceError, WorkspaceRef},
    },
};

use crate::{
    fault::{Answer, Fault},
    paging::{Cursor, PAGE, Page},
    planned::{Ask, Outcome},
    route::routes,
    view::{
        Section, Tone, address, badge, card, counted, empty, form, heading, moment, pages, role_badge, table,
    },
    visit::Signed,
};

use super::{
    grants,
    history::{self, Spans},
    person::sources,
    why::{self, why_path},
};

routes! {
    GET "/console/workspaces/{workspace}" auditor => show;
    POST "/console/workspaces/{workspace}" admin => rename;
    POST "/console/workspaces/{workspace}/archive" admin => archive;
    POST "/console/workspaces/{workspace}/restore" admin => restore;
    POST "/console/workspaces/{workspace}/delete" admin => delete;
}

struct Found {
    workspace: Workspace,
    /// Who was here at the moment that was asked about.
    then: Option<Spans>,
    people: Page<WorkspaceMember>,
    count: u64,
    sources: BTreeMap<UserId, Vec<Source>>,
    mappings: Vec<Mapping>,
}

async fn show(signed: Signed) -> Answer {
    let (given, cursor) = (signed.path("workspace").to_owned(), Cursor::of(&signed));
    let (at, after) = (history::day(&signed)?, history::after(&signed));
    let found = signed
        .look(ReadCost::Scan, move |tx, org| {
            let unknown = || {
                Fault::not_found("There is no such workspace in the organisation. It may have been removed.")
            };
            let workspace =
                workspaces::find_workspace(tx, org, &WorkspaceRef(given.clone()))?.ok_or_else(unknown)?;
            let people = Page::cut(tx.people_in(org, workspace.id, cursor.slice(UserId))?, |one| one.user.0);
            let ids: Vec<UserId> = people.rows.iter().map(|one| one.user).collect();
            let mut sources: BTreeMap<UserId, Vec<Source>> = BTreeMap::new();
            for (user, _, source) in tx.sources_of(org, &ids, Some(workspace.id))? {
                sources.entry(user).or_default().push(source);
            }
            let filter =
                MappingFilter { workspace: Some(workspace.id), by_name: true, ..MappingFilter::default() };
            let mappings = tx.list_mappings(org, &filter, Slice { after: None, limit: PAGE })?;
            let then = match at {
                Some(day) => {
                    let here = HistoryQuery { workspace: Some(workspace.id), ..HistoryQuery::default() };
                    Some(Spans::read(tx, org, &here.at(day.last), after)?)
                }
                None => None,
            };
            Ok(Found {
                count: tx.count_people_in(org, workspace.id)?,
                workspace,
                then,
                people,
                sources,
                mappings,
            })
        })
        .await?;
    let workspace = &found.workspace;
    let path = format!("/console/workspaces/{}", workspace.id);
    let body = html! {
        (heading(&[("Workspaces", "/console/workspaces")], &workspace.name, &workspace.slug, html! {
            a.button href=(format!("{path}/history")) { "History" }
        }))
        @if let Some(since) = workspace.archived_at {
            div.notice { "Archived since " (moment(since)) ". Nobody is in it; its mappings and grants wait, and count again when it is restored." }
        }
        (card("People", &found.then.as_ref().map_or_else(|| counted(found.count, "person", "people"), |_| String::new()), html! {
            (as_of(&signed, &path))
            @match &found.then {
                Some(then) => { (people_then(&signed, then, &path)) }
                None => { (people(&signed, &found, &path, cursor)) }
            }
        }))
        (card("Why, or why not?", "Ask about anybody, also somebody who is not here.", why::form("", &workspace.slug)))
        @if signed.may(AdminRole::Admin) { (grants::give_form(&signed, &path)) }
        (card("Groups that lead here", "", mappings(&found)))
        @if signed.may(AdminRole::Admin) { (manage(&signed, workspace, &path)) }
    };
    signed.page(Section::Workspaces, &workspace.name, body)
}

/// Asks for a day in the past.
fn as_of(signed: &Signed, path: &str) -> Markup {
    let at = signed.query("at");
    html! {
        form.filters action=(path) {
            div { label for="at" { "As of" } input #at type="date" name="at" value=(at); }
            button type="submit" { "Show that day" }
            @if !at.is_empty() { a.button href=(path) { "Show today" } }
        }
    }
}

fn people_then(signed: &Signed, then: &Spans, path: &str) -> Markup {
    let at = signed.query("at");
    html! {
        h3 { "At the end of " (at) " (UTC)" }
        @if then.tenures.is_empty() {
            (empty("Nobody was here", html! {}))
        } @else {
            (then.people())
            (then.pages(path, &[("at", at)]))
        }
    }
}

fn people(signed: &Signed, found: &Found, path: &str, cursor: Cursor) -> Markup {
    if found.people.rows.is_empty() && found.workspace.archived_at.is_some() {
        return empty(
            "Nobody is in this workspace",
            html! { p { "It is archived. Who had access has it again when the workspace is restored, at the end of this page." } },
        );
    }
    if found.people.rows.is_empty() {
        return empty(
            "Nobody is in this workspace",
            html! {
                p { "Map a group to it in the " a href="/console/settings/scim" { "SCIM Mappings List" } ", or give somebody a role by hand." }
            },
        );
    }
    html! {
        (table("People", &["Person", "Role", "Because of", ""], html! {
            @for WorkspaceMember { user, user_name, email, role } in &found.people.rows {
                @let why = found.sources.get(user).map_or(&[][..], Vec::as_slice);
                tr {
                    td {
                        a.row-title href=(format!("/console/people/{user}")) { (address(user_name)) }
                        @if let Some(email) = email && email != user_name { span.row-sub { (address(email)) } }
                    }
                    td data-label="Role" { (role_badge(role.as_str())) }
                    td data-label="Because of" { (sources(why)) }
                    td.end {
                        a.button href=(why_path(*user, Some(&found.workspace.slug))) aria-label=(format!("Why {user_name}?")) { "Why?" }
                        @if signed.may(AdminRole::Admin) && let Some(granted) = grants::granted(why) { " " (grants::forms(signed, path, *user, granted)) }
                    }
                }
            }
        }))
        (pages(path, &[], cursor.is_first(), found.people.next.as_deref()))
    }
}

fn mappings(found: &Found) -> Markup {
    if found.mappings.is_empty() {
        return empty(
            "No group leads here",
            html! { p { "Map one in the " a href="/console/settings/scim#mappings" { "SCIM Mappings List" } ", or have one named by the pattern pushed." } },
        );
    }
    table(
        "Mappings",
        &["Group", "Gives", "By"],
        html! {
            @for mapping in &found.mappings {
                tr {
                    td { a.row-title href=(format!("/console/groups/{}", mapping.group)) { (mapping.group_name) } }
                    td data-label="Gives" { (role_badge(mapping.role.as_str())) @if mapping.paused_at.is_some() { " " (badge("paused", Tone::Warning)) } }
                    td data-label="By" { @match mapping.origin { MappingOrigin::Admin => { a href="/console/settings/scim#mappings" { "a mapping" } } MappingOrigin::Pattern => { "its name" } } }
                }
            }
        },
    )
}

fn manage(signed: &Signed, workspace: &Workspace, path: &str) -> Markup {
    card(
        "Change or remove",
        "Groups whose names ask for the old name and not for the new one lose it.",
        html! {
            (form(signed, path, "fields", html! {
                div { label for="name" { "Name" } input #name type="text" name="name" value=(workspace.name) required maxlength="255" autocomplete="off"; }
                div { label for="slug" { "Slug" } input #slug type="text" name="slug" value=(workspace.slug) required maxlength="64" autocomplete="off" spellcheck="false"; }
                div { button type="submit" { "Rename" } }
            }))
            @if workspace.archived_at.is_some() {
                (form(signed, &format!("{path}/restore"), "", html! { button type="submit" { "Restore the workspace …" } }))
            } @else {
                p { "An archived workspace has nobody in it, and keeps its mappings and grants." }
                (form(signed, &format!("{path}/archive"), "", html! { button type="submit" { "Archive the workspace …" } }))
            }
            div {
                (form(signed, &format!("{path}/delete"), "", html! { button.danger-quiet type="submit" { "Remove the workspace …" } }))
            }
        },
    )
}

async fn rename(signed: Signed) -> Answer {
    let given = WorkspaceRef(signed.path("workspace").to_owned());
    let (name, slug) = (signed.form.field("name").to_owned(), signed.form.field("slug").trim().to_owned());
    let ask = Ask {
        section: Section::Workspaces,
        title: format!("Rename the workspace to {}?", name.trim()),
        button: "Rename the workspace",
        back: signed.here(),
    };
    let outcome = signed
        .planned(ask, move |tx, act| Ok(workspaces::update(tx, act, &given, Some(&name), Some(&slug))?))
        .await?;
    match outcome {
        Outcome::Show(page) => page,
        Outcome::Done(after) => {
            signed.done(&format!("/console/workspaces/{}", after.id), "The workspace is renamed.")
        }
    }
}

async fn archive(signed: Signed) -> Answer {
    let words = ("Archive the workspace?", "Archive the workspace", "The workspace is archived.");
    put_away(signed, "/archive", words, workspaces::archive).await
}

async fn restore(signed: Signed) -> Answer {
    let words = ("Restore the workspace?", "Restore the workspace", "The workspace is restored.");
    put_away(signed, "/restore", words, workspaces::restore).await
}

/// Archives or restores, which is asked for at the workspace's address with `end` behind it.
async fn put_away(
    signed: Signed,
    end: &str,
    (title, button, done): (&str, &'static str, &str),
    change: fn(&mut dyn Tx, &Act<'_>, &WorkspaceRef) -> Result<Workspace, WorkspaceError>,
) -> Answer {
    let given = WorkspaceRef(signed.path("workspace").to_owned());
    let back = signed.here().trim_end_matches(end).to_owned();
    let ask = Ask { section: Section::Workspaces, title: title.into(), button, back: back.clone() };
    match signed.planned(ask, move |tx, act| Ok(change(tx, act, &given)?)).await? {
        Outcome::Show(page) => page,
        Outcome::Done(_) => signed.done(&back, done),
    }
}

async fn delete(signed: Signed) -> Answer {
    let given = WorkspaceRef(signed.path("workspace").to_owned());
    let back = signed.here().trim_end_matches("/delete").to_owned();
    let ask = Ask {
        section: Section::Workspaces,
        title: "Remove the workspace with its mappings and grants?".into(),
        button: "Remove the workspace",
        back,
    };
    match signed.planned(ask, move |tx, act| Ok(workspaces::delete(tx, act, &given)?)).await? {
        Outcome::Show(page) => page,
        Outcome::Done(()) => signed.done("/console/workspaces", "The workspace is removed."),
    }
}
