use std::{ffi::OsString, io::Write};

use super::*;

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::new(variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn load(text: &str, variables: &[(&str, &str)], flags: &Flags) -> Result<Config, Faults> {
    Config::load(Some(file(text).path()), &environment(variables), flags)
}

fn complaints(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let faults = load(text, variables, &Flags::default()).err().expect("the configuration is faulty");
    faults.0.iter().map(ToString::to_string).collect()
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
    let text = "listen = '127.0.0.1:1'\nworkers = 3\n[limits]\npage_size = 50";
    let variables = [("ROLECALL_LISTEN", "127.0.0.1:2"), ("ROLECALL_WORKERS", "4"), ("HOME", "/root")];
    let mut flags = Flags::default();
    flags.set("listen", "--listen", Some("127.0.0.1:3"));
    let config = load(text, &variables, &flags).unwrap();
    assert_eq!(config.listen, "127.0.0.1:3");
    assert_eq!(config.workers, 4);
    assert_eq!(config.limits.page_size, 50);
    assert_eq!(config.limits.body_bytes, 1024 * 1024);
    let from = |key: &str| config.entries().into_iter().find(|entry| entry.key == key).unwrap().from;
    assert_eq!(from("listen"), "--listen");
    assert_eq!(from("workers"), "ROLECALL_WORKERS");
    assert_eq!(from("limits.body_bytes"), "default");
    assert_eq!(from("public_url"), "from listen");
}

#[test]
fn every_setting_is_shown_with_its_value() {
    let config = load("", &[], &Flags::default()).unwrap();
    for entry in config.entries() {
        assert!(!entry.value.is_null(), "{} is not shown", entry.key);
    }
}

#[test]
fn every_fault_is_told_at_once_with_its_place_and_the_nearest_setting() {
    let told = complaints(
        "listne = '127.0.0.1:80'\nworkers = 0\n[limits]\nbody_byte = 1",
        &[("ROLECALL_LOGG__LEVEL", "debug"), ("ROLECALL_LOG__FORMAT", "xml")],
    );
    assert_eq!(told.len(), 5, "{told:#?}");
    assert!(
        told[0].ends_with("has `limits.body_byte`, which is no setting; did you mean `limits.body_bytes`?"),
        "{}",
        told[0]
    );
    assert!(told[1].ends_with("has `listne`, which is no setting; did you mean `listen`?"), "{}", told[1]);
    assert_eq!(
        told[2],
        "the environment has `ROLECALL_LOGG__LEVEL`, which is no setting; did you mean ROLECALL_LOG__LEVEL?"
    );
    assert!(told[3].starts_with("`workers` is `0` ("), "{}", told[3]);
    assert_eq!(told[4], "`log.format` is `xml` (ROLECALL_LOG__FORMAT); it must be auto, human or json");
}

#[test]
fn a_file_that_is_not_toml_is_told_without_quoting_it() {
    let told = complaints("database_url = \"postgres://ada:s3cret@db", &[]);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("is not TOML: line 1, column"), "{}", told[0]);
    assert!(!told[0].contains("s3cret") && !told[0].contains('\n'), "{}", told[0]);
}

#[test]
fn a_misspelt_log_level_is_not_taken_for_a_target() {
    assert_eq!(complaints("log.level = 'inof'", &[]).len(), 1);
    assert!(load("log.level = 'warn,rolecall_storage=debug'", &[], &Flags::default()).is_ok());
}

#[test]
fn values_that_would_fail_only_once_a_database_was_made_are_told_before() {
    let told = complaints("database_url = 'sqlite://rolecall.db?mode=ro'\nfirst_org.slug = 'Acme Ltd'", &[]);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].starts_with("`database_url` is `sqlite://rolecall.db?mode=ro` ("), "{}", told[0]);
    assert!(told[1].starts_with("`first_org.slug` is `Acme Ltd` ("), "{}", told[1]);
    assert!(load("database_url = 'postgres://db/x?sslmode=require'", &[], &Flags::default()).is_ok());
}

#[test]
fn a_read_database_goes_with_postgresql_only_and_its_password_is_masked() {
    let secret = "postgres://ada:s3cret@standby/x";
    let variables = [("ROLECALL_READ_DATABASE_URL", secret)];
    let told = complaints("", &variables);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].starts_with(
        "`read_database_url` (ROLECALL_READ_DATABASE_URL) names a standby, and `database_url` an SQLite"
    ));
    let told =
        complaints("read_database_url = 'sqlite://ada:s3cret@x.db'\ndatabase_url = 'postgres://db/x'", &[]);
    assert!(told[0].starts_with("`read_database_url` is `sqlite://ada:***@x.db` ("), "{}", told[0]);

    let text = "database_url = 'postgres://db/x'\nread_database_patience_ms = 250";
    let config = load(text, &variables, &Flags::default()).unwrap();
    assert_eq!(config.read_database.patience, Duration::from_millis(250));
    let shown = config.entries().into_iter().find(|entry| entry.key == "read_database_url").unwrap();
    assert_eq!(shown.value, "postgres://ada:***@standby/x");
    // What `rolecall config` prints where there is none can be read again.
    let none = load("read_database_url = ''", &[], &Flags::default()).unwrap();
    assert!(none.read_database.url.is_none());
}

#[test]
fn variables_that_kubernetes_makes_for_a_service_are_no_settings() {
    let variables = [
        ("ROLECALL_PORT", "tcp://10.0.0.1:8080"),
        ("ROLECALL_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("ROLECALL_SERVICE_HOST", "10.0.0.1"),
        ("ROLECALL_SERVICE_PORT_HTTP", "8080"),
    ];
    assert!(load("", &variables, &Flags::default()).is_ok());
}

#[test]
fn variables_that_commands_read_by_themselves_are_no_settings() {
    let variables = [
        ("ROLECALL_CONFIG", "rolecall.toml"),
        ("ROLECALL_SCIM_TOKEN", "rcs_x"),
        ("ROLECALL_COPY_FROM", "sqlite://rolecall.db"),
        ("ROLECALL_COPY_TO", "postgres://db/rolecall"),
    ];
    assert!(load("", &variables, &Flags::default()).is_ok());
}

#[test]
fn the_public_address_follows_from_where_the_server_listens() {
    let config = load("", &[], &Flags::default()).unwrap();
    assert_eq!(config.public_url_at("127.0.0.1:8080"), "http://127.0.0.1:8080");
    assert_eq!(config.public_url_at("0.0.0.0:80"), "http://localhost:80");
    assert_eq!(config.public_url_at("[::]:80"), "http://localhost:80");
    let named = load("public_url = 'https://roles.example.com/'", &[], &Flags::default()).unwrap();
    assert_eq!(named.public_url_at("0.0.0.0:80"), "https://roles.example.com");
}
