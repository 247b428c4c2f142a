//! `rolecall connection`: how each identity provider is read, and what each may do.

use rolecall_domain::{
    ports::{ReadCost, read_now},
    records::Connection,
    switches::{OnConflict, OutsideDomains, PeopleFate, Switches},
    use_cases::{
        Act, connections,
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
    /// Make a connection; tokens of its own name it (`rolecall token create --connection`)
    Create {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// What to call it
        #[arg(long)]
        name: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Change a connection; its next request is met by what it is then
    #[command(alias = "set")]
    Update(Box<Update>),
    /// Remove a connection with its tokens; --people says what becomes of those whom it owns
    #[command(alias = "remove")]
    Delete {
        #[command(flatten)]
        which: Which,
        /// Its people stay as if by hand (keep), are deactivated, or removed; its groups go: keep, deactivate, remove
        #[arg(long, value_name = "WORD")]
        people: Option<PeopleFate>,
        #[command(flatten)]
        asked: Asked,
    },
    /// Tell the identity provider to come again later; nothing of it is taken in
    Pause {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        asked: Asked,
    },
    /// Let a paused connection go on
    Resume {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        asked: Asked,
    },
}

/// Which connection.
#[derive(clap::Args)]
pub(super) struct Which {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Name or id of the connection
    #[arg(long, default_value = DEFAULT_CONNECTION)]
    name: String,
}

/// What to change; what is not given stays.
#[derive(clap::Args)]
pub(super) struct Update {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    asked: Asked,
    #[command(flatten)]
    changes: Changes,
}

#[derive(clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// What to call it from now on
    #[arg(long, value_name = "NAME")]
    rename: Option<String>,
    /// How its requests are read
    #[arg(long, value_enum)]
    profile: Option<ProfileWord>,
    /// E-mail domains that it speaks for, with commas between; "" for any
    #[arg(long, value_name = "DOMAINS")]
    verified_domains: Option<String>,
    /// What becomes of people outside them: refuse, no_access
    #[arg(long, value_name = "WORD")]
    outside_domains: Option<OutsideDomains>,
    /// It never takes access away
    #[arg(long, value_name = "BOOL")]
    upsert_only: Option<bool>,
    /// An inactive person who is added to a group becomes active
    #[arg(long, value_name = "BOOL")]
    reactivate_on_group_add: Option<bool>,
    /// Administrators cannot give or take by hand what its people have
    #[arg(long, value_name = "BOOL")]
    lock: Option<bool>,
    /// Access that it takes away stays for so many hours
    #[arg(long, value_name = "HOURS")]
    grace_hours: Option<u32>,
    /// What becomes of what another connection owns: refuse, claim
    #[arg(long, value_name = "WORD")]
    on_conflict: Option<OnConflict>,
}

impl Changes {
    fn apply(&self, connection: &mut Connection) {
        if let Some(name) = &self.rename {
            connection.name.clone_from(name);
        }
        connection.profile = self.profile.map_or(connection.profile, Profile::from);
        let switches = &mut connection.switches;
        if let Some(domains) = &self.verified_domains {
            let given = domains.split(',').map(str::trim).filter(|domain| !domain.is_empty());
            switches.verified_domains = given.map(str::to_owned).collect();
        }
        switches.outside_domains = self.outside_domains.unwrap_or(switches.outside_domains);
        switches.upsert_only = self.upsert_only.unwrap_or(switches.upsert_only);
        switches.reactivate_on_group_add =
            self.reactivate_on_group_add.unwrap_or(switches.reactivate_on_group_add);
        switches.lock = self.lock.unwrap_or(switches.lock);
        switches.grace_hours = self.grace_hours.unwrap_or(switches.grace_hours);
        switches.on_conflict = self.on_conflict.unwrap_or(switches.on_conflict);
    }
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
        Command::Create { org, name, asked } => create(org, name, asked, config),
        Command::Update(update) => {
            let Update { which, asked, changes } = *update;
            change(which, asked, config, move |connection, _| changes.apply(connection))
        }
        Command::Delete { which, people, asked } => delete(which, people, asked, config),
        Command::Pause { which, asked } => pause(which, asked, config, true),
        Command::Resume { which, asked } => pause(which, asked, config, false),
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
    let rows: Vec<_> = shown.into_iter().map(Shown::row).collect();
    output::print_table(["ID", "NAME", "PROFILE", "CREATED", "PAUSED", "SWITCHES"], &rows)
}

fn create(org: String, name: String, asked: Asked, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let slug = org.clone();
    let done =
        asked.run(&parts, org, move |tx, act| connections::create(tx, act, &name).map_err(CliError::from))?;
    if let Some(made) = done {
        output::note(&format!(
            "connection {} is made; `rolecall token create --org {slug} --connection {}` makes a Secret Token for it",
            made.name, made.name
        ));
    }
    Ok(())
}

fn change(
    which: Which,
    asked: Asked,
    config: &Config,
    change: impl Fn(&mut Connection, &Act<'_>) + Send + 'static,
) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let Which { org, name } = which;
    let done = asked.run(&parts, org, move |tx, act| {
        connections::change(tx, act, &name, |connection| change(connection, act)).map_err(CliError::from)
    })?;
    if let Some(now) = done {
        let now = Shown::from(now);
        let paused = now.paused_at.as_ref().map_or(String::new(), |at| format!(", paused since {at}"));
        output::note(&format!(
            "connection {} is read by the profile {} from now on{paused}; switches: {}",
            now.name,
            now.profile,
            now.told()
        ));
    }
    Ok(())
}

fn pause(which: Which, asked: Asked, config: &Config, paused: bool) -> Result<(), CliError> {
    change(which, asked, config, move |connection, act| connections::set_paused(connection, paused, act))
}

fn delete(which: Which, people: Option<PeopleFate>, asked: Asked, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, Schema::AsItIs)?;
    let Which { org, name } = which;
    asked
        .run(&parts, org, move |tx, act| match people {
            Some(people) => Ok(connections::switch_off(tx, act, &name, people)?),
            None => Ok(connections::delete(tx, act, &name)?),
        })
        .map(drop)
}

