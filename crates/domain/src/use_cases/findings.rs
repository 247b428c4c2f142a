//! What an administrator should look at, each with what to do about it.

mod kind;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use kind::FindingKind;

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
    pub kind: FindingKind,
    /// How soon somebody should act.
    pub severity: Severity,
    /// What there is, in a sentence.
    pub summary: String,
    /// What to do about it.
    pub what_to_do: &'static str,
    /// How many there are.
    pub count: u64,
    /// There may be more: nobody counted further.
    pub or_more: bool,
    /// The first few, by name.
    pub examples: Vec<String>,
}

/// So many examples are given of each.
const EXAMPLES: u32 = 10;
/// People without a workspace are counted no further, so that they cost little where there are many.
const MOST_PEOPLE: u32 = 1_000;
/// A token that works for less than this is told of.
const SOON_DAYS: i64 = 14;
/// A token that nobody has used for so long is told of; and so is an identity provider that has said nothing for so long.
const UNUSED_DAYS: i64 = 7;
const SILENT_DAYS: i64 = 2;
/// A role given by hand that ends sooner than this is told of.
const GRANT_DAYS: i64 = 7;
/// Refused requests are told of for so long.
const REFUSED_DAYS: i64 = 7;

/// All findings, what matters most first. Reads the organisation through.
pub fn list(tx: &mut (impl ReadTx + ?Sized), org: OrgId, now: Timestamp) -> StoreResult<Vec<Finding>> {
    let mut found = pressing(tx, org, now)?;
    found.extend(of_groups_and_people(tx, org)?);
    found.sort_by_key(|finding| finding.severity);
    Ok(found)
}

/// The findings about guards, connections, tokens and what is given by hand, every problem among them. They do not read the organisation
/// through.
pub fn pressing(tx: &mut (impl ReadTx + ?Sized), org: OrgId, now: Timestamp) -> StoreResult<Vec<Finding>> {
    let held = Sample { count: tx.count_holds(org, Some(false))?, names: Vec::new() };
    let refusals = tx.refusals_since(org, now.plus_days(-REFUSED_DAYS))?;
    let (tokens, connections) = (tx.list_tokens(org)?, tx.list_connections(org)?);
    let found = [
        Finding::of(FindingKind::RemovalsHeld, held),
        refused(&refusals),
        expiring(&tokens, now),
        unused(&tokens, now),
        silent(&connections, &tx.last_requests(org)?, now),
        Finding::of(FindingKind::GrantEnds, tx.grants_ending(org, now.plus_days(GRANT_DAYS), EXAMPLES)?),
    ];
    let mut found: Vec<Finding> = found.into_iter().flatten().collect();
    found.sort_by_key(|finding| finding.severity);
    Ok(found)
}

fn of_groups_and_people(tx: &mut (impl ReadTx + ?Sized), org: OrgId) -> StoreResult<Vec<Finding>> {
    let samples = [
        (FindingKind::OverlappingGroups, tx.overlapping_groups(org, EXAMPLES)?),
        (FindingKind::MappedGroupNeverPushed, tx.mapped_and_never_pushed(org, EXAMPLES)?),
        (FindingKind::MappedGroupEmpty, tx.mapped_and_empty(org, EXAMPLES)?),
        (FindingKind::UnmappedGroup, tx.groups_without_mapping(org, EXAMPLES)?),
        (FindingKind::UnknownRole, tx.unknown_roles(org, EXAMPLES)?),
        (FindingKind::PersonWithoutWorkspace, tx.people_in_no_workspace(org, EXAMPLES, MOST_PEOPLE)?),
    ];
    Ok(samples.into_iter().filter_map(|(kind, sample)| Finding::of(kind, sample)).collect())
}

impl Finding {
    /// A finding, unless there is nothing.
    fn of(kind: FindingKind, Sample { count, names }: Sample) -> Option<Self> {
        (count > 0).then(|| Self {
            kind,
            severity: kind.severity(),
            summary: kind.summary(count),
            or_more: kind.or_more(count),
            what_to_do: kind.what_to_do(),
            count,
            examples: names,
        })
    }
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
    Finding::of(FindingKind::TokenExpires, named(expiring.map(|token| token.name.as_str())))
}

fn unused(tokens: &[Token], now: Timestamp) -> Option<Finding> {
    let before = now.plus_days(-UNUSED_DAYS);
    let never = live(tokens, now).filter(|token| token.last_used_at.is_none() && token.created_at < before);
    Finding::of(FindingKind::TokenNeverUsed, named(never.map(|token| token.name.as_str())))
}

/// A connection whose directory once spoke and has been silent since. Entra asks about every 40 minutes.
fn silent(connections: &[Connection], last: &[LastRequest], now: Timestamp) -> Option<Finding> {
    let before = now.plus_days(-SILENT_DAYS);
    let last_of =
        |id: ConnectionId| last.iter().filter(|one| one.connection == id).filter_map(|one| one.at).max();
    let silent = connections.iter().filter(|one| last_of(one.id).is_some_and(|at| at < before));
    Finding::of(FindingKind::DirectorySilent, named(silent.map(|one| one.name.as_str())))
}

fn refused(refusals: &[Refusals]) -> Option<Finding> {
    // Some clients of the token endpoint ask for a new access token when the last one is refused, and not before.
    let refusals = || refusals.iter().filter(|one| one.reason != RefusedToken::AccessTokenExpired);
    let count = refusals().map(|one| one.count).sum();
    let reasons = refusals().map(|one| format!("{} × {}", one.count, reason(one.reason)));
    let names = reasons.take(EXAMPLES as usize).collect();
    Finding::of(FindingKind::RequestsRefused, Sample { count, names })
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
        RefusedToken::AccessTokenExpired => "an expired access token",
        RefusedToken::AccessTokenSignature => "an access token that no key of this server signed",
        RefusedToken::AccessTokenAudience => "an access token of another organisation or address",
        RefusedToken::ClientId => "a client id of another token",
    }
}
