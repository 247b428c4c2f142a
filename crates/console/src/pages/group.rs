//! One group: what it gives and by what, who is in it and what each gets through it, and what was asked about it.

use std::collections::{BTreeMap, HashMap};

use maud::{Markup, html};
use rolecall_domain::{
    ids::{GroupId, OrgId, UserId, WorkspaceId},
    name_rule::{NameReader, ReadBy},
    ports::{ReadCost, ReadTx, StoreResult},
    records::{Group, GroupStep, Mapping, MappingOrigin, MemberId, RoleMapping, Settings, Source},
    role::{AdminRole, WorkspaceRole},
};

use crate::{
    fault::{Answer, Fault},
    paging::{Cursor, Page},
    route::routes,
    view::{
        Section, Tone, address, badge, card, counted_up_to, empty, form, heading, moment, pages, role_badge,
        table,
    },
    visit::Signed,
};

use super::{mappings::mapping_fields, person::pretty, requests::Last, why::why_path};

routes! {
    GET "/console/groups/{group}" auditor => show;
}

/// Members are counted up to here.
const COUNTED: u32 = 10_000;
/// So many groups around a group are shown.
const AROUND: usize = 50;

struct Found {
    group: Group,
    count: u64,
    members: Page<Member>,
    /// The groups that it is in, directly or not.
    around: Vec<GroupStep>,
    gives: Vec<Gives>,
    roles: Vec<RoleMapping>,
    requests: Last,
}

/// A role in a workspace that the group's people get.
struct Gives {
    mapping: Mapping,
    workspace: String,
    by: String,
}

struct Member {
    id: MemberId,
    name: String,
    gets: Vec<Gets>,
}

