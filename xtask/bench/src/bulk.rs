//! A large organisation on PostgreSQL in minutes: the first few of each kind come by HTTP, as everybody; the rest are copies
//! of one of them, made by statements over sets. A copy has every column and every row that its model has, whatever the
//! schema; only ids, names and numbers differ.

use std::net::SocketAddr;

use diesel::{connection::SimpleConnection, pg::PgConnection, prelude::*};

use crate::{
    load::{self, Caller},
    operations::Target,
    organisation::{self, Size, TEAM},
};

/// The number of the person that others are copies of, in words that occur nowhere else in a document.
pub(crate) const MODEL: usize = 7_654_321;
pub(crate) const DIGITS: &str = "7654321";

/// The same organisation as [`load::fill`] makes, but that the teams named after the pattern fill no workspace.
pub(crate) fn fill(
    database: &str,
    address: SocketAddr,
    token: String,
    api_key: String,
    size: &Size,
) -> Result<Target, String> {
    let mut caller = Caller::open(address)?;
    let model = caller.created(&token, "/scim/default/v2/Users", &organisation::user_document(MODEL))?;
    let big_group = load::big_group(&mut caller, &token, &api_key)?;
    let model_member = [model.clone()];
    let path = format!("/scim/default/v2/Groups/{big_group}");
    caller.ask("PATCH", &path, &token, &organisation::members_patch("Add", &model_member))?;
    let model_team = organisation::group_document(&format!("Team {DIGITS}"), &model_member);
    let team = caller.created(&token, "/scim/default/v2/Groups", &model_team)?;

    let mut conn = PgConnection::establish(database).map_err(|error| error.to_string())?;
    let started = std::time::Instant::now();
    for statement in statements(&model, &team, &big_group, size) {
        let found = conn.batch_execute(&statement);
        found.map_err(|error| format!("{error}, in {statement}"))?;
        eprintln!("loading: {:.0} s", started.elapsed().as_secs_f64());
    }
    let user = |number: usize| format!("01900000-0000-7000-8000-{number:012x}");
    Ok(Target {
        addresses: vec![address],
        token,
        api_key,
        users: (0..size.users).map(user).collect(),
        spare: (size.users..size.people()).map(user).collect(),
        small_group: "01900000-0000-7000-9000-000000000000".into(),
        big_group,
    })
}

/// Copies of the rows of a table that `which` chooses, with the texts replaced in all of their columns.
fn copies(table: &str, which: &str, numbers: &str, replaced: &[(String, &str)]) -> String {
    let text = replaced
        .iter()
        .fold("to_jsonb(t)::text".to_owned(), |text, (from, to)| format!("replace({text}, '{from}', {to})"));
    format!(
        "INSERT INTO {table} SELECT r.* FROM {table} t, generate_series({numbers}) n,
         LATERAL jsonb_populate_record(t, ({text})::jsonb) r WHERE {which}"
    )
}

fn statements(model: &str, team: &str, big_group: &str, size: &Size) -> Vec<String> {
    let (people, big, teams) = (
        format!("0, {} - 1", size.people()),
        format!("0, {} - 1", size.big_group),
        format!("0, {} - 1", size.teams()),
    );
    let user = "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))";
    let group = "('01900000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))";
    let of_user = format!("('01900000-0000-7000-9000-' || lpad(to_hex(n / {TEAM}), 12, '0'))");
    let digits = "lpad(n::text, 7, '0')";
    let name = "CASE WHEN n % 20 = 0 THEN 'ws-Team ' || lpad(n::text, 5, '0') || '-role-member'
                     ELSE 'Team ' || lpad(n::text, 5, '0') END";
    let person = |id: &str| format!("t.{id} = '{model}'");
    let of_person = [(model.to_owned(), user), (DIGITS.to_owned(), digits)];
    let of_team = [
        (team.to_owned(), group),
        (format!("Team {DIGITS}"), name),
        (format!("team {DIGITS}"), &*format!("lower({name})")),
    ]
    .map(|(from, to)| (from, to.to_owned()));
    let of_team: Vec<(String, &str)> = of_team.iter().map(|(from, to)| (from.clone(), to.as_str())).collect();
    let in_big = format!("t.member_id = '{model}' AND t.group_id = '{big_group}'");
    let in_team = format!("t.member_id = '{model}' AND t.group_id = '{team}'");
    let positions = |kind: u8, table: &str| {
        format!(
            "DELETE FROM positions WHERE kind = {kind};
             INSERT INTO positions SELECT org_id, {kind}, (array_agg(id ORDER BY id))[1], count(*)
             FROM (SELECT org_id, id, (row_number() OVER (ORDER BY id) - 1) / 1000 AS block FROM {table}) r
             GROUP BY org_id, block"
        )
    };
    vec![
        copies("users", &person("id"), &people, &of_person),
        copies("user_emails", &person("user_id"), &people, &of_person),
        copies("groups", &format!("t.id = '{team}'"), &teams, &of_team),
        copies("group_members", &in_big, &big, &of_person),
        copies(
            "group_members",
            &in_team,
            &format!("0, {} - 1", size.users),
            &[(model.to_owned(), user), (team.to_owned(), &of_user)],
        ),
        copies("memberships", &person("user_id"), &big, &of_person),
        positions(1, "users"),
        positions(2, "groups"),
        "ANALYZE".to_owned(),
    ]
}
