//! Everything in a database arrives in another one, of either kind, or nothing does; and a check finds what is damaged.

#![allow(clippy::unwrap_used)] // helpers of tests are tests

mod checked;
mod full;
mod refused;
#[path = "../server/mod.rs"]
mod server;
#[path = "../contract/world.rs"]
#[allow(dead_code, reason = "each test program uses its own part of this")]
mod world;

use std::sync::Arc;

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, connection::SimpleConnection,
    sql_query, sql_types::Text,
};
use rolecall_domain::{
    ports::{StoreError, write_now},
    records::Settings,
    testing::THEN,
};
use rolecall_storage::{CopiedTable, CopyError, Database, Options, Progress, Step};

#[derive(QueryableByName)]
pub(crate) struct Line {
    #[diesel(sql_type = Text)]
    pub(crate) line: String,
}

/// A place for a database.
pub(crate) enum Place {
    File(tempfile::TempDir),
    Server(server::Database),
}

impl Place {
    pub(crate) fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// The two kinds, or the first where there is no server.
    pub(crate) fn each() -> Vec<Self> {
        std::iter::once(Self::file()).chain(server::empty().map(Self::Server)).collect()
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(folder) => format!("sqlite://{}/rolecall.db", folder.path().display()),
            Self::Server(database) => database.url.clone(),
        }
    }

    pub(crate) fn open(&self) -> Arc<dyn Database> {
        rolecall_storage::open(&self.url(), Options::default()).unwrap()
    }

    pub(crate) fn migrated(&self) -> Arc<dyn Database> {
        let store = self.open();
        store.migrate().unwrap();
        store
    }

    /// Runs statements beside the store.
    pub(crate) fn run(&self, sqlite: &str, postgres: &str) {
        match self {
            Self::File(_) => self.sqlite().batch_execute(sqlite).unwrap(),
            Self::Server(database) => {
                PgConnection::establish(&database.url).unwrap().batch_execute(postgres).unwrap();
            }
        }
    }

    pub(crate) fn sqlite(&self) -> SqliteConnection {
        let mut conn = SqliteConnection::establish(self.url().trim_start_matches("sqlite://")).unwrap();
        sql_query("PRAGMA busy_timeout = 5000").execute(&mut conn).unwrap();
        conn
    }

    /// What a question answers in one column, `line`.
    pub(crate) fn lines(&self, question: &str) -> Vec<String> {
        let found: Vec<Line> = match self {
            Self::File(_) => sql_query(question).load(&mut self.sqlite()).unwrap(),
            Self::Server(database) => {
                sql_query(question).load(&mut PgConnection::establish(&database.url).unwrap()).unwrap()
            }
        };
        found.into_iter().map(|line| line.line).collect()
    }
}

pub(crate) fn copy(from: &Arc<dyn Database>, to: &Arc<dyn Database>) -> Result<Vec<CopiedTable>, CopyError> {
    rolecall_storage::copy(&**from, &**to, &mut |_| {})
}

fn add_org(store: &Arc<dyn Database>, slug: &str) -> Result<i64, StoreError> {
    let slug = slug.to_owned();
    write_now(&**store, move |tx| tx.insert_org(&slug, &slug, &Settings::default(), THEN).map(|org| org.id.0))
}

#[test]
fn everything_arrives_in_each_kind_of_database_and_comes_back_as_it_was() {
    let first = Place::file();
    let source = full::every_table(&first);
    let before = full::dump(&first);
    for between in Place::each() {
        let middle = between.open();
        let there = copy(&source, &middle).unwrap();
        let empty: Vec<_> = there.iter().filter(|table| table.source.rows == 0).collect();
        assert!(empty.is_empty(), "the test has no rows for {empty:?}");
        assert!(there.len() > 15);

        let last = Place::file();
        let back = copy(&middle, &last.open()).unwrap();
        assert_eq!(back.len(), there.len());
        assert_eq!(full::dump(&last), before);
        assert_eq!(full::read(&middle), full::read(&source));

        // And to another of its kind, whose checksums are the same.
        let Some(other) = Place::each()
            .into_iter()
            .find(|other| std::mem::discriminant(other) == std::mem::discriminant(&between))
        else {
            continue;
        };
        assert_eq!(copy(&middle, &other.open()).unwrap(), there);
    }
}

#[test]
fn an_organisations_number_is_not_given_twice_after_a_copy() {
    for place in Place::each() {
        let first = Place::file();
        let source = first.migrated();
        add_org(&source, "acme").unwrap();
        let gone = add_org(&source, "gone").unwrap();
        first.run("DELETE FROM orgs WHERE slug = 'gone'", "");
        let target = place.open();
        copy(&source, &target).unwrap();
        assert_eq!(add_org(&target, "new").unwrap(), gone + 1);

        let back = Place::file();
        copy(&target, &back.open()).unwrap();
        assert_eq!(add_org(&back.open(), "newer").unwrap(), gone + 2);
    }
}

#[test]
fn what_is_written_while_a_copy_runs_is_left_out_whole() {
    for place in Place::each() {
        let source = place.migrated();
        add_org(&source, "acme").unwrap();
        let target = Place::file();
        let mut written = 0;
        let copied = rolecall_storage::copy(&*source, &*target.open(), &mut |progress: Progress<'_>| {
            if progress.step == Step::Copy {
                written += 1;
                add_org(&source, &format!("late-{written}")).unwrap();
            }
        })
        .unwrap();
        assert!(written > 0);
        assert_eq!(copied.iter().find(|table| table.name == "orgs").unwrap().source.rows, 1);
        assert_eq!(target.lines("SELECT slug AS line FROM orgs"), ["acme"]);
    }
}

#[test]
fn documents_of_any_length_are_copied() {
    for place in Place::each() {
        let first = Place::file();
        let source = first.migrated();
        add_org(&source, "acme").unwrap();
        // More than a batch, some of them longer than a batch shall be.
        first.run(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             INSERT INTO schema_extensions (org_id, urn, resource_type, required, created_at, document)
             SELECT 1, printf('urn:%05d', i), 1, 0, i, CASE WHEN i % 900 = 0 THEN hex(zeroblob(3000000)) ELSE '{}' END FROM n",
            "",
        );
        let copied = copy(&source, &place.open()).unwrap();
        let table = copied.iter().find(|table| table.name == "schema_extensions").unwrap();
        assert_eq!((table.source.rows, table.source), (5000, table.target));
    }
}

#[test]
fn indexes_and_references_are_as_they_were() {
    let Some(database) = server::empty() else { return };
    let place = Place::Server(database);
    place.migrated();
    let catalogue = || {
        let mut lines = place.lines(
            "SELECT pg_get_indexdef(indexrelid) AS line FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
             WHERE c.relnamespace = CAST('public' AS regnamespace) ORDER BY 1",
        );
        lines.extend(place.lines(
            "SELECT conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid) AS line
             FROM pg_constraint WHERE connamespace = CAST('public' AS regnamespace) ORDER BY 1",
        ));
        // The order of the unique ones in age, which decides which of several is told of.
        lines.extend(place.lines(
            "SELECT CAST(indexrelid::regclass AS text) AS line FROM pg_index WHERE indisunique
               AND indrelid::regclass::text = 'users' ORDER BY indexrelid",
        ));
        lines
    };
    let before = catalogue();
    let first = Place::file();
    let source = full::every_table(&first);
    copy(&source, &place.open()).unwrap();
    assert_eq!(catalogue(), before);
}
