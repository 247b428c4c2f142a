//! The contract, on SQLite.

#[allow(clippy::unwrap_used)] // the words of a test are tests
mod contract;

use std::sync::Arc;

use contract::Subject;
use rolecall_storage::Options;

fn fresh() -> Option<Subject> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    Some(Subject::new(move || {
        let store = rolecall_storage::open(
            &format!("sqlite://{}/rolecall.db", folder.path().display()),
            Options::default(),
        )
        .expect("a file in a fresh folder can be opened");
        store.migrate().expect("a fresh file can be migrated");
        store as Arc<_>
    }))
}

all_cases!(crate::fresh);
