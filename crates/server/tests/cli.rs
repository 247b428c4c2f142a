//! What an operator sees of each command, through the real binary.

mod support;

use support::{Finished, Sandbox, Server};

/// A folder with a migrated database and the organisation `acme`.
fn with_acme() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.rolecall(&["migrate"]).expect(0);
    sandbox.rolecall(&["org", "create", "acme", "--name", "Acme & Sons"]).expect(0);
    sandbox
}

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let help = Sandbox::new().rolecall(&["--help"]).expect(0).out;
    for word in [
        "serve",
        "migrate",
        "org",
        "token",
        "api-key",
        "connection",
        "schema",
        "history",
        "access-review",
        "forget",
        "undo",
        "doctor",
        "config",
        "completions",
        "man",
        "Exit codes",
    ] {
        assert!(help.contains(word), "{word} is missing in:\n{help}");
    }
}

#[test]
fn the_help_of_a_simulation_says_where_the_secret_comes_from() {
    let help = Sandbox::new().rolecall(&["simulate", "--help"]).expect(0).out;
    assert!(help.contains("ROLECALL_SCIM_TOKEN"), "{help}");
}

#[test]
fn wrong_usage_ends_with_code_2_and_tells_what_would_work() {
    let sandbox = Sandbox::new();
    for arguments in [
        &[][..],
        &["sevre"],
        &["serve", "--lisen", "x"],
        &["token", "create", "--org", "acme"],
        &["token", "create", "--org", "acme", "--name", "x", "--expires", "soon"],
        &["api-key", "create", "--org", "acme", "--name", "x", "--role", "member"],
    ] {
        let finished = sandbox.rolecall(arguments).expect(2);
        assert_eq!(finished.out, "", "{arguments:?}");
        assert!(
            finished.err.contains("Usage")
                || finished.err.contains("possible values")
                || finished.err.contains("30m"),
            "{}",
            finished.err
        );
    }
    assert!(!sandbox.database().exists(), "wrong usage made a database");
}

#[test]
fn an_organisation_is_made_and_listed() {
    let sandbox = with_acme();
    let listed = sandbox.rolecall(&["org", "list", "--json"]).expect(0).json();
    assert_eq!(listed[0]["slug"], "acme");
    assert_eq!(listed[0]["name"], "Acme & Sons");
    let table = sandbox.rolecall(&["org", "list"]).expect(0).out;
    assert!(table.starts_with("SLUG") && table.contains("acme  Acme & Sons"), "{table}");
}

#[test]
fn an_organisation_is_called_otherwise_as_a_plan_first() {
    let sandbox = with_acme();
    let called = || sandbox.rolecall(&["org", "list", "--json"]).expect(0).json()[0]["name"].clone();
    let rename = |slug: &str, name: &str, flags: &[&str]| {
        sandbox.rolecall(&[&["org", "rename", slug, name][..], flags].concat())
    };
    let plan = rename("acme", "Acme Ltd", &["--plan"]).expect(0).err;
    assert!(plan.contains("also organisation.updated, 1 times"), "{plan}");
    assert_eq!(called(), "Acme & Sons");
    let (_, fingerprint) = plan.trim().split_once("--as-planned ").unwrap();
    rename("acme", "Acme Inc", &["--as-planned", fingerprint]).expect(1);
    rename("acme", "Acme Ltd", &["--as-planned", fingerprint]).expect(0);
    assert_eq!(called(), "Acme Ltd");
    rename("acme", " ", &[]).expect(2);
    let unknown = rename("globex", "Globex", &[]).expect(1);
    assert!(unknown.err.contains("organisation `globex` does not exist"), "{}", unknown.err);
}

#[test]
fn an_organisation_that_exists_or_has_an_impossible_slug_is_refused() {
    let sandbox = with_acme();
    let taken = sandbox.rolecall(&["org", "create", "acme"]).expect(1);
    assert_eq!(taken.err, "rolecall: organisation `acme` exists already\n");
    let bad = sandbox.rolecall(&["org", "create", "Acme Inc"]).expect(2);
    assert!(bad.err.contains("`Acme Inc`") && bad.err.contains("acme-inc"), "{}", bad.err);
}

