//! Ends what is for a time: holds whose grace time has passed, and roles by hand whose time has come.

use std::{sync::Arc, time::Duration};

use rolecall_domain::{
    event::{Actor, Cause},
    ids::{ChangeId, OrgId},
    ports::{Clock, Ids, ReadCost, Store, StoreError, StoreResult, Tx, read_now, write_now},
    switches::Switches,
    use_cases::{Act, holds, workspaces},
};
use tracing::{info, warn};

/// How exact an end is.
const EVERY: Duration = Duration::from_secs(10);
/// So many are ended in a turn.
const AT_ONCE: u32 = 1_000;
/// And so many in one unit of work, which nobody waits long for.
const TOGETHER: usize = 100;

/// Ends them now and then, until the runtime ends. With many replicas, whoever comes first does it: each looks again in the unit of
/// work that ends something, and the others find nothing left.
pub(crate) async fn end_due(store: Arc<dyn Store>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let (store, clock, ids) = (Arc::clone(&store), Arc::clone(&clock), Arc::clone(&ids));
        let ended = actix_web::web::block(move || {
            [("holds", end_holds(&*store, &*clock, &ids)), ("grants", end_grants(&*store, &*clock, &ids))]
        });
        // An error here means that the process is ending.
        for (what, ended) in ended.await.into_iter().flatten() {
            match ended {
                Ok(0) => {}
                Ok(count) => info!(count, "{what} came to their end, and what they gave went"),
                Err(error) => warn!(%error, "{what} whose time has come could not be looked for"),
            }
        }
    }
}

fn end_holds(store: &dyn Store, clock: &dyn Clock, ids: &Arc<dyn Ids>) -> StoreResult<usize> {
    let now = clock.now();
    let due = read_now(store, ReadCost::Scan, move |tx| tx.ended_holds(now, AT_ONCE))?;
    each(store, clock, ids, due, holds::end_due)
}

fn end_grants(store: &dyn Store, clock: &dyn Clock, ids: &Arc<dyn Ids>) -> StoreResult<usize> {
    let now = clock.now();
    let due = read_now(store, ReadCost::Scan, move |tx| tx.ended_grants(now, AT_ONCE))?;
    let due = due.into_iter().map(|(org, workspace, user)| (org, (workspace, user))).collect();
    each(store, clock, ids, due, workspaces::end_due)
}

/// Some of one organisation after the other, each in a unit of work; answers how many ended. They come by organisation. What fails
/// in one is tried again in the next turn, and keeps no other waiting.
fn each<T: Copy + Send + 'static>(
    store: &dyn Store,
    clock: &dyn Clock,
    ids: &Arc<dyn Ids>,
    due: Vec<(OrgId, T)>,
    end: fn(&mut dyn Tx, &Act<'_>, &[T]) -> StoreResult<()>,
) -> StoreResult<usize> {
    let mut ended = 0;
    for of_org in due.chunk_by(|one, other| one.0 == other.0) {
        for some in of_org.chunks(TOGETHER) {
            let (org, some) = (some[0].0, some.iter().map(|(_, one)| *one).collect::<Vec<T>>());
            let (ids, count) = (Arc::clone(ids), some.len());
            let cause = Cause { change: ChangeId(ids.next()), actor: Actor::Server, at: clock.now() };
            let done = write_now::<_, StoreError>(store, move |tx| {
                let act = Act { org, cause, ids: &*ids, switches: Switches::nothing_special() };
                end(tx, &act, &some)
            });
            match done {
                Ok(()) => ended += count,
                Err(error) => {
                    warn!(%error, org = org.0, "what was for a time could not be ended; it is tried again soon");
                }
            }
        }
    }
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use rolecall_storage::Options;

    use super::*;
    use crate::machine::{SystemClock, TimeOrderedIds};

    #[test]
    fn what_fails_in_one_organisation_keeps_no_other_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("rolecall.db").display());
        let store = rolecall_storage::open(&url, Options::default()).unwrap();
        store.migrate().unwrap();
        let ids: Arc<dyn Ids> = Arc::new(TimeOrderedIds);
        let due = [1, 2, 2, 3].map(|org| (OrgId(org), ())).to_vec();
        let end = |_: &mut dyn Tx, act: &Act<'_>, _: &[()]| match act.org {
            OrgId(1) => Err(StoreError::Failed("a row that makes no sense".into())),
            _ => Ok(()),
        };
        assert_eq!(each(&*store, &SystemClock, &ids, due, end), Ok(3));
        store.close();
    }
}
