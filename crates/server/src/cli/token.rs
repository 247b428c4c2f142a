//! `rolecall token`: the Secret Tokens that identity providers present.

use std::sync::Arc;

use rolecall_domain::{
    ports::{ReadCost, read_now, write_now},
    records::Token,
    secret::{Secret, SecretKind},
    use_cases::{
        orgs::{self, DEFAULT_CONNECTION},
        secrets,
    },
};
use serde::Serialize;

use super::{CliError, change::Asked, lifetime::Lifetime, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// Commands on Secret Tokens.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make a token and print its secret, once, alone on standard output
    Create {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// What it is for, such as `entra`
        #[arg(long)]
        name: String,
        /// How long it works: 45s, 30m, 12h, 90d, 26w, 1y; for ever, if not given
        #[arg(long, value_name = "TIME")]
        expires: Option<Lifetime>,
        /// Name of the connection whose identity provider will present it
        #[arg(long, value_name = "NAME", default_value = DEFAULT_CONNECTION)]
        connection: String,
    },
    /// List an organisation's tokens, oldest first, without their secrets
    List {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token: the next request with it is refused
    Revoke {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// Id of the token, as listed
        id: String,
        #[command(flatten)]
        asked: Asked,
    },
}

pub(super) fn run(command: Command, config: &Config) -> Result<(), CliError> {
    match command {
        Command::Create { org, name, expires, connection } => create(org, name, expires, connection, config),
        Command::List { org, json } => list(org, json, config),
        Command::Revoke { org, id, asked } => revoke(org, id, asked, config),
    }
}

fn create(
    org: String,
    name: String,
    expires: Option<Lifetime>,
    connection: String,
    config: &Config,
) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let secret = Arc::new(Secret::new(SecretKind::Scim, parts.entropy.bytes()));
    let operator = parts.operator();
    let expires_at = expires.map(|lifetime| lifetime.from(operator.now()));
    let made = Arc::clone(&secret);
    let token = write_now(&*parts.store, move |tx| {
        let org = orgs::require(tx, &org)?;
        let act = operator.act(org.id);
        secrets::create_token(tx, &act, &connection, &name, &made, expires_at).map_err(CliError::from)
    })?;
    output::print_secret(secret.reveal(), || format!("token {}", token.id))?;
    let until = token.expires_at.map_or("does not expire".to_owned(), |at| format!("expires at {at}"));
    output::note(&format!("token {} ({}) {until}; its secret is shown this once", token.id, token.name));
    Ok(())
}

fn list(org: String, json: bool, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let tokens = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        tx.list_tokens(org.id).map_err(CliError::from)
    })?;
    let shown: Vec<Shown> = tokens.into_iter().map(Shown::from).collect();
    if json {
        return output::print_json(&shown);
    }
    let rows: Vec<_> = shown.into_iter().map(Shown::row).collect();
    output::print_table(["ID", "NAME", "ENDS IN", "CREATED", "EXPIRES", "REVOKED", "LAST USED"], &rows)
}

fn revoke(org: String, id: String, asked: Asked, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    asked
        .run(&parts, org, move |tx, act| secrets::revoke_token(tx, act, &id).map_err(CliError::from))
        .map(drop)
}

/// A token as listed: all but its hash.
#[derive(Serialize)]
struct Shown {
    id: String,
    name: String,
    /// The last four characters of the secret.
    hint: String,
    created_at: String,
    expires_at: Option<String>,
    revoked_at: Option<String>,
    last_used_at: Option<String>,
}

impl From<Token> for Shown {
    fn from(token: Token) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            hint: token.hint,
            created_at: token.created_at.to_string(),
            expires_at: token.expires_at.map(|at| at.to_string()),
            revoked_at: token.revoked_at.map(|at| at.to_string()),
            last_used_at: token.last_used_at.map(|at| at.to_string()),
        }
    }
}

impl Shown {
    fn row(self) -> [String; 7] {
        let or_never = |at: Option<String>| at.unwrap_or_else(|| "never".to_owned());
        let or_no = |at: Option<String>| at.unwrap_or_else(|| "no".to_owned());
        [
            self.id,
            self.name,
            self.hint,
            self.created_at,
            or_never(self.expires_at),
            or_no(self.revoked_at),
            or_never(self.last_used_at),
        ]
    }
}
