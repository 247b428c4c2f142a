//! Two people made one: who was pushed stays, and has besides what the other had by hand.
//!
//! The directory's `id` of a person never changes (RFC 7643 §3.1), so it is the imported record that goes, and its id, or the
//! application's own, that is kept as the `app_id` of the one who stays. What the directory says of the person holds from the start,
//! as it does where it takes somebody in by `userName`: attributes, `roles`, whether they are active.

use std::collections::BTreeSet;

use super::{Certainty, Waiting, list};
use crate::{
    event::{EventKind, NewEvent},
    grant::Grant,
    ids::{UserId, WorkspaceId},
    ports::{EndingGrants, Scope, Slice, StoreError, Tx},
    records::{Kept, Merge, User},
    role::OrgRole,
    undo::Removal,
    use_cases::{Act, Expected, ResourceError, holds, people, users, workspaces},
};

/// So many who wait are looked at, at a time.
const PAGE: u32 = 500;

/// So many pairs that were passed over are told.
const SHOWN: usize = 100;

/// Why two people were not made one, or not said to be two. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum MatchError {
    /// No such person.
    #[error("user `{given}` does not exist; GET /v1/matches lists who waits and who is probably the same")]
    UnknownUser {
        /// As given.
        given: String,
    },
    /// A directory owns the first of the two.
    #[error(
        "{user_name} ({user}) is a directory's already; only somebody whom no directory has taken in can be made one with another"
    )]
    NotWaiting {
        /// Who.
        user: UserId,
        /// What they are called.
        user_name: String,
    },
    /// No directory owns the second.
    #[error(
        "{user_name} ({user}) is no directory's; name the person whom a directory pushed, whose id stays"
    )]
    NotPushed {
        /// Who.
        user: UserId,
        /// What they are called.
        user_name: String,
    },
    /// The directory removed the second of the two, whom a hold keeps.
    #[error(
        "the directory removed {user}, whose access is held; decide on the hold first (`rolecall holds`)"
    )]
    Removed {
        /// Who.
        user: UserId,
    },
    /// The application knows the second by an id of its own.
    #[error(
        "the application has the id `{app_id}` for {user} already, so it knows both; people keep their ids: make the two one there first"
    )]
    HasAppId {
        /// Who.
        user: UserId,
        /// By which.
        app_id: String,
    },
    /// What the first has is held, and nobody has decided.
    #[error("{user} keeps access by a hold that nobody has decided; decide on it first (`rolecall holds`)")]
    Held {
        /// Who.
        user: UserId,
    },
    /// The second can have nothing, so what the first has would be lost.
    #[error(
        "{user} is not active, or outside the connection's domains, so {former} would lose all access; change that in the \
         directory, or import {former} with `active` = `false` first"
    )]
    WouldLose {
        /// Who would stay.
        user: UserId,
        /// Who would lose it.
        former: UserId,
    },
    /// What the two have by hand in a workspace ends one after the other.
    #[error(
        "{former} has {one} by hand in a workspace, and {user} {two}: no one grant can end so; change one of the two first"
    )]
    EndsTwice {
        /// Who would go.
        former: UserId,
        /// With what.
        one: Grant,
        /// Who would stay.
        user: UserId,
        /// With what.
        two: Grant,
    },
    /// No such refusal.
    #[error("no match `{given}` was refused; GET /v1/matches/refused lists those that were")]
    UnknownRefusal {
        /// As given.
        given: String,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Two people who are one now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Accepted {
    /// Who stayed.
    pub user: User,
    /// The id of who went.
    pub former: UserId,
    /// The application's own id of the person from now on.
    pub app_id: String,
}

/// Makes two people one: `waiting` is somebody whom no directory has taken in, `with` whom one pushed. Nobody loses access, and the
/// one who stays gains what the other had by hand and by groups. A constant number of statements, and a few for each workspace that
/// the waiting one has by a decided hold alone, or in which one of the two has a grant that ends.
pub fn accept(tx: &mut dyn Tx, act: &Act<'_>, waiting: &str, with: &str) -> Result<Accepted, MatchError> {
    let former = find_waiting(tx, act, waiting)?;
    let user = find_pushed(tx, act, with)?;
    if user.gone_at.is_some() {
        return Err(MatchError::Removed { user: user.id });
    }
    if !counts(&user) && counts(&former) && !tx.workspaces_of(act.org, former.id)?.is_empty() {
        return Err(MatchError::WouldLose { user: user.id, former: former.id });
    }
    let app_id = own_id(tx, act, &former, &user)?;
    let kept = kept_by_decision(tx, act, &former)?;
    let ending = ending_together(tx, act, &former, &user, &kept)?;
    // What stands against it has been found: from here on it is written.
    tx.keep_removed(act.org, &act.cause, &Removal::Person(former.id))?;
    give_kept(tx, act, &former, kept)?;

    // It is told before anything else: from then on, an application knows whose the former id is.
    let name = Some(user.facts.user_name.as_str());
    let merge = Merge { user: user.id, user_name: name, former: former.id, app_id: &app_id };
    tx.push_merge(act.org, &act.cause, EventKind::UserMerged, &merge)?;
    tx.put_merged(act.org, &merge, &act.cause)?;
    tx.drop_known(act.org, former.id)?;
    tx.put_known(act.org, user.id, Some(&app_id), act.cause.at)?;

    for (workspace, before, after) in ending {
        let event = workspaces::put_grant(tx, act, workspace, user.id, before, Some(after))?;
        tx.push_events(act.org, &act.cause, &[event])?;
    }
    tx.move_grants(act.org, former.id, user.id, &act.cause)?;
    tx.move_places(act.org, former.id, user.id, &act.cause)?;
    tx.recompute(act.org, &act.cause, &Scope::Users(vec![user.id]))?;
    let user = tx.find_user(act.org, user.id)?.ok_or_else(|| vanished(user.id))?;
    end(tx, act, &former, user.org_role)?;
    Ok(Accepted { user, former: former.id, app_id })
}

/// Many pairs made one at once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AcceptedAll {
    /// How many.
    pub accepted: u64,
    /// How many were passed over.
    pub skipped: u64,
    /// The first of those, with the reason.
    pub left: Vec<Skipped>,
}

