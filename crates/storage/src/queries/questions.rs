//! The questions that the tests of query plans ask, each in the form in which the paths ask it.

use std::sync::Arc;

use diesel::{Connection, connection::InstrumentationEvent};
use parking_lot::Mutex;
use rolecall_domain::{
    event::{EventKind, NewEvent},
    grant::Grant,
    ids::{AdministratorId, ConnectLinkId, MappingId, TokenId, WorkspaceId},
    ports::{
        EndingGrants, GroupSearch, GroupState, HistoryQuery, HoldTerms, PageStart, PeopleSearch, Place,
        ReadAccess, ReadAdministrators, ReadAdoption, ReadChanges, ReadConnectLinks, ReadEvents,
        ReadFindings, ReadGrants, ReadGroups, ReadHistory, ReadHolds, ReadMatches, ReadOrgs, ReadReasons,
        ReadRequests, ReadRoleMappings, ReadSearch, ReadTx, ReadUsers, RequestFilter, ResourceQuery, Scope,
        Slice, StoreResult, Stretch, TokenKey, UndoStore, UserFilter, Wanted, WorkspaceSearch, WriteAccess,
        WriteAdministrators, WriteAdoption, WriteConnectLinks, WriteEvents, WriteGrants, WriteGroups,
        WriteHistory, WriteHolds, WriteMatches, WriteOrgs, WriteRequests, WriteUsers,
    },
    records::{HoldReason, MemberId, Merge, Settings, WrittenDocument},
    request_log::LoggedBodies,
    role::{OrgRole, WorkspaceRole},
    secret::SecretHash,
    testing::{
        NumberedIds, ORG, THEN, a_group, a_request, a_user, a_user_with, a_workspace, an_act, group_id,
        person, the_connection, user_id, written_group, written_user,
    },
    undo::Removal,
};
use rolecall_scim::{filter::Filter, profile::Profile, schema::ResourceType};

use super::{Conn, Transaction};

/// A question, what it is called, and how many statements it may take.
pub(crate) type Question = (&'static str, usize, fn(&mut Transaction<'_>) -> StoreResult<()>);

