//! The workspaces, and making one.

use maud::{Markup, html};
use rolecall_domain::{
    ids::WorkspaceId, ports::ReadCost, records::Workspace, role::AdminRole, use_cases::workspaces,
};
use rolecall_scim::index::fold;

use crate::{
    fault::Answer,
    paging::{Cursor, PAGE, Page},
    route::routes,
    view::{Section, Tone, badge, counted, empty, form, heading, moment, pages, table},
    visit::Signed,
};

routes! {
    GET "/console/workspaces" auditor => list;
    POST "/console/workspaces" admin => create;
}

async fn list(signed: Signed) -> Answer {
    let typed = signed.query("q");
    let (prefix, cursor) = (fold(typed), Cursor::of(&signed));
    let (page, total) = signed
        .look(ReadCost::Scan, move |tx, org| {
            let rows = if prefix.is_empty() {
                tx.list_workspaces(org, cursor.slice(WorkspaceId))?
            } else {
                tx.search_workspaces(org, &prefix, PAGE + 1)?
            };
            Ok((Page::cut(rows, |workspace| workspace.id.0), tx.count_workspaces(org)?))
        })
        .await?;
    let body = html! {
        (heading(&[], "Workspaces", &counted(total, "workspace", "workspaces"), html! {}))
        form.filters role="search" action="/console/workspaces" data-live="results" {
            div.grow {
                label for="q" { "Search" }
                input #q type="search" name="q" value=(typed) placeholder="Name begins with …" autocomplete="off" spellcheck="false";
            }
            button type="submit" { "Search" }
        }
        div #results aria-live="polite" { (results(&page, typed, cursor)) }
        @if signed.may(AdminRole::Admin) {
            section.card {
                header { h2 { "New workspace" } p { "Groups whose names ask for it, such as ws-Sales-role-admin, are mapped at once." } }
                (form(&signed, "/console/workspaces", "fields", html! {
                    div { label for="name" { "Name" } input #name type="text" name="name" required maxlength="255" autocomplete="off"; }
                    div { label for="slug" { "Slug " span.faint { "(made from the name if empty)" } } input #slug type="text" name="slug" maxlength="64" autocomplete="off" spellcheck="false"; }
                    div { button.primary type="submit" { "Make the workspace" } }
                }))
            }
        }
    };
    signed.page(Section::Workspaces, "Workspaces", body)
}

fn results(page: &Page<Workspace>, typed: &str, cursor: Cursor) -> Markup {
    if page.rows.is_empty() {
        return if typed.is_empty() && cursor.is_first() {
            empty(
                "There is no workspace yet",
                html! { p { "Make one below, or let the identity provider push a group named by the pattern." } },
            )
        } else {
            empty(
                "No workspace matches",
                html! { p { a href="/console/workspaces" { "Show all workspaces" } } },
            )
        };
    }
    html! {
        div.plain {
            (table("Workspaces", &["Name", "Slug", "Made", "Changed"], html! {
                @for Workspace { id, name, slug, created_at, updated_at, archived_at } in &page.rows {
                    tr {
                        td { a.row-title href=(format!("/console/workspaces/{id}")) { (name) } @if archived_at.is_some() { " " (badge("archived", Tone::Warning)) } }
                        td data-label="Slug" { code { (slug) } }
                        td data-label="Made" { (moment(*created_at)) }
                        td data-label="Changed" { (moment(*updated_at)) }
                    }
                }
            }))
        }
        @if typed.is_empty() {
            (pages("/console/workspaces", &[], cursor.is_first(), page.next.as_deref()))
        } @else if page.next.is_some() {
            p.list-note { "The first " (PAGE) " are shown. Type more letters to find one further down." }
        }
    }
}

async fn create(signed: Signed) -> Answer {
    let name = signed.form.field("name").to_owned();
    let slug = Some(signed.form.field("slug").trim().to_owned()).filter(|slug| !slug.is_empty());
    let made = signed.change(move |tx, act| Ok(workspaces::create(tx, act, &name, slug.as_deref())?)).await?;
    signed.done(&format!("/console/workspaces/{}", made.id), format!("Workspace {} is made.", made.name))
}
