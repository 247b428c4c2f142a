//! Administrators of the console: made, let in, shut out; sessions and set-up links.
//!
//! A password's hash is slow on purpose and is never computed in a transaction: signing in reads a [`Candidate`], tries the
//! password on it outside, and starts the session in a second unit of work, which looks again.

#[cfg(test)]
mod tests;

use rolecall_scim::index::fold;

use super::Act;
use crate::{
    administrator::{AdminSession, Administrator, SetUpLink},
    event::{Actor, Cause, EventKind, NewEvent},
    ids::{AdministratorId, OrgId},
    password::PasswordHash,
    ports::{ReadTx, StoreError, StoreResult, Tx, Unique},
    records::Org,
    role::AdminRole,
    secret::{Secret, SecretHash, SecretKind},
    time::Timestamp,
};

/// How long a session lasts, used or not.
pub const SESSION_SECONDS: i64 = 12 * 3600;
/// How long a set-up link works.
pub const LINK_DAYS: i64 = 7;

/// Why nothing was done about an administrator. Nothing was written.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum AdministratorError {
    /// Not one to write to.
    #[error("`{given}` is no e-mail address")]
    BadEmail {
        /// As given.
        given: String,
    },
    /// Another administrator of the organisation has it.
    #[error("{email} is an administrator of this organisation already")]
    Taken {
        /// As given.
        email: String,
    },
    /// No such administrator.
    #[error("the organisation has no administrator {given}; `rolecall admin list` shows those that it has")]
    Unknown {
        /// E-mail address or id, as given.
        given: String,
    },
    /// Nobody could let anybody in again.
    #[error("{email} is the last owner who can sign in; make another owner first")]
    LastOwner {
        /// Whose role or access was to be taken.
        email: String,
    },
    /// The link was used, is too old, was replaced by another, or never was.
    #[error("this link was used already, or is too old; ask for another (`rolecall admin reset` makes one)")]
    DeadLink,
    /// Wrong address or password, shut out, or never set up: nothing tells which.
    #[error("the e-mail address or the password is wrong")]
    Refused,
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who may be about to sign in; whether anybody is, is not seen from outside.
pub struct Candidate(Option<(Org, Administrator)>);

/// Somebody whose password was right a moment ago.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// In which organisation.
    pub org: OrgId,
    administrator: AdministratorId,
    password: PasswordHash,
}

/// Who presents a live session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedIn {
    /// In this organisation.
    pub org: Org,
    /// As this administrator.
    pub administrator: Administrator,
    /// Until then.
    pub expires_at: Timestamp,
}

/// Whoever has that address in the organisation of that slug.
pub fn candidate(tx: &mut (impl ReadTx + ?Sized), org_slug: &str, email: &str) -> StoreResult<Candidate> {
    let Some(org) = tx.find_org(org_slug)? else { return Ok(Candidate(None)) };
    let found = tx.find_administrator_by_email(org.id, &fold(email.trim()))?;
    Ok(Candidate(found.map(|administrator| (org, administrator))))
}

impl Candidate {
    /// Tries a password. Slow, and as slow for an address that nobody has.
    pub fn admit(self, password: &str) -> Option<Admitted> {
        let Some((org, administrator, hash)) = self
            .0
            .and_then(|(org, administrator)| Some((org, administrator.clone(), administrator.password?)))
        else {
            PasswordHash::of_nobody(password);
            return None;
        };
        let admitted = hash.is_of(password) & administrator.is_enabled();
        admitted.then_some(Admitted { org: org.id, administrator: administrator.id, password: hash })
    }
}

/// Starts a session for somebody whose password was right, if it still is.
pub fn start_session(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    admitted: &Admitted,
    secret: &Secret,
) -> Result<AdminSession, AdministratorError> {
    let found = tx.find_administrator(act.org, admitted.administrator)?;
    let administrator = found
        .filter(|found| found.is_enabled() && found.password.as_ref() == Some(&admitted.password))
        .ok_or(AdministratorError::Refused)?;
    begin(tx, act, administrator, secret)
}

/// Who presents this session's secret; `None` for everything that is not a live session of somebody who may be here.
pub fn recognise(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    presented: &str,
    now: Timestamp,
) -> StoreResult<Option<SignedIn>> {
    let Some(hash) = SecretHash::of_presented(SecretKind::Session, presented) else { return Ok(None) };
    Ok(tx.find_admin_session(org, &hash)?.and_then(|(org, administrator, session)| {
        let live = (now < session.expires_at) & administrator.is_enabled() & session.hash.matches(&hash);
        live.then_some(SignedIn { org, administrator, expires_at: session.expires_at })
    }))
}

/// Ends a session. One that is none is ended already.
pub fn sign_out(tx: &mut dyn Tx, org: OrgId, presented: &str) -> StoreResult<()> {
    match SecretHash::of_presented(SecretKind::Session, presented) {
        Some(hash) => tx.delete_admin_session(org, &hash),
        None => Ok(()),
    }
}

