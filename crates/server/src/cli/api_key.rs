//! `rolecall api-key`: keys of the admin API.

use std::sync::Arc;

use rolecall_domain::{
    ports::{ReadCost, read_now, write_now},
    records::ApiKey,
    role::OrgRole,
    secret::{Secret, SecretKind},
    use_cases::{orgs, secrets},
};
use serde::Serialize;

use super::{CliError, change::Asked, lifetime::Lifetime, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// Commands on keys of the admin API.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make a key and print it, once, alone on standard output
    Create(Create),
    /// List an organisation's keys, oldest first, without their secrets
    List {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key: the next request with it is refused
    Revoke {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// Id of the key, as listed
        id: String,
        #[command(flatten)]
        asked: Asked,
    },
}

/// What a new key shall be.
#[derive(clap::Args)]
pub(super) struct Create {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// What it is for, such as `terraform`
    #[arg(long)]
    name: String,
    /// What it may do
    #[arg(long, value_enum, default_value = "admin")]
    role: Role,
    /// How long it works: 45s, 30m, 12h, 90d, 26w, 1y; for ever, if not given
    #[arg(long, value_name = "TIME")]
    expires: Option<Lifetime>,
}

/// The roles that a key can have; a `member` could do nothing.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Role {
    /// Everything, other owners included
    Owner,
    /// People, workspaces and mappings
    Admin,
}

impl From<Role> for OrgRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Owner => Self::Owner,
            Role::Admin => Self::Admin,
        }
    }
}

pub(super) fn run(command: Command, config: &Config) -> Result<(), CliError> {
    match command {
        Command::Create(wanted) => create(wanted, config),
        Command::List { org, json } => list(org, json, config),
        Command::Revoke { org, id, asked } => revoke(org, id, asked, config),
    }
}

fn create(wanted: Create, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let secret = Arc::new(Secret::new(SecretKind::ApiKey, parts.entropy.bytes()));
    let operator = parts.operator();
    let expires_at = wanted.expires.map(|lifetime| lifetime.from(operator.now()));
    let made = Arc::clone(&secret);
    let key = write_now(&*parts.store, move |tx| {
        let org = orgs::require(tx, &wanted.org)?;
        let act = operator.act(org.id);
        secrets::create_api_key(tx, &act, &wanted.name, wanted.role.into(), &made, expires_at)
            .map_err(CliError::from)
    })?;
    output::print_secret(secret.reveal(), || format!("API key {}", key.id))?;
    let until = key.expires_at.map_or("does not expire".to_owned(), |at| format!("expires at {at}"));
    output::note(&format!("API key {} ({}, {}) {until}; it is shown this once", key.id, key.name, key.role));
    Ok(())
}

fn list(org: String, json: bool, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let keys = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        tx.list_api_keys(org.id).map_err(CliError::from)
    })?;
    let shown: Vec<Shown> = keys.into_iter().map(Shown::from).collect();
    if json {
        return output::print_json(&shown);
    }
    let rows: Vec<_> = shown.into_iter().map(Shown::row).collect();
    output::print_table(["ID", "NAME", "ROLE", "ENDS IN", "CREATED", "EXPIRES", "REVOKED"], &rows)
}

fn revoke(org: String, id: String, asked: Asked, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    asked
        .run(&parts, org, move |tx, act| secrets::revoke_api_key(tx, act, &id).map_err(CliError::from))
        .map(drop)
}

/// A key as listed: all but its hash.
#[derive(Serialize)]
struct Shown {
    id: String,
    name: String,
    role: OrgRole,
    /// The last four characters of the secret.
    hint: String,
    created_at: String,
    expires_at: Option<String>,
    revoked_at: Option<String>,
}

impl From<ApiKey> for Shown {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            role: key.role,
            hint: key.hint,
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.map(|at| at.to_string()),
            revoked_at: key.revoked_at.map(|at| at.to_string()),
        }
    }
}

impl Shown {
    fn row(self) -> [String; 7] {
        let expires = self.expires_at.unwrap_or_else(|| "never".to_owned());
        let revoked = self.revoked_at.unwrap_or_else(|| "no".to_owned());
        [self.id, self.name, self.role.to_string(), self.hint, self.created_at, expires, revoked]
    }
}
