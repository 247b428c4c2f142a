//! What an administrator should look at, each with what to do about it.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::{
    ids::{ConnectionId, OrgId},
    ports::{ReadTx, Sample, StoreResult},
    records::{Connection, Token},
    request_log::{LastRequest, Refusals, RefusedToken},
    time::Timestamp,
};

/// How soon somebody should act.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something waits for a decision, or does not work.
    Problem,
    /// Something will stop working, or is probably not meant so.
    Warning,
    /// Something to know.
    Notice,
}

/// One thing to look at.
#[derive(Serialize, Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The stable word for it.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// How soon somebody should act.
    pub severity: Severity,
    /// What there is, in a sentence.
    pub summary: String,
    /// What to do about it.
    pub what_to_do: &'static str,
    /// How many there are.
    pub count: u64,
    /// The first few, by name.
    pub examples: Vec<String>,
}

/// So many examples are given of each.
const EXAMPLES: u32 = 10;
/// A token that works for less than this is told of.
const SOON_DAYS: i64 = 14;
/// A token that nobody has used for so long is told of; and so is an identity provider that has said nothing for so long.
const UNUSED_DAYS: i64 = 7;
const SILENT_DAYS: i64 = 2;
/// Refused requests are told of for so long.
const REFUSED_DAYS: i64 = 7;

/// All findings, what matters most first. Reads the organisation through.
pub fn list(tx: &mut (impl ReadTx + ?Sized), org: OrgId, now: Timestamp) -> StoreResult<Vec<Finding>> {
    let mut found = pressing(tx, org, now)?;
    found.extend(of_groups_and_people(tx, org)?);
    found.sort_by_key(|finding| finding.severity);
    Ok(found)
}

/// The findings about guards, connections and tokens, every problem among them. They do not read the organisation
/// through.
pub fn pressing(tx: &mut (impl ReadTx + ?Sized), org: OrgId, now: Timestamp) -> StoreResult<Vec<Finding>> {
    let mut found = Vec::new();
    let held = tx.count_holds(org, Some(false))?;
    found.extend(some(
        "removals_held",
        Severity::Problem,
        Sample { count: held, names: Vec::new() },
        |n| format!("{n} keep access that the directory took away, and wait for a review"),
        "Look at GET /v1/holds, and approve or reject each, or all.",
    ));
    found.extend(refused(&tx.refusals_since(org, now.plus_days(-REFUSED_DAYS))?));
    let (tokens, connections) = (tx.list_tokens(org)?, tx.list_connections(org)?);
    found.extend(expiring(&tokens, now));
    found.extend(unused(&tokens, now));
    found.extend(silent(&connections, &tx.last_requests(org)?, now));
    found.sort_by_key(|finding| finding.severity);
    Ok(found)
}

fn of_groups_and_people(tx: &mut (impl ReadTx + ?Sized), org: OrgId) -> StoreResult<Vec<Finding>> {
    use Severity::{Notice, Warning};
    Ok([
        some(
            "overlapping_groups",
            Warning,
            tx.overlapping_groups(org, EXAMPLES)?,
            |n| format!("{n} pairs of groups map themselves to one workspace and share people"),
            "Keep each person in one of the groups in the directory; until then the higher role counts.",
        ),
        some(
            "mapped_group_never_pushed",
            Warning,
            tx.mapped_and_never_pushed(org, EXAMPLES)?,
            |n| format!("{n} groups are mapped and the directory has never pushed them"),
            "Assign the groups to the application in the directory, or correct the name in the mapping.",
        ),
        some(
            "mapped_group_empty",
            Notice,
            tx.mapped_and_empty(org, EXAMPLES)?,
            |n| format!("{n} mapped groups have no members"),
            "Add people to the groups in the directory, or remove the mappings.",
        ),
        some(
            "unmapped_group",
            Notice,
            tx.groups_without_mapping(org, EXAMPLES)?,
            |n| format!("{n} groups are pushed and give nobody anything"),
            "Map them to a workspace, or stop assigning them to the application.",
        ),
        some(
            "unknown_role",
            Warning,
            tx.unknown_roles(org, EXAMPLES)?,
            |n| format!("{n} people have a word in `roles` that is no role and gives them nothing"),
            "Send owner, admin or member as the value of an app role; any other word means member.",
        ),
        some(
            "person_without_workspace",
            Notice,
            tx.people_in_no_workspace(org, EXAMPLES)?,
            |n| format!("{n} active people are in no workspace"),
            "Ask GET /v1/access/explain about one of them: it names the groups that would help.",
        ),
    ]
    .into_iter()
    .flatten()
    .collect())
}

