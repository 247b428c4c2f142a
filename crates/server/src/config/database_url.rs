//! The database's address, which may hold a password and so does not print as it is.

use std::{fmt, path::Path};

/// A database URL. It prints with its password masked.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct DatabaseUrl(String);

impl DatabaseUrl {
    pub(crate) fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL in clear, for the one place that opens the database.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// The folder that an SQLite database's file is in; `None` when the database is none on this machine.
    pub(crate) fn folder(&self) -> Option<&Path> {
        let path = self.0.strip_prefix("sqlite:")?;
        let file = Path::new(path.strip_prefix("//").unwrap_or(path));
        Some(file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))
    }

    /// Whether it is a file, which one process alone serves.
    pub(crate) fn is_file(&self) -> bool {
        self.folder().is_some()
    }

    /// The URL with `***` for its password.
    pub(crate) fn masked(&self) -> String {
        mask(&self.0)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// `scheme://user:***@host/…?password=***`. Libpq takes the password in either place.
fn mask(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        // Not a URL at all: a password may be anywhere in it (`host=… password=…`).
        return if url.contains("password") { "***".to_owned() } else { url.to_owned() };
    };
    let (address, query) = match rest.split_once('?') {
        Some((address, query)) => (address, Some(query)),
        None => (rest, None),
    };
    // The last `@`: a password that was not percent-encoded may hold one, and must not show in part.
    let address = match address.rsplit_once('@') {
        Some((credentials, host)) => match credentials.split_once(':') {
            Some((user, _)) => format!("{user}:***@{host}"),
            None => format!("{credentials}@{host}"),
        },
        None => address.to_owned(),
    };
    let query = query.map(|query| {
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("password") => format!("{name}=***"),
            _ => pair.to_owned(),
        });
        format!("?{}", pairs.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{address}{}", query.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_shows() {
        for (url, shown) in [
            ("sqlite://rolecall.db", "sqlite://rolecall.db"),
            ("postgres://db/rolecall", "postgres://db/rolecall"),
            ("postgres://ada@db/rolecall", "postgres://ada@db/rolecall"),
            ("postgres://ada:s3cret@db:5432/rolecall", "postgres://ada:***@db:5432/rolecall"),
            ("postgres://ada:s3@cret@db/rolecall", "postgres://ada:***@db/rolecall"),
            ("postgres://ada:s3/cret@db/x", "postgres://ada:***@db/x"),
            (
                "postgres://db/x?user=a&password=s3cret&sslmode=require",
                "postgres://db/x?user=a&password=***&sslmode=require",
            ),
            ("host=db password=s3cret", "***"),
        ] {
            assert_eq!(format!("{:?}", DatabaseUrl::new(url)), shown);
        }
    }
}