/// What a person gets through the group in a workspace, and what they have there.
struct Gets {
    workspace: String,
    through: WorkspaceRole,
    has: Option<WorkspaceRole>,
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
            Ok(read(tx, org, group, cursor)?)
        })
        .await?;
    let name = &found.group.facts.display_name;
    let body = html! {
        (heading(&[("Groups", "/console/groups")], name, "", html! {
            @if !found.group.pushed() { (badge("not pushed yet", Tone::Warning)) }
        }))
        (card("What it gives", "Everybody in this group, or in a group inside it, has these.", given_by(&signed, &found)))
        (card("Members, and what they get through it", &counted_up_to(COUNTED, found.count, "direct member", "direct members"), members(&found, cursor)))
        @if !found.around.is_empty() { (card("It is in these groups", "What they give, its people get, too.", around(&found))) }
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

/// A constant number of statements, but for the names of nested groups on the page and the roles of groups around it.
fn read(tx: &mut dyn ReadTx, org: OrgId, group: Group, cursor: Cursor) -> StoreResult<Found> {
    let id = group.id;
    let mut around = tx.steps_above(org, MemberId::Group(id))?;
    around.sort_by_key(|step| step.group);
    around.dedup_by_key(|step| step.group);
    around.truncate(AROUND);
    let all: Vec<GroupId> = std::iter::once(id).chain(around.iter().map(|step| step.group)).collect();
    let mut roles = Vec::new();
    for group in &all {
        roles.extend(tx.role_mapping_of(org, *group)?);
    }
    let mappings = tx.mappings_of_all(org, &all)?;
    let ids = Page::cut(tx.members_of(org, id, cursor.slice(|id| id))?, |member| member.uuid());
    let people: Vec<UserId> = ids.rows.iter().copied().filter_map(person_of).collect();
    let mut places: Vec<WorkspaceId> = mappings.iter().map(|mapping| mapping.workspace).collect();
    places.sort_unstable();
    places.dedup();
    let names = tx.names_of(org, &people, &places)?;
    let place = |id: WorkspaceId| names.workspace(id).unwrap_or_default().to_owned();
    let mut gets = gets(tx, org, &people, &places, &all, place)?;
    let mut rows = Vec::new();
    for member in ids.rows {
        let name = match member {
            MemberId::User(id) => names.user(id).map(str::to_owned),
            MemberId::Group(id) => tx.find_group(org, id)?.map(|group| group.facts.display_name),
        };
        let gets = person_of(member).and_then(|id| gets.remove(&id)).unwrap_or_default();
        rows.push(Member { id: member, name: name.unwrap_or_default(), gets });
    }
    let settings = tx.settings(org)?;
    let named = mappings.into_iter().map(|mapping| Gives {
        workspace: place(mapping.workspace),
        by: by(&mapping, &settings),
        mapping,
    });
    let mut gives: Vec<Gives> = named.collect();
    gives.sort_by(|a, b| a.workspace.cmp(&b.workspace));
    Ok(Found {
        count: tx.count_members(org, &[id], COUNTED)?.first().map_or(0, |(_, count)| *count),
        gives,
        members: Page { rows, next: ids.next },
        requests: Last::read(tx, org, id.0)?,
        group,
        around,
        roles,
    })
}

fn person_of(member: MemberId) -> Option<UserId> {
    match member {
        MemberId::User(id) => Some(id),
        MemberId::Group(_) => None,
    }
}

/// What each of these people gets by mappings of these groups, beside what they have in the end.
fn gets(
    tx: &mut dyn ReadTx,
    org: OrgId,
    people: &[UserId],
    places: &[WorkspaceId],
    groups: &[GroupId],
    name: impl Fn(WorkspaceId) -> String,
) -> StoreResult<HashMap<UserId, Vec<Gets>>> {
    if people.is_empty() || places.is_empty() {
        return Ok(HashMap::new());
    }
    let outcome: HashMap<(UserId, WorkspaceId), WorkspaceRole> = tx
        .roles_of(org, people, places)?
        .into_iter()
        .map(|(user, place, role)| ((user, place), role))
        .collect();
    let mut best: BTreeMap<(UserId, WorkspaceId), WorkspaceRole> = BTreeMap::new();
    for (user, place, source) in tx.sources_of(org, people, None)? {
        if let Source::Group { group, role, .. } = source
            && groups.contains(&group)
        {
            let through = best.entry((user, place)).or_insert(role);
            *through = role.max(*through);
        }
    }
    let mut all: HashMap<UserId, Vec<Gets>> = HashMap::new();
    for ((user, place), through) in best {
        let has = outcome.get(&(user, place)).copied();
        all.entry(user).or_default().push(Gets { workspace: name(place), through, has });
    }
    for gets in all.values_mut() {
        gets.sort_by(|a, b| a.workspace.cmp(&b.workspace));
    }
    Ok(all)
}

/// By what the mapping came to be.
fn by(mapping: &Mapping, settings: &Settings) -> String {
    match (mapping.origin, NameReader::new(settings).read(&mapping.group_name)) {
        (MappingOrigin::Admin, _) => "a mapping".to_owned(),
        (MappingOrigin::Pattern, Some((_, ReadBy::Rule(place)))) => {
            format!("its name, by rule {}", place + 1)
        }
        (MappingOrigin::Pattern, _) => "its name, by the name pattern".to_owned(),
    }
}

fn given_by(signed: &Signed, found: &Found) -> Markup {
    let own = |group: GroupId| group == found.group.id;
    html! {
        @if found.gives.is_empty() && found.roles.is_empty() {
            (empty("Nothing", html! { p { "Its name follows no pattern and no rule, and no mapping names it." } }))
        } @else {
            (table("What it gives", &["Where", "Role", "By"], html! {
                @for role in &found.roles {
                    tr {
                        td { "the organisation" }
                        td data-label="Role" { (role_badge(role.role.as_str())) @if role.paused_at.is_some() { " " (badge("paused", Tone::Warning)) } }
                        td data-label="By" { div { "a role mapping" @if !own(role.group) { (of_group(role.group, &role.group_name)) } } }
                    }
                }
                @for Gives { mapping, workspace, by } in &found.gives {
                    tr {
                        td { a.row-title href=(format!("/console/workspaces/{}", mapping.workspace)) { (workspace) } }
                        td data-label="Role" { (role_badge(mapping.role.as_str())) @if mapping.paused_at.is_some() { " " (badge("paused", Tone::Warning)) } }
                        td data-label="By" {
                            div {
                                @match mapping.origin { MappingOrigin::Admin => { a href="/console/settings/scim" { (by) } } MappingOrigin::Pattern => { (by) } }
                                @if !own(mapping.group) { (of_group(mapping.group, &mapping.group_name)) }
                            }
                        }
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

fn of_group(id: GroupId, name: &str) -> Markup {
    html! { " of " a href=(format!("/console/groups/{id}")) { (name) } ", which it is in" }
}

fn members(found: &Found, cursor: Cursor) -> Markup {
    let path = format!("/console/groups/{}", found.group.id);
    if found.members.rows.is_empty() {
        return empty("Nobody is in this group", html! {});
    }
    html! {
        (table("Members", &["Member", "Gets through it", ""], html! {
            @for Member { id, name, gets } in &found.members.rows {
                tr {
                    @match id {
                        MemberId::User(id) => {
                            td { a.row-title href=(format!("/console/people/{id}")) { (address(name)) } }
                            td data-label="Gets" { (gotten(gets)) }
                            td.end { a.button href=(why_path(*id, None)) aria-label=(format!("Why {name}?")) { "Why?" } }
                        }
                        MemberId::Group(id) => {
                            td { a.row-title href=(format!("/console/groups/{id}")) { (name) } }
                            td data-label="Gets" { (badge("group inside it", Tone::Quiet)) }
                            td.end {}
                        }
                    }
                }
            }
        }))
        (pages(&path, &[], cursor.is_first(), found.members.next.as_deref()))
    }
}

fn gotten(gets: &[Gets]) -> Markup {
    html! {
        @if gets.is_empty() { span.faint { "nothing" } } @else {
            ul.sources {
                @for Gets { workspace, through, has } in gets {
                    li {
                        (through) " in " (workspace)
                        @match has {
                            Some(has) if has > through => { " " (badge(&format!("has {has} by something else"), Tone::Quiet)) }
                            Some(_) => {}
                            None => { " " (badge("stopped", Tone::Bad)) }
                        }
                    }
                }
            }
        }
    }
}

fn around(found: &Found) -> Markup {
    html! {
        ul.sources {
            @for step in &found.around {
                li {
                    a href=(format!("/console/groups/{}", step.group)) { (step.group_name) }
                    @if step.member != found.group.id.0 { " " span.faint { "through another group" } }
                }
            }
        }
    }
}