/// Somebody who waits still.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// Who.
    pub user: UserId,
    /// What they are called.
    pub user_name: String,
    /// Why.
    pub reason: String,
}

/// Makes everybody who waits one with the person who is probably the same, where there is exactly one at least as sure as that.
/// What stands against a pair passes it over. As many statements as [`accept`] for each pair.
pub fn accept_all(tx: &mut dyn Tx, act: &Act<'_>, certainty: Certainty) -> Result<AcceptedAll, MatchError> {
    let (mut done, mut after) = (AcceptedAll::default(), None);
    loop {
        let page = list(tx, act.org, Slice { after, limit: PAGE })?;
        let last = page.last().map(|one| one.user.id).filter(|_| page.len() == PAGE as usize);
        for waiting in page {
            accept_one(tx, act, certainty, &waiting, &mut done)?;
        }
        match last {
            Some(last) => after = Some(last),
            None => return Ok(done),
        }
    }
}

fn accept_one(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    certainty: Certainty,
    waiting: &Waiting,
    done: &mut AcceptedAll,
) -> Result<(), MatchError> {
    let probable: Vec<UserId> = waiting
        .candidates
        .iter()
        .filter(|candidate| candidate.certainty <= certainty)
        .map(|candidate| candidate.user.id)
        .collect();
    let reason = match probable[..] {
        [] => return Ok(()),
        [one] => match accept(tx, act, &waiting.user.id.to_string(), &one.to_string()) {
            Ok(_) => {
                done.accepted += 1;
                return Ok(());
            }
            Err(MatchError::Store(error)) => return Err(error.into()),
            // Each is found before anything is written.
            Err(error) => error.to_string(),
        },
        [..] => format!("{} people are probably the same; accept one of them by name", probable.len()),
    };
    done.skipped += 1;
    if done.left.len() < SHOWN {
        let (user, user_name) = (waiting.user.id, waiting.user.facts.user_name.clone());
        done.left.push(Skipped { user, user_name, reason });
    }
    Ok(())
}

