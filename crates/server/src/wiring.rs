//! The whole program on one page: which store, clock, ids and randomness meet which handlers.

use std::sync::Arc;

use rolecall_api::{
    AppState, RateLimit, RequestLog,
    oauth::{AccessTokens, SigningKeys},
};
use rolecall_domain::{
    event::{Actor, Cause},
    ids::{ChangeId, OrgId},
    ports::{Clock, Entropy, Ids},
    switches::Switches,
    time::Timestamp,
    use_cases::Act,
};
use rolecall_storage::{Database, Options, StandbyOptions};

use crate::{
    cli::CliError,
    config::{Config, ReadDatabase},
    machine::{SystemClock, SystemEntropy, TimeOrderedIds},
    metrics,
};

/// What every command is made of.
pub(crate) struct Parts {
    /// Where everything is kept.
    pub(crate) store: Arc<dyn Database>,
    /// What time it is.
    pub(crate) clock: Arc<dyn Clock>,
    /// New ids.
    pub(crate) ids: Arc<dyn Ids>,
    /// Bytes for new secrets.
    pub(crate) entropy: Arc<dyn Entropy>,
    /// The migrations that opening ran.
    pub(crate) applied: Vec<String>,
}

/// What a command expects of the database's tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Schema {
    /// Make the database if there is none, and bring its tables up to date.
    Migrate,
    /// It is there and up to date. A slip in `--database-url` must not leave an empty database behind, nor a listing
    /// migrate one that a server of an older version is using.
    AsItIs,
}

/// Opens the configured database, and its standby if there is one.
pub(crate) fn open_to_serve(config: &Config) -> Result<Parts, CliError> {
    open_with(config, Schema::Migrate, Options { standby: standby(config), ..Options::default() })
}

/// Opens the configured database for a command, whose few questions go to no standby.
pub(crate) fn open(config: &Config, schema: Schema) -> Result<Parts, CliError> {
    let options = match schema {
        Schema::Migrate => Options::default(),
        Schema::AsItIs => Options { create: false, readers: 1, reader_threads: 1, ..Options::default() },
    };
    open_with(config, schema, options)
}

/// The configured standby.
pub(crate) fn standby(config: &Config) -> Option<StandbyOptions> {
    let ReadDatabase { url, patience } = &config.read_database;
    Some(StandbyOptions { url: url.as_ref()?.reveal().to_owned(), patience: *patience })
}

fn open_with(config: &Config, schema: Schema, options: Options) -> Result<Parts, CliError> {
    let store = rolecall_storage::open(config.database_url.reveal(), options)?;
    let applied = match schema {
        Schema::Migrate => store.migrate()?,
        Schema::AsItIs => {
            let pending = store.pending_migrations()?;
            if !pending.is_empty() {
                return Err(CliError::NotMigrated { pending: pending.len() });
            }
            Vec::new()
        }
    };
    Ok(Parts {
        store,
        clock: Arc::new(SystemClock),
        ids: Arc::new(TimeOrderedIds),
        entropy: Arc::new(SystemEntropy),
        applied,
    })
}

impl Parts {
    /// What the handlers get.
    pub(crate) fn app_state(&self, config: &Config, public_url: &str) -> AppState {
        let request_log =
            Arc::new(if config.request_log_days == 0 { RequestLog::off() } else { RequestLog::kept() });
        AppState {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            entropy: Arc::clone(&self.entropy),
            public_url: public_url.into(),
            access_tokens: self.access_tokens(config).map(Arc::new),
            token_use: Arc::default(),
            request_log: Arc::clone(&request_log),
            schemas: Arc::default(),
            rate_limit: Arc::new(RateLimit::new(config.requests_per_second)),
            limits: config.limits,
            metrics: Arc::new(metrics::of(&*self.store, &request_log)),
        }
    }

    /// Without a key of the operator's, one process can make one for itself: its access tokens end with it, and clients
    /// ask for new ones. Several must have the same.
    fn access_tokens(&self, config: &Config) -> Option<AccessTokens> {
        let own =
            || config.database_url.is_file().then(|| SigningKeys::for_this_process(self.entropy.bytes()));
        let keys = config.oauth.signing_keys.clone().or_else(own)?;
        Some(AccessTokens::new(&keys, config.oauth.lifetime_seconds))
    }

    /// Somebody at this command line, now, in one unit of work.
    pub(crate) fn operator(&self) -> Operator {
        Operator { change: ChangeId(self.ids.next()), now: self.clock.now(), ids: Arc::clone(&self.ids) }
    }
}

/// Who a change from the command line is put down to.
pub(crate) struct Operator {
    change: ChangeId,
    now: Timestamp,
    ids: Arc<dyn Ids>,
}

impl Operator {
    /// What a use case needs to know.
    pub(crate) fn act(&self, org: OrgId) -> Act<'_> {
        let cause = Cause { change: self.change, actor: Actor::Operator, at: self.now };
        Act { org, cause, ids: &*self.ids, switches: Switches::nothing_special() }
    }
    /// When.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Makes ids.
    pub(crate) fn ids(&self) -> &dyn Ids {
        &*self.ids
    }
}
