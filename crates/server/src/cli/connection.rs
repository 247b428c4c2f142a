//! `rolecall connection`: how strictly each identity provider is read.

use rolecall_domain::{
    ports::{ReadCost, read_now},
    records::Connection,
    use_cases::{
        connections,
        orgs::{self, DEFAULT_CONNECTION},
    },
};
use rolecall_scim::profile::Profile;
use serde::Serialize;

use super::{CliError, change::Asked, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// Commands on connections.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// List an organisation's connections, by name
    List {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Change a connection; its next request is read that way
    Set {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// Name or id of the connection
        #[arg(long, default_value = DEFAULT_CONNECTION)]
        name: String,
        /// How its requests are read
        #[arg(long, value_enum)]
        profile: ProfileWord,
        #[command(flatten)]
        asked: Asked,
    },
}

/// The profiles, as they are typed.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum ProfileWord {
    /// SCIM 2.0 plus the tolerances that identity providers need
    Compatible,
    /// SCIM 2.0 to the letter
    Strict,
}

impl From<ProfileWord> for Profile {
    fn from(word: ProfileWord) -> Self {
        match word {
            ProfileWord::Compatible => Self::Compatible,
            ProfileWord::Strict => Self::Strict,
        }
    }
}

pub(super) fn run(command: Command, config: &Config) -> Result<(), CliError> {
    match command {
        Command::List { org, json } => list(org, json, config),
        Command::Set { org, name, profile, asked } => set(org, name, profile.into(), asked, config),
    }
}

fn list(org: String, json: bool, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let connections = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        tx.list_connections(org.id).map_err(CliError::from)
    })?;
    let shown: Vec<Shown> = connections.into_iter().map(Shown::from).collect();
    if json {
        return output::print_json(&shown);
    }
    let rows: Vec<_> =
        shown.into_iter().map(|one| [one.id, one.name, one.profile.to_string(), one.created_at]).collect();
    output::print_table(["ID", "NAME", "PROFILE", "CREATED"], &rows)
}

fn set(org: String, name: String, profile: Profile, asked: Asked, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let done = asked.run(&parts, org, move |tx, act| {
        connections::change(tx, act, &name, Some(profile)).map_err(CliError::from)
    })?;
    if let Some(now) = done {
        output::note(&format!("connection {} is read by the profile {} from now on", now.name, now.profile));
    }
    Ok(())
}

/// A connection as listed.
#[derive(Serialize)]
struct Shown {
    id: String,
    name: String,
    profile: Profile,
    created_at: String,
}

impl From<Connection> for Shown {
    fn from(connection: Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            name: connection.name,
            profile: connection.profile,
            created_at: connection.created_at.to_string(),
        }
    }
}
