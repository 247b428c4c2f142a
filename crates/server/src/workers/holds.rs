//! Ends holds whose grace time has passed.

use std::{sync::Arc, time::Duration};

use rolecall_domain::{
    event::{Actor, Cause},
    ids::{ChangeId, OrgId, UserId},
    ports::{Clock, Ids, ReadCost, Store, StoreError, read_now, write_now},
    switches::Switches,
    use_cases::{Act, holds},
};
use tracing::{info, warn};

/// How exact the end of a grace time is.
const EVERY: Duration = Duration::from_secs(60);
/// So many are ended in a turn.
const AT_ONCE: u32 = 1_000;

/// Ends them now and then, until the runtime ends. With many replicas, whoever comes first does it: the others find
/// nothing left.
pub(crate) async fn end_holds(store: Arc<dyn Store>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) {
    loop {
        tokio::time::sleep(EVERY).await;
        let (store, clock, ids) = (Arc::clone(&store), Arc::clone(&clock), Arc::clone(&ids));
        match actix_web::web::block(move || end_due(&*store, &*clock, &ids)).await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(people)) => {
                info!(people, "the grace time of people has ended, and access that was taken away went")
            }
            // They are ended a minute later.
            Ok(Err(error)) => warn!(%error, "holds whose time has come could not be ended"),
        }
    }
}

fn end_due(store: &dyn Store, clock: &dyn Clock, ids: &Arc<dyn Ids>) -> Result<usize, StoreError> {
    let now = clock.now();
    let due: Vec<(OrgId, UserId)> = read_now(store, ReadCost::Scan, move |tx| tx.ended_holds(now, AT_ONCE))?;
    for of_org in due.chunk_by(|one, other| one.0 == other.0) {
        let org = of_org[0].0;
        let people: Vec<UserId> = of_org.iter().map(|(_, user)| *user).collect();
        let ids = Arc::clone(ids);
        let cause = Cause { change: ChangeId(ids.next()), actor: Actor::Operator, at: now };
        write_now::<_, StoreError>(store, move |tx| {
            let act = Act { org, cause, ids: &*ids, switches: Switches::nothing_special() };
            holds::end_due(tx, &act, &people)
        })?;
    }
    Ok(due.len())
}
