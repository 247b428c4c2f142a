//! The contract, on PostgreSQL: a database of its own for each case, copied from one that is migrated.
//!
//! `ROLECALL_TEST_POSTGRES_URL` names a server where databases may be made; `cargo xtask test` starts one and sets it.

#[allow(clippy::unwrap_used)] // the words of a test are tests
mod contract;
mod server;

use std::sync::Arc;

use contract::Subject;
use rolecall_storage::Options;

fn fresh() -> Option<Subject> {
    let database = server::fresh()?;
    Some(Subject::new(move || {
        let store = rolecall_storage::open(&database.url, Options::default())
            .expect("a database that was just made can be opened");
        store as Arc<_>
    }))
}

all_cases!(crate::fresh);
