//! `rolecall simulate …`: what can be asked for, and the run that follows.

#[cfg(test)]
mod tests;

use std::io;

use indicatif::{ProgressBar, ProgressStyle};

use crate::client::Client;
pub use crate::client::Secret;
use crate::cycle::Size;
use crate::dialect::Dialect;
pub use crate::dialect::entra::RolesMapping;
use crate::dialect::entra::{Conformance, Entra};
use crate::dialect::okta::Okta;
use crate::dialect::strict::Strict;
use crate::outcome::Outcome;
use crate::run::{self, Plan, SimulateError};

/// In the Tenant URL's query: Entra then speaks closer to the RFC.
const ENTRA_FLAG: &str = "aadoptscim062020";

/// Which identity provider to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Provider {
    /// Microsoft Entra ID; with `?aadOptscim062020` after the Tenant URL in its newer way of speaking.
    Entra,
    /// Okta with group push.
    Okta,
    /// A client that does exactly what the RFCs say, with `If-Match`.
    Strict,
}

/// Play an identity provider that pushes an invented company to a SCIM server, then compare what the server holds.
///
/// The secret is read from `ROLECALL_SCIM_TOKEN` or asked for. Exit code 1 when anything was refused or differs.
#[derive(Clone, Debug, clap::Args)]
pub struct SimulateArgs {
    /// Which identity provider to be.
    pub provider: Provider,
    /// Where to push: the address up to and including `v2`.
    #[arg(long, value_name = "URL")]
    pub tenant_url: String,
    /// People in the company at first.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub users: u32,
    /// Groups at first; about half are named after the pattern `ws-Sales-role-admin`.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub groups: u32,
    /// Incremental cycles after the initial one.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub cycles: u32,
    /// After all that, one more cycle in which so many percent of the people are lost at once, as by a wrong filter in
    /// the directory: what guards and undo are for.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub drop: Option<u8>,
    /// The same seed makes the same company, to which the same happens.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// At most so many requests per second.
    #[arg(long, value_name = "R", value_parser = parse_rate)]
    pub rate: Option<f64>,
    /// Requests under way at once.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = parse_connections)]
    pub connections: usize,
    /// Stands before every userName, e-mail address and group (and workspace) name, to run next to real data.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub prefix: String,
    /// How Entra maps app roles to `roles`.
    #[arg(long, value_enum, default_value_t = RolesMapping::Assertive)]
    pub roles_mapping: RolesMapping,
    /// Remove at the end what this run made.
    #[arg(long)]
    pub clean: bool,
    /// Print the outcome as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Pushes, compares and reports. Progress goes to standard error, and only to a terminal.
pub fn run(args: &SimulateArgs, secret: &Secret) -> Result<Outcome, SimulateError> {
    let tenant = TenantUrl::parse(&args.tenant_url)?;
    let dialect: Box<dyn Dialect> = match args.provider {
        Provider::Entra => Box::new(Entra { roles: args.roles_mapping, conformance: tenant.conformance }),
        Provider::Okta => Box::new(Okta),
        Provider::Strict => Box::new(Strict),
    };
    let plan = Plan {
        size: Size { users: args.users, groups: args.groups },
        cycles: args.cycles,
        drop: args.drop,
        seed: args.seed,
        prefix: args.prefix.clone(),
        connections: args.connections,
        clean: args.clean,
    };
    let client = Client::new(&tenant.base, secret, dialect.headers(), args.rate, args.connections)?;
    let report = run::run(&plan, dialect.as_ref(), &client, &progress())?;
    let provider = match args.provider {
        Provider::Entra => "entra",
        Provider::Okta => "okta",
        Provider::Strict => "strict",
    };
    Ok(Outcome::new(provider, &plan, report, client.traffic()))
}

/// Asks for the secret on the terminal without showing it.
pub fn ask_for_secret() -> io::Result<Secret> {
    rpassword::prompt_password("Secret Token: ").map(|text| Secret::new(&text))
}

fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<16} {bar:40} {pos}/{len} {per_sec} {eta}");
    // Draws nothing when standard error is no terminal.
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A Tenant URL as an administrator pastes it.
#[derive(Debug, PartialEq, Eq)]
struct TenantUrl {
    base: String,
    conformance: Conformance,
}

impl TenantUrl {
    /// The flag is for Entra itself; it is not part of the addresses that Entra then asks.
    fn parse(text: &str) -> Result<Self, SimulateError> {
        let (base, query) = text.trim().split_once('?').unwrap_or((text.trim(), ""));
        let base = base.trim_end_matches('/');
        let host = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
        if host.is_none_or(str::is_empty) || base.contains(char::is_whitespace) {
            return Err(SimulateError::TenantUrl(text.to_owned()));
        }
        let is_flagged = query.to_lowercase().contains(ENTRA_FLAG);
        let conformance = if is_flagged { Conformance::Flagged } else { Conformance::Legacy };
        Ok(Self { base: base.to_owned(), conformance })
    }
}

fn parse_rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "a number of requests per second, such as 25".to_owned())?;
    if rate.is_finite() && rate > 0.0 { Ok(rate) } else { Err("more than 0 requests per second".to_owned()) }
}

fn parse_connections(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|number| (1..=256).contains(number))
        .ok_or_else(|| "a number from 1 to 256".to_owned())
}
