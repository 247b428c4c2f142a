//! `rolecall admin`: who signs in to the console, and the way back in for who has lost it.

use std::{io::Read, sync::Arc};

use rolecall_domain::{
    administrator::Administrator,
    password::{LENGTH, PasswordHash},
    ports::{Entropy, ReadCost, read_now, write_now},
    role::AdminRole,
    secret::{Secret, SecretKind},
    use_cases::{
        administrators::{self, AdministratorError, LINK_DAYS},
        orgs,
    },
};
use serde::Serialize;

use super::{CliError, output};
use crate::{
    config::Config,
    first_start::set_up_url,
    wiring::{self, Parts, Schema},
};

/// Commands on administrators.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make an administrator; prints a link with which a password is chosen, unless one is given
    Create {
        #[command(flatten)]
        who: Who,
        /// What it may do
        #[arg(long, value_enum, default_value = "owner")]
        role: Role,
        #[command(flatten)]
        password: Password,
    },
    /// Take an administrator's password and sessions away; prints a link to choose another password, unless one is given
    Reset {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        password: Password,
    },
    /// Shut an administrator out: sessions end at once
    Disable {
        #[command(flatten)]
        who: Who,
    },
    /// Let an administrator in again
    Enable {
        #[command(flatten)]
        who: Who,
    },
    /// List an organisation's administrators, oldest first
    List {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG", default_value = "default")]
        org: String,
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
}

/// Which administrator.
#[derive(clap::Args)]
pub(super) struct Who {
    /// Its e-mail address
    #[arg(long)]
    email: String,
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG", default_value = "default")]
    org: String,
}

/// Where a password comes from. Never from a flag: `ps` would show it.
#[derive(clap::Args)]
pub(super) struct Password {
    /// Read the password from standard input, up to the end of the line
    #[arg(long)]
    password_stdin: bool,
}

/// What an administrator may do.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum Role {
    /// Everything, other administrators included
    Owner,
    /// People, workspaces, mappings and tokens
    Admin,
    /// See everything, change nothing
    Auditor,
}

impl From<Role> for AdminRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Owner => Self::Owner,
            Role::Admin => Self::Admin,
            Role::Auditor => Self::Auditor,
        }
    }
}

pub(super) fn run(command: Command, config: &Config) -> Result<(), CliError> {
    match command {
        Command::Create { who, role, password } => create(who, role.into(), &password, config),
        Command::Reset { who, password } => reset(who, &password, config),
        Command::Disable { who } => switch(who, administrators::disable, config),
        Command::Enable { who } => switch(who, administrators::enable, config),
        Command::List { org, json } => list(org, json, config),
    }
}

fn create(who: Who, role: AdminRole, password: &Password, config: &Config) -> Result<(), CliError> {
    // Before a password is asked for that would be for nothing.
    administrators::check_email(&who.email)?;
    let parts = wiring::open(config, Schema::AsItIs)?;
    let password = password.read(&who.email, &*parts.entropy)?;
    let asked = who.email.clone();
    let (operator, link) = (parts.operator(), new_link(&parts));
    let (org, secret) = (who.org, Arc::clone(&link));
    let slug = org.clone();
    let has_password = password.is_some();
    let made = write_now(&*parts.store, move |tx| {
        let org = orgs::require(tx, &org)?;
        let act = operator.act(org.id);
        let made = administrators::create(tx, &act, &asked, role, password.clone())?;
        if password.is_none() {
            administrators::invite(tx, &act, &made, &secret)?;
        }
        Ok::<_, CliError>(made)
    })?;
    tell(&made, (!has_password).then_some(&link), &slug, config)
}

fn reset(who: Who, password: &Password, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let password = password.read(&who.email, &*parts.entropy)?;
    let (operator, link) = (parts.operator(), new_link(&parts));
    let (slug, has_password, secret) = (who.org.clone(), password.is_some(), Arc::clone(&link));
    let changed = write_now(&*parts.store, move |tx| {
        let org = orgs::require(tx, &who.org)?;
        let act = operator.act(org.id);
        let changed = administrators::reset(tx, &act, &who.email, password.clone())?;
        if password.is_none() {
            administrators::invite(tx, &act, &changed, &secret)?;
        }
        Ok::<_, CliError>(changed)
    })?;
    tell(&changed, (!has_password).then_some(&link), &slug, config)
}