/// A connection as listed.
#[derive(Serialize)]
struct Shown {
    id: String,
    name: String,
    profile: Profile,
    created_at: String,
    paused_at: Option<String>,
    switches: Switches,
}

impl From<Connection> for Shown {
    fn from(connection: Connection) -> Self {
        Self {
            id: connection.id.to_string(),
            name: connection.name,
            profile: connection.profile,
            created_at: connection.created_at.to_string(),
            paused_at: connection.paused_at.map(|at| at.to_string()),
            switches: connection.switches,
        }
    }
}

impl Shown {
    fn row(self) -> [String; 6] {
        let told = self.told();
        let paused = self.paused_at.unwrap_or_else(|| "no".to_owned());
        [self.id, self.name, self.profile.to_string(), self.created_at, paused, told]
    }

    /// The switches that are set.
    fn told(&self) -> String {
        let Switches {
            verified_domains,
            outside_domains,
            upsert_only,
            reactivate_on_group_add,
            lock,
            grace_hours,
            on_conflict,
        } = &self.switches;
        let mut told = Vec::new();
        if !verified_domains.is_empty() {
            told.push(format!("only {} (others: {})", verified_domains.join("+"), outside_domains.as_str()));
        }
        let flags = [
            (*upsert_only, "upsert_only"),
            (*reactivate_on_group_add, "reactivate_on_group_add"),
            (*lock, "lock"),
        ];
        told.extend(flags.into_iter().filter(|(on, _)| *on).map(|(_, word)| word.to_owned()));
        if *grace_hours > 0 {
            told.push(format!("grace_hours {grace_hours}"));
        }
        if *on_conflict == OnConflict::Claim {
            told.push("on_conflict claim".to_owned());
        }
        if told.is_empty() { "none".to_owned() } else { told.join(", ") }
    }
}
