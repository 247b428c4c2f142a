//! A full disk: whatever SQLite does with the transaction, what was acknowledged is there and nothing else is.

use diesel::{Connection, connection::SimpleConnection};
use diesel_migrations::MigrationHarness;
use rolecall_domain::{
    ports::{ReadOrgs, Tx},
    records::Settings,
    time::Timestamp,
};
use std::sync::mpsc;

use super::*;
use crate::sqlite::{dialect::Use, migrations::MIGRATIONS};

struct Adding {
    slug: String,
    size: usize,
    told: mpsc::Sender<(String, Result<(), StoreError>)>,
}

impl WriteUnit for Adding {
    fn run(&mut self, tx: &mut dyn Tx) -> Verdict {
        let name = "n".repeat(self.size);
        // It does not look: the store has to.
        let _ = tx.insert_org(&self.slug, &name, &Settings::default(), Timestamp(0));
        let _ = tx.insert_org(&format!("{}-after", self.slug), "", &Settings::default(), Timestamp(0));
        Verdict::Commit
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        let _ = self.told.send((self.slug, outcome));
    }
}

#[test]
fn on_a_full_disk_what_was_acknowledged_is_there_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rolecall.db");
    let path = path.to_str().unwrap();
    let options = Options::default();
    let mut conn = Conn::establish(path).unwrap();
    dialect::prepare(&mut conn, Use::Write, options.patience).unwrap();
    conn.run_pending_migrations(MIGRATIONS).unwrap();
    conn.batch_execute("PRAGMA max_page_count = 80").unwrap();
    let (told, answers) = mpsc::channel();
    let (waiting, queue) = sync_channel(100);
    // All of them wait before the thread starts, so that they share batches.
    for n in 0..60 {
        let size = if n % 7 == 3 { 100_000 } else { 1000 };
        waiting.send(Box::new(Adding { slug: format!("o{n}"), size, told: told.clone() }) as Unit).unwrap();
    }
    drop(waiting);
    Worker { conn, waiting: queue, batch_units: 10, batch_work: Duration::from_secs(9) }.serve();
    let outcomes: Vec<_> = answers.try_iter().collect();
    assert_eq!(outcomes.len(), 60);
    assert!(outcomes.iter().any(|(_, outcome)| outcome.is_ok()));
    assert!(outcomes.iter().any(|(_, outcome)| matches!(outcome, Err(StoreError::Unavailable(_)))));
    let mut conn = Conn::establish(path).unwrap();
    let mut tx = Transaction::new(&mut conn);
    let mut kept = 0;
    for (slug, outcome) in outcomes {
        let found = tx.find_org(&slug).unwrap().is_some();
        let after = tx.find_org(&format!("{slug}-after")).unwrap().is_some();
        assert_eq!((found, after), (outcome.is_ok(), outcome.is_ok()), "{slug}: {outcome:?}");
        kept += usize::from(found);
    }
    assert_eq!(tx.list_orgs().unwrap().len(), 2 * kept);
}