/// The questions of the hot paths, each in the form in which the hot paths ask it.
pub(crate) const HOT: &[Question] = &[
    ("find_token", 1, |tx| tx.find_token("acme", &by_hash()).map(drop)),
    ("find_token, of an access token", 1, |tx| tx.find_token("acme", &by_id()).map(drop)),
    ("find_api_key", 1, |tx| tx.find_api_key(&SecretHash([0; 32])).map(drop)),
    ("settings", 1, |tx| tx.settings(ORG).map(drop)),
    ("find_user", 1, |tx| tx.find_user(ORG, user_id("ada")).map(drop)),
    ("find_user_by_token, alone", 1, |tx| find_user_by_token(tx, by_hash(), Wanted::TextAlone)),
    ("find_user_by_token, in groups", 1, |tx| find_user_by_token(tx, by_hash(), Wanted::Related)),
    ("find_user_by_token, alone, of an access token", 1, |tx| {
        find_user_by_token(tx, by_id(), Wanted::TextAlone)
    }),
    ("find_user_by_token, in groups, of an access token", 1, |tx| {
        find_user_by_token(tx, by_id(), Wanted::Related)
    }),
    ("find_group_by_token", 1, |tx| tx.find_group_by_token("acme", &by_hash(), group_id("Sales")).map(drop)),
    ("find_group_by_token, of an access token", 1, |tx| {
        tx.find_group_by_token("acme", &by_id(), group_id("Sales")).map(drop)
    }),
    ("query_users_in_groups by id", 1, |tx| {
        query_users_in_groups(tx, &format!("id eq \"{}\"", user_id("ada")))
    }),
    ("query_users_in_groups by userName", 1, |tx| {
        query_users_in_groups(tx, r#"userName eq "ada@acme.test""#)
    }),
    ("query_users_in_groups by externalId", 1, |tx| query_users_in_groups(tx, r#"externalId eq "7""#)),
    ("find_user_by_name", 1, |tx| tx.find_user_by_name(ORG, "ada@acme.test").map(drop)),
    ("groups_of", 1, |tx| tx.groups_of(ORG, &[user_id("ada"), user_id("grace")]).map(drop)),
    ("query_users by userName", 1, |tx| query_users(tx, r#"userName eq "ada@acme.test""#)),
    ("query_users by externalId", 1, |tx| query_users(tx, r#"externalId eq "7""#)),
    ("query_users, a page of all", 2, |tx| tx.query_users(ORG, &page_at(1)).map(drop)),
    ("query_groups, a page of all", 2, |tx| tx.query_groups(ORG, &page_at(1)).map(drop)),
    ("insert_user", 3, |tx| insert_user(tx, "grace")),
    ("update_user", 2, |tx| {
        let ada = a_user("ada");
        tx.update_user(ORG, ada.id, &ada.facts, &written_user(&ada), 2, THEN)
    }),
    ("find_group", 1, |tx| tx.find_group(ORG, group_id("Sales")).map(drop)),
    ("find_groups_by_name", 1, |tx| tx.find_groups_by_name(ORG, "sales").map(drop)),
    ("query_groups by displayName", 1, |tx| query_groups(tx, r#"displayName eq "Sales""#)),
    ("query_groups by externalId", 1, |tx| query_groups(tx, r#"externalId eq "7""#)),
    ("members_of", 1, |tx| tx.members_of(ORG, group_id("Sales"), Slice { after: None, limit: 9 }).map(drop)),
    ("resolve_members", 1, |tx| tx.resolve_members(ORG, &[user_id("ada").0, user_id("grace").0]).map(drop)),
    ("add_members, one", 1, |tx| add_members(tx, &["ada"])),
    ("add_members, many", 1, |tx| add_members(tx, &["ada", "grace", "alan"])),
    ("remove_members", 1, |tx| tx.remove_members(ORG, group_id("Sales"), &[user_id("nobody").0]).map(drop)),
    ("touch_group", 1, |tx| tx.touch_group(ORG, group_id("Sales"), 2, THEN)),
    ("find_circle", 1, |tx| tx.find_circle(ORG, group_id("Sales"), &[group_id("Other")]).map(drop)),
    ("push_events, one", 1, |tx| tx.push_events(ORG, &act().cause, &[NewEvent::new(EventKind::UserCreated)])),
    ("sources_of", 1, |tx| tx.sources_of(ORG, &[user_id("ada")], None).map(drop)),
    ("recompute that changes nothing", 1, |tx| recompute_users(tx, &["ada"])),
];

/// Questions beside the hot paths, which still have to go by indexes.
pub(crate) const WARM: &[Question] = &[
    ("list_users by role", 1, |tx| {
        let owners = UserFilter { role: Some(OrgRole::Owner), ..UserFilter::default() };
        tx.list_users(ORG, &owners, Slice { after: None, limit: 9 }).map(drop)
    }),
    ("find_known", 1, |tx| tx.find_known(ORG, user_id("ada")).map(drop)),
    ("find_by_app_id", 1, |tx| tx.find_by_app_id(ORG, "E-17").map(drop)),
    ("matches_of", 1, |tx| tx.matches_of(ORG, &[user_id("ada"), user_id("grace")]).map(drop)),
    ("matches_after", 2, |tx| tx.matches_after(ORG, None, 2_000).map(drop)),
    ("taken_of", 1, |tx| {
        tx.taken_of(ORG, &[user_id("ada"), user_id("eve")], &["ada@acme.test".into()], &["E-17".into()])
            .map(drop)
    }),
    ("put_known_all", 1, |tx| tx.put_known_all(ORG, &[user_id("ada"), user_id("grace")], THEN)),
    ("give_as_told", 1, |tx| tx.give_as_told(ORG, 2)),
    ("app_ids_of", 1, |tx| tx.app_ids_of(ORG, &[user_id("ada"), user_id("grace")]).map(drop)),
    ("list_refused", 1, |tx| tx.list_refused(ORG, Slice { after: None, limit: 9 }).map(drop)),
    ("find_refused", 1, |tx| tx.find_refused(ORG, user_id("ada"), user_id("grace")).map(drop)),
    ("find_merged", 1, |tx| tx.find_merged(ORG, user_id("ada")).map(drop)),
    ("former_ids", 1, |tx| tx.former_ids(ORG, user_id("ada")).map(drop)),
    ("merged_by", 1, |tx| tx.merged_by(ORG, act().cause.change, user_id("ada")).map(drop)),
    ("move_grants of somebody who has none", 1, |tx| {
        tx.move_grants(ORG, user_id("nobody"), user_id("grace"), &act().cause).map(drop)
    }),
    ("move_places of somebody who has none", 1, |tx| {
        tx.move_places(ORG, user_id("nobody"), user_id("grace"), &act().cause).map(drop)
    }),
    ("put_grant, move_grants", 3, |tx| {
        tx.put_grant(ORG, sales(), user_id("ada"), Grant::lasting(WorkspaceRole::Admin), &an_act().cause)?;
        tx.move_grants(ORG, user_id("ada"), user_id("grace"), &act().cause).map(drop)
    }),
    ("put_merged", 1, |tx| tx.put_merged(ORG, &a_merge(), &act().cause)),
    ("delete_merged", 1, |tx| tx.delete_merged(ORG, user_id("ada"))),
    ("push_merge", 1, |tx| tx.push_merge(ORG, &act().cause, EventKind::UserMerged, &a_merge())),
    ("drop_known", 1, |tx| tx.drop_known(ORG, user_id("ada"))),
    ("put_known", 1, |tx| tx.put_known(ORG, user_id("ada"), Some("E-17"), THEN)),
    ("search_users by a name", 5, |tx| {
        search_people(tx, PeopleSearch { prefix: "nobody".into(), ..people() })
    }),
    ("search_users by a name and more", 6, |tx| {
        let asked = PeopleSearch {
            role: Some(OrgRole::Member),
            active: Some(true),
            in_no_workspace: true,
            held: true,
            ..people()
        };
        search_people(
            tx,
            PeopleSearch { prefix: "nobody".into(), connection: Some(the_connection()), ..asked },
        )
    }),
    ("search_users, everybody", 1, |tx| search_people(tx, people())),
    ("search_users of a role", 1, |tx| {
        search_people(tx, PeopleSearch { role: Some(OrgRole::Owner), ..people() })
    }),
    ("search_users that are inactive", 1, |tx| {
        search_people(tx, PeopleSearch { active: Some(false), ..people() })
    }),
    ("search_users of a connection", 1, |tx| {
        search_people(tx, PeopleSearch { connection: Some(the_connection()), ..people() })
    }),
    ("search_users of a connection and a role", 2, |tx| {
        let of_role = PeopleSearch { role: Some(OrgRole::Member), ..people() };
        search_people(tx, PeopleSearch { connection: Some(the_connection()), ..of_role })
    }),
    ("search_users in no workspace", 2, |tx| {
        search_people(tx, PeopleSearch { in_no_workspace: true, ..people() })
    }),
    ("search_users that are held", 1, |tx| search_people(tx, PeopleSearch { held: true, ..people() })),
    ("search_groups", 1, |tx| search_groups(tx, "sa", None)),
    ("search_groups, mapped", 2, |tx| search_groups(tx, "", Some(GroupState::Mapped))),
    ("search_groups, by name", 2, |tx| search_groups(tx, "sa", Some(GroupState::ByName))),
    ("search_groups, unmapped", 2, |tx| search_groups(tx, "", Some(GroupState::Unmapped))),
    ("search_groups, empty", 2, |tx| search_groups(tx, "", Some(GroupState::Empty))),
    ("search_groups, never pushed", 2, |tx| search_groups(tx, "", Some(GroupState::NeverPushed))),
    ("search_workspaces", 1, |tx| {
        search_workspaces(tx, WorkspaceSearch { prefix: "sa".into(), ..WorkspaceSearch::default() })
    }),
    ("search_workspaces that stand out", 2, |tx| {
        search_workspaces(
            tx,
            WorkspaceSearch { prefix: String::new(), archived: Some(false), empty: true, by_directory: true },
        )
    }),
    ("latest_events", 1, |tx| tx.latest_events(ORG, 9).map(drop)),
    ("find_administrator", 1, |tx| tx.find_administrator(ORG, AdministratorId(user_id("ada").0)).map(drop)),
    ("find_administrator_by_email", 1, |tx| tx.find_administrator_by_email(ORG, "ada@acme.test").map(drop)),
    ("find_admin_session", 1, |tx| tx.find_admin_session(ORG, &SecretHash([0; 32])).map(drop)),
    ("delete_admin_sessions_of", 1, |tx| {
        tx.delete_admin_sessions_of(ORG, AdministratorId(user_id("ada").0), Some(THEN)).map(drop)
    }),
    ("find_set_up_link", 1, |tx| tx.find_set_up_link(ORG, &SecretHash([0; 32])).map(drop)),
    ("delete_set_up_links_of", 1, |tx| tx.delete_set_up_links_of(ORG, AdministratorId(user_id("ada").0))),
    ("find_connect_link", 1, |tx| tx.find_connect_link(ORG, &SecretHash([0; 32])).map(drop)),
    ("list_connect_links", 1, |tx| tx.list_connect_links(ORG).map(drop)),
    ("revoke_connect_link", 1, |tx| {
        tx.revoke_connect_link(ORG, ConnectLinkId(user_id("ada").0), THEN).map(drop)
    }),
    ("touch_connect_link", 1, |tx| tx.touch_connect_link(ORG, ConnectLinkId(user_id("ada").0), THEN)),
    ("list_connections", 1, |tx| tx.list_connections(ORG).map(drop)),
    ("list_schemas", 1, |tx| tx.list_schemas(ORG).map(drop)),
    ("insert_user, many addresses", 3, |tx| insert_with_emails(tx, "mary", &["m@acme.test", "m@home.test"])),
    ("update_user, other addresses", 4, |tx| {
        let mary = a_user("mary");
        let index = r#"{"emails": [{"value": "new@acme.test"}]}"#.to_owned();
        let written = WrittenDocument { index, ..written_user(&mary) };
        tx.update_user(ORG, mary.id, &mary.facts, &written, 2, THEN)
    }),
    ("workspaces_of", 1, |tx| tx.workspaces_of(ORG, user_id("ada")).map(drop)),
    ("people_in", 1, |tx| tx.people_in(ORG, sales(), Slice { after: None, limit: 9 }).map(drop)),
    ("role_in", 1, |tx| tx.role_in(ORG, sales(), user_id("ada")).map(drop)),
    ("roles_of", 1, |tx| tx.roles_of(ORG, &[user_id("ada"), user_id("grace")], &[sales()]).map(drop)),
    ("find_grant", 1, |tx| tx.find_grant(ORG, sales(), user_id("ada")).map(drop)),
    ("put_grant", 1, |tx| {
        tx.put_grant(ORG, sales(), user_id("ada"), Grant::lasting(WorkspaceRole::Member), &an_act().cause)
    }),
    ("ending_grants of people", 1, |tx| {
        tx.ending_grants(ORG, &EndingGrants::Of(vec![user_id("ada"), user_id("grace")])).map(drop)
    }),
    ("ending_grants beside a mapping", 1, |tx| {
        tx.ending_grants(ORG, &EndingGrants::GivenBy(MappingId(user_id("no mapping").0))).map(drop)
    }),
    ("ending_grants of a connection", 1, |tx| {
        tx.ending_grants(ORG, &EndingGrants::Owned(the_connection())).map(drop)
    }),
    ("grants_ending", 1, |tx| tx.grants_ending(ORG, THEN, 9).map(drop)),
    ("count_people_in", 1, |tx| tx.count_people_in(ORG, sales()).map(drop)),
    ("paths_of", 1, |tx| tx.paths_of(ORG, user_id("ada")).map(drop)),
    ("steps_above", 1, |tx| tx.steps_above(ORG, MemberId::User(user_id("ada"))).map(drop)),
    ("causes_of", 1, |tx| tx.causes_of(ORG, &[act().cause.change]).map(drop)),
    ("role_mappings_for", 1, |tx| tx.role_mappings_for(ORG, user_id("ada")).map(drop)),
    ("find_hold", 1, |tx| tx.find_hold(ORG, user_id("ada")).map(drop)),
    ("list_holds", 1, |tx| tx.list_holds(ORG, None, Slice { after: None, limit: 9 }).map(drop)),
    ("count_losers", 1, |tx| tx.count_losers(ORG, &Scope::Users(vec![user_id("ada")])).map(drop)),
    ("guarding", 1, |tx| tx.guarding(ORG).map(drop)),
    ("count_recent_removals", 1, |tx| tx.count_recent_removals(ORG, THEN).map(drop)),
    ("kept_by_holds", 1, |tx| tx.kept_by_holds(ORG, &[user_id("ada")]).map(drop)),
    ("note_losers", 1, |tx| tx.note_losers(ORG, &Scope::Groups(vec![group_id("Sales")]), THEN).map(drop)),
    ("drop_recent_removals", 1, |tx| tx.drop_recent_removals(ORG, THEN).map(drop)),
    ("has_other_owner", 1, |tx| tx.has_other_owner(ORG, user_id("ada")).map(drop)),
    ("hold_last_owners among people", 1, |tx| {
        tx.hold_last_owners(ORG, &act().cause, &Scope::Users(vec![user_id("ada")])).map(drop)
    }),
    ("hold_last_owners in groups", 1, |tx| {
        tx.hold_last_owners(ORG, &act().cause, &Scope::Groups(vec![group_id("Sales")])).map(drop)
    }),
    ("hold_losers", 1, |tx| {
        let terms = HoldTerms { reason: HoldReason::Brake, kept: false, until: None };
        tx.hold_losers(ORG, &act().cause, &Scope::Groups(vec![group_id("Sales")]), terms).map(drop)
    }),
    ("mappings_of", 1, |tx| tx.mappings_of(ORG, group_id("Sales")).map(drop)),
    ("mappings_of_all", 1, |tx| tx.mappings_of_all(ORG, &[group_id("Sales"), group_id("Other")]).map(drop)),
    ("find_workspace_by_key", 1, |tx| tx.find_workspace_by_key(ORG, "sales").map(drop)),
    ("groups_asking_for", 1, |tx| tx.groups_asking_for(ORG, &["sales".into()]).map(drop)),
    ("count_members", 1, |tx| tx.count_members(ORG, &[group_id("Sales")], 9).map(drop)),
    ("count_groups", 2, |tx| tx.count_groups(ORG).map(drop)),
    ("count_owned", 1, |tx| tx.count_owned(ORG, the_connection(), 9).map(drop)),
    ("events_after", 1, |tx| tx.events_after(ORG, 0, 10).map(drop)),
    ("effects_of", 1, |tx| tx.effects_of(ORG, act().cause.change, &mut |_| {})),
    ("facts_of", 1, |tx| tx.facts_of(ORG, act().cause.change, &mut |_| {})),
    ("tenures of a person", 1, |tx| tenures(tx, Some("ada"), None)),
    ("tenures of a person in a workspace", 1, |tx| tenures(tx, Some("ada"), Some(sales()))),
    ("tenures in a workspace", 1, |tx| tenures(tx, None, Some(sales()))),
    ("tenures of all", 1, |tx| tenures(tx, None, None)),
    ("keep_removed, a person", 2, |tx| tx.keep_removed(ORG, &act().cause, &Removal::Person(user_id("ada")))),
    ("keep_removed, a group", 2, |tx| tx.keep_removed(ORG, &act().cause, &Removal::Group(group_id("Sales")))),
    ("keep_removed, a mapping", 1, |tx| {
        tx.keep_removed(ORG, &act().cause, &Removal::Mapping(MappingId(user_id("ada").0)))
    }),
    ("removed_record", 1, |tx| tx.removed_record(ORG, act().cause.change, user_id("ada").0).map(drop)),
    ("removed_links", 1, |tx| tx.removed_links(ORG, act().cause.change, user_id("ada").0).map(drop)),
    ("entries_before", 1, |tx| tx.entries_before(ORG, None, i64::MAX, 10).map(drop)),
    ("entries_before, of a change", 1, |tx| {
        tx.entries_before(ORG, Some(act().cause.change), i64::MAX, 10).map(drop)
    }),
    ("drop_removed", 2, |tx| tx.drop_removed(ORG, THEN).map(drop)),
    ("forget_person", 2, |tx| tx.forget_person(ORG, user_id("ada"))),
    ("workspaces_ever", 1, |tx| tx.workspaces_ever(ORG).map(drop)),
    ("names_of", 2, |tx| tx.names_of(ORG, &[user_id("ada")], &[sales()]).map(drop)),
    ("events_of", 1, |tx| tx.events_of(ORG, act().cause.change, 10).map(drop)),
    ("list_requests", 1, |tx| list_requests(tx, RequestFilter::default())),
    ("list_requests of a person", 1, |tx| {
        list_requests(tx, RequestFilter { resource: Some(user_id("ada").0), ..RequestFilter::default() })
    }),
    ("list_requests of a name", 1, |tx| {
        list_requests(tx, RequestFilter { name_key: Some("ada".into()), ..RequestFilter::default() })
    }),
    ("list_requests that failed", 1, |tx| {
        list_requests(tx, RequestFilter { status: Some((409, 409)), ..RequestFilter::default() })
    }),
    ("list_requests by a token", 1, |tx| {
        let token = Some(TokenId(user_id("ada").0));
        list_requests(tx, RequestFilter { token, since: Some(THEN), ..RequestFilter::default() })
    }),
    ("find_request", 1, |tx| tx.find_request(ORG, act().cause.change).map(drop)),
    ("count_requests", 1, |tx| tx.count_requests(ORG, &[THEN, THEN.plus_days(1)], 9).map(drop)),
    ("refusals_since", 1, |tx| tx.refusals_since(ORG, THEN).map(drop)),
    ("last_requests", 1, |tx| tx.last_requests(ORG).map(drop)),
    ("resource_names", 1, |tx| tx.resource_names(ORG, &[user_id("ada").0, group_id("Sales").0]).map(drop)),
    ("delete_requests_before", 1, |tx| tx.delete_requests_before(ORG, THEN, 10).map(drop)),
    ("insert_requests", 1, insert_requests),
    ("remove_members_except", 1, |tx| tx.remove_members_except(ORG, group_id("Sales"), &[]).map(drop)),
];

fn a_merge() -> Merge<'static> {
    Merge { user: user_id("grace"), user_name: Some("grace"), former: user_id("ada"), app_id: "E-17" }
}

fn list_requests(tx: &mut Transaction<'_>, filter: RequestFilter) -> StoreResult<()> {
    tx.list_requests(ORG, &filter, Some(act().cause.change), 10).map(drop)
}

fn insert_requests(tx: &mut Transaction<'_>) -> StoreResult<()> {
    tx.insert_requests(&[(ORG, a_request(NumberedIds::nth(1), THEN), LoggedBodies::default())])
}

fn tenures(tx: &mut Transaction<'_>, user: Option<&str>, workspace: Option<WorkspaceId>) -> StoreResult<()> {
    let query = HistoryQuery { user: user.map(user_id), workspace, ..HistoryQuery::default() }.at(THEN);
    tx.tenures(ORG, &query, Slice { after: None, limit: 10 }).map(drop)
}

fn people() -> PeopleSearch {
    PeopleSearch::default()
}

/// A page in the middle, of each walk that there is.
fn search_people(tx: &mut Transaction<'_>, search: PeopleSearch) -> StoreResult<()> {
    tx.search_users(ORG, &search, &amid(&search.prefix)).map(drop)
}

fn search_groups(tx: &mut Transaction<'_>, prefix: &str, state: Option<GroupState>) -> StoreResult<()> {
    let search =
        GroupSearch { prefix: prefix.to_owned(), connection: state.map(|_| the_connection()), state };
    tx.search_groups(ORG, &search, &amid(prefix)).map(drop)
}

fn search_workspaces(tx: &mut Transaction<'_>, search: WorkspaceSearch) -> StoreResult<()> {
    tx.search_workspaces(ORG, &search, &amid(&search.prefix)).map(drop)
}

fn amid(prefix: &str) -> Stretch {
    Stretch::new(Some(Place { walk: 0, key: prefix.to_owned(), id: user_id("ada").0 }), 9)
}

pub(crate) fn act() -> rolecall_domain::use_cases::Act<'static> {
    an_act()
}

pub(crate) fn sales() -> WorkspaceId {
    a_workspace("Sales").id
}

pub(crate) fn insert_user(tx: &mut Transaction<'_>, name: &str) -> StoreResult<()> {
    let user = a_user(name);
    tx.insert_user(ORG, user.id, user.connection, &user.facts, &written_user(&user), THEN)
}

pub(crate) fn insert_with_emails(tx: &mut Transaction<'_>, name: &str, emails: &[&str]) -> StoreResult<()> {
    let emails: Vec<_> = emails.iter().map(|email| serde_json::json!({"value": email})).collect();
    let user = a_user_with(name, serde_json::json!({"emails": emails}));
    tx.insert_user(ORG, user.id, user.connection, &user.facts, &written_user(&user), THEN)
}

pub(crate) fn add_members(tx: &mut Transaction<'_>, people: &[&str]) -> StoreResult<()> {
    let people: Vec<MemberId> = people.iter().map(|name| person(name)).collect();
    tx.add_members(ORG, group_id("Sales"), &people, act().cause.change, THEN).map(drop)
}

pub(crate) fn recompute_users(tx: &mut Transaction<'_>, people: &[&str]) -> StoreResult<()> {
    let scope = Scope::Users(people.iter().map(|name| user_id(name)).collect());
    tx.recompute(ORG, &act().cause, &scope).map(drop)
}

pub(crate) fn query(filter: &str, resource_type: &ResourceType) -> ResourceQuery {
    let filter = Filter::parse(filter).unwrap().resolve(resource_type, Profile::Compatible).unwrap();
    ResourceQuery { filter: Some(filter), count: 10, ..ResourceQuery::default() }
}

pub(crate) fn page_at(start_index: u64) -> ResourceQuery {
    ResourceQuery { start: PageStart::Index(start_index), count: 10, ..ResourceQuery::default() }
}

pub(crate) fn query_users(tx: &mut Transaction<'_>, filter: &str) -> StoreResult<()> {
    tx.query_users(ORG, &query(filter, ResourceType::user())).map(drop)
}

fn by_hash() -> TokenKey {
    TokenKey::Hash(SecretHash([0; 32]))
}

fn by_id() -> TokenKey {
    TokenKey::Id(TokenId(NumberedIds::nth(7)))
}

fn find_user_by_token(tx: &mut Transaction<'_>, key: TokenKey, wanted: Wanted) -> StoreResult<()> {
    tx.find_user_by_token("acme", &key, user_id("ada"), wanted).map(drop)
}

fn query_users_in_groups(tx: &mut Transaction<'_>, filter: &str) -> StoreResult<()> {
    tx.query_users_in_groups(ORG, &query(filter, ResourceType::user())).map(drop)
}

pub(crate) fn query_groups(tx: &mut Transaction<'_>, filter: &str) -> StoreResult<()> {
    tx.query_groups(ORG, &query(filter, ResourceType::group())).map(drop)
}

/// An organisation with the person `ada`, the group `Sales` and the workspace `Sales`.
pub(crate) fn acme(conn: &mut Conn) {
    let tx = &mut Transaction::new(conn);
    let org = tx.insert_org("acme", "Acme", &Settings::default(), THEN).unwrap();
    assert_eq!(org.id, ORG);
    tx.insert_connection(ORG, the_connection(), "default", THEN).unwrap();
    insert_user(tx, "ada").unwrap();
    let group = a_group("Sales");
    tx.insert_group(ORG, group.id, group.connection, &group.facts, &written_group(&group), THEN).unwrap();
    tx.insert_workspace(ORG, &a_workspace("Sales")).unwrap();
}

/// A look-up by key.
#[allow(dead_code, reason = "counted where a question is a round trip")]
pub(crate) fn ask_one(tx: &mut dyn ReadTx) -> StoreResult<()> {
    tx.find_user(ORG, user_id("ada")).map(drop)
}

/// The statements that ran, and how many of them were kept prepared while they did.
pub(crate) fn watch(
    conn: &mut Conn,
    question: impl FnOnce(&mut Transaction<'_>) -> StoreResult<()>,
) -> (Vec<String>, usize) {
    let seen = Arc::new(Mutex::new((Vec::new(), 0)));
    let recorder = seen.clone();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| match event {
        InstrumentationEvent::StartQuery { query, .. } => recorder.lock().0.push(query.to_string()),
        InstrumentationEvent::CacheQuery { .. } => recorder.lock().1 += 1,
        _ => {}
    });
    question(&mut Transaction::new(conn)).unwrap();
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    std::mem::take(&mut *seen.lock())
}
