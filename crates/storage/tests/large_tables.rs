//! Migrations beside a running service: no table that may be large is kept from those who write to it.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod server;

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query,
    sql_types::Bool,
};
use rolecall_storage::{Database, MigrateError, Options, open};

/// The migrations that build indexes on tables with rows, and what undoes them.
const UNDO: &str = "
    DROP INDEX events_user, events_workspace, users_role;
    DELETE FROM __diesel_schema_migrations WHERE version IN ('20261124090100', '20261124110500')";
const BUILT: [&str; 2] = ["20261124090100_events_by_person_and_workspace", "20261124110500_people_by_role"];

/// A database of the version before, with an organisation in which much has happened.
fn old() -> Option<server::Database> {
    let database = server::fresh()?;
    let mut conn = connect(&database);
    conn.batch_execute(UNDO).unwrap();
    conn.batch_execute(
        "INSERT INTO orgs (slug, name, created_at) VALUES ('acme', 'Acme', 0);
         INSERT INTO events (org_id, seq, kind, at, change_id, actor_kind, user_id)
         SELECT o.id, n, 'user.created', 0, CAST(md5('c' || n) AS uuid), 3, CAST(md5('u' || n) AS uuid)
         FROM orgs o, generate_series(1, 50000) n",
    )
    .unwrap();
    Some(database)
}

fn connect(database: &server::Database) -> PgConnection {
    PgConnection::establish(&database.url).unwrap()
}

fn store(database: &server::Database) -> Arc<dyn Database> {
    open(&database.url, Options::default()).unwrap()
}

/// Writes as a replica of the version before does; refused rather than kept waiting.
fn begin_to_write(conn: &mut PgConnection, seq: u32) {
    conn.batch_execute(&format!(
        "BEGIN; SET LOCAL lock_timeout = '100ms';
         INSERT INTO events (org_id, seq, kind, at, change_id, actor_kind)
         SELECT id, {seq}, 'user.created', 0, CAST(md5('{seq}') AS uuid), 3 FROM orgs"
    ))
    .expect("a write waits for nobody");
}

fn holds(conn: &mut PgConnection, condition: &str) -> bool {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Bool)]
        holds: bool,
    }
    sql_query(format!("SELECT {condition} AS holds")).get_result::<Answer>(conn).unwrap().holds
}

