//! People who were there before and whom no directory has taken in, each with the pushed people who are probably the same.
//!
//! A `userName` needs no report: the directory that pushes it takes the person in (`users`). This is about the rest, who may
//! be in the organisation twice. An e-mail address is never enough to make two people one: an administrator says it of each pair
//! ([`accept`]), or that they are two ([`refuse`]).

mod accept;
mod proposed;
mod refuse;
#[cfg(test)]
mod tests;

pub use accept::{Accepted, AcceptedAll, MatchError, Skipped, accept, accept_all};
pub use proposed::{LOOKED_AT, Proposed, list_proposed};
pub use refuse::{Refused, list_refused, reconsider, refuse};

use std::{collections::HashMap, str::FromStr};

use crate::{
    ids::{ConnectionId, OrgId, UserId},
    ports::{Pair, ReadTx, Slice, StoreResult},
    records::{Connection, User},
};

/// What two people have in common.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum MatchedBy {
    /// The directory's id of the pushed person is the other's, or the application's own.
    ExternalId,
    /// An e-mail address, or a `userName` that is one.
    Email,
}

impl MatchedBy {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExternalId => "external_id",
            Self::Email => "email",
        }
    }
}

/// How sure it is that two people are one; the surest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Certainty {
    /// An id is the same.
    Sure,
    /// An address is, in a domain that the connection speaks for.
    Likely,
    /// An address is, and nobody speaks for it.
    Unsure,
}

impl Certainty {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sure, Self::Likely, Self::Unsure];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sure => "sure",
            Self::Likely => "likely",
            Self::Unsure => "unsure",
        }
    }
}

/// A word that says of no match how sure it is.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{0}` is not how sure a match is; write `sure`, `likely` or `unsure`")]
pub struct NoCertainty(String);

impl FromStr for Certainty {
    type Err = NoCertainty;
    fn from_str(text: &str) -> Result<Self, NoCertainty> {
        let found = Self::ALL.into_iter().find(|certainty| certainty.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| NoCertainty(text.to_owned()))
    }
}

/// A pushed person who is probably the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Who.
    pub user: User,
    /// The name of the connection that pushed them.
    pub connection: String,
    /// By what.
    pub by: MatchedBy,
    /// How sure that is.
    pub certainty: Certainty,
}

/// Somebody whom no directory has taken in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// Who.
    pub user: User,
    /// The application's own id of them.
    pub app_id: Option<String>,
    /// Who is probably the same, the surest first; mostly nobody.
    pub candidates: Vec<Candidate>,
}

/// Those who wait, in id order. A constant number of statements, and one for each probable person shown.
pub fn list(tx: &mut (impl ReadTx + ?Sized), org: OrgId, slice: Slice<UserId>) -> StoreResult<Vec<Waiting>> {
    let waiting = tx.people_of(org, ConnectionId::BY_HAND, slice)?;
    let ids: Vec<UserId> = waiting.iter().map(|user| user.id).collect();
    let matches = tx.matches_of(org, &ids)?;
    shown(tx, org, waiting, matches)
}

/// These, each with who of the pairs is probably the same.
fn shown(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    waiting: Vec<User>,
    mut matches: Vec<Pair>,
) -> StoreResult<Vec<Waiting>> {
    let connections = tx.list_connections(org)?;
    let ids: Vec<UserId> = waiting.iter().map(|user| user.id).collect();
    let mut app_ids: HashMap<UserId, String> = tx.app_ids_of(org, &ids)?.into_iter().collect();
    matches.sort_unstable();
    // By the surer way alone.
    matches.dedup_by_key(|(of, other, _)| (*of, *other));
    let mut listed = Vec::with_capacity(waiting.len());
    for user in waiting {
        let mut candidates: Vec<Candidate> = Vec::new();
        for (_, id, by) in matches.iter().filter(|(of, ..)| *of == user.id) {
            if let Some(found) = tx.find_user(org, *id)? {
                candidates.extend(candidate(found, *by, &connections));
            }
        }
        candidates.sort_by_key(|one| (one.by, one.user.id));
        let app_id = app_ids.remove(&user.id);
        listed.push(Waiting { user, app_id, candidates });
    }
    Ok(listed)
}

fn candidate(user: User, by: MatchedBy, connections: &[Connection]) -> Option<Candidate> {
    let connection = connections.iter().find(|one| one.id == user.connection)?;
    let spoken_for =
        !connection.switches.verified_domains.is_empty() && !connection.switches.outside(&user.facts);
    let certainty = match by {
        MatchedBy::ExternalId => Certainty::Sure,
        MatchedBy::Email if spoken_for => Certainty::Likely,
        MatchedBy::Email => Certainty::Unsure,
    };
    Some(Candidate { user, connection: connection.name.clone(), by, certainty })
}
