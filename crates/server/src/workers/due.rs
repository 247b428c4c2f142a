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
            Ok::<_, StoreError>((end_holds(&*store, &*clock, &ids)?, end_grants(&*store, &*clock, &ids)?))
        });
        match ended.await {
            Ok(Ok((0, 0))) | Err(_) => {}
            Ok(Ok((holds, grants))) => {
                info!(holds, grants, "what was for a time has ended, and its access went")
            }
            // They are ended a little later.
            Ok(Err(error)) => warn!(%error, "what was for a time could not be ended"),
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

/// Some of one organisation after the other, each in a unit of work. They come by organisation.
fn each<T: Copy + Send + 'static>(
    store: &dyn Store,
    clock: &dyn Clock,
    ids: &Arc<dyn Ids>,
    due: Vec<(OrgId, T)>,
    end: fn(&mut dyn Tx, &Act<'_>, &[T]) -> StoreResult<()>,
) -> StoreResult<usize> {
    for of_org in due.chunk_by(|one, other| one.0 == other.0) {
        for some in of_org.chunks(TOGETHER) {
            let (org, some) = (some[0].0, some.iter().map(|(_, one)| *one).collect::<Vec<T>>());
            let ids = Arc::clone(ids);
            let cause = Cause { change: ChangeId(ids.next()), actor: Actor::Server, at: clock.now() };
            write_now::<_, StoreError>(store, move |tx| {
                let act = Act { org, cause, ids: &*ids, switches: Switches::nothing_special() };
                end(tx, &act, &some)
            })?;
        }
    }
    Ok(due.len())
}
