//! Reads SQLite's query plans: the hot statements go from index to index, whatever the size of the organisation.
//!
//! The planner's figures are fixed in the migrations, so the plan on an empty file is the plan of a million people.

use diesel::{
    Connection, RunQueryDsl,
    sql_types::{Integer, Text},
};
use diesel_migrations::MigrationHarness;
use rolecall_domain::{
    ports::{PageStart, ReadGroups, ReadUsers, ResourceQuery, WriteAccess},
    role::WorkspaceRole,
    testing::{ORG, a_group, a_mapping, a_workspace},
};
use rolecall_scim::{cursor::Position, profile::Profile, schema::ResourceType, sort::SortBy};
use uuid::Uuid;

use super::{
    Conn,
    migrations::MIGRATIONS,
    queries::{
        Bind, Composed, Statement, Transaction, events, grants,
        questions::{HOT, WARM, acme, act, add_members, insert_user, query, recompute_users, watch},
        recompute,
        resource::Resource,
    },
};

/// Names that stand for a list at hand, not for a table: reading one from end to end is what it is for.
const AT_HAND: [&str; 28] = [
    "json_each",
    // what a walk along an index has found so far
    "f",
    // the elements of a JSON array
    "e",
    "old",
    "p",
    "w",
    "r",
    "t",
    "i",
    "a",
    "given",
    "start",
    "fact",
    "difference",
    "around",
    "inside",
    "CONSTANT",
    "who",
    "reach",
    "person",
    "through",
    "new",
    "nested",
    // people made one
    "whole",
    "chain",
    // differences just written
    "d",
    "recent",
    // hours of the log
    "span",
];

fn database() -> Conn {
    let mut conn = Conn::establish(":memory:").unwrap();
    conn.run_pending_migrations(MIGRATIONS).unwrap();
    conn
}

fn plan_of_text(conn: &mut Conn, text: &str, binds: Vec<Bind>) -> Vec<String> {
    let explain =
        Composed::<(Integer, Integer, Integer, Text)>::new(format!("EXPLAIN QUERY PLAN {text}"), binds);
    let rows: Vec<(i32, i32, i32, String)> =
        explain.load(conn).unwrap_or_else(|error| panic!("{error}: {text}"));
    rows.into_iter().map(|(_, _, _, step)| step).collect()
}

/// Fails when a step reads a table from end to end, or builds an index first.
#[track_caller]
fn goes_by_index(name: &str, plan: &[String]) {
    for step in plan {
        let scanned = step.strip_prefix("SCAN ").map(|rest| rest.split(' ').next().unwrap_or_default());
        let bad = scanned.is_some_and(|table| !AT_HAND.contains(&table) && !table.starts_with('('))
            || step.contains("BLOOM FILTER ON")
            || step.contains("AUTOMATIC");
        assert!(!bad, "{name}: `{step}` in\n{}", plan.join("\n"));
    }
}

#[track_caller]
fn statement_goes_by_index<S: Statement>(conn: &mut Conn, binds: Vec<Bind>) -> Vec<String> {
    let plan = plan_of_text(conn, S::TEXT, binds);
    goes_by_index(std::any::type_name::<S>(), &plan);
    plan
}

fn org() -> Bind {
    Bind::Int(1)
}

fn one() -> Bind {
    Bind::id(Uuid::nil())
}

fn list() -> Bind {
    Bind::ids([Uuid::nil(), Uuid::max()])
}

fn cause() -> Vec<Bind> {
    events::cause_binds(ORG, &act().cause)
}

fn and(mut binds: Vec<Bind>, last: Bind) -> Vec<Bind> {
    binds.push(last);
    binds
}

#[test]
fn grants_that_are_due_are_found_in_each_organisation_by_their_end() {
    let binds = vec![Bind::Int(0), Bind::Int(9)];
    let plan = plan_of_text(&mut database(), <grants::Ended as Statement>::TEXT, binds);
    let by_end = "SEARCH x USING COVERING INDEX grants_end (org_id=? AND expires_at<?)";
    assert_eq!(plan, ["SCAN o", by_end], "those that last are not read");
}