// scim: 194
#[test]
fn a_token_is_printed_alone_and_listed_without_its_secret() {
    let sandbox = with_acme();
    let made = sandbox
        .rolecall(&["token", "create", "--org", "acme", "--name", "entra", "--expires", "90d"])
        .expect(0);
    let secret = made.line().to_owned();
    assert!(
        secret.starts_with("rcs_") && secret.len() == 53 && made.out == format!("{secret}\n"),
        "{}",
        made.out
    );
    assert!(made.err.contains("expires at"), "{}", made.err);

    let listed = sandbox.rolecall(&["token", "list", "--org", "acme", "--json"]).expect(0);
    assert!(!listed.out.contains(&secret));
    let token = &listed.json()[0];
    assert_eq!(token["name"], "entra");
    assert!(secret.ends_with(token["hint"].as_str().unwrap()));
    assert!(token["expires_at"].is_string() && token["revoked_at"].is_null());

    let id = token["id"].as_str().unwrap();
    sandbox.rolecall(&["token", "revoke", "--org", "acme", id]).expect(0);
    let again = sandbox.rolecall(&["token", "revoke", "--org", "acme", id]).expect(1);
    assert_eq!(again.err, format!("rolecall: token {id} does not exist, or is revoked already\n"));
    assert!(
        sandbox.rolecall(&["token", "list", "--org", "acme", "--json"]).json()[0]["revoked_at"].is_string()
    );
}

#[test]
fn a_token_is_good_for_the_scopes_that_were_said_or_for_all() {
    let sandbox = with_acme();
    let make = |scopes: &[&str]| {
        let mut command = vec!["token", "create", "--org", "acme", "--name", "x"];
        scopes.iter().for_each(|scope| command.extend(["--scope", *scope]));
        sandbox.rolecall(&command)
    };
    assert!(make(&[]).expect(0).err.contains("is good for all"));
    let told = make(&["groups.read", "users.write"]).expect(0).err;
    assert!(told.contains("is good for users.read users.write groups.read"), "{told}");
    let unknown = make(&["users.delete"]).expect(2).err;
    assert!(
        unknown.contains("`users.delete` is not a scope") && unknown.contains("groups.write"),
        "{unknown}"
    );
    let listed = sandbox.rolecall(&["token", "list", "--org", "acme", "--json"]).expect(0).json();
    let scopes: Vec<String> =
        listed.as_array().unwrap().iter().map(|token| token["scopes"].to_string()).collect();
    assert_eq!(
        scopes,
        [
            r#"["users.read","users.write","groups.read","groups.write"]"#,
            r#"["users.read","users.write","groups.read"]"#
        ]
    );
    let table = sandbox.rolecall(&["token", "list", "--org", "acme"]).expect(0).out;
    assert!(table.contains(" all ") && table.contains(" users.read users.write groups.read "), "{table}");
}

#[test]
fn an_api_key_is_printed_alone_with_the_role_that_was_asked_for() {
    let sandbox = with_acme();
    for role in ["owner", "admin"] {
        let made = sandbox
            .rolecall(&["api-key", "create", "--org", "acme", "--name", "ci", "--role", role])
            .expect(0);
        assert!(made.line().starts_with("rck_") && made.out.lines().count() == 1, "{}", made.out);
    }
    let keys = sandbox.rolecall(&["api-key", "list", "--org", "acme", "--json"]).expect(0).json();
    assert_eq!((&keys[0]["role"], &keys[1]["role"]), (&"owner".into(), &"admin".into()));
    let id = keys[0]["id"].as_str().unwrap();
    sandbox.rolecall(&["api-key", "revoke", "--org", "acme", id]).expect(0);
    let table = sandbox.rolecall(&["api-key", "list", "--org", "acme"]).expect(0).out;
    assert_eq!(table.lines().count(), 3, "{table}");
}

#[test]
fn a_command_on_an_organisation_that_is_not_there_says_so() {
    let sandbox = with_acme();
    let finished = sandbox.rolecall(&["token", "create", "--org", "acne", "--name", "entra"]).expect(1);
    assert_eq!(
        finished.err,
        "rolecall: organisation `acne` does not exist; `rolecall org list` shows those that do\n"
    );
}

#[test]
fn a_slip_in_the_database_url_leaves_no_empty_database_behind() {
    let sandbox = with_acme();
    let finished = sandbox.rolecall(&["org", "list", "--database-url", "sqlite://rolecal.db"]).expect(1);
    assert!(finished.err.contains("no database at rolecal.db"), "{}", finished.err);
    assert!(!sandbox.path().join("rolecal.db").exists());
    let finished = sandbox.rolecall(&["org", "list", "--database-url", "mysql://ada:s3cret@db/x"]).expect(2);
    assert!(finished.err.contains("sqlite://") && !finished.err.contains("s3cret"), "{}", finished.err);
}

