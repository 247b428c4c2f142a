//! Groups, as the identity provider pushed them.

use std::collections::HashMap;

use maud::{Markup, html};
use rolecall_domain::{
    ids::{ConnectionId, GroupId, WorkspaceId},
    ports::{GroupSearch, GroupState, ReadCost},
    records::{Group, Mapping, MappingOrigin},
    role::WorkspaceRole,
};
use rolecall_scim::index::fold;

use crate::{
    fault::Answer,
    paging::{Page, Spot},
    route::routes,
    view::{
        Section, Tone, badge, connection_choice, counted, empty, heading, moment, options, pages_of, table,
        up_to,
    },
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

/// Members are counted up to here: a list of long groups is as quick as any.
const COUNTED: u32 = 1_000;
/// What stands out about groups, by the word in the address.
const STATES: &[(&str, &str)] = &[
    ("", "Any"),
    ("mapped", "Mapped by hand"),
    ("by-name", "Mapped by their name"),
    ("unmapped", "Give nothing"),
    ("empty", "Without members"),
    ("not-pushed", "Not pushed yet"),
];

/// What the form above the list was sent with.
struct Asked {
    typed: String,
    state: String,
    connection: String,
}

impl Asked {
    fn of(signed: &Signed) -> Self {
        let given = |name: &str| signed.query(name).to_owned();
        Self { typed: given("q"), state: given("state"), connection: given("connection") }
    }

    fn query(&self) -> [(&str, &str); 3] {
        [("q", &self.typed), ("state", &self.state), ("connection", &self.connection)]
    }

    fn search(&self) -> GroupSearch {
        GroupSearch {
            prefix: fold(&self.typed),
            connection: ConnectionId::parse(&self.connection),
            state: match self.state.as_str() {
                "mapped" => Some(GroupState::Mapped),
                "by-name" => Some(GroupState::ByName),
                "unmapped" => Some(GroupState::Unmapped),
                "empty" => Some(GroupState::Empty),
                "not-pushed" => Some(GroupState::NeverPushed),
                _ => None,
            },
        }
    }
}

async fn list(signed: Signed) -> Answer {
    let (asked, spot) = (Asked::of(&signed), Spot::of(&signed));
    let (search, stretch) = (asked.search(), spot.stretch());
    let (page, total, connections) = signed
        .look(ReadCost::Scan, move |tx, org| {
            let page = Page::found(tx.search_groups(org, &search, &stretch)?);
            let ids: Vec<GroupId> = page.rows.iter().map(|group| group.id).collect();
            let members: HashMap<GroupId, u64> = tx.count_members(org, &ids, COUNTED)?.into_iter().collect();
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
            let total = if search == GroupSearch::default() { Some(tx.count_groups(org)?) } else { None };
            Ok((page, total, tx.list_connections(org)?))
        })
        .await?;
    let about = total.map_or_else(String::new, |total| counted(total, "group", "groups"));
    let body = html! {
        (heading(&[], "Groups", &about, html! {}))
        form.filters role="search" action="/console/groups" data-live="results" {
            div.grow {
                label for="q" { "Search" }
                input #q type="search" name="q" value=(asked.typed) placeholder="Name begins with …" autocomplete="off" spellcheck="false";
            }
            div { label for="state" { "Which" } select #state name="state" { (options(STATES, &asked.state)) } }
            (connection_choice(&connections, &asked.connection))
            button type="submit" { "Search" }
        }
        div #results aria-live="polite" { (results(&page, &asked, &spot)) }
    };
    signed.page(Section::Groups, "Groups", body)
}

fn results(page: &Page<Row>, asked: &Asked, spot: &Spot) -> Markup {
    let unasked = asked.query().iter().all(|(_, value)| value.is_empty());
    html! {
        @if !page.rows.is_empty() {
            div.plain { (groups_table(&page.rows)) }
        } @else if unasked && spot.is_first() {
            (empty(
                "No group has been pushed yet",
                html! {
                    p { "Assign groups to the application in your identity provider. A mapping can be made before: " a href="/console/settings/scim" { "SCIM Mappings List" } "." }
                },
            ))
        } @else if page.next.is_none() {
            (empty(
                if spot.is_first() { "No group matches" } else { "No other group matches" },
                html! { p { "Search finds the beginning of a name. " a href="/console/groups" { "Show all groups" } } },
            ))
        }
        (pages_of("/console/groups", &asked.query(), spot.is_first(), page))
    }
}

fn groups_table(rows: &[Row]) -> Markup {
    table(
        "Groups",
        &["Name", "Members", "Gives", "Changed"],
        html! {
            @for Row { group, members, gives } in rows {
                tr {
                    td { a.row-title href=(format!("/console/groups/{}", group.id)) { (group.facts.display_name) } @if !group.pushed() { " " (badge("not pushed yet", Tone::Warning)) } }
                    td data-label="Members" { (up_to(COUNTED, *members)) }
                    td data-label="Gives" { (given(gives)) }
                    td data-label="Changed" { (moment(group.document.modified_at)) }
                }
            }
        },
    )
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
