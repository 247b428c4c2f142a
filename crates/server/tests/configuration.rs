//! Where settings come from, and what bad ones get: one clear sentence and exit code 1 or 2.

mod support;

use std::net::TcpListener;

use diesel::{Connection, RunQueryDsl, SqliteConnection};
use support::{Finished, Sandbox};

/// What `serve` says about its trouble, if that is one sentence.
#[track_caller]
fn one_sentence(finished: Finished, code: i32) -> String {
    let finished = finished.expect(code);
    assert_eq!(finished.out, "");
    let complaint: Vec<&str> = finished.err.lines().filter(|line| line.starts_with("rolecall: ")).collect();
    assert_eq!(complaint.len(), 1, "{}", finished.err);
    assert!(!finished.err.contains("panicked") && !finished.err.contains("Error {"), "{}", finished.err);
    complaint[0].to_owned()
}

#[test]
fn later_layers_win_and_config_says_where_each_value_came_from() {
    let sandbox = Sandbox::new();
    sandbox.write("rolecall.toml", "workers = 3\npublic_url = 'https://a.example'\n[log]\nlevel = 'debug'\n");
    let mut command = sandbox.command(&["config", "--json", "--database-url", "sqlite://flag.db"]);
    command.env("ROLECALL_WORKERS", "4").env("ROLECALL_DATABASE_URL", "sqlite://variable.db");
    let shown = Finished::of(&mut command).expect(0).json();
    let of = |key: &str| (shown[key]["value"].clone(), shown[key]["from"].clone());
    assert_eq!(of("listen"), ("127.0.0.1:8080".into(), "default".into()));
    assert_eq!(of("public_url"), ("https://a.example".into(), "rolecall.toml".into()));
    assert_eq!(of("log.level"), ("debug".into(), "rolecall.toml".into()));
    assert_eq!(of("workers"), (4.into(), "ROLECALL_WORKERS".into()));
    assert_eq!(of("database_url"), ("sqlite://flag.db".into(), "--database-url".into()));
}

#[test]
fn what_config_prints_can_be_used_as_the_file() {
    let sandbox = Sandbox::new();
    let printed = sandbox.rolecall(&["config"]).expect(0).out;
    sandbox.write("copy.toml", &printed);
    let again = sandbox.rolecall(&["config", "--config", "copy.toml", "--json"]).expect(0).json();
    assert_eq!(again["limits.page_size"]["from"], "copy.toml");
}

#[test]
fn every_setting_of_the_example_file_works() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/rolecall.toml");
    let text = std::fs::read_to_string(example).unwrap();
    // What stands behind `# ` as a setting is one that an operator will try.
    let tried = text.lines().map(|line| match line.strip_prefix("# ") {
        Some(setting) if setting.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) => setting,
        _ => line,
    });
    let sandbox = Sandbox::new();
    sandbox.write("rolecall.toml", &tried.collect::<Vec<_>>().join("\n"));
    let shown = sandbox.rolecall(&["config", "--json"]).expect(0).json();
    for (key, setting) in shown.as_object().unwrap() {
        assert_eq!(setting["from"], "rolecall.toml", "the example file does not show {key}");
    }
}

#[test]
fn config_masks_the_password_of_the_database() {
    let sandbox = Sandbox::new();
    for arguments in [&["config"][..], &["config", "--json"]] {
        let mut command = sandbox.command(arguments);
        command.env("ROLECALL_DATABASE_URL", "postgres://ada:s3cret@db/rolecall");
        let printed = Finished::of(&mut command).expect(0).out;
        assert!(
            printed.contains("postgres://ada:***@db/rolecall") && !printed.contains("s3cret"),
            "{printed}"
        );
    }
}

#[test]
fn the_signing_key_never_shows_not_even_in_a_complaint() {
    let sandbox = Sandbox::new();
    let key = "a key of the test which has more than 32 bytes";
    for arguments in [&["config"][..], &["config", "--json"]] {
        let mut command = sandbox.command(arguments);
        let printed = Finished::of(command.env("ROLECALL_OAUTH__SIGNING_KEY", key)).expect(0).out;
        assert!(printed.contains("***") && !printed.contains(key), "{printed}");
    }
    let mut command = sandbox.command(&["serve"]);
    let said = one_sentence(Finished::of(command.env("ROLECALL_OAUTH__SIGNING_KEY", "too-brief-a-key")), 2);
    assert!(said.contains("`oauth.signing_key`") && said.contains("openssl rand"), "{said}");
    assert!(!said.contains("too-brief-a-key"), "{said}");
}

#[test]
fn an_unknown_key_is_named_with_its_file_and_the_nearest_known_one() {
    let sandbox = Sandbox::new();
    sandbox.write("rolecall.toml", "listn = '127.0.0.1:0'");
    let said = one_sentence(sandbox.rolecall(&["serve"]), 2);
    assert_eq!(said, "rolecall: rolecall.toml has `listn`, which is no setting; did you mean `listen`?");
    assert!(!sandbox.database().exists());
}

