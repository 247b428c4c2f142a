//! Writes the provisioning log in batches, and removes what is too old.

use std::{collections::HashMap, sync::Arc, time::Duration};

use actix_web::web::{Bytes, block};
use rolecall_api::{LogReceiver, RequestLog, body_size};
use rolecall_domain::{
    ports::{Clock, ReadCost, Store, StoreError, read_now, write_now},
    request_log::{Asker, Exchange},
    time::Timestamp,
    use_cases::request_log::{complete, redact},
};
use tracing::warn;

/// So many are written at once. More would keep a request that writes waiting on SQLite, whose writer is one.
const BATCH: usize = 128;
/// How long a batch gathers, which is also how far the log is behind.
const GATHER: Duration = Duration::from_millis(200);
/// Between full batches: some 5,000 a second are written at most, so that the log takes a small part of the database.
const PAUSE: Duration = Duration::from_millis(25);
/// Strangers fill the log of an organisation no faster than this, per minute and process.
const STRANGERS: u32 = 100;

/// How often what is too old is looked for.
const REMOVE_EVERY: Duration = Duration::from_secs(3600);
const REMOVE_FIRST: Duration = Duration::from_secs(30);
/// So many go in one transaction.
const REMOVE_BATCH: u32 = 500;
const REMOVE_PAUSE: Duration = Duration::from_millis(50);

/// Writes until it is told that nothing more comes.
pub(crate) async fn write_request_log(
    log: Arc<RequestLog>,
    mut waiting: LogReceiver,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
) {
    let mut strangers = Strangers::default();
    let mut ended = false;
    while !ended {
        let mut batch = Vec::with_capacity(BATCH);
        if waiting.recv_many(&mut batch, BATCH).await == 0 {
            return;
        }
        tokio::time::sleep(if batch.len() < BATCH { GATHER } else { PAUSE }).await;
        while batch.len() < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        // An empty message is the last one.
        ended = batch.iter().any(Option::is_none);
        let batch: Vec<Exchange<Bytes>> = batch.into_iter().flatten().collect();
        let bodies = batch.iter().map(body_size).sum();
        let all = batch.len();
        let batch = strangers.thin(batch, clock.now());
        log.count("flood", all - batch.len());
        write(&log, batch, &store).await;
        log.done(bodies);
    }
}

async fn write(log: &RequestLog, batch: Vec<Exchange<Bytes>>, store: &Arc<dyn Store>) {
    let (all, store) = (batch.len(), Arc::clone(store));
    let written = block(move || {
        let recorded = redact(batch);
        let entries = read_now(&*store, ReadCost::Scan, move |tx| complete(tx, recorded))?;
        let count = entries.len();
        write_now::<_, StoreError>(&*store, move |tx| tx.insert_requests(&entries))?;
        Ok::<_, StoreError>(count)
    });
    match written.await {
        Ok(Ok(count)) => {
            log.count("written", count);
            log.count("no_organisation", all - count);
        }
        Ok(Err(error)) => {
            log.count("lost", all);
            warn!(%error, lost = all, "{all} requests could not be written to the provisioning log");
        }
        // The process is ending.
        Err(_) => log.count("lost", all),
    }
}

/// How many strangers came to the address of each organisation in this minute.
#[derive(Default)]
struct Strangers {
    minute: i64,
    seen: HashMap<String, u32>,
}

impl Strangers {
    fn thin(&mut self, mut batch: Vec<Exchange<Bytes>>, now: Timestamp) -> Vec<Exchange<Bytes>> {
        let minute = now.0 / 60_000;
        if minute != self.minute {
            (self.minute, self.seen) = (minute, HashMap::new());
        }
        batch.retain(|exchange| match &exchange.asker {
            Asker::Known { .. } => true,
            // Let in, and told that there is no such resource: not every route says who it was.
            Asker::Stranger { .. } if exchange.status != 401 && exchange.status != 405 => true,
            Asker::Stranger { slug, .. } => {
                let count = self.seen.entry(slug.clone()).or_default();
                *count += 1;
                *count <= STRANGERS
            }
        });
        batch
    }
}

/// Removes what is older than so many days, in small parts, until the runtime ends. Replicas may do it at once.
pub(crate) async fn remove_old_requests(days: u64, store: Arc<dyn Store>, clock: Arc<dyn Clock>) {
    let days = i64::try_from(days).unwrap_or(i64::MAX);
    tokio::time::sleep(REMOVE_FIRST).await;
    loop {
        // With the log off, what an earlier configuration left goes at once.
        let oldest = clock.now().plus_days(-days);
        if let Err(error) = remove_before(oldest, &store).await {
            warn!(%error, "old requests could not be removed from the provisioning log; it is tried again in an hour");
        }
        tokio::time::sleep(REMOVE_EVERY).await;
    }
}

async fn remove_before(oldest: Timestamp, store: &Arc<dyn Store>) -> Result<(), StoreError> {
    let asked = Arc::clone(store);
    let orgs = block(move || read_now(&*asked, ReadCost::Scan, |tx| tx.list_orgs())).await;
    for org in orgs.unwrap_or_else(|_| Ok(Vec::new()))? {
        loop {
            let store = Arc::clone(store);
            let removed = block(move || {
                write_now::<_, StoreError>(&*store, move |tx| {
                    tx.delete_requests_before(org.id, oldest, REMOVE_BATCH)
                })
            });
            // An error here means that the process is ending.
            let Ok(removed) = removed.await else { return Ok(()) };
            if removed? < u64::from(REMOVE_BATCH) {
                break;
            }
            tokio::time::sleep(REMOVE_PAUSE).await;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rolecall_domain::{
        ids::ChangeId,
        request_log::{Presented, RefusedToken, SentBody},
    };
    use uuid::Uuid;

    use super::*;

    #[test]
    fn strangers_fill_a_log_only_so_fast() {
        let stranger = |status| Exchange {
            id: ChangeId(Uuid::nil()),
            at: Timestamp(0),
            asker: Asker::Stranger {
                slug: "acme".into(),
                presented: Presented::Unfit(RefusedToken::Missing),
            },
            method: "GET".into(),
            path: "/Users".into(),
            query: Vec::new(),
            status,
            duration_us: 0,
            peer: None,
            forwarded_for: None,
            user_agent: None,
            location: None,
            request_body: SentBody::Absent,
            error_body: None,
            remark: None,
        };
        let mut strangers = Strangers::default();
        let many = |status| (0..STRANGERS + 50).map(|_| stranger(status)).collect::<Vec<_>>();
        assert_eq!(strangers.thin(many(401), Timestamp(0)).len(), STRANGERS as usize);
        assert_eq!(strangers.thin(many(401), Timestamp(59_999)).len(), 0);
        assert_eq!(strangers.thin(many(401), Timestamp(60_000)).len(), STRANGERS as usize);
        assert_eq!(strangers.thin(many(404), Timestamp(60_000)).len(), STRANGERS as usize + 50);
    }
}
