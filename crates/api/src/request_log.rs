//! The provisioning log on the side of the requests: what a request leaves behind is handed over whole, and no request
//! waits for it to be written.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use actix_web::web::Bytes;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};
use rolecall_domain::request_log::{Asker, Exchange, SentBody};
use tokio::sync::mpsc;

/// So many exchanges may wait to be written.
const ROOM: usize = 4096;
/// Bodies that wait may take so much memory; further ones are left out.
const BODIES: usize = 16 * 1024 * 1024;
/// A larger body is not kept: it would be cut to a small part of itself anyway.
const LARGEST_BODY: usize = 256 * 1024;

/// What was handed over, in order; nothing more comes after an empty message.
pub type LogReceiver = mpsc::Receiver<Option<Exchange<Bytes>>>;

/// Where exchanges wait. Full, it loses them, and counts the loss: answering comes first.
pub struct RequestLog {
    queue: Option<mpsc::Sender<Option<Exchange<Bytes>>>>,
    waiting: Mutex<Option<LogReceiver>>,
    bodies: AtomicUsize,
    counted: Family<Outcome, Counter>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

impl RequestLog {
    /// A log that is kept.
    pub fn kept() -> Self {
        let (queue, waiting) = mpsc::channel(ROOM);
        Self { queue: Some(queue), waiting: Mutex::new(Some(waiting)), ..Self::off() }
    }

    /// No log.
    pub fn off() -> Self {
        Self {
            queue: None,
            waiting: Mutex::default(),
            bodies: AtomicUsize::default(),
            counted: Family::default(),
        }
    }

    /// Shows how many requests were written, lost or left out.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "request_log",
            "Requests on their way to the provisioning log: written, lost for want of room, or at an address of no organisation",
            Family::clone(&self.counted),
        );
    }

    /// What writes takes this, once.
    pub fn receiver(&self) -> Option<LogReceiver> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Counts what became of exchanges: `written`, `lost`, `no_organisation`, `flood`.
    pub fn count(&self, outcome: &'static str, how_many: usize) {
        if how_many > 0 {
            self.counted.get_or_create(&Outcome { outcome }).inc_by(how_many as u64);
        }
    }

    /// Says that these are written, or given up, so that their bodies take no room any more.
    pub fn done(&self, bodies: usize) {
        self.bodies.fetch_sub(bodies, Ordering::Relaxed);
    }

    /// Says that nothing more comes. Waits for room.
    pub async fn finish(&self) {
        if let Some(queue) = &self.queue {
            // Nobody receives any more: then nothing is written either.
            let _ = queue.send(None).await;
        }
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.queue.is_some()
    }

    /// Takes an exchange, or loses it. When there is not much room left, what changed nothing goes first.
    pub(crate) fn push(&self, mut exchange: Exchange<Bytes>) {
        let Some(queue) = &self.queue else { return };
        let routine = exchange.status < 300
            && (["GET", "HEAD"].contains(&exchange.method.as_str()) || exchange.path.ends_with("/.search"))
            && matches!(exchange.asker, Asker::Known { .. });
        if routine && queue.capacity() < ROOM / 2 {
            return self.count("lost", 1);
        }
        let size = match &exchange.request_body {
            SentBody::Here(bytes) if bytes.len() > LARGEST_BODY => Err(bytes.len()),
            SentBody::Here(bytes) => Ok(bytes.len()),
            _ => Ok(0),
        };
        let size = size.and_then(|size| {
            let full = self.bodies.load(Ordering::Relaxed) + size > BODIES;
            if full && size > 0 { Err(size) } else { Ok(size) }
        });
        let kept = match size {
            Ok(size) => size,
            Err(size) => {
                exchange.request_body = SentBody::TooLarge(size);
                0
            }
        };
        self.bodies.fetch_add(kept, Ordering::Relaxed);
        if queue.try_send(Some(exchange)).is_err() {
            self.done(kept);
            self.count("lost", 1);
        }
    }
}

/// How much room the body of an exchange takes; see [`RequestLog::done`].
pub fn body_size(exchange: &Exchange<Bytes>) -> usize {
    match &exchange.request_body {
        SentBody::Here(bytes) => bytes.len(),
        SentBody::Absent | SentBody::TooLarge(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::web::Bytes;
    use rolecall_domain::{
        ids::{ChangeId, ConnectionId, OrgId, TokenId},
        request_log::{Asker, Exchange, SentBody},
        testing::THEN,
    };
    use uuid::Uuid;

    use super::*;

    fn exchange(method: &str, status: u16, body: usize) -> Exchange<Bytes> {
        let id = Uuid::from_u128(1);
        Exchange {
            id: ChangeId(id),
            at: THEN,
            asker: Asker::Known { org: OrgId(1), connection: ConnectionId(id), token: TokenId(id) },
            method: method.into(),
            path: "/Users".into(),
            query: Vec::new(),
            status,
            duration_us: 1,
            peer: None,
            forwarded_for: None,
            user_agent: None,
            location: None,
            request_body: SentBody::Here(Bytes::from(vec![b' '; body])),
            error_body: None,
            remark: None,
        }
    }

    fn count(log: &RequestLog, outcome: &'static str) -> u64 {
        log.counted.get_or_create(&Outcome { outcome }).get()
    }

    #[test]
    fn a_full_log_loses_reads_first_then_everything_and_never_waits() {
        let log = RequestLog::kept();
        for _ in 0..ROOM {
            log.push(exchange("GET", 200, 0));
        }
        let lost = count(&log, "lost");
        assert!(lost >= ROOM as u64 / 2 - 1, "{lost}");
        // There is room for what changed something, and for what went wrong.
        log.push(exchange("PATCH", 204, 0));
        log.push(exchange("GET", 404, 0));
        assert_eq!(count(&log, "lost"), lost);
        for _ in 0..ROOM {
            log.push(exchange("POST", 201, 0));
        }
        assert!(count(&log, "lost") > lost);
        assert_eq!(log.receiver().unwrap().len(), ROOM);
    }

    #[test]
    fn bodies_that_wait_take_a_bounded_memory() {
        let log = RequestLog::kept();
        for _ in 0..200 {
            log.push(exchange("POST", 201, LARGEST_BODY));
        }
        log.push(exchange("POST", 201, LARGEST_BODY + 1));
        let mut receiver = log.receiver().unwrap();
        let mut sizes = 0;
        while let Ok(Some(exchange)) = receiver.try_recv() {
            sizes += body_size(&exchange);
            log.done(body_size(&exchange));
        }
        assert!(sizes <= BODIES);
        assert_eq!(log.bodies.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_log_that_is_off_keeps_nothing() {
        let log = RequestLog::off();
        log.push(exchange("POST", 201, 5));
        assert!(!log.is_kept() && log.receiver().is_none());
        assert_eq!(log.bodies.load(Ordering::Relaxed), 0);
    }
}
