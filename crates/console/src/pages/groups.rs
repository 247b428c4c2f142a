//! Groups, as the identity provider pushed them; and one group: its members, and what it gives.

use std::collections::HashMap;

use maud::{Markup, html};
use rolecall_domain::{
    ids::{GroupId, UserId, WorkspaceId},
    ports::ReadCost,
    records::{Group, Mapping, MappingOrigin, MemberId},
    role::{AdminRole, WorkspaceRole},
};
use rolecall_scim::index::fold;

use crate::{
    fault::{Answer, Fault},
    paging::{Cursor, PAGE, Page},
    route::routes,
    view::{
        Section, Tone, badge, card, counted, empty, form, heading, moment, number, pages, role_badge, table,
    },
    visit::Signed,
};

use super::{person::pretty, provisioning::mapping_fields, requests::Last};

routes! {
    GET "/console/groups" auditor => list;
    GET "/console/groups/{group}" auditor => show;
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

struct Found {
    group: Group,
    count: u64,
    members: Page<(MemberId, String)>,
    mappings: Vec<(Mapping, String)>,
    requests: Last,
}

async fn show(signed: Signed) -> Answer {
    let (given, cursor) = (signed.path("group").to_owned(), Cursor::of(&signed));
    let found = signed
        .look(ReadCost::Scan, move |tx, org| {
            let unknown = || {
                Fault::not_found(
                    "There is no group of this id in the organisation. It may have been deleted.",
                )
            };
            let id = GroupId::parse(&given).ok_or_else(unknown)?;
            let group = tx.find_group(org, id)?.ok_or_else(unknown)?;
            let members = Page::cut(tx.members_of(org, id, cursor.slice(|id| id))?, |member| member.uuid());
            let people: Vec<UserId> = members
                .rows
                .iter()
                .filter_map(|member| match member {
                    MemberId::User(id) => Some(*id),
                    MemberId::Group(_) => None,
                })
                .collect();
            let mappings = tx.mappings_of(org, id)?;
            let places: Vec<WorkspaceId> = mappings.iter().map(|mapping| mapping.workspace).collect();
            let names = tx.names_of(org, &people, &places)?;
            let mut named = Vec::new();
            for member in members.rows {
                let name = match member {
                    MemberId::User(id) => names.user(id).map(str::to_owned),
                    // Nested groups are few on a page.
                    MemberId::Group(id) => tx.find_group(org, id)?.map(|group| group.facts.display_name),
                };
                named.push((member, name.unwrap_or_default()));
            }
            let count = tx.count_members(org, &[id])?.first().map_or(0, |(_, count)| *count);
            let mappings = mappings
                .into_iter()
                .map(|mapping| {
                    let name = names.workspace(mapping.workspace).unwrap_or_default().to_owned();
                    (mapping, name)
                })
                .collect();
            let requests = Last::read(tx, org, id.0)?;
            Ok(Found { requests, group, count, members: Page { rows: named, next: members.next }, mappings })
        })
        .await?;
    let name = &found.group.facts.display_name;
    let body = html! {
        (heading(&[("Groups", "/console/groups")], name, "", html! {
            @if !found.group.pushed() { (badge("not pushed yet", Tone::Warning)) }
        }))
        (card("What it gives", "Everybody in this group, or in a group inside it, has these.", mappings(&signed, &found)))
        (card("Members", &counted(found.count, "direct member", "direct members"), members(&found, cursor)))
        (found.requests.card())
        div.columns {
            (card("About", "", html! {
                dl.facts {
                    dt { "externalId" } dd { @match &found.group.facts.external_id { Some(id) => { code { (id) } } None => { span.faint { "none" } } } }
                    dt { "id" } dd { code { (found.group.id) } }
                    dt { "Came" } dd { (moment(found.group.document.created_at)) }
                    dt { "Changed" } dd { (moment(found.group.document.modified_at)) }
                }
            }))
            (card("Stored SCIM record", "Without id, meta and members.", html! {
                pre tabindex="0" role="region" aria-label="Stored SCIM record" { (pretty(&found.group.document.text)) }
            }))
        }
    };
    signed.page(Section::Groups, name, body)
}

fn mappings(signed: &Signed, found: &Found) -> Markup {
    html! {
        @if found.mappings.is_empty() {
            (empty("Nothing", html! { p { "Its name follows no pattern, and no mapping names it." } }))
        } @else {
            (table("What it gives", &["Workspace", "Role", "By"], html! {
                @for (mapping, workspace) in &found.mappings {
                    tr {
                        td { a.row-title href=(format!("/console/workspaces/{}", mapping.workspace)) { (workspace) } }
                        td data-label="Role" { (role_badge(mapping.role.as_str())) }
                        td data-label="By" { @match mapping.origin { MappingOrigin::Admin => { a href="/console/settings/scim" { "a mapping" } } MappingOrigin::Pattern => { "its name" } } }
                    }
                }
            }))
        }
        @if signed.may(AdminRole::Admin) {
            details.more {
                summary { "Map this group to a workspace" }
                (form(signed, "/console/settings/scim/mappings", "fields", html! {
                    input type="hidden" name="group_id" value=(found.group.id);
                    (mapping_fields())
                }))
            }
        }
    }
}

fn members(found: &Found, cursor: Cursor) -> Markup {
    let path = format!("/console/groups/{}", found.group.id);
    if found.members.rows.is_empty() {
        return empty("Nobody is in this group", html! {});
    }
    html! {
        (table("Members", &["Member", "Kind"], html! {
            @for (member, name) in &found.members.rows {
                tr {
                    @match member {
                        MemberId::User(id) => { td { a.row-title href=(format!("/console/people/{id}")) { (name) } } td data-label="Kind" { "person" } }
                        MemberId::Group(id) => { td { a.row-title href=(format!("/console/groups/{id}")) { (name) } } td data-label="Kind" { "group" } }
                    }
                }
            }
        }))
        (pages(&path, &[], cursor.is_first(), found.members.next.as_deref()))
    }
}
