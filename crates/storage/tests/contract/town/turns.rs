//! What administrators turn, pause, archive and rename: nobody is told anything, and much follows.

use proptest::prelude::*;
use rolecall_domain::{
    ports::{StoreResult, Tx},
    role::{OrgRole, WorkspaceRole},
    testing::the_connection,
    use_cases::{
        Act, connections,
        mappings::{self, GroupRef},
        role_mappings, settings,
        workspaces::{self, WorkspaceRef},
    },
};

use super::{One, Refused, name_of_group, pick};
use crate::contract::world::from_start;

/// One of these acts.
#[derive(Clone, Debug)]
pub(crate) enum Turn {
    PauseMapping(One, bool),
    PauseRole(One, bool),
    Archive(One, bool),
    Call(One, u8),
    Trust(bool),
    PauseConnection(bool),
    Brake(bool),
    /// A mapping for a group that no directory has pushed yet.
    Await(u8, One, WorkspaceRole),
    AwaitRole(u8, OrgRole),
}

pub(super) fn turn() -> impl Strategy<Value = Turn> {
    let one = any::<One>;
    let on = any::<bool>;
    let role = prop::sample::select(WorkspaceRole::ALL.to_vec());
    let org_role = prop::sample::select(OrgRole::ALL.to_vec());
    prop_oneof![
        4 => (one(), on()).prop_map(|(m, on)| Turn::PauseMapping(m, on)),
        2 => (one(), on()).prop_map(|(m, on)| Turn::PauseRole(m, on)),
        3 => (one(), on()).prop_map(|(w, on)| Turn::Archive(w, on)),
        2 => (one(), 0..4u8).prop_map(|(w, n)| Turn::Call(w, n)),
        2 => on().prop_map(Turn::Trust),
        1 => on().prop_map(Turn::PauseConnection),
        1 => on().prop_map(Turn::Brake),
        3 => (0..3u8, one(), role).prop_map(|(n, w, role)| Turn::Await(n, w, role)),
        1 => (0..3u8, org_role).prop_map(|(n, role)| Turn::AwaitRole(n, role)),
    ]
}

/// The domain that people with even numbers are of.
pub(super) const DOMAIN: &str = "acme.test";

impl Turn {
    pub(super) fn apply(
        &self,
        tx: &mut dyn Tx,
        act: &Act<'_>,
        workspaces: &[WorkspaceRef],
    ) -> Result<(), Refused> {
        let name = |n: u8| GroupRef::Name(name_of_group(n, 2));
        match self {
            Self::PauseMapping(m, on) => {
                let all = tx.list_mappings(act.org, &Default::default(), from_start(500))?;
                mappings::change(tx, act, &pick(&all, m)?.id.to_string(), None, Some(*on))?;
            }
            Self::PauseRole(m, on) => {
                let all = tx.list_role_mappings(act.org, from_start(500))?;
                role_mappings::change(tx, act, &pick(&all, m)?.id.to_string(), None, Some(*on))?;
            }
            Self::Archive(w, true) => drop(workspaces::archive(tx, act, &pick(workspaces, w)?)?),
            Self::Archive(w, false) => drop(workspaces::restore(tx, act, &pick(workspaces, w)?)?),
            Self::Call(w, n) => {
                let (name, slug) = (format!("w{n}"), format!("w{n}-called"));
                workspaces::update(tx, act, &pick(workspaces, w)?, Some(&name), Some(&slug))?;
            }
            Self::Trust(on) => {
                let domains = if *on { vec![DOMAIN.to_owned()] } else { Vec::new() };
                connections::change(tx, act, &the_connection().to_string(), |connection| {
                    connection.switches.verified_domains = domains;
                })?;
            }
            Self::PauseConnection(on) => {
                connections::change(tx, act, &the_connection().to_string(), |connection| {
                    connections::set_paused(connection, *on, act);
                })?;
            }
            Self::Brake(on) => {
                settings::change(tx, act, |settings| settings.guard.brake.enabled = *on)?;
            }
            Self::Await(n, w, role) => {
                mappings::create(tx, act, &name(*n), &pick(workspaces, w)?, *role)?;
            }
            Self::AwaitRole(n, role) => drop(role_mappings::create(tx, act, &name(*n), *role)?),
        }
        Ok(())
    }
}

/// Whether the directory may bring somebody of that name now.
pub(super) fn trusted(tx: &mut dyn Tx, act: &Act<'_>, user_name: &str) -> StoreResult<bool> {
    let all = tx.list_connections(act.org)?;
    let domains =
        all.into_iter().find(|one| one.id == the_connection()).map(|one| one.switches.verified_domains);
    let domains = domains.unwrap_or_default();
    Ok(domains.is_empty() || domains.iter().any(|domain| user_name.ends_with(domain)))
}