/// Ends every session of an administrator; answers how many there were.
pub fn sign_out_everywhere(tx: &mut dyn Tx, org: OrgId, id: AdministratorId) -> StoreResult<u64> {
    tx.delete_admin_sessions_of(org, id, None)
}

/// Makes an administrator. Without a password it cannot sign in before it has used a link of [`invite`].
pub fn create(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    email: &str,
    role: AdminRole,
    password: Option<PasswordHash>,
) -> Result<Administrator, AdministratorError> {
    add(tx, act, AdministratorId(act.ids.next()), email, role, password)
}

/// Makes a link with which an administrator chooses a password; one that it had before stops working.
pub fn invite(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    administrator: &Administrator,
    secret: &Secret,
) -> StoreResult<SetUpLink> {
    tx.delete_set_up_links_of(act.org, administrator.id)?;
    add_link(tx, act, Some(administrator.id), administrator.role, secret)
}

/// Makes the link of a first start: whoever opens it becomes the organisation's first owner.
pub fn invite_first_owner(tx: &mut dyn Tx, act: &Act<'_>, secret: &Secret) -> StoreResult<SetUpLink> {
    add_link(tx, act, None, AdminRole::Owner, secret)
}

/// Takes an administrator's password and sessions away; answers who it is, to be given a link or a password.
pub fn reset(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    given: &str,
    password: Option<PasswordHash>,
) -> Result<Administrator, AdministratorError> {
    let administrator = Administrator { password, ..require(tx, act.org, given)? };
    tx.delete_set_up_links_of(act.org, administrator.id)?;
    tx.delete_admin_sessions_of(act.org, administrator.id, None)?;
    update(tx, act, &administrator, EventKind::AdministratorReset)?;
    Ok(administrator)
}

/// What a link's address opens: where, and for whom; `None` when it does not work (any more).
pub fn find_link(
    tx: &mut (impl ReadTx + ?Sized),
    org_slug: &str,
    presented: &str,
    now: Timestamp,
) -> StoreResult<Option<(Org, SetUpLink, Option<Administrator>)>> {
    let Some(hash) = SecretHash::of_presented(SecretKind::SetUpLink, presented) else { return Ok(None) };
    let Some(org) = tx.find_org(org_slug)? else { return Ok(None) };
    let found = tx.find_set_up_link(org.id, &hash)?;
    let Some(link) = found.filter(|link| (now < link.expires_at) & link.hash.matches(&hash)) else {
        return Ok(None);
    };
    let administrator = match link.administrator {
        Some(id) => match tx.find_administrator(org.id, id)? {
            Some(administrator) if administrator.is_enabled() => Some(administrator),
            _ => return Ok(None),
        },
        None => None,
    };
    Ok(Some((org, link, administrator)))
}

/// Uses a link up: sets the password, ends older sessions, starts one.
pub fn set_up(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    org_slug: &str,
    presented: &str,
    email: &str,
    password: &PasswordHash,
    session: &Secret,
) -> Result<(Administrator, AdminSession), AdministratorError> {
    let (org, link, known) =
        find_link(tx, org_slug, presented, act.cause.at)?.ok_or(AdministratorError::DeadLink)?;
    if !tx.delete_set_up_link(org.id, &link.hash)? {
        return Err(AdministratorError::DeadLink);
    }
    let act = Act { org: org.id, ..*act };
    let administrator = match known {
        Some(known) => {
            let administrator = Administrator { password: Some(password.clone()), ..known };
            tx.delete_admin_sessions_of(org.id, administrator.id, None)?;
            update(tx, &as_oneself(&act, administrator.id), &administrator, EventKind::AdministratorReset)?;
            administrator
        }
        None => {
            let id = AdministratorId(act.ids.next());
            add(tx, &as_oneself(&act, id), id, email, link.role, Some(password.clone()))?
        }
    };
    let session = begin(tx, &act, administrator.clone(), session)?;
    Ok((administrator, session))
}

/// Gives an administrator another role.
pub fn change_role(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    given: &str,
    role: AdminRole,
) -> Result<Administrator, AdministratorError> {
    let before = require(tx, act.org, given)?;
    if before.role == role {
        return Ok(before);
    }
    keep_an_owner(tx, act.org, &before)?;
    let after = Administrator { role, ..before };
    update(tx, act, &after, EventKind::AdministratorUpdated)?;
    Ok(after)
}

