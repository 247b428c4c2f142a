//! Groups, as the identity provider pushed them.

use std::collections::HashMap;

use maud::{Markup, html};
use rolecall_domain::{
    ids::{GroupId, WorkspaceId},
    ports::ReadCost,
    records::{Group, Mapping, MappingOrigin},
    role::WorkspaceRole,
};
use rolecall_scim::index::fold;

use crate::{
    fault::Answer,
    paging::{Cursor, PAGE, Page},
    route::routes,
    view::{Section, Tone, badge, counted, empty, heading, moment, number, pages, table},
    visit::Signed,
};

routes! {
    GET "/console/groups" auditor => list;
}

/// A group with what its row shows.
struct Row {
    group: Group,
    members: u64,
    gives: Vec<(String, WorkspaceRole, MappingOrigin)>,
}

async fn list(signed: Signed) -> Answer {
    let typed = signed.query("q");
    let (prefix, cursor) = (fold(typed), Cursor::of(&signed));
    let (page, total) = signed
        .look(ReadCost::Scan, move |tx, org| {
            let groups = if prefix.is_empty() {
                tx.list_groups(org, cursor.slice(GroupId))?
            } else {
                tx.search_groups(org, &prefix, PAGE + 1)?
            };
            let page = Page::cut(groups, |group| group.id.0);
            let ids: Vec<GroupId> = page.rows.iter().map(|group| group.id).collect();
            let members: HashMap<GroupId, u64> = tx.count_members(org, &ids)?.into_iter().collect();
            let mappings = tx.mappings_of_all(org, &ids)?;
            let places: Vec<WorkspaceId> = mappings.iter().map(|mapping| mapping.workspace).collect();
            let names = tx.names_of(org, &[], &places)?;
            let mut gives: HashMap<GroupId, Vec<_>> = HashMap::new();
            for Mapping { group, workspace, role, origin, .. } in mappings {
                let name = names.workspace(workspace).unwrap_or_default().to_owned();
                gives.entry(group).or_default().push((name, role, origin));
            }
            let row = |group: Group| Row {
                members: members.get(&group.id).copied().unwrap_or(0),
                gives: gives.remove(&group.id).unwrap_or_default(),
                group,
            };
            let page = Page { rows: page.rows.into_iter().map(row).collect(), next: page.next };
            Ok((page, tx.count_groups(org)?))
        })
        .await?;
    let body = html! {
        (heading(&[], "Groups", &counted(total, "group", "groups"), html! {}))
        form.filters role="search" action="/console/groups" data-live="results" {
            div.grow {
                label for="q" { "Search" }
                input #q type="search" name="q" value=(typed) placeholder="Name begins with …" autocomplete="off" spellcheck="false";
            }
            button type="submit" { "Search" }
        }
        div #results aria-live="polite" { (results(&page, typed, cursor)) }
    };
    signed.page(Section::Groups, "Groups", body)
}

fn results(page: &Page<Row>, typed: &str, cursor: Cursor) -> Markup {
    if page.rows.is_empty() {
        return if typed.is_empty() && cursor.is_first() {
            empty(
                "No group has been pushed yet",
                html! {
                    p { "Assign groups to the application in your identity provider. A mapping can be made before: " a href="/console/settings/scim" { "SCIM Mappings List" } "." }
                },
            )
        } else {
            empty("No group matches", html! { p { a href="/console/groups" { "Show all groups" } } })
        };
    }
    html! {
        div.plain {
            (table("Groups", &["Name", "Members", "Gives", "Changed"], html! {
                @for Row { group, members, gives } in &page.rows {
                    tr {
                        td { a.row-title href=(format!("/console/groups/{}", group.id)) { (group.facts.display_name) } @if !group.pushed() { " " (badge("not pushed yet", Tone::Warning)) } }
                        td data-label="Members" { (number(*members)) }
                        td data-label="Gives" { (given(gives)) }
                        td data-label="Changed" { (moment(group.document.modified_at)) }
                    }
                }
            }))
        }
        @if typed.is_empty() {
            (pages("/console/groups", &[], cursor.is_first(), page.next.as_deref()))
        } @else if page.next.is_some() {
            p.list-note { "The first " (PAGE) " are shown. Type more letters to find one further down." }
        }
    }
}

fn given(gives: &[(String, WorkspaceRole, MappingOrigin)]) -> Markup {
    html! {
        @if gives.is_empty() { span.faint { "nothing" } }
        @for (at, (workspace, role, origin)) in gives.iter().enumerate() {
            @if at > 0 { ", " }
            (role) " in " (workspace) @if *origin == MappingOrigin::Pattern { " " span.faint { "(by its name)" } }
        }
    }
}