fn until(conn: &mut PgConnection, condition: &str) {
    let started = Instant::now();
    while !holds(conn, condition) {
        assert!(started.elapsed() < Duration::from_secs(60), "it never holds: {condition}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Somebody builds an index and waits for those who write.
const WAITS: &str = "EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
    AND query LIKE '%CREATE INDEX CONCURRENTLY%' AND pid <> pg_backend_pid() AND wait_event_type = 'Lock')";

fn valid(conn: &mut PgConnection, indexes: &[&str]) -> bool {
    indexes.iter().all(|index| {
        holds(
            conn,
            &format!(
                "EXISTS (SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('{index}') AND indisvalid)"
            ),
        )
    })
}

#[test]
fn replicas_of_the_version_before_go_on_writing_while_an_index_is_built() {
    let Some(database) = old() else { return };
    let (mut one, mut other, mut watcher) = (connect(&database), connect(&database), connect(&database));
    // Some write is open at every moment.
    begin_to_write(&mut one, 100_000);
    let migrating = {
        let store = store(&database);
        thread::spawn(move || store.migrate())
    };
    until(&mut watcher, WAITS);
    let mut written = 100_000;
    while !migrating.is_finished() {
        written += 1;
        begin_to_write(&mut other, written);
        one.batch_execute("COMMIT").unwrap();
        std::mem::swap(&mut one, &mut other);
        let kept_waiting =
            "EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND relation = CAST('events' AS regclass))";
        assert!(!holds(&mut watcher, kept_waiting));
        thread::sleep(Duration::from_millis(5));
    }
    one.batch_execute("COMMIT").unwrap();
    assert_eq!(migrating.join().unwrap().unwrap(), BUILT);
    assert!(valid(&mut watcher, &["events_user", "events_workspace", "users_role"]));
    let all = written - 100_000 + 1 + 50_000;
    assert!(holds(&mut watcher, &format!("(SELECT count(*) FROM events) = {all}")), "{written}");
}

#[test]
fn an_index_whose_building_was_interrupted_is_built_again() {
    let Some(database) = old() else { return };
    let (mut writer, mut watcher) = (connect(&database), connect(&database));
    begin_to_write(&mut writer, 100_000);
    let migrating = {
        let store = store(&database);
        thread::spawn(move || store.migrate())
    };
    until(&mut watcher, WAITS);
    let end =
        "(SELECT count(pg_terminate_backend(pid)) = 1 FROM pg_stat_activity WHERE datname = current_database()
        AND query LIKE '%CREATE INDEX CONCURRENTLY%' AND pid <> pg_backend_pid())";
    assert!(holds(&mut watcher, end));
    let stopped = migrating.join().unwrap();
    assert!(
        matches!(&stopped, Err(MigrateError::Unfinished { migration, .. }) if migration == BUILT[0]),
        "{stopped:?}"
    );
    let half =
        "EXISTS (SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('events_user') AND NOT indisvalid)";
    until(&mut watcher, half);
    let store = store(&database);
    assert_eq!(store.pending_migrations().unwrap(), BUILT);
    writer.batch_execute("COMMIT").unwrap();
    assert_eq!(store.migrate().unwrap(), BUILT);
    assert!(valid(&mut watcher, &["events_user", "events_workspace", "users_role"]));
    assert_eq!(store.migrate().unwrap(), [""; 0]);
}

#[test]
fn an_index_that_the_session_of_a_lost_process_still_builds_is_waited_for() {
    let Some(database) = old() else { return };
    let (mut writer, mut watcher, mut orphan) = (connect(&database), connect(&database), connect(&database));
    begin_to_write(&mut writer, 100_000);
    let building = thread::spawn(move || {
        orphan.batch_execute("CREATE INDEX CONCURRENTLY events_user ON events (org_id, user_id, seq)")
    });
    until(&mut watcher, WAITS);
    let migrating = {
        let store = store(&database);
        thread::spawn(move || store.migrate())
    };
    // It has the lock, and has found the index of the other.
    until(
        &mut watcher,
        "EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_stat_progress_create_index%'
             AND pid <> pg_backend_pid() AND state = 'idle')",
    );
    writer.batch_execute("COMMIT").unwrap();
    assert_eq!(migrating.join().unwrap().unwrap(), BUILT);
    // Dropped under its hands, it would have failed.
    building.join().unwrap().unwrap();
    assert!(valid(&mut watcher, &["events_user", "events_workspace", "users_role"]));
}

#[test]
fn ten_replicas_that_start_together_build_an_index_once() {
    let Some(database) = old() else { return };
    let starting: Vec<_> = (0..10)
        .map(|_| {
            let store = store(&database);
            thread::spawn(move || {
                let done = store.migrate().unwrap();
                // Whoever comes back finds everything there, whether it has done it or waited.
                assert_eq!(store.pending_migrations().unwrap(), [""; 0]);
                done
            })
        })
        .collect();
    let done: Vec<String> = starting.into_iter().flat_map(|starting| starting.join().unwrap()).collect();
    assert_eq!(done, BUILT);
    assert!(valid(&mut connect(&database), &["events_user", "events_workspace", "users_role"]));
}

/// What may stand in a migration as it is, and why.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "20261124090000_explained_access",
    "UPDATE workspaces",
    "workspaces are few; their people are counted once, before another table is altered",
)];

#[test]
fn no_migration_keeps_others_from_a_large_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let mut migrations: Vec<String> = fs::read_dir(folder.clone())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    migrations.sort();
    for migration in migrations {
        let text = fs::read_to_string(folder.join(&migration).join("up.sql")).unwrap();
        let metadata = fs::read_to_string(folder.join(&migration).join("metadata.toml")).unwrap_or_default();
        let outside = metadata.contains("run_in_transaction = false");
        let faults: Vec<String> = faults(&text, outside)
            .into_iter()
            .filter(|fault| !EXCEPTIONS.iter().any(|(of, what, _)| *of == migration && fault.contains(what)))
            .collect();
        assert_eq!(faults, [""; 0], "{migration}: see migrations/README.md");
    }
}

