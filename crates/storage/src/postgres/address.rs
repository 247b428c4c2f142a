//! A database's URL: what is handed to libpq, what may be shown, and what is meant for us alone.

use percent_encoding::percent_decode_str;

use crate::open::{OpenError, Options};

/// Where a database is.
pub(super) struct Address {
    /// For libpq.
    pub(super) url: String,
    /// Without what is secret.
    pub(super) shown: String,
    /// Whether statements are kept prepared.
    pub(super) statements: Statements,
}

/// Whether a connection keeps statements prepared under names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Statements {
    /// It does: a statement is planned once.
    Kept,
    /// `prepared_statements=off` in the URL. Behind a pooler that gives each transaction another connection, a name
    /// means nothing: pgbouncer before 1.21, or without `max_prepared_statements`.
    Anew,
}

impl Address {
    pub(super) fn parse(url: &str, options: &Options) -> Result<Self, OpenError> {
        let patience = options.patience.as_secs().max(1).to_string();
        // A peer that has gone without a word is noticed within half a minute, not in two hours.
        Self::with(
            url,
            [
                ("connect_timeout", &patience),
                ("keepalives_idle", "10"),
                ("keepalives_interval", "5"),
                ("keepalives_count", "3"),
                ("tcp_user_timeout", "25000"),
            ],
        )
    }

    /// That of a standby. It is given up within seconds: the primary can answer instead.
    pub(super) fn of_standby(url: &str) -> Result<Self, OpenError> {
        Self::with(
            url,
            [
                ("connect_timeout", "2"),
                ("keepalives_idle", "2"),
                ("keepalives_interval", "1"),
                ("keepalives_count", "2"),
                ("tcp_user_timeout", "4000"),
            ],
        )
    }

    /// `bounds` are how long to wait for a peer; what the URL says itself counts.
    fn with(url: &str, bounds: [(&str, &str); 5]) -> Result<Self, OpenError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut statements = Statements::Kept;
        let mut given: Vec<(&str, &str)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (name, value) {
                ("prepared_statements", "off") => statements = Statements::Anew,
                ("prepared_statements", "on") => {}
                ("prepared_statements", other) => {
                    return Err(OpenError::Failed {
                        path: shown(base),
                        reason: format!("`prepared_statements` is on or off, not `{other}`"),
                    });
                }
                _ => given.push((name, value)),
            }
        }
        refuse_tls_that_is_not_there(base, &given)?;
        let mut url = String::from(base);
        let mut separator = '?';
        let mut add = |name: &str, value: &str| {
            url.push(separator);
            separator = '&';
            url.push_str(&format!("{name}={value}"));
        };
        for (name, value) in &given {
            add(name, value);
        }
        for (name, value) in [("application_name", "rolecall")].into_iter().chain(bounds) {
            if !given.iter().any(|(given, _)| *given == name) {
                add(name, value);
            }
        }
        Ok(Self { url, shown: shown(base), statements })
    }
}

/// This build's libpq says something of the kind itself, but not what to do about it.
fn refuse_tls_that_is_not_there(base: &str, given: &[(&str, &str)]) -> Result<(), OpenError> {
    if cfg!(feature = "tls") {
        return Ok(());
    }
    let from_url = given.iter().find(|(name, _)| *name == "sslmode").map(|(_, value)| (*value).to_owned());
    let mode = from_url.map(|mode| percent_decode_str(&mode).decode_utf8_lossy().into_owned());
    match mode {
        Some(mode) if ["require", "verify-ca", "verify-full"].contains(&mode.as_str()) => {
            Err(OpenError::NoTls { address: shown(base), mode })
        }
        _ => Ok(()),
    }
}

/// The password is what stands between the first colon and the last `@`.
fn shown(base: &str) -> String {
    let Some((scheme, rest)) = base.split_once("://") else { return "postgres".to_owned() };
    match rest.rsplit_once('@') {
        None => base.to_owned(),
        Some((who, place)) => {
            let user = who.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{place}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, OpenError> {
        Address::parse(url, &Options::default())
    }

    #[test]
    fn a_password_is_handed_on_and_never_shown() {
        let address = parse("postgres://ada:ge@heim@db.test:5433/rolecall").unwrap();
        assert!(address.url.starts_with("postgres://ada:ge@heim@db.test:5433/rolecall?"));
        assert_eq!(address.shown, "postgres://ada@db.test:5433/rolecall");
    }

    #[test]
    fn what_is_meant_for_us_is_not_handed_on() {
        let address = parse("postgres://h/d?prepared_statements=off&sslmode=disable").unwrap();
        assert_eq!(address.statements, Statements::Anew);
        assert!(address.url.starts_with("postgres://h/d?sslmode=disable&application_name=rolecall&"));
        assert!(parse("postgres://h/d?prepared_statements=perhaps").is_err());
    }

    #[test]
    fn what_is_given_is_not_given_twice() {
        let address = parse("postgres://h/d?connect_timeout=1").unwrap();
        assert_eq!(address.url.matches("connect_timeout").count(), 1);
    }

    #[test]
    #[cfg(not(feature = "tls"))]
    fn asking_for_tls_that_is_not_built_in_says_so() {
        for mode in ["require", "verify-ca", "verify-full", "verify%2Dfull"] {
            let Err(error) = parse(&format!("postgres://ada:geheim@h/d?sslmode={mode}")) else {
                panic!("{mode} was accepted")
            };
            let text = error.to_string();
            assert!(text.contains("--features tls") && !text.contains("geheim"), "{text}");
        }
        assert!(parse("postgres://h/d?sslmode=prefer").is_ok());
    }
}