/// Somebody whom no directory has taken in.
pub(super) fn find_waiting(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<User, MatchError> {
    let user = find(tx, act, given)?;
    if user.connection.is_by_hand() {
        return Ok(user);
    }
    Err(MatchError::NotWaiting { user: user.id, user_name: user.facts.user_name })
}

/// Somebody whom a directory owns.
pub(super) fn find_pushed(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<User, MatchError> {
    let user = find(tx, act, given)?;
    if !user.connection.is_by_hand() {
        return Ok(user);
    }
    Err(MatchError::NotPushed { user: user.id, user_name: user.facts.user_name })
}

fn find(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<User, MatchError> {
    let found = people::find(tx, act.org, given)?;
    found.ok_or_else(|| MatchError::UnknownUser { given: given.to_owned() })
}

/// Whether what speaks for a person counts.
fn counts(user: &User) -> bool {
    user.facts.active && !user.facts.outside && user.gone_at.is_none()
}

/// What the application calls the two from now on.
fn own_id(tx: &mut dyn Tx, act: &Act<'_>, former: &User, user: &User) -> Result<String, MatchError> {
    if let Some(app_id) = tx.find_known(act.org, user.id)?.and_then(|known| known.app_id) {
        return Err(MatchError::HasAppId { user: user.id, app_id });
    }
    let known = tx.find_known(act.org, former.id)?.and_then(|known| known.app_id);
    Ok(known.unwrap_or_else(|| former.id.to_string()))
}

/// What a decided hold keeps; one that nobody has decided stands against it.
fn kept_by_decision(tx: &mut dyn Tx, act: &Act<'_>, former: &User) -> Result<Vec<Kept>, MatchError> {
    let Some(hold) = tx.find_hold(act.org, former.id)? else { return Ok(Vec::new()) };
    let keeps = tx.kept_by_holds(act.org, &[former.id])?;
    if !keeps.is_empty() && (!hold.kept || hold.until.is_some()) {
        return Err(MatchError::Held { user: former.id });
    }
    Ok(keeps)
}

/// It becomes a grant by hand, which then moves as the others do. They are few: what one person has.
fn give_kept(tx: &mut dyn Tx, act: &Act<'_>, former: &User, keeps: Vec<Kept>) -> Result<(), MatchError> {
    for kept in keeps {
        let (Some(workspace), Some(role)) = (kept.workspace, kept.workspace_role()) else {
            continue;
        };
        let before = tx.find_grant(act.org, workspace, former.id)?;
        let event = workspaces::put_grant(tx, act, workspace, former.id, before, Some(Grant::lasting(role)))?;
        tx.push_events(act.org, &act.cause, &[event])?;
    }
    Ok(())
}

/// What the one who stays has by hand from now on where one of the two has something that ends: what they had, and what they have.
fn ending_together(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    former: &User,
    user: &User,
    kept: &[Kept],
) -> Result<Vec<(WorkspaceId, Option<Grant>, Grant)>, MatchError> {
    let ending = tx.ending_grants(act.org, &EndingGrants::Of(vec![former.id, user.id]))?;
    let places: BTreeSet<WorkspaceId> = ending.iter().map(|one| one.workspace).collect();
    let mut together = Vec::new();
    for place in places {
        // What a decided hold keeps is more than the grant, and for good.
        let held = kept.iter().filter(|kept| kept.workspace == Some(place)).find_map(Kept::workspace_role);
        let one = match held {
            Some(role) => Some(Grant::lasting(role)),
            None => tx.find_grant(act.org, place, former.id)?,
        };
        let Some(one) = one else { continue };
        let before = tx.find_grant(act.org, place, user.id)?;
        let after = match before {
            Some(two) => {
                one.join(two).ok_or(MatchError::EndsTwice { former: former.id, one, user: user.id, two })?
            }
            None => one,
        };
        if before != Some(after) {
            together.push((place, before, after));
        }
    }
    Ok(together)
}

/// Who waited goes, with everything that is left of them.
fn end(tx: &mut dyn Tx, act: &Act<'_>, former: &User, role: OrgRole) -> Result<(), MatchError> {
    if former.org_role > role {
        // What an import said of the role in the organisation is the directory's to say now. It is told, so that a plan shows it.
        let event =
            NewEvent::new(EventKind::UserRoleChanged).user(former.id).org_roles(former.org_role, role);
        tx.push_events(act.org, &act.cause, &[event])?;
    }
    if tx.find_hold(act.org, former.id)?.is_some() {
        holds::end(tx, act, &[former.id])?;
    }
    match users::delete(tx, act, former.id, &Expected::Any) {
        Ok(()) => Ok(()),
        Err(ResourceError::Store(error)) => Err(error.into()),
        Err(other) => Err(StoreError::Failed(other.to_string()).into()),
    }
}

fn vanished(user: UserId) -> StoreError {
    StoreError::Failed(format!("{user} was there and is not"))
}