#[test]
fn commands_work_beside_a_running_server_and_their_secrets_open_it() {
    let server = Server::start();
    let token = server.rolecall(&["token", "create", "--org", "default", "--name", "second"]).expect(0);
    let config = |secret: &str| {
        server.request("GET", &format!("{}/ServiceProviderConfig", server.tenant_url)).bearer(secret).send()
    };
    config(token.line()).expect(200);
    let listed = server.rolecall(&["token", "list", "--org", "default", "--json"]).expect(0).json();
    let id = listed.as_array().unwrap().iter().find(|token| token["name"] == "second").unwrap()["id"].clone();
    server.rolecall(&["token", "revoke", "--org", "default", id.as_str().unwrap()]).expect(0);
    let users = server.request("GET", &format!("{}/Users", server.tenant_url)).bearer(token.line()).send();
    users.expect(401);
}

#[test]
fn completions_and_man_pages_are_not_empty() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = sandbox.rolecall(&["completions", shell]).expect(0).out;
        assert!(script.contains("database-url"), "{shell}");
    }
    let page = sandbox.rolecall(&["man"]).expect(0).out;
    assert!(page.contains(".TH rolecall 1") && page.contains("api\\-key"), "{page}");
    sandbox.rolecall(&["man", "pages"]).expect(0);
    for page in ["rolecall.1", "rolecall-serve.1", "rolecall-token-create.1"] {
        assert!(sandbox.path().join("pages").join(page).is_file(), "{page}");
    }
}

#[test]
fn doctor_finds_a_healthy_installation_healthy() {
    let server = Server::start();
    let doctor = |arguments: &[&str]| {
        // The port that the server has: on the default one there may be anything.
        Finished::of(server.sandbox.command(arguments).env("ROLECALL_LISTEN", server.address())).expect(0)
    };
    let found = doctor(&["doctor", "--json"]).json();
    for name in ["configuration", "database", "migrations", "clock", "port", "disk"] {
        let check = found.as_array().unwrap().iter().find(|check| check["name"] == name);
        assert_eq!(check.unwrap_or_else(|| panic!("{name} is missing"))["state"], "ok", "{found:#}");
    }
    let text = doctor(&["doctor"]).out;
    assert!(text.contains(&format!("Rolecall answers at {}", server.address())), "{text}");
}

#[test]
fn doctor_says_what_is_wrong_and_what_to_do() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "rolecall.db",
        "this is a shopping list and no database at all, however long it may be made to go on",
    );
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    // It takes connections and says nothing; that is not Rolecall.
    let taken = other.local_addr().unwrap().to_string();
    sandbox.write("rolecall.toml", &format!("listen = \"{taken}\""));
    let finished = sandbox.rolecall(&["doctor"]).expect(1);
    assert!(
        finished.out.contains("FAIL  database") && finished.out.contains("not an SQLite database"),
        "{}",
        finished.out
    );
    assert!(finished.out.contains("→ set `database_url` to another file"), "{}", finished.out);
    assert!(finished.out.contains("FAIL  port"), "{}", finished.out);
    assert_eq!(finished.err, "");

    let finished = sandbox.rolecall(&["doctor", "--database-url", "sqlite://nowhere/rolecall.db"]).expect(1);
    assert!(finished.out.contains("none can be made in nowhere"), "{}", finished.out);

    sandbox.write("rolecall.toml", "listne = 1");
    let finished = sandbox.rolecall(&["doctor"]).expect(1);
    assert!(
        finished.out.contains("FAIL  configuration") && finished.out.contains("`listen`"),
        "{}",
        finished.out
    );
}

#[test]
fn a_command_that_changes_something_can_be_planned_and_done_as_planned() {
    let sandbox = with_acme();
    sandbox.rolecall(&["token", "create", "--org", "acme", "--name", "entra"]).expect(0);
    let tokens = || sandbox.rolecall(&["token", "list", "--org", "acme", "--json"]).expect(0).json();
    let before = tokens();
    let id = before[0]["id"].as_str().unwrap();
    let revoke =
        |flags: &[&str]| sandbox.rolecall(&[&["token", "revoke", "--org", "acme", id], flags].concat());
    let plan = revoke(&["--plan"]).expect(0);
    assert!(
        plan.err.contains("also token.revoked, 1 times") && plan.err.contains("Nothing was changed"),
        "{}",
        plan.err
    );
    assert_eq!(tokens(), before);
    let refused = revoke(&["--as-planned", &"0".repeat(32)]).expect(1);
    assert!(refused.err.contains("ask for the plan again"), "{}", refused.err);
    assert_eq!(tokens(), before);
    let fingerprint = plan.err.trim_end().rsplit(' ').next().unwrap();
    revoke(&["--as-planned", fingerprint]).expect(0);
    assert!(tokens()[0]["revoked_at"].is_string());
    revoke(&["--as-planned", "nonsense"]).expect(2);
}
