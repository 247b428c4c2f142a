//! What the operator configured: defaults ← file ← environment ← flags, checked once, all faults told together.
//!
//! serde's `deny_unknown_fields` would stop at the first fault, and would not know which file or variable it came
//! from. So the layers are read key by key against one table, [`keys::KEYS`], and the `config` crate merges them.

mod database_url;
mod faults;
mod keys;
mod layers;
mod read;
#[cfg(test)]
mod tests;

use std::{path::PathBuf, time::Duration};

use rolecall_api::oauth::SigningKeys;
use serde_json::{Value, json};

pub(crate) use database_url::DatabaseUrl;
pub(crate) use faults::Faults;
pub(crate) use layers::{Environment, Flags};

/// What is in force.
pub(crate) struct Config {
    /// Where the server listens: `127.0.0.1:8080`.
    pub(crate) listen: String,
    /// The address that clients use, without a slash at the end; taken from `listen` when absent.
    pub(crate) public_url: Option<String>,
    /// Which database.
    pub(crate) database_url: DatabaseUrl,
    /// Which standby of it answers long reads.
    pub(crate) read_database: ReadDatabase,
    /// Threads that answer requests.
    pub(crate) workers: usize,
    /// How long requests in flight may take once the server was asked to stop.
    pub(crate) shutdown_timeout: Duration,
    /// What is logged, and how it looks.
    pub(crate) log: Log,
    /// For how many days the provisioning log keeps a request; 0 keeps none.
    pub(crate) request_log_days: u64,
    /// How much one request may ask.
    pub(crate) limits: rolecall_api::Limits,
    /// How often each token and key may ask; 0 sets no limit.
    pub(crate) requests_per_second: u32,
    /// Access tokens for clients of the token endpoint.
    pub(crate) oauth: OAuth,
    /// The slug of the organisation that the very first start makes.
    pub(crate) first_org: String,
    /// The file that was read, if there was one.
    pub(crate) file: Option<PathBuf>,
    origins: Vec<(&'static str, String)>,
}

/// Which standby answers long reads.
pub(crate) struct ReadDatabase {
    /// None: the primary answers them.
    pub(crate) url: Option<DatabaseUrl>,
    /// How long a read waits for the standby to replay what it lacks.
    pub(crate) patience: Duration,
}

/// Access tokens for clients of the token endpoint.
pub(crate) struct OAuth {
    /// What signs them; absent when the operator set none.
    pub(crate) signing_keys: Option<SigningKeys>,
    /// For so long each is good.
    pub(crate) lifetime_seconds: i64,
}

/// What is logged, and how it looks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Log {
    /// Directives of `tracing_subscriber::EnvFilter`: `info`, or `info,rolecall_storage=debug`.
    pub(crate) level: String,
    /// How a line looks.
    pub(crate) format: LogFormat,
}

/// How a log line looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LogFormat {
    /// For people on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Human,
    /// For programs.
    Json,
}

impl LogFormat {
    fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Human => "human",
            Self::Json => "json",
        }
    }
}

/// A setting as shown: its name, its value with secrets masked, and where the value came from.
pub(crate) struct Entry {
    pub(crate) key: &'static str,
    pub(crate) value: Value,
    pub(crate) from: String,
}

impl Config {
    /// Reads all layers. `file` is the one named by `--config`; without it, the usual places are looked at.
    pub(crate) fn load(
        file: Option<&std::path::Path>,
        environment: &Environment,
        flags: &Flags,
    ) -> Result<Self, Faults> {
        let (merged, file, faults) = layers::merge(file, environment, flags);
        read::config(merged, file, faults)
    }

    /// The address that clients use, once it is known where the server listens.
    pub(crate) fn public_url_at(&self, listen: &str) -> String {
        self.public_url.clone().unwrap_or_else(|| {
            // An address that means "all of mine" is none that a browser can open.
            let reachable = listen.replace("0.0.0.0:", "localhost:").replace("[::]:", "localhost:");
            format!("http://{reachable}")
        })
    }

    /// For commands that do their work and end: their result is on standard output, so only trouble is logged, unless
    /// the operator has asked for more.
    pub(crate) fn log_of_a_command(&self) -> Log {
        let by_default = self.origins.iter().any(|(key, from)| *key == "log.level" && from == "default");
        let level = if by_default { "warn".to_owned() } else { self.log.level.clone() };
        Log { level, ..self.log.clone() }
    }

    /// All settings in the order of [`keys::KEYS`].
    pub(crate) fn entries(&self) -> Vec<Entry> {
        keys::KEYS.iter().map(|key| self.entry(key.name)).collect()
    }

    fn entry(&self, key: &'static str) -> Entry {
        let value = match key {
            "listen" => json!(self.listen),
            "public_url" => json!(self.public_url_at(&self.listen)),
            "database_url" => json!(self.database_url.masked()),
            "read_database_url" => {
                json!(self.read_database.url.as_ref().map_or_else(String::new, DatabaseUrl::masked))
            }
            "read_database_patience_ms" => json!(self.read_database.patience.as_millis() as u64),
            "workers" => json!(self.workers),
            "shutdown_timeout_seconds" => json!(self.shutdown_timeout.as_secs()),
            "log.level" => json!(self.log.level),
            "log.format" => json!(self.log.format.as_str()),
            "log.requests_days" => json!(self.request_log_days),
            "limits.body_bytes" => json!(self.limits.body_bytes),
            "limits.page_size" => json!(self.limits.page_size),
            "limits.requests_per_second" => json!(self.requests_per_second),
            "oauth.signing_key" => json!(if self.oauth.signing_keys.is_some() { "***" } else { "" }),
            "oauth.lifetime" => json!(self.oauth.lifetime_seconds),
            "first_org.slug" => json!(self.first_org),
            // The test `every_setting_is_shown_with_its_value` fails for a setting that is forgotten here.
            _ => Value::Null,
        };
        let from = self.origins.iter().find(|(name, _)| *name == key).map(|(_, from)| from.clone());
        let from = from.unwrap_or_else(|| "from listen".to_owned());
        Entry { key, value, from }
    }
}
