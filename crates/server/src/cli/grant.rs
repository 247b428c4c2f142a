//! `rolecall grant`: roles given by hand in workspaces, for good or for a time.

use rolecall_domain::{
    grant::{Expiry, Grant},
    ids::{UserId, WorkspaceId},
    ports::Tx,
    role::WorkspaceRole,
    time::Moment,
    use_cases::{
        Act, people,
        workspaces::{self, WorkspaceError, WorkspaceRef},
    },
};

use super::{CliError, change::Asked, output};
use crate::{
    config::Config,
    wiring::{self, Parts, Schema},
};

/// Commands on roles given by hand.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Give somebody a role in a workspace, which stays when groups go
    Give {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        terms: Terms,
        #[command(flatten)]
        asked: Asked,
    },
    /// Replace what somebody was given: the role, and until when
    Change {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        terms: Terms,
        #[command(flatten)]
        asked: Asked,
    },
    /// Take it back; what groups give stays
    TakeBack {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        asked: Asked,
    },
}

/// Who, and where.
#[derive(clap::Args)]
pub(super) struct Place {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Slug or id of the workspace
    #[arg(long, value_name = "SLUG")]
    workspace: String,
    /// Id of the person, the application's own, or the userName
    #[arg(long, value_name = "ID")]
    user: String,
}

/// As what, and until when.
#[derive(clap::Args)]
pub(super) struct Terms {
    /// The role: admin, manager, member
    #[arg(long, value_name = "ROLE")]
    role: WorkspaceRole,
    /// Until then, in UTC unless it says otherwise: 2027-01-31 (that day included) or 2027-01-31T18:00:00Z; for good without it
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// The lesser role that stays for good after that
    #[arg(long, value_name = "ROLE", requires = "until")]
    then: Option<WorkspaceRole>,
}

impl Terms {
    fn grant(&self) -> Grant {
        let expiry = self.until.map(|until| Expiry { at: until.end(), then: self.then });
        Grant { role: self.role, expiry }
    }
}

pub(super) fn run(command: Command, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    match command {
        Command::Give { place, terms, asked } => write(&parts, place, &terms, asked, workspaces::give),
        Command::Change { place, terms, asked } => {
            write(&parts, place, &terms, asked, workspaces::change_grant)
        }
        Command::TakeBack { place: Place { org, workspace, user: given }, asked } => {
            let user = given.clone();
            let workspace = WorkspaceRef(workspace);
            let done = asked.run(&parts, org, move |tx, act| {
                let user = find(tx, act, &user)?;
                Ok(workspaces::take_back(tx, act, &workspace, &user)?)
            })?;
            if done.is_some() {
                output::note(&format!("{given} has nothing by hand there any more"));
            }
            Ok(())
        }
    }
}

/// A use case that gives somebody something by hand.
type Write =
    fn(&mut dyn Tx, &Act<'_>, &WorkspaceRef, &str, Grant) -> Result<(WorkspaceId, UserId), WorkspaceError>;

fn write(parts: &Parts, place: Place, terms: &Terms, asked: Asked, write: Write) -> Result<(), CliError> {
    let Place { org, workspace, user: given } = place;
    let (workspace, user, grant) = (WorkspaceRef(workspace), given.clone(), terms.grant());
    let done = asked.run(parts, org, move |tx, act| {
        let user = find(tx, act, &user)?;
        Ok(write(tx, act, &workspace, &user, grant)?)
    })?;
    if done.is_some() {
        output::note(&format!("{given} has by hand: {grant}"));
    }
    Ok(())
}

fn find(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<String, CliError> {
    let user = people::find_or_by_name(tx, act.org, given)?;
    let unknown = || WorkspaceError::UnknownUser { given: given.to_owned() };
    Ok(user.ok_or_else(unknown)?.id.to_string())
}
