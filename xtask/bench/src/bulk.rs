//! A large organisation on PostgreSQL in minutes: the first few of each kind come by HTTP, as everybody; the rest are copies
//! of one of them, made by statements over sets. A copy has every column and every row that its model has, whatever the
//! schema, the events included; only ids, names and numbers differ. `rolecall db check` finds nothing wrong in it.

use std::net::SocketAddr;

use diesel::{connection::SimpleConnection, pg::PgConnection, prelude::*};

use crate::{
    load::{self, Caller},
    operations::Target,
    organisation::{self, Size, TEAM},
};

/// The number of the person and the teams that others are copies of, in words that occur nowhere else in a document.
pub(crate) const MODEL: usize = 7_654_321;
pub(crate) const DIGITS: &str = "7654321";

/// What others are copies of.
struct Models {
    person: String,
    big_group: String,
    team: String,
    /// One named after the pattern, which fills a workspace.
    pattern: String,
    workspace: String,
    mapping: String,
}

/// The same organisation as [`load::fill`] makes.
pub(crate) fn fill(
    database: &str,
    address: SocketAddr,
    token: String,
    api_key: String,
    size: &Size,
) -> Result<Target, String> {
    let mut caller = Caller::open(address)?;
    let person = caller.created(&token, "/scim/default/v2/Users", &organisation::user_document(MODEL))?;
    let big_group = load::big_group(&mut caller, &token, &api_key)?;
    let members = [person.clone()];
    let path = format!("/scim/default/v2/Groups/{big_group}");
    caller.ask("PATCH", &path, &token, &organisation::members_patch("Add", &members))?;
    let mut group = |name: &str| {
        caller.created(&token, "/scim/default/v2/Groups", &organisation::group_document(name, &members))
    };
    let (team, pattern) =
        (group(&format!("Team {DIGITS}"))?, group(&format!("ws-Team {DIGITS}-role-member"))?);

    let mut conn = PgConnection::establish(database).map_err(|error| error.to_string())?;
    let found: QueryResult<(String, String)> = diesel::select((
        text_of(&format!("(SELECT workspace_id FROM mappings WHERE group_id = '{pattern}')")),
        text_of(&format!("(SELECT id FROM mappings WHERE group_id = '{pattern}')")),
    ))
    .get_result(&mut conn);
    let (workspace, mapping) = found.map_err(|error| format!("{error}: the pattern made no mapping"))?;
    let models = Models { person, big_group, team, pattern, workspace, mapping };
    let started = std::time::Instant::now();
    for (what, statement) in statements(&models, size) {
        let done = conn.batch_execute(&statement);
        done.map_err(|error| format!("{error}, in {statement}"))?;
        eprintln!("loading {what}: {:.0} s", started.elapsed().as_secs_f64());
    }
    let user = |number: usize| format!("01900000-0000-7000-8000-{number:012x}");
    Ok(Target {
        addresses: vec![address],
        token,
        api_key,
        users: (0..size.users).map(user).collect(),
        spare: (size.users..size.people()).map(user).collect(),
        small_group: "01900000-0000-7000-9000-000000000000".into(),
        big_group: models.big_group,
        change: String::new(),
        cookie: String::new(),
        connection: String::new(),
    })
}

fn text_of(expression: &str) -> diesel::expression::SqlLiteral<diesel::sql_types::Text> {
    diesel::dsl::sql(&format!("CAST({expression} AS text)"))
}

/// Copies of the row of a table that `which` chooses, one for each number `n`, with texts replaced in all columns, and
/// some columns of their own.
fn copies(
    table: &str,
    which: &str,
    numbers: &str,
    replaced: &[(&str, &str)],
    own: &[(&str, &str)],
) -> String {
    let text = replaced
        .iter()
        .fold("to_jsonb(t)::text".to_owned(), |text, (from, to)| format!("replace({text}, '{from}', {to})"));
    let own: String =
        own.iter().map(|(column, value)| format!(" || jsonb_build_object('{column}', {value})")).collect();
    format!(
        "INSERT INTO {table} SELECT r.* FROM {table} t, generate_series({numbers}) n,
         LATERAL jsonb_populate_record(t, ({text})::jsonb{own}) r WHERE {which}"
    )
}

