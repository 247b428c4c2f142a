//! A role given by hand: for good, or until a moment, after which a lower one may be left.
//!
//! Two grants of one person in one workspace are one ([`Grant::join`]); so a role kept from a mapping, and what two people have who
//! are made one, never shortens what somebody was given, nor makes it last longer.

#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::{Map, Value, json};

use crate::{event::Changed, role::WorkspaceRole, time::Timestamp};

/// What somebody has by hand in a workspace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Grant {
    /// The role until it ends.
    pub role: WorkspaceRole,
    /// When it ends; never, if absent.
    pub expiry: Option<Expiry>,
}

/// The end of a grant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Expiry {
    /// From then on it gives what is left.
    pub at: Timestamp,
    /// The role that is left, for good; none, if absent. Less than the grant's.
    pub then: Option<WorkspaceRole>,
}

/// Why a grant cannot be given so.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadGrant {
    /// Its end has come.
    #[error("expires_at {at} is not in the future; it is {now} now")]
    Past {
        /// When it would end.
        at: Timestamp,
        /// The time.
        now: Timestamp,
    },
    /// Something would be left after an end that is not said.
    #[error("then_role `{then}` is what is left after expires_at: say when that is, or leave then_role out")]
    NoEnd {
        /// What would be left.
        then: WorkspaceRole,
    },
    /// What would be left is not less.
    #[error(
        "then_role `{then}` is not less than role `{role}`; it is what is left after `expires_at`: leave both out to give a role for good"
    )]
    NotLess {
        /// What would be left.
        then: WorkspaceRole,
        /// Of what.
        role: WorkspaceRole,
    },
}

impl Grant {
    /// A role for good.
    pub fn lasting(role: WorkspaceRole) -> Self {
        Self { role, expiry: None }
    }

    /// A role until a moment, and what is left then; for good without one.
    pub fn new(
        role: WorkspaceRole,
        expires_at: Option<Timestamp>,
        then: Option<WorkspaceRole>,
    ) -> Result<Self, BadGrant> {
        match (expires_at, then) {
            (None, Some(then)) => Err(BadGrant::NoEnd { then }),
            (at, then) => Ok(Self { role, expiry: at.map(|at| Expiry { at, then }) }),
        }
    }

    /// Refuses a grant that ends before it begins, or leaves as much as it gave.
    pub fn check(self, now: Timestamp) -> Result<(), BadGrant> {
        let Some(Expiry { at, then }) = self.expiry else { return Ok(()) };
        if at <= now {
            return Err(BadGrant::Past { at, now });
        }
        match then.filter(|then| *then >= self.role) {
            Some(then) => Err(BadGrant::NotLess { then, role: self.role }),
            None => Ok(()),
        }
    }

    /// What is left of it by that time; `None` when nothing is.
    pub fn settled(self, now: Timestamp) -> Option<Self> {
        match self.expiry {
            // A program of the version before may have lowered the role and not known of the rest.
            Some(expiry) if expiry.at <= now => expiry.then.map(|then| Self::lasting(then.min(self.role))),
            _ => Some(self),
        }
    }

    /// One grant that gives, at every moment, the higher role of two. `None` where no grant can: both end, and leave three roles
    /// one after the other.
    pub fn join(self, other: Self) -> Option<Self> {
        let (Some(one), Some(two)) = (self.expiry, other.expiry) else {
            let (lasting, ending) =
                if self.expiry.is_none() { (self.role, other) } else { (other.role, self) };
            return Some(ending.at_least(lasting));
        };
        let ((first, sooner), (second, later)) =
            if one.at <= two.at { ((self, one), (other, two)) } else { ((other, two), (self, one)) };
        let high = first.role.max(second.role);
        let middle = if sooner.at == later.at { later.then } else { Some(second.role) }.max(sooner.then);
        let low = sooner.then.max(later.then);
        let at = match (middle == Some(high), middle == low) {
            (true, _) => later.at,
            (_, true) => sooner.at,
            _ => return None,
        };
        Some(Self { role: high, expiry: (low != Some(high)).then_some(Expiry { at, then: low }) })
    }

    /// The grant, and a role for good beside it.
    fn at_least(self, lasting: WorkspaceRole) -> Self {
        match self.expiry {
            Some(expiry) if self.role > lasting => {
                let then = expiry.then.max(Some(lasting));
                Self { expiry: Some(Expiry { then, ..expiry }), ..self }
            }
            _ => Self::lasting(self.role.max(lasting)),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.role)?;
        match self.expiry {
            None => Ok(()),
            Some(Expiry { at, then: None }) => write!(f, " until {at}"),
            Some(Expiry { at, then: Some(then) }) => write!(f, " until {at}, then {then}"),
        }
    }
}

/// What an event says of the end of a grant; its roles have a place of their own. `None` where neither ends.
pub fn changed(before: Option<Grant>, after: Option<Grant>) -> Option<Changed> {
    Changed::between(fields(before), fields(after))
}

/// What an event tells that a grant was before and after it, where it is `now`: a field of which the event says nothing is as it is.
pub fn told(
    roles: (Option<WorkspaceRole>, Option<WorkspaceRole>),
    changed: Option<&Changed>,
    now: Option<Grant>,
) -> (Option<Grant>, Option<Grant>) {
    let none = Map::new();
    let (before, after) = changed.map_or((&none, &none), |changed| (&changed.before, &changed.after));
    let now = fields(now);
    let grant = |role: Option<WorkspaceRole>, said: &Map<String, Value>, other: &Map<String, Value>| {
        let field = |name: &str| match (said.get(name), other.contains_key(name)) {
            (None, false) => now.get(name),
            (said, _) => said,
        };
        let text = |name: &str| field(name).and_then(Value::as_str);
        let at = text(EXPIRES_AT).and_then(rolecall_scim::instant::parse).map(Timestamp);
        let then = text(THEN_ROLE).and_then(|word| word.parse().ok());
        role.map(|role| Grant { role, expiry: at.map(|at| Expiry { at, then }) })
    };
    (grant(roles.0, before, after), grant(roles.1, after, before))
}

const EXPIRES_AT: &str = "expires_at";
const THEN_ROLE: &str = "then_role";

/// The end of a grant, as events say it.
fn fields(grant: Option<Grant>) -> Value {
    let mut fields = Map::new();
    if let Some(Expiry { at, then }) = grant.and_then(|grant| grant.expiry) {
        fields.insert(EXPIRES_AT.to_owned(), json!(at));
        fields.extend(then.map(|then| (THEN_ROLE.to_owned(), json!(then))));
    }
    Value::Object(fields)
}
