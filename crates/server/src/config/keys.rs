//! Which settings there are, and which one a misspelt name probably meant.

/// A setting.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its path in the file: `limits.body_bytes`.
    pub(crate) name: &'static str,
    /// What works as its value; the end of "it must be …".
    pub(crate) wants: &'static str,
}

/// All settings, in the order in which they are shown: those outside a table first, as TOML asks.
pub(crate) const KEYS: [Key; 16] = [
    Key { name: "listen", wants: "an address and a port, such as 127.0.0.1:8080" },
    Key { name: "public_url", wants: "an http:// or https:// address without query or fragment" },
    Key {
        name: "database_url",
        wants: "sqlite://PATH, with nothing after the path, or postgres://USER@HOST/DATABASE",
    },
    Key { name: "read_database_url", wants: "postgres://USER@HOST/DATABASE, or empty for none" },
    Key { name: "read_database_patience_ms", wants: "a whole number from 0 to 10000" },
    Key { name: "workers", wants: "a whole number from 1 to 1024" },
    Key { name: "shutdown_timeout_seconds", wants: "a whole number from 0 to 3600" },
    Key {
        name: "log.level",
        wants: "off, error, warn, info, debug or trace, alone or per target as in info,rolecall_storage=debug",
    },
    Key { name: "log.format", wants: "auto, human or json" },
    Key { name: "log.requests_days", wants: "a whole number from 0 to 3650; 0 keeps no provisioning log" },
    Key { name: "limits.body_bytes", wants: "a whole number from 1024 to 1073741824" },
    Key { name: "limits.page_size", wants: "a whole number from 1 to 100000" },
    Key { name: "limits.requests_per_second", wants: "a whole number from 0 to 100000; 0 sets no limit" },
    Key {
        name: "oauth.signing_key",
        wants: "a random text of 32 characters or more, as `openssl rand -base64 48` prints one, or several between commas; \
                or empty for none",
    },
    Key { name: "oauth.lifetime", wants: "a whole number of seconds from 60 to 86400" },
    Key { name: "first_org.slug", wants: "1 to 63 of a-z, 0-9 and -, starting with a letter or digit" },
];

/// The setting of that name.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The setting that was probably meant, if one is close.
pub(crate) fn nearest(name: &str) -> Option<&'static Key> {
    let last = |path: &'static str| path.rsplit('.').next().unwrap_or(path);
    let given_last = name.rsplit('.').next().unwrap_or(name);
    let closeness = |key: &Key| {
        let whole = strsim::jaro_winkler(name, key.name);
        // The right word in the wrong table, or in none. A little less sure than the whole path.
        let word = strsim::jaro_winkler(given_last, last(key.name)) * 0.95;
        whole.max(word)
    };
    let (key, best) = KEYS.iter().map(|key| (key, closeness(key))).max_by(|a, b| a.1.total_cmp(&b.1))?;
    (best >= 0.82).then_some(key)
}

/// The environment variable of a setting.
pub(crate) fn variable(name: &str) -> String {
    format!("ROLECALL_{}", name.replace('.', "__").to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_finds_the_one_that_was_meant() {
        for (given, meant) in [
            ("listne", Some("listen")),
            ("databse_url", Some("database_url")),
            ("database", Some("database_url")),
            ("read_databse_url", Some("read_database_url")),
            ("limits.body_byte", Some("limits.body_bytes")),
            ("body_bytes", Some("limits.body_bytes")),
            ("log", Some("log.level")),
            ("logging.level", Some("log.level")),
            ("colour", None),
            ("x", None),
        ] {
            assert_eq!(nearest(given).map(|key| key.name), meant, "{given}");
        }
    }
}