/// An expression: the id of kind `kind` with this number.
fn id(kind: &str, number: &str) -> String {
    format!("('01900000-0000-7000-{kind}-' || lpad(to_hex({number}), 12, '0'))")
}

/// The indexes beside the keys are built when the rows are there, and no foreign key is looked up: a copy refers to copies.
const BEFORE: &str = "
    SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '512MB';
    CREATE TABLE bench_indexes AS
    SELECT CAST(i.indexrelid AS bigint) AS place, pg_get_indexdef(i.indexrelid) AS definition, CAST(i.indexrelid AS regclass) AS name
    FROM pg_index i
    WHERE i.indrelid IN ('users'::regclass, 'user_emails'::regclass, 'groups'::regclass, 'group_members'::regclass,
                         'memberships'::regclass, 'events'::regclass)
      AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid);
    DO $$ DECLARE r record; BEGIN
      FOR r IN SELECT name FROM bench_indexes LOOP EXECUTE format('DROP INDEX %s', r.name); END LOOP;
    END $$";

const AFTER: &str = "
    DO $$ DECLARE r record; BEGIN
      FOR r IN SELECT definition FROM bench_indexes ORDER BY place LOOP EXECUTE r.definition; END LOOP;
    END $$;
    DROP TABLE bench_indexes";

