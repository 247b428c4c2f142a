//! From merged layers to a [`Config`]: each value parsed into its type, or told as a fault.

use std::{net::SocketAddr, ops::RangeInclusive, path::PathBuf, time::Duration};

use config::{Value, ValueKind};
use rolecall_api::oauth::SigningKeys;

use super::{
    Config, DatabaseUrl, Log, LogFormat, OAuth, ReadDatabase,
    faults::{Fault, Faults},
    keys::KEYS,
};

/// Reads every setting, and goes on after a fault so that all are told at once.
pub(super) fn config(
    merged: config::Config,
    file: Option<PathBuf>,
    faults: Vec<Fault>,
) -> Result<Config, Faults> {
    let mut reader = Reader { merged, faults };
    let config = Config {
        listen: reader.parse("listen", listen).unwrap_or_default(),
        public_url: reader.parse("public_url", public_url),
        database_url: reader.parse("database_url", database_url).unwrap_or_else(|| DatabaseUrl::new("")),
        read_database: read_database(&mut reader),
        workers: reader.number("workers", 1..=1024) as usize,
        shutdown_timeout: Duration::from_secs(reader.number("shutdown_timeout_seconds", 0..=3600)),
        log: Log {
            level: reader.parse("log.level", log_level).unwrap_or_default(),
            format: reader.parse("log.format", log_format).unwrap_or(LogFormat::Auto),
        },
        request_log_days: reader.number("log.requests_days", 0..=3650),
        limits: rolecall_api::Limits {
            body_bytes: reader.number("limits.body_bytes", 1024..=1 << 30) as usize,
            page_size: reader.number("limits.page_size", 1..=100_000),
        },
        requests_per_second: u32::try_from(reader.number("limits.requests_per_second", 0..=100_000))
            .unwrap_or_default(),
        oauth: OAuth {
            signing_keys: reader.parse("oauth.signing_key", signing_keys).flatten(),
            lifetime_seconds: i64::try_from(reader.number("oauth.lifetime", 60..=86_400)).unwrap_or_default(),
        },
        first_org: reader.parse("first_org.slug", org_slug).unwrap_or_default(),
        file,
        origins: reader.origins(),
    };
    if reader.faults.is_empty() { Ok(config) } else { Err(Faults(reader.faults)) }
}

fn read_database(reader: &mut Reader) -> ReadDatabase {
    let url = reader.parse("read_database_url", read_database_url).flatten();
    let of_a_file =
        |value: &Value| matches!(&value.kind, ValueKind::String(url) if url.trim().starts_with("sqlite:"));
    if url.is_some() && reader.value("database_url").is_some_and(|value| of_a_file(&value)) {
        let from = reader.value("read_database_url").and_then(|value| value.origin().map(str::to_owned));
        reader.faults.push(Fault::ReadsOfAFile { from: from.unwrap_or_default() });
    }
    let patience = Duration::from_millis(reader.number("read_database_patience_ms", 0..=10_000));
    ReadDatabase { url, patience }
}

struct Reader {
    merged: config::Config,
    faults: Vec<Fault>,
}

impl Reader {
    /// `None` when the setting is absent, or is wrong and told so.
    fn parse<T>(&mut self, key: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let value = self.value(key)?;
        let parsed = match &value.kind {
            ValueKind::String(text) => parse(text.trim()),
            _ => None,
        };
        if parsed.is_none() {
            self.complain(key, &value);
        }
        parsed
    }

    /// Any number when the setting is wrong and told so.
    fn number(&mut self, key: &'static str, bounds: RangeInclusive<u64>) -> u64 {
        let Some(value) = self.value(key) else { return 0 };
        let number = match &value.kind {
            ValueKind::U64(number) => Some(*number),
            ValueKind::I64(number) => u64::try_from(*number).ok(),
            // Variables and flags are text.
            ValueKind::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|number| bounds.contains(number)).unwrap_or_else(|| {
            self.complain(key, &value);
            0
        })
    }

    fn value(&self, key: &str) -> Option<Value> {
        // Not `Config::get`, which forgets where a value came from.
        key.split('.')
            .try_fold(&self.merged.cache, |value, name| match &value.kind {
                ValueKind::Table(table) => table.get(name),
                _ => None,
            })
            .cloned()
    }

    fn complain(&mut self, key: &'static str, value: &Value) {
        let found = match &value.kind {
            ValueKind::String(text) if key.ends_with("database_url") => {
                format!("`{}`", DatabaseUrl::new(text))
            }
            // One that is too short may be half of one that is in use.
            _ if key == "oauth.signing_key" => "too short, or no text".to_owned(),
            ValueKind::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let from = value.origin().unwrap_or_default().to_owned();
        self.faults.push(Fault::BadValue { key, from, found });
    }

    fn origins(&self) -> Vec<(&'static str, String)> {
        let of = |key: &'static str| Some((key, self.value(key)?.origin()?.to_owned()));
        KEYS.iter().filter_map(|key| of(key.name)).collect()
    }
}

/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`. Whether a name can be looked up shows when listening begins.
fn listen(text: &str) -> Option<String> {
    let fits = text.parse::<SocketAddr>().is_ok()
        || text.rsplit_once(':').is_some_and(|(host, port)| {
            let host_fits =
                !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
            host_fits && port.parse::<u16>().is_ok()
        });
    fits.then(|| text.to_owned())
}

fn public_url(text: &str) -> Option<String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let fits = !host.is_empty()
        && !host.starts_with('/')
        && !host.contains(['?', '#', '@'])
        && !host.contains(char::is_whitespace);
    fits.then(|| text.trim_end_matches('/').to_owned())
}

/// Which schemes there are, the storage crate knows. To it, what follows a `?` would belong to the file's name.
fn database_url(text: &str) -> Option<DatabaseUrl> {
    let has_parameters = text.starts_with("sqlite:") && text.contains('?');
    let fits = !text.is_empty() && !has_parameters;
    fits.then(|| DatabaseUrl::new(text))
}

/// Empty means none, so that a file or a variable can say so.
fn read_database_url(text: &str) -> Option<Option<DatabaseUrl>> {
    match text {
        "" => Some(None),
        _ if text.starts_with("postgres://") || text.starts_with("postgresql://") => {
            Some(Some(DatabaseUrl::new(text)))
        }
        _ => None,
    }
}

/// Empty means none, so that a file or a variable can say so.
fn signing_keys(text: &str) -> Option<Option<SigningKeys>> {
    if text.is_empty() { Some(None) } else { SigningKeys::parse(text).map(Some) }
}

/// What `use_cases::orgs::create` asks, too, but only after the first start has made a database.
fn org_slug(text: &str) -> Option<String> {
    let fits = (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && text.bytes().all(|b| b == b'-' || b.is_ascii_digit() || b.is_ascii_lowercase());
    fits.then(|| text.to_owned())
}

fn log_level(text: &str) -> Option<String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_level = |word: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word));
    // `EnvFilter` would take a misspelt level for the name of a target, and log nothing else.
    let fits = text.split(',').map(str::trim).all(|directive| match directive.rsplit_once('=') {
        Some((target, level)) => !target.is_empty() && is_level(level),
        None => is_level(directive),
    });
    fits.then(|| text.to_owned())
}

fn log_format(text: &str) -> Option<LogFormat> {
    [LogFormat::Auto, LogFormat::Human, LogFormat::Json].into_iter().find(|format| format.as_str() == text)
}