/// Shuts an administrator out: sessions end, links and password do not work until it is enabled.
pub fn disable(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<Administrator, AdministratorError> {
    let before = require(tx, act.org, given)?;
    if !before.is_enabled() {
        return Ok(before);
    }
    keep_an_owner(tx, act.org, &before)?;
    let after = Administrator { disabled_at: Some(act.cause.at), ..before };
    tx.delete_set_up_links_of(act.org, after.id)?;
    tx.delete_admin_sessions_of(act.org, after.id, None)?;
    update(tx, act, &after, EventKind::AdministratorDisabled)?;
    Ok(after)
}

/// Lets an administrator in again.
pub fn enable(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<Administrator, AdministratorError> {
    let before = require(tx, act.org, given)?;
    if before.is_enabled() {
        return Ok(before);
    }
    let after = Administrator { disabled_at: None, ..before };
    update(tx, act, &after, EventKind::AdministratorEnabled)?;
    Ok(after)
}

/// The administrator of that e-mail address or id, which a command names.
pub fn require(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    given: &str,
) -> Result<Administrator, AdministratorError> {
    let found = match AdministratorId::parse(given) {
        Some(id) => tx.find_administrator(org, id)?,
        None => tx.find_administrator_by_email(org, &fold(given.trim()))?,
    };
    found.ok_or_else(|| AdministratorError::Unknown { given: given.to_owned() })
}

/// Reads an e-mail address: something before one `@` and after it, no blanks. Only the mail can show more.
pub fn check_email(given: &str) -> Result<String, AdministratorError> {
    let email = given.trim();
    let fits = email.len() <= 254
        && email
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'))
        && !email.contains(|c: char| c.is_whitespace() || c.is_control());
    if fits { Ok(email.to_owned()) } else { Err(AdministratorError::BadEmail { given: given.to_owned() }) }
}

fn add(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    id: AdministratorId,
    email: &str,
    role: AdminRole,
    password: Option<PasswordHash>,
) -> Result<Administrator, AdministratorError> {
    let email = check_email(email)?;
    let administrator = Administrator {
        id,
        email,
        role,
        password,
        created_at: act.cause.at,
        signed_in_at: None,
        disabled_at: None,
    };
    tx.insert_administrator(act.org, &administrator).map_err(|error| match error {
        StoreError::Taken(Unique::AdministratorEmail) => {
            AdministratorError::Taken { email: administrator.email.clone() }
        }
        other => other.into(),
    })?;
    record(tx, act, &administrator, EventKind::AdministratorCreated)?;
    Ok(administrator)
}

fn begin(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    administrator: Administrator,
    secret: &Secret,
) -> Result<AdminSession, AdministratorError> {
    let now = act.cause.at;
    let act = as_oneself(act, administrator.id);
    // What has ended is swept where it is cheap to find: beside the owner's new one.
    tx.delete_admin_sessions_of(act.org, administrator.id, Some(now))?;
    let session = AdminSession {
        hash: secret.hash(),
        administrator: administrator.id,
        created_at: now,
        expires_at: now.plus_seconds(SESSION_SECONDS),
    };
    tx.insert_admin_session(act.org, &session)?;
    let administrator = Administrator { signed_in_at: Some(now), ..administrator };
    update(tx, &act, &administrator, EventKind::AdministratorSignedIn)?;
    Ok(session)
}

/// The same act, put down to the administrator itself.
fn as_oneself<'a>(act: &Act<'a>, id: AdministratorId) -> Act<'a> {
    Act { cause: Cause { actor: Actor::Administrator(id), ..act.cause }, ..*act }
}

fn add_link(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    administrator: Option<AdministratorId>,
    role: AdminRole,
    secret: &Secret,
) -> StoreResult<SetUpLink> {
    let now = act.cause.at;
    let link = SetUpLink {
        hash: secret.hash(),
        administrator,
        role,
        created_at: now,
        expires_at: now.plus_days(LINK_DAYS),
    };
    tx.insert_set_up_link(act.org, &link)?;
    Ok(link)
}

fn update(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    administrator: &Administrator,
    kind: EventKind,
) -> Result<(), AdministratorError> {
    tx.update_administrator(act.org, administrator)?;
    record(tx, act, administrator, kind)
}

fn record(
    tx: &mut dyn Tx,
    act: &Act<'_>,
    administrator: &Administrator,
    kind: EventKind,
) -> Result<(), AdministratorError> {
    tx.push_events(act.org, &act.cause, &[NewEvent::new(kind).subject(&*administrator.email)])?;
    Ok(())
}

/// Refuses to take the last way in that can let others in.
fn keep_an_owner(tx: &mut dyn Tx, org: OrgId, losing: &Administrator) -> Result<(), AdministratorError> {
    let is_owner = |one: &Administrator| one.role == AdminRole::Owner && one.is_enabled();
    if is_owner(losing) {
        let others = tx.list_administrators(org)?;
        if !others.iter().any(|one| one.id != losing.id && is_owner(one) && one.password.is_some()) {
            return Err(AdministratorError::LastOwner { email: losing.email.clone() });
        }
    }
    Ok(())
}