/// What is wrong with the statements of a migration; `outside` of a transaction.
fn faults(text: &str, outside: bool) -> Vec<String> {
    let code: String =
        text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let mut new = BTreeSet::new();
    let mut faults = Vec::new();
    for statement in code.split(';') {
        let words: Vec<&str> = statement.split_whitespace().collect();
        let Some(&first) = words.first() else { continue };
        let shown = words.join(" ");
        let fault = if outside {
            let fits = shown.starts_with("CREATE INDEX CONCURRENTLY IF NOT EXISTS ")
                || shown.starts_with("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ");
            (!fits).then_some(
                "outside of a transaction, only CREATE INDEX CONCURRENTLY IF NOT EXISTS can be begun anew",
            )
        } else {
            match first {
                "CREATE" if words[1] == "TABLE" => {
                    new.insert(words[2].trim_end_matches('('));
                    None
                }
                "CREATE" if words.contains(&"INDEX") => {
                    let table = words.iter().position(|word| *word == "ON").map(|at| words[at + 1]);
                    let built_empty =
                        table.is_some_and(|table| new.contains(table.split('(').next().unwrap()));
                    (!built_empty).then_some(
                        "an index of a table that is there is built CONCURRENTLY, in a migration of its own",
                    )
                }
                "ALTER" if words[1] == "TABLE" && !new.contains(words[2]) => altered(&words[3..]),
                "ALTER" | "INSERT" if words.iter().any(|word| new.contains(word)) => None,
                "DROP" => None,
                _ => Some("what touches the rows of a table that is there keeps others from them"),
            }
        };
        faults.extend(fault.map(|fault| format!("{fault}: {shown}")));
    }
    faults
}

/// Why a change of a table that is there takes long, or fails old replicas.
fn altered(words: &[&str]) -> Option<&'static str> {
    let says = |what: &str| words.join(" ").contains(what);
    match words {
        ["ADD", "CONSTRAINT", ..] if says("NOT VALID") => None,
        ["ADD", "CONSTRAINT", ..] => {
            Some("a constraint is added NOT VALID, and validated in the next migration")
        }
        ["VALIDATE", "CONSTRAINT", ..] | ["DROP", ..] => None,
        ["ADD", "COLUMN", ..]
            if ["REFERENCES", "UNIQUE", "PRIMARY", "CHECK", "GENERATED"].iter().any(|word| says(word)) =>
        {
            Some("a new column comes without a constraint")
        }
        ["ADD", "COLUMN", .., last] if says("DEFAULT") => {
            let constant = last.starts_with('\'')
                || last.parse::<i64>().is_ok()
                || ["true", "false"].contains(&last.to_lowercase().as_str());
            (!constant).then_some("a default that is computed rewrites every row")
        }
        ["ADD", "COLUMN", ..] if says("NOT NULL") => Some("a new column is nullable or has a default"),
        ["ADD", "COLUMN", ..] => None,
        ["ALTER", "COLUMN", _, "SET" | "DROP", "DEFAULT", ..]
        | ["ALTER", "COLUMN", _, "DROP", "NOT", "NULL"] => None,
        _ => Some("it rewrites or reads the whole table while nobody else may"),
    }
}

#[test]
fn what_keeps_others_from_a_table_is_seen() {
    let wrong = [
        "CREATE INDEX i ON users (org_id)",
        "CREATE UNIQUE INDEX i ON users (org_id)",
        "ALTER TABLE users ALTER COLUMN version TYPE integer",
        "ALTER TABLE users ALTER COLUMN email SET NOT NULL",
        "ALTER TABLE users ADD COLUMN made timestamptz NOT NULL DEFAULT clock_timestamp()",
        "ALTER TABLE users ADD COLUMN n bigint NOT NULL",
        "ALTER TABLE users ADD COLUMN n bigint UNIQUE",
        "ALTER TABLE users ADD CONSTRAINT c CHECK (version > 0)",
        "ALTER TABLE users ADD PRIMARY KEY (id)",
        "UPDATE users SET version = 0",
        "DELETE FROM events",
        "CREATE TABLE t (a bigint); CREATE INDEX i ON t (a); CREATE INDEX j ON users (a)",
    ];
    for statement in wrong {
        assert_eq!(faults(statement, false).len(), 1, "{statement}");
    }
    let right = [
        "CREATE TABLE t (\n a bigint); -- new; empty\nCREATE INDEX i ON t (a); ALTER TABLE t ADD PRIMARY KEY (a)",
        "ALTER TABLE users ADD COLUMN n bigint",
        "ALTER TABLE users ADD COLUMN n text COLLATE \"C\" NOT NULL DEFAULT '{}'",
        "ALTER TABLE users ADD COLUMN n boolean NOT NULL DEFAULT false",
        "ALTER TABLE users ADD CONSTRAINT c CHECK (version > 0) NOT VALID",
    ];
    for statement in right {
        assert_eq!(faults(statement, false), [""; 0], "{statement}");
    }
    assert_eq!(faults("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON users (a)", true), [""; 0]);
    assert_eq!(faults("CREATE INDEX CONCURRENTLY i ON users (a); DROP TABLE t", true).len(), 2);
}
