//! `rolecall token`: the Secret Tokens that identity providers present.

use std::sync::Arc;

use rolecall_domain::{
    ports::{ReadCost, read_now, write_now},
    records::Token,
    secret::{Secret, SecretKind},
    token_scope::{TokenScope, TokenScopes},
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
        /// What it is good for, repeated for several: users.read, users.write, groups.read, groups.write; writing brings reading with
        /// it. All, if not given
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<TokenScope>,
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
        Command::Create { org, name, expires, scopes, connection } => {
            create(org, name, expires, scopes, connection, config)
        }
        Command::List { org, json } => list(org, json, config),
        Command::Revoke { org, id, asked } => revoke(org, id, asked, config),
    }
}

fn create(
    org: String,
    name: String,
    expires: Option<Lifetime>,
    scopes: Vec<TokenScope>,
    connection: String,
    config: &Config,
) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let secret = Arc::new(Secret::new(SecretKind::Scim, parts.entropy.bytes()));
    let operator = parts.operator();
    let expires_at = expires.map(|lifetime| lifetime.from(operator.now()));
    let made = Arc::clone(&secret);
    let scopes = if scopes.is_empty() { TokenScopes::ALL } else { scopes.into_iter().collect() };
    let token = write_now(&*parts.store, move |tx| {
        let org = orgs::require(tx, &org)?;
        let act = operator.act(org.id);
        secrets::create_token(tx, &act, &connection, &name, scopes, &made, expires_at).map_err(CliError::from)
    })?;
    output::print_secret(secret.reveal(), || format!("token {}", token.id))?;
    let until = token.expires_at.map_or("does not expire".to_owned(), |at| format!("expires at {at}"));
    let good_for = good_for(token.scopes);
    output::note(&format!(
        "token {} ({}) {until}, is good for {good_for}; its secret is shown this once",
        token.id, token.name
    ));
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
    output::print_table(
        ["ID", "NAME", "ENDS IN", "SCOPES", "CREATED", "EXPIRES", "REVOKED", "LAST USED"],
        &rows,
    )
}

fn revoke(org: String, id: String, asked: Asked, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    asked
        .run(&parts, org, move |tx, act| secrets::revoke_token(tx, act, &id).map_err(CliError::from))
        .map(drop)
}

fn good_for(scopes: TokenScopes) -> String {
    if scopes == TokenScopes::ALL { "all".to_owned() } else { scopes.to_string() }
}

/// A token as listed: all but its hash.
#[derive(Serialize)]
struct Shown {
    id: String,
    name: String,
    /// The last four characters of the secret.
    hint: String,
    scopes: TokenScopes,
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
            scopes: token.scopes,
            created_at: token.created_at.to_string(),
            expires_at: token.expires_at.map(|at| at.to_string()),
            revoked_at: token.revoked_at.map(|at| at.to_string()),
            last_used_at: token.last_used_at.map(|at| at.to_string()),
        }
    }
}

impl Shown {
    fn row(self) -> [String; 8] {
        let or_never = |at: Option<String>| at.unwrap_or_else(|| "never".to_owned());
        let or_no = |at: Option<String>| at.unwrap_or_else(|| "no".to_owned());
        [
            self.id,
            self.name,
            self.hint,
            good_for(self.scopes),
            self.created_at,
            or_never(self.expires_at),
            or_no(self.revoked_at),
            or_never(self.last_used_at),
        ]
    }
}