/// A finding, unless there is nothing.
fn some(
    kind: &'static str,
    severity: Severity,
    Sample { count, names }: Sample,
    summary: impl FnOnce(u64) -> String,
    what_to_do: &'static str,
) -> Option<Finding> {
    (count > 0).then(|| Finding {
        kind,
        severity,
        summary: summary(count),
        what_to_do,
        count,
        examples: names,
    })
}

fn named<'t>(names: impl Iterator<Item = &'t str>) -> Sample {
    let names: Vec<String> = names.map(str::to_owned).collect();
    Sample { count: names.len() as u64, names: names.into_iter().take(EXAMPLES as usize).collect() }
}

fn live(tokens: &[Token], now: Timestamp) -> impl Iterator<Item = &Token> {
    tokens
        .iter()
        .filter(move |token| token.revoked_at.is_none() && token.expires_at.is_none_or(|at| at > now))
}

fn expiring(tokens: &[Token], now: Timestamp) -> Option<Finding> {
    let soon = now.plus_days(SOON_DAYS);
    let expiring = live(tokens, now).filter(|token| token.expires_at.is_some_and(|at| at < soon));
    some(
        "token_expires",
        Severity::Warning,
        named(expiring.map(|token| token.name.as_str())),
        |n| format!("{n} Secret Tokens expire within {SOON_DAYS} days"),
        "Make another token, paste it into the directory, then revoke the old one: both work meanwhile.",
    )
}

fn unused(tokens: &[Token], now: Timestamp) -> Option<Finding> {
    let before = now.plus_days(-UNUSED_DAYS);
    let never = live(tokens, now).filter(|token| token.last_used_at.is_none() && token.created_at < before);
    some(
        "token_never_used",
        Severity::Notice,
        named(never.map(|token| token.name.as_str())),
        |n| format!("{n} Secret Tokens were made more than {UNUSED_DAYS} days ago and never used"),
        "Revoke them, or finish setting up the directory that they are for.",
    )
}

/// A connection whose directory once spoke and has been silent since. Entra asks about every 40 minutes.
fn silent(connections: &[Connection], last: &[LastRequest], now: Timestamp) -> Option<Finding> {
    let before = now.plus_days(-SILENT_DAYS);
    let last_of =
        |id: ConnectionId| last.iter().filter(|one| one.connection == id).filter_map(|one| one.at).max();
    let silent = connections.iter().filter(|one| last_of(one.id).is_some_and(|at| at < before));
    some(
        "directory_silent",
        Severity::Problem,
        named(silent.map(|one| one.name.as_str())),
        |n| format!("{n} directories have sent nothing for {SILENT_DAYS} days"),
        "Look at the provisioning status in the directory: it stops by itself after many failures.",
    )
}

fn refused(refusals: &[Refusals]) -> Option<Finding> {
    let count = refusals.iter().map(|one| one.count).sum();
    let reasons = refusals.iter().map(|one| format!("{} × {}", one.count, reason(one.reason)));
    let names = reasons.take(EXAMPLES as usize).collect();
    some(
        "requests_refused",
        Severity::Problem,
        Sample { count, names },
        |n| {
            format!(
                "{n} requests were refused within {REFUSED_DAYS} days, for what they presented as a token"
            )
        },
        "Paste the Secret Token into the directory again, or a new one; GET /v1/scim/requests?status=401 shows each.",
    )
}

fn reason(refused: RefusedToken) -> &'static str {
    match refused {
        RefusedToken::Missing => "no token",
        RefusedToken::NotBearer => "another kind of authentication than Bearer",
        RefusedToken::Malformed => "a token that is cut or changed",
        RefusedToken::ApiKey => "an API key in the place of a Secret Token",
        RefusedToken::Unknown => "an unknown token",
        RefusedToken::OtherOrganisation => "a token of another organisation",
        RefusedToken::Revoked => "a revoked token",
        RefusedToken::Expired => "an expired token",
    }
}
