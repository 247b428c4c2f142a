//! The workspaces, and making one.

use maud::{Markup, html};
use rolecall_domain::{
    ports::{ReadCost, WorkspaceSearch},
    records::Workspace,
    role::AdminRole,
    use_cases::workspaces,
};
use rolecall_scim::index::fold;

use crate::{
    fault::Answer,
    paging::{Page, Spot},
    planned::{Ask, Outcome},
    route::routes,
    view::{Section, Tone, badge, counted, empty, form, heading, moment, number, options, pages_of, table},
    visit::Signed,
};

routes! {
    GET "/console/workspaces" auditor => list;
    POST "/console/workspaces" admin => create;
}

/// What stands out about workspaces, by the word in the address.
const STATES: &[(&str, &str)] = &[
    ("", "Any"),
    ("in-use", "In use"),
    ("archived", "Archived"),
    ("empty", "In use, nobody in it"),
    ("by-directory", "Made by the directory"),
];

async fn list(signed: Signed) -> Answer {
    let (typed, state, spot) =
        (signed.query("q").to_owned(), signed.query("state").to_owned(), Spot::of(&signed));
    let search = WorkspaceSearch {
        prefix: fold(&typed),
        archived: match state.as_str() {
            "in-use" | "empty" => Some(false),
            "archived" => Some(true),
            _ => None,
        },
        empty: state == "empty",
        by_directory: state == "by-directory",
    };
    let stretch = spot.stretch();
    let (page, total) = signed
        .look(ReadCost::Scan, move |tx, org| {
            let page = Page::found(tx.search_workspaces(org, &search, &stretch)?);
            let all = search == WorkspaceSearch::default();
            Ok((page, if all { Some(tx.count_workspaces(org)?) } else { None }))
        })
        .await?;
    let about = total.map_or_else(String::new, |total| counted(total, "workspace", "workspaces"));
    let query = [("q", typed.as_str()), ("state", state.as_str())];
    let body = html! {
        (heading(&[], "Workspaces", &about, html! {}))
        form.filters role="search" action="/console/workspaces" data-live="results" {
            div.grow {
                label for="q" { "Search" }
                input #q type="search" name="q" value=(typed) placeholder="Name begins with …" autocomplete="off" spellcheck="false";
            }
            div { label for="state" { "Which" } select #state name="state" { (options(STATES, &state)) } }
            button type="submit" { "Search" }
        }
        div #results aria-live="polite" { (results(&page, &query, &spot)) }
        @if signed.may(AdminRole::Admin) {
            section.card {
                header { h2 { "New workspace" } p { "Groups whose names ask for it, such as ws-Sales-role-admin, are mapped at once; the next page shows whom that brings." } }
                (form(&signed, "/console/workspaces", "fields", html! {
                    div { label for="name" { "Name" } input #name type="text" name="name" required maxlength="255" autocomplete="off"; }
                    div { label for="slug" { "Slug " span.faint { "(made from the name if empty)" } } input #slug type="text" name="slug" maxlength="64" autocomplete="off" spellcheck="false"; }
                    div { button.primary type="submit" { "Make the workspace …" } }
                }))
            }
        }
    };
    signed.page(Section::Workspaces, "Workspaces", body)
}

fn results(page: &Page<(Workspace, u64)>, query: &[(&str, &str)], spot: &Spot) -> Markup {
    let unasked = query.iter().all(|(_, value)| value.is_empty());
    html! {
        @if !page.rows.is_empty() {
            div.plain { (workspaces_table(&page.rows)) }
        } @else if unasked && spot.is_first() {
            (empty(
                "There is no workspace yet",
                html! { p { "Make one below, or let the identity provider push a group named by the pattern." } },
            ))
        } @else if page.next.is_none() {
            (empty(
                if spot.is_first() { "No workspace matches" } else { "No other workspace matches" },
                html! { p { "Search finds the beginning of a name. " a href="/console/workspaces" { "Show all workspaces" } } },
            ))
        }
        (pages_of("/console/workspaces", query, spot.is_first(), page))
    }
}

fn workspaces_table(rows: &[(Workspace, u64)]) -> Markup {
    table(
        "Workspaces",
        &["Name", "Slug", "People", "Made", "Changed"],
        html! {
            @for (Workspace { id, name, slug, created_at, updated_at, archived_at }, people) in rows {
                tr {
                    td { a.row-title href=(format!("/console/workspaces/{id}")) { (name) } @if archived_at.is_some() { " " (badge("archived", Tone::Warning)) } }
                    td data-label="Slug" { code { (slug) } }
                    td data-label="People" { (number(*people)) }
                    td data-label="Made" { (moment(*created_at)) }
                    td data-label="Changed" { (moment(*updated_at)) }
                }
            }
        },
    )
}

async fn create(signed: Signed) -> Answer {
    let name = signed.form.field("name").to_owned();
    let slug = Some(signed.form.field("slug").trim().to_owned()).filter(|slug| !slug.is_empty());
    let ask = Ask {
        section: Section::Workspaces,
        title: format!("Make the workspace {}?", name.trim()),
        button: "Make the workspace",
        back: "/console/workspaces".to_owned(),
    };
    // Groups whose names ask for it bring their people.
    let made =
        signed.planned(ask, move |tx, act| Ok(workspaces::create(tx, act, &name, slug.as_deref())?)).await?;
    match made {
        Outcome::Show(page) => page,
        Outcome::Done(made) => signed
            .done(&format!("/console/workspaces/{}", made.id), format!("Workspace {} is made.", made.name)),
    }
}