fn statements(models: &Models, size: &Size) -> Vec<(&'static str, String)> {
    let Models { person, big_group, team, pattern, workspace, mapping } = models;
    let numbers = |count: usize| format!("0, {count} - 1");
    let (people, users, big, teams) =
        (numbers(size.people()), numbers(size.users), numbers(size.big_group), numbers(size.teams()));
    let of_team = format!("n / {TEAM}");
    let (user, group) = (id("8000", "n"), id("9000", "n"));
    let (user_group, user_workspace) = (id("9000", &of_team), id("b000", &of_team));
    let (group_workspace, group_mapping) = (id("b000", "n"), id("c000", "n"));
    let (made, joined, placed, formed) = (id("a000", "n"), id("a001", "n"), id("a002", "n"), id("a003", "n"));
    let (seven, five) = ("lpad(n::text, 7, '0')", "lpad(n::text, 5, '0')");
    // Every twentieth team is named after the pattern; see `organisation::team_name`.
    let (plain, named) = ("n % 20 <> 0", "n % 20 = 0");
    let (in_plain, in_named) = (format!("{of_team} % 20 <> 0"), format!("{of_team} % 20 = 0"));

    let as_person = [(person.as_str(), user.as_str()), (DIGITS, seven)];
    let as_plain = [(team.as_str(), group.as_str()), (DIGITS, five)];
    let as_named = [
        (pattern.as_str(), group.as_str()),
        (workspace, &group_workspace),
        (mapping, &group_mapping),
        (DIGITS, five),
    ];
    let in_team = [(person.as_str(), user.as_str()), (team, &user_group)];
    let in_pattern = [(person.as_str(), user.as_str()), (pattern, &user_group), (workspace, &user_workspace)];
    let member = |of: &str, rest: &str| format!("t.member_id = '{person}' AND t.group_id = '{of}'{rest}");
    let there = |rest: &str| format!("t.user_id = '{person}' AND t.workspace_id {rest}");
    let last = "(SELECT max(seq) FROM events) + 1 + n";
    let events = |which: String, numbers: &str, replaced: &[(&str, &str)], change: &str| {
        copies("events", &which, numbers, replaced, &[("seq", last), ("change_id", change)])
    };
    let told = |kind: &str, rest: String| format!("t.kind = '{kind}' AND {rest}");
    let positions = |kind: u8, table: &str| {
        format!(
            "DELETE FROM positions WHERE kind = {kind};
             INSERT INTO positions SELECT org_id, {kind}, (array_agg(id ORDER BY id))[1], count(*)
             FROM (SELECT org_id, id, (row_number() OVER (ORDER BY id) - 1) / 1000 AS block FROM {table}) r
             GROUP BY org_id, block"
        )
    };
    vec![
        ("nothing yet", BEFORE.to_owned()),
        ("people", copies("users", &format!("t.id = '{person}'"), &people, &as_person, &[])),
        ("addresses", copies("user_emails", &format!("t.user_id = '{person}'"), &people, &as_person, &[])),
        ("teams", copies("groups", &format!("t.id = '{team}' AND {plain}"), &teams, &as_plain, &[])),
        ("teams", copies("groups", &format!("t.id = '{pattern}' AND {named}"), &teams, &as_named, &[])),
        (
            "workspaces",
            copies("workspaces", &format!("t.id = '{workspace}' AND {named}"), &teams, &as_named, &[]),
        ),
        ("mappings", copies("mappings", &format!("t.id = '{mapping}' AND {named}"), &teams, &as_named, &[])),
        (
            "the big group",
            copies("group_members", &member(big_group, ""), &big, &as_person, &[("change_id", &joined)]),
        ),
        (
            "places in teams",
            copies(
                "group_members",
                &member(team, &format!(" AND {in_plain}")),
                &users,
                &in_team,
                &[("change_id", &placed)],
            ),
        ),
        (
            "places in teams",
            copies(
                "group_members",
                &member(pattern, &format!(" AND {in_named}")),
                &users,
                &in_pattern,
                &[("change_id", &placed)],
            ),
        ),
        ("memberships", copies("memberships", &there(&format!("<> '{workspace}'")), &big, &as_person, &[])),
        (
            "memberships",
            copies(
                "memberships",
                &there(&format!("= '{workspace}' AND {in_named}")),
                &users,
                &in_pattern,
                &[],
            ),
        ),
        (
            "events",
            events(told("user.created", format!("t.user_id = '{person}'")), &people, &as_person, &made),
        ),
        (
            "events",
            events(
                told("group.created", format!("t.group_id = '{team}' AND {plain}")),
                &teams,
                &as_plain,
                &formed,
            ),
        ),
        (
            "events",
            events(
                told("group.created", format!("t.group_id = '{pattern}' AND {named}")),
                &teams,
                &as_named,
                &formed,
            ),
        ),
        (
            "events",
            events(
                told("workspace.created", format!("t.workspace_id = '{workspace}' AND {named}")),
                &teams,
                &as_named,
                &formed,
            ),
        ),
        (
            "events",
            events(
                told("mapping.created", format!("t.mapping_id = '{mapping}' AND {named}")),
                &teams,
                &as_named,
                &formed,
            ),
        ),
        (
            "events",
            events(
                told("group.member_added", format!("t.group_id = '{big_group}'")),
                &big,
                &as_person,
                &joined,
            ),
        ),
        (
            "events",
            events(
                told("membership.created", there(&format!("<> '{workspace}'"))),
                &big,
                &as_person,
                &joined,
            ),
        ),
        (
            "events",
            events(
                told("group.member_added", format!("t.group_id = '{team}' AND {in_plain}")),
                &users,
                &in_team,
                &placed,
            ),
        ),
        (
            "events",
            events(
                told("group.member_added", format!("t.group_id = '{pattern}' AND {in_named}")),
                &users,
                &in_pattern,
                &placed,
            ),
        ),
        (
            "events",
            events(
                told("membership.created", there(&format!("= '{workspace}' AND {in_named}"))),
                &users,
                &in_pattern,
                &placed,
            ),
        ),
        ("blocks", positions(1, "users")),
        ("blocks", positions(2, "groups")),
        (
            "counts",
            "UPDATE workspaces w SET people = (SELECT count(*) FROM memberships m
             WHERE m.org_id = w.org_id AND m.workspace_id = w.id)"
                .to_owned(),
        ),
        ("indexes", AFTER.to_owned()),
        ("figures", "VACUUM (ANALYZE)".to_owned()),
        ("everything", "CHECKPOINT".to_owned()),
    ]
}