#[test]
fn an_unknown_variable_is_named_with_the_nearest_known_one() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["serve"]);
    let said = one_sentence(Finished::of(command.env("ROLECALL_LIMITS_PAGE_SIZE", "5")), 2);
    assert!(
        said.contains("`ROLECALL_LIMITS_PAGE_SIZE`")
            && said.ends_with("did you mean ROLECALL_LIMITS__PAGE_SIZE?"),
        "{said}"
    );
}

#[test]
fn a_named_file_that_is_not_there_is_an_error() {
    let said = one_sentence(Sandbox::new().rolecall(&["serve", "--config", "nowhere.toml"]), 2);
    assert_eq!(said, "rolecall: the configuration file nowhere.toml does not exist");
}

#[test]
fn several_faults_are_told_at_once() {
    let sandbox = Sandbox::new();
    sandbox.write("rolecall.toml", "listn = 1\nworkers = 'many'");
    let finished = sandbox.rolecall(&["serve", "--public-url", "example.com"]).expect(2);
    assert!(finished.err.starts_with("rolecall: the configuration has 3 faults:\n  "), "{}", finished.err);
    assert!(finished.err.contains("`public_url` is `example.com` (--public-url)"), "{}", finished.err);
}

#[test]
fn a_first_organisation_of_an_impossible_slug_is_told_before_a_database_is_made() {
    let sandbox = Sandbox::new();
    sandbox.write("rolecall.toml", "first_org.slug = 'Acme Ltd'");
    let said = one_sentence(sandbox.rolecall(&["serve", "--listen", "127.0.0.1:0"]), 2);
    assert!(
        said.starts_with("rolecall: `first_org.slug` is `Acme Ltd` (rolecall.toml); it must be "),
        "{said}"
    );
    assert!(!sandbox.database().exists());
}

#[test]
fn a_port_in_use_is_named() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let sandbox = Sandbox::new();
    let said = one_sentence(sandbox.rolecall(&["serve", "--listen", &address]), 1);
    assert!(
        said.starts_with(&format!("rolecall: cannot listen on {address}: another program listens there")),
        "{said}"
    );
    // The one showing of the secrets must not be used up by a start that failed.
    assert!(!sandbox.database().exists());
}

#[test]
fn a_database_that_cannot_be_opened_is_named_with_the_reason() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "list.txt",
        "this is a shopping list and no database at all, however long it may be made to go on",
    );
    std::fs::create_dir(sandbox.path().join("folder")).unwrap();
    for (url, wanted) in [
        ("sqlite://nowhere/rolecall.db", "nowhere/rolecall.db cannot be opened"),
        ("sqlite://list.txt/rolecall.db", "list.txt/rolecall.db cannot be opened"),
        ("sqlite://folder", "folder cannot be opened"),
        ("sqlite://list.txt", "list.txt is not an SQLite database"),
    ] {
        let said =
            one_sentence(sandbox.rolecall(&["serve", "--listen", "127.0.0.1:0", "--database-url", url]), 1);
        assert!(said.contains(wanted), "{said}");
    }
}

#[test]
fn a_database_that_cannot_be_written_is_named() {
    // Root may write everywhere, whatever the permissions say.
    if rustix::process::geteuid().is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.rolecall(&["migrate"]).expect(0);
    let mut permissions = std::fs::metadata(sandbox.database()).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(sandbox.database(), permissions).unwrap();
    let said = one_sentence(sandbox.rolecall(&["serve", "--listen", "127.0.0.1:0"]), 1);
    assert!(said.contains("rolecall.db cannot be written"), "{said}");
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.rolecall(&["migrate"]).expect(0);
    let mut database = SqliteConnection::establish(sandbox.database().to_str().unwrap()).unwrap();
    diesel::sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')")
        .execute(&mut database)
        .unwrap();
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &["org", "list"]] {
        let said = one_sentence(sandbox.rolecall(arguments), 1);
        assert!(said.contains("99990101000000") && said.contains("newer Rolecall"), "{said}");
    }
}

#[test]
fn a_database_that_lacks_migrations_is_not_migrated_by_a_listing() {
    let sandbox = Sandbox::new();
    sandbox.write("rolecall.db", "");
    let said = one_sentence(sandbox.rolecall(&["org", "list"]), 1);
    assert!(said.contains("run `rolecall migrate`"), "{said}");
    sandbox.rolecall(&["migrate"]).expect(0);
    sandbox.rolecall(&["org", "list"]).expect(0);
    let again = sandbox.rolecall(&["migrate"]).expect(0).out;
    assert_eq!(again, "sqlite://rolecall.db has the schema of this version already\n");
}