#[test]
fn recomputing_goes_from_people_to_memberships_by_indexes() {
    let mut conn = database();
    let conn = &mut conn;
    statement_goes_by_index::<recompute::PushForUsers>(conn, and(cause(), list()));
    statement_goes_by_index::<recompute::PushForGroups>(conn, and(cause(), list()));
    let plan = plan_of_text(conn, <recompute::PushForWorkspace as Statement>::TEXT, and(cause(), one()));
    goes_by_index("a workspace", &plan);
    for plan in [
        statement_goes_by_index::<recompute::Join>(conn, vec![org(), Bind::Int(1)]),
        statement_goes_by_index::<recompute::Change>(conn, vec![org(), Bind::Int(1)]),
        statement_goes_by_index::<recompute::Leave>(conn, vec![org(), Bind::Int(1)]),
        statement_goes_by_index::<recompute::CountPeople>(conn, vec![org(), Bind::Int(1)]),
        statement_goes_by_index::<recompute::ChangeRoles>(conn, vec![org(), Bind::Int(1)]),
    ] {
        let tail = plan.iter().any(|step| step.contains("(org_id=? AND seq>?)"));
        assert!(tail, "only the events just written are read:\n{}", plan.join("\n"));
    }
}

// pain: 12
#[test]
fn each_question_takes_its_statements_and_each_statement_goes_by_an_index() {
    let mut conn = database();
    acme(&mut conn);
    for (name, count, question) in HOT.iter().chain(WARM).copied() {
        let (statements, _) = watch(&mut conn, question);
        assert_eq!(statements.len(), count, "{name}: {statements:#?}");
        for statement in statements {
            let text = statement.split(" -- binds").next().unwrap_or_default();
            let plan = plan_of_text(&mut conn, text, Vec::new());
            goes_by_index(name, &plan);
        }
    }
}

#[test]
fn the_statements_of_the_hot_paths_stay_prepared() {
    let mut conn = database();
    acme(&mut conn);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acme.db");
    std::fs::write(&path, &*conn.serialize_database_to_buffer()).unwrap();
    for (name, count, question) in HOT.iter().copied() {
        // What another question has prepared does not count.
        let mut conn = Conn::establish(path.to_str().unwrap()).unwrap();
        let (_, kept) = watch(&mut conn, question);
        assert_eq!(kept, count, "{name} is prepared anew each time");
    }
}

