//! Copies that are refused, stopped or found to be wrong: each leaves the target as it was, and says what to do.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rolecall_storage::{CopyError, Progress, Step};

use super::{Place, add_org, copy, full};

#[test]
fn a_database_is_not_copied_onto_itself() {
    for place in Place::each() {
        let store = place.migrated();
        add_org(&store, "acme").unwrap();
        let again = match &place {
            // Another way to write the same.
            Place::File(folder) => {
                let url = format!(
                    "sqlite://{}/../{}/rolecall.db",
                    folder.path().display(),
                    folder.path().file_name().unwrap().display()
                );
                rolecall_storage::open(&url, Default::default()).unwrap()
            }
            Place::Server(_) => place.open(),
        };
        assert_eq!(copy(&store, &again), Err(CopyError::SameDatabase));
    }
}

#[test]
fn a_target_in_use_is_refused_and_stays_as_it_is() {
    for place in Place::each() {
        let first = Place::file();
        let source = first.migrated();
        add_org(&source, "acme").unwrap();
        let target = place.migrated();
        add_org(&target, "globex").unwrap();
        let error = copy(&source, &target).unwrap_err();
        assert_eq!(error, CopyError::NotEmpty { table: "orgs".into(), rows: 1 });
        assert!(error.to_string().contains("orgs holds 1 row. Copy into a new database"), "{error}");
        assert_eq!(place.lines("SELECT slug AS line FROM orgs"), ["globex"]);
    }
}

#[test]
fn a_source_that_is_not_migrated_is_refused() {
    for place in Place::each() {
        let last = Place::file();
        let error = copy(&place.open(), &last.open()).unwrap_err();
        assert!(matches!(error, CopyError::SourceNotMigrated { pending } if pending > 0), "{error:?}");
        assert!(error.to_string().contains("rolecall migrate"), "{error}");
    }
}

#[test]
fn a_target_at_another_migration_is_refused() {
    for place in Place::each() {
        let first = Place::file();
        let source = first.migrated();
        let target = place.migrated();
        let versions = "SELECT version AS line FROM __diesel_schema_migrations ORDER BY version";
        let applied = place.lines(versions);
        // As an older version left it.
        if applied.len() < 2 {
            continue;
        }
        let last = "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)";
        place.run(last, last);
        let error = copy(&source, &target).unwrap_err();
        assert!(matches!(error, CopyError::OtherVersion { .. }), "{error:?}");
    }
}

/// Makes whatever is inserted into `workspaces` something else.
fn tamper(place: &Place) {
    place.run(
        "CREATE TRIGGER tamper AFTER INSERT ON workspaces
         BEGIN UPDATE workspaces SET name = name || '!' WHERE org_id = NEW.org_id AND id = NEW.id; END",
        "CREATE FUNCTION tamper() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name = NEW.name || ''!''; RETURN NEW; END';
         CREATE TRIGGER tamper BEFORE INSERT ON workspaces FOR EACH ROW EXECUTE FUNCTION tamper()",
    );
}

#[test]
fn a_target_that_holds_something_else_than_was_sent_is_found_out() {
    for place in Place::each() {
        let first = Place::file();
        let source = full::every_table(&first);
        let target = place.migrated();
        tamper(&place);
        let error = copy(&source, &target).unwrap_err();
        let CopyError::Differs(tables) = &error else { panic!("{error:?}") };
        let differ: Vec<_> =
            tables.iter().filter(|table| table.source != table.target).map(|t| &t.name).collect();
        assert_eq!(differ, ["workspaces"]);
        assert!(error.to_string().contains("workspaces (source 2 rows, "), "{error}");
        assert_eq!(place.lines("SELECT slug AS line FROM orgs"), [""; 0], "nothing is kept");
    }
}

#[test]
fn a_copy_that_is_cut_off_leaves_nothing_and_is_run_again() {
    for place in Place::each() {
        let first = Place::file();
        let source = full::every_table(&first);
        let target = place.open();
        for step in [Step::Copy, Step::Compare] {
            let stop = |progress: Progress<'_>| {
                assert!(!(progress.step == step && progress.table == "users"), "the power fails");
            };
            let stopped =
                catch_unwind(AssertUnwindSafe(|| rolecall_storage::copy(&*source, &*target, &mut { stop })));
            assert!(stopped.is_err());
            assert_eq!(place.lines("SELECT slug AS line FROM orgs"), [""; 0]);
        }
        copy(&source, &target).unwrap();
        assert_eq!(place.lines("SELECT slug AS line FROM orgs ORDER BY slug"), ["acme", "globex"]);
    }
}

#[test]
fn a_server_that_ends_the_connection_is_told_of() {
    for place in Place::each() {
        let Place::Server(_) = &place else { continue };
        let first = Place::file();
        let source = full::every_table(&first);
        let target = place.migrated();
        let error = rolecall_storage::copy(&*source, &*target, &mut |progress: Progress<'_>| {
            if progress.table == "grants" && progress.step == Step::Copy {
                place.lines(
                    "SELECT CAST(pg_terminate_backend(pid) AS text) AS line FROM pg_stat_activity
                     WHERE datname = current_database() AND state = 'idle in transaction'",
                );
            }
        })
        .unwrap_err();
        assert!(matches!(&error, CopyError::Failed { side: "target", .. }), "{error:?}");
        copy(&source, &target).unwrap();
    }
}

#[test]
fn nobody_else_writes_to_the_target_meanwhile() {
    for place in Place::each() {
        let first = Place::file();
        let source = full::every_table(&first);
        let target = place.migrated();
        let hasty = rolecall_storage::Options {
            patience: std::time::Duration::from_millis(100),
            ..Default::default()
        };
        let server = rolecall_storage::open(&place.url(), hasty).unwrap();
        let mut refused = 0;
        rolecall_storage::copy(&*source, &*target, &mut |progress: Progress<'_>| {
            if progress.table == "users" {
                refused += usize::from(add_org(&server, "early").is_err());
            }
        })
        .unwrap();
        assert_eq!(refused, 2);
    }
}

#[test]
fn a_value_that_no_column_of_the_target_can_hold_is_named() {
    let first = Place::file();
    let source = full::every_table(&first);
    first.run("UPDATE users SET search = '{' WHERE rowid = 1", "");
    for place in Place::each() {
        let Place::Server(_) = &place else { continue };
        let error = copy(&source, &place.open()).unwrap_err();
        assert_eq!(error, CopyError::BadValue { table: "users".into(), column: "search".into() });
        assert_eq!(place.lines("SELECT slug AS line FROM orgs"), [""; 0]);
    }
}

#[test]
fn a_reference_to_nothing_is_found() {
    let first = Place::file();
    let source = full::every_table(&first);
    first.run("PRAGMA foreign_keys = OFF; DELETE FROM workspaces", "");
    for place in Place::each() {
        let error = copy(&source, &place.open()).unwrap_err();
        let CopyError::BrokenReference { table } = &error else { panic!("{error:?}") };
        assert!(["grants", "mappings", "memberships"].contains(&table.as_str()), "{table}");
        assert_eq!(place.lines("SELECT slug AS line FROM orgs"), [""; 0]);
    }
}

#[test]
fn a_changed_schema_is_refused() {
    let first = Place::file();
    let source = full::every_table(&first);
    for place in Place::each() {
        let target = place.migrated();
        place.run("ALTER TABLE orgs ADD COLUMN extra TEXT", "ALTER TABLE orgs ADD COLUMN extra text");
        let error = copy(&source, &target).unwrap_err().to_string();
        assert!(error.contains("column orgs.extra is in the target alone"), "{error}");
    }
}
