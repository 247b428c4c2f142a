//! `rolecall setup-link`: links with which a customer's IT person connects the identity provider, and does nothing else.

use std::sync::Arc;

use rolecall_api::setup_link_url;
use rolecall_domain::{
    connect_link::ConnectLink,
    ports::{ReadCost, read_now, write_now},
    secret::{Secret, SecretKind},
    use_cases::{
        connect_links,
        orgs::{self, DEFAULT_CONNECTION},
    },
};
use serde::Serialize;

use super::{CliError, lifetime::Lifetime, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// Commands on setup links.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make a link and print it, once, alone on standard output
    Create {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// For whom it is, such as `Bob at Contoso IT`
        #[arg(long)]
        name: String,
        /// How long it works, at most 90 days: 45s, 30m, 12h, 7d, 4w
        #[arg(long, value_name = "TIME", default_value = "7d")]
        expires: Lifetime,
        /// Name of the connection that it opens, and no other
        #[arg(long, value_name = "NAME", default_value = DEFAULT_CONNECTION)]
        connection: String,
    },
    /// List an organisation's links, oldest first, without their secrets
    List {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Revoke a link: who follows it, or is on its pages, is told so
    Revoke {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// Id of the link, as listed
        id: String,
    },
}

pub(super) fn run(command: Command, config: &Config) -> Result<(), CliError> {
    match command {
        Command::Create { org, name, expires, connection } => create(org, name, expires, connection, config),
        Command::List { org, json } => list(org, json, config),
        Command::Revoke { org, id } => revoke(org, id, config),
    }
}

fn create(
    org: String,
    name: String,
    expires: Lifetime,
    connection: String,
    config: &Config,
) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let secret = Arc::new(Secret::new(SecretKind::ConnectLink, parts.entropy.bytes()));
    let operator = parts.operator();
    let expires_at = Some(expires.from(operator.now()));
    let (made, slug) = (Arc::clone(&secret), org.clone());
    let link = write_now(&*parts.store, move |tx| {
        let org = orgs::require(tx, &org)?;
        let act = operator.act(org.id);
        connect_links::create(tx, &act, &connection, &name, &made, expires_at).map_err(CliError::from)
    })?;
    let address = setup_link_url(&config.public_url_at(&config.listen), &slug, &secret);
    output::print_secret(&address, || format!("setup link {}", link.id))?;
    let ConnectLink { id, name, expires_at, .. } = link;
    output::note(&format!("setup link {id} ({name}) expires at {expires_at}; it is shown this once"));
    Ok(())
}

fn list(org: String, json: bool, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let links = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        tx.list_connect_links(org.id).map_err(CliError::from)
    })?;
    let shown: Vec<Shown> = links.into_iter().map(Shown::from).collect();
    if json {
        return output::print_json(&shown);
    }
    let rows: Vec<_> = shown.into_iter().map(Shown::row).collect();
    output::print_table(["ID", "NAME", "ENDS IN", "CREATED", "EXPIRES", "REVOKED", "OPENED"], &rows)
}

fn revoke(org: String, id: String, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let operator = parts.operator();
    write_now(&*parts.store, move |tx| {
        let org = orgs::require(tx, &org)?;
        connect_links::revoke(tx, &operator.act(org.id), &id).map_err(CliError::from)
    })
}

/// A link as listed: all but its hash.
#[derive(Serialize)]
struct Shown {
    id: String,
    name: String,
    /// The last four characters of the secret.
    hint: String,
    created_at: String,
    expires_at: String,
    revoked_at: Option<String>,
    opened_at: Option<String>,
}

impl From<ConnectLink> for Shown {
    fn from(link: ConnectLink) -> Self {
        Self {
            id: link.id.to_string(),
            name: link.name,
            hint: link.hint,
            created_at: link.created_at.to_string(),
            expires_at: link.expires_at.to_string(),
            revoked_at: link.revoked_at.map(|at| at.to_string()),
            opened_at: link.opened_at.map(|at| at.to_string()),
        }
    }
}

impl Shown {
    fn row(self) -> [String; 7] {
        let revoked = self.revoked_at.unwrap_or_else(|| "no".to_owned());
        let opened = self.opened_at.unwrap_or_else(|| "never".to_owned());
        [self.id, self.name, self.hint, self.created_at, self.expires_at, revoked, opened]
    }
}