// pain: 12
#[test]
fn a_recomputation_takes_the_same_statements_for_one_person_and_for_many() {
    for people in [1, 50] {
        let mut conn = database();
        acme(&mut conn);
        let names: Vec<String> = (0..people).map(|n| format!("p{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let tx = &mut Transaction::new(&mut conn);
        for name in &names {
            insert_user(tx, name).unwrap();
        }
        add_members(tx, &names).unwrap();
        let (group, workspace) = (a_group("Sales"), a_workspace("Sales"));
        tx.insert_mapping(ORG, &a_mapping(&group, &workspace, WorkspaceRole::Member)).unwrap();
        let (statements, _) = watch(&mut conn, |tx| recompute_users(tx, &names));
        assert_eq!(statements.len(), 3, "the differences, who joins, how many there are: {statements:#?}");
    }
}

/// The plan of the statement that reads the rows of a query.
fn plan_of_query(conn: &mut Conn, resource: Resource, query: &ResourceQuery) -> Vec<String> {
    let (statements, _) = watch(conn, |tx| match resource {
        Resource::User => tx.query_users(ORG, query).map(drop),
        Resource::Group => tx.query_groups(ORG, query).map(drop),
    });
    let text = statements[0].split(" -- binds").next().unwrap_or_default();
    plan_of_text(conn, text, Vec::new())
}

#[track_caller]
fn uses(what: &str, plan: &[String], index: &str) {
    goes_by_index(what, plan);
    assert!(plan.iter().any(|step| step.contains(index)), "{what} should use {index}:\n{}", plan.join("\n"));
}

#[test]
fn an_indexed_comparison_in_a_filter_uses_its_index_alone_and_among_others() {
    let mut conn = database();
    let id = Uuid::max();
    let (user, group) = (Resource::User, Resource::Group);
    let by_email = "SEARCH x USING PRIMARY KEY (org_id=? AND email_key=?";
    for (resource, term, index) in [
        (user, format!(r#"id eq "{id}""#), "sqlite_autoindex_users_1 (org_id=? AND id=?"),
        (user, r#"userName eq "ada""#.into(), "users_user_name (org_id=? AND user_name_key=?"),
        (user, r#"externalId eq "7""#.into(), "users_external_id (org_id=? AND external_id=?"),
        (user, r#"displayName eq "Ada""#.into(), "users_display_name (org_id=? AND display_name_key=?"),
        (user, r#"emails eq "ada@acme.test""#.into(), by_email),
        (user, r#"emails.value eq "ada@acme.test""#.into(), by_email),
        (user, r#"emails[value eq "ada@acme.test"]"#.into(), by_email),
        (user, r#"emails[type eq "work"].value eq "ada@acme.test""#.into(), by_email),
        (user, r#"emails[type eq "work" and value eq "ada@acme.test"]"#.into(), by_email),
        (user, r#"emails.value eq "ada@acme.test""#.into(), "sqlite_autoindex_users_1 (org_id=? AND id=?"),
        (
            user,
            r#"meta.lastModified gt "2026-01-01T00:00:00Z""#.into(),
            "users_modified (org_id=? AND modified_at>?",
        ),
        (user, "active eq true".into(), "users_active (org_id=? AND active=?"),
        (user, "active eq false".into(), "users_active (org_id=? AND active=?"),
        (user, format!(r#"groups.value eq "{id}""#), "sqlite_autoindex_users_1 (org_id=? AND id=?"),
        (group, format!(r#"id eq "{id}""#), "sqlite_autoindex_groups_1 (org_id=? AND id=?"),
        (group, r#"displayName eq "Sales""#.into(), "groups_display_name (org_id=? AND display_name_key=?"),
        (group, r#"externalId eq "7""#.into(), "groups_external_id (org_id=? AND external_id=?"),
        (
            group,
            r#"meta.lastModified ge "2026-01-01T00:00:00Z""#.into(),
            "groups_modified (org_id=? AND modified_at>?",
        ),
        (group, format!(r#"members.value eq "{id}""#), "sqlite_autoindex_groups_1 (org_id=? AND id=?"),
        (group, format!(r#"members[value eq "{id}"]"#), "sqlite_autoindex_groups_1 (org_id=? AND id=?"),
    ] {
        let resource_type = if resource == user { ResourceType::user() } else { ResourceType::group() };
        for filter in [term.clone(), format!(r#"meta.version eq "W/\"1\"" and {term}"#)] {
            let by_position = query(&filter, resource_type);
            uses(&filter, &plan_of_query(&mut conn, resource, &by_position), index);
            let position = Position::After { id: Uuid::nil().to_string(), key: None };
            let by_cursor = ResourceQuery { start: PageStart::Cursor(Some(position)), ..by_position };
            uses(&filter, &plan_of_query(&mut conn, resource, &by_cursor), index);
        }
    }
}

#[test]
fn a_list_in_the_order_of_an_index_is_read_off_it() {
    let mut conn = database();
    for (resource, sort_by, key, index) in [
        (Resource::User, "userName", r#""ada""#, "users_user_name (org_id=? AND user_name_key"),
        (Resource::User, "displayName", r#""ada""#, "users_display_name (org_id=? AND "),
        (Resource::User, "meta.lastModified", "7", "users_modified (org_id=? AND "),
        (Resource::User, "active", "true", "users_active (org_id=? AND "),
        (Resource::Group, "displayName", r#""sales""#, "groups_display_name (org_id=? AND "),
        (Resource::Group, "meta.lastModified", "7", "groups_modified (org_id=? AND "),
    ] {
        let resource_type =
            if resource == Resource::User { ResourceType::user() } else { ResourceType::group() };
        for order in ["ascending", "descending"] {
            let sort = SortBy::parse(sort_by, Some(order), Profile::Compatible).unwrap();
            let sort = sort.resolve(resource_type, Profile::Compatible).unwrap();
            let position = Position::After { id: Uuid::max().to_string(), key: Some(key.to_owned()) };
            let start = PageStart::Cursor(Some(position));
            let query = ResourceQuery { sort, start, count: 10, ..ResourceQuery::default() };
            let plan = plan_of_query(&mut conn, resource, &query);
            uses(&format!("{sort_by} {order}"), &plan, index);
            let sorts_all = plan.iter().any(|step| step == "USE TEMP B-TREE FOR ORDER BY");
            assert!(!sorts_all, "{sort_by} {order}:\n{}", plan.join("\n"));
        }
    }
}