type Switch = fn(
    &mut dyn rolecall_domain::ports::Tx,
    &rolecall_domain::use_cases::Act<'_>,
    &str,
) -> Result<Administrator, AdministratorError>;

fn switch(who: Who, change: Switch, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let operator = parts.operator();
    write_now(&*parts.store, move |tx| {
        let org = orgs::require(tx, &who.org)?;
        change(tx, &operator.act(org.id), &who.email).map_err(CliError::from)
    })?;
    Ok(())
}

fn list(org: String, json: bool, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let found = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        tx.list_administrators(org.id).map_err(CliError::from)
    })?;
    let shown: Vec<Shown> = found.into_iter().map(Shown::from).collect();
    if json {
        return output::print_json(&shown);
    }
    let rows: Vec<_> = shown.into_iter().map(Shown::row).collect();
    output::print_table(["EMAIL", "ROLE", "PASSWORD", "SIGNED IN", "CREATED", "DISABLED"], &rows)
}

fn new_link(parts: &Parts) -> Arc<Secret> {
    Arc::new(Secret::new(SecretKind::SetUpLink, parts.entropy.bytes()))
}

/// The link alone on standard output; who it is for, beside it.
fn tell(
    administrator: &Administrator,
    link: Option<&Arc<Secret>>,
    org: &str,
    config: &Config,
) -> Result<(), CliError> {
    let Administrator { email, role, .. } = administrator;
    match link {
        Some(secret) => {
            let address = set_up_url(&config.public_url_at(&config.listen), org, secret);
            output::print_secret(&address, || format!("the link for {email}"))?;
            output::note(&format!(
                "{email} ({role}) chooses a password at this link, once, within {LINK_DAYS} days"
            ));
        }
        None => output::note(&format!("{email} ({role}) signs in with the password that was given")),
    }
    Ok(())
}

impl Password {
    fn read(&self, email: &str, entropy: &dyn Entropy) -> Result<Option<PasswordHash>, CliError> {
        if !self.password_stdin {
            return Ok(None);
        }
        let mut text = String::new();
        // A little more than the longest password: what is longer is refused for its length.
        let most = LENGTH.end() * 4 + 2;
        std::io::stdin()
            .take(most as u64)
            .read_to_string(&mut text)
            .map_err(|error| CliError::Read { file: "standard input".into(), error })?;
        let password = text.lines().next().unwrap_or_default();
        let mut salt = [0; 16];
        salt.copy_from_slice(&entropy.bytes()[..16]);
        Ok(Some(PasswordHash::new(password, email, salt)?))
    }
}

/// An administrator as listed: all but the hash of the password.
#[derive(Serialize)]
struct Shown {
    id: String,
    email: String,
    role: AdminRole,
    has_password: bool,
    created_at: String,
    signed_in_at: Option<String>,
    disabled_at: Option<String>,
}

impl From<Administrator> for Shown {
    fn from(one: Administrator) -> Self {
        Self {
            id: one.id.to_string(),
            email: one.email,
            role: one.role,
            has_password: one.password.is_some(),
            created_at: one.created_at.to_string(),
            signed_in_at: one.signed_in_at.map(|at| at.to_string()),
            disabled_at: one.disabled_at.map(|at| at.to_string()),
        }
    }
}

impl Shown {
    fn row(self) -> [String; 6] {
        let password = if self.has_password { "yes" } else { "not yet" }.to_owned();
        let signed_in = self.signed_in_at.unwrap_or_else(|| "never".to_owned());
        let disabled = self.disabled_at.unwrap_or_else(|| "no".to_owned());
        [self.email, self.role.to_string(), password, signed_in, self.created_at, disabled]
    }
}
