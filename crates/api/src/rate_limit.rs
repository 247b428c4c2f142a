//! How often one Secret Token or API key may ask. Counted by each process for itself: with three replicas behind a balancer a
//! client may ask three times as often.
//!
//! A request costs two atomic operations and a shared look into a map. Who is not known yet is not counted, so that a flood of
//! made-up secrets leaves nothing behind; whoever was let in once is known by their secret from then on.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
};

use rolecall_domain::{
    ids::TokenId,
    ports::{Refusal, TokenKey},
    secret::SecretHash,
    time::Timestamp,
};

/// Who was quiet may ask for so many seconds' worth at once: a cycle begins with a burst.
const BURST_SECONDS: i64 = 10;

/// Too many requests: the next may come in so many seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooMany {
    /// How many a second are let through, in the long run.
    pub per_second: u32,
    /// At least 1.
    pub wait_seconds: u64,
}

impl From<TooMany> for Refusal {
    fn from(TooMany { per_second, wait_seconds }: TooMany) -> Self {
        Self::TooManyRequests { per_second, wait_seconds }
    }
}

/// The buckets of all who were let in.
#[derive(Default)]
pub struct RateLimit {
    per_second: u32,
    tokens: RwLock<HashMap<TokenId, Arc<Bucket>>>,
    /// The same buckets, of SCIM tokens, by the hash of the secret; and those of API keys.
    secrets: RwLock<HashMap<[u8; 32], Arc<Bucket>>>,
}

impl RateLimit {
    /// So many a second for each; 0 for no limit.
    pub fn new(per_second: u32) -> Self {
        Self { per_second, ..Self::default() }
    }

    /// Takes one request of a SCIM client, before anybody is asked who it is.
    pub(crate) fn take(&self, key: &TokenKey, now: Timestamp) -> Result<(), TooMany> {
        if self.per_second == 0 {
            return Ok(());
        }
        let bucket = match key {
            TokenKey::Hash(hash) => find(&self.secrets, &hash.0),
            TokenKey::Id(id) => find(&self.tokens, id),
        };
        bucket.map_or(Ok(()), |bucket| bucket.take(self.per_second, now))
    }

    /// Notes who that was: a secret and the access tokens that stand for it have one bucket.
    pub(crate) fn note(&self, key: &TokenKey, token: TokenId) {
        if self.per_second == 0 {
            return;
        }
        match key {
            TokenKey::Id(_) => drop(find_or_make(&self.tokens, token, Arc::default)),
            TokenKey::Hash(hash) if find(&self.secrets, &hash.0).is_some() => {}
            TokenKey::Hash(hash) => {
                let bucket = find_or_make(&self.tokens, token, Arc::default);
                find_or_make(&self.secrets, hash.0, || bucket);
            }
        }
    }

    /// Takes one request of an API key.
    pub(crate) fn take_api_key(&self, hash: &SecretHash, now: Timestamp) -> Result<(), TooMany> {
        match self.per_second {
            0 => Ok(()),
            per_second => find(&self.secrets, &hash.0).map_or(Ok(()), |bucket| bucket.take(per_second, now)),
        }
    }

    /// Notes that it is one.
    pub(crate) fn note_api_key(&self, hash: &SecretHash) {
        if self.per_second > 0 {
            find_or_make(&self.secrets, hash.0, Arc::default);
        }
    }
}

fn find<K: Eq + Hash>(map: &RwLock<HashMap<K, Arc<Bucket>>>, key: &K) -> Option<Arc<Bucket>> {
    map.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
}

fn find_or_make<K: Eq + Hash>(
    map: &RwLock<HashMap<K, Arc<Bucket>>>,
    key: K,
    make: impl FnOnce() -> Arc<Bucket>,
) -> Arc<Bucket> {
    if let Some(found) = find(map, &key) {
        return found;
    }
    map.write().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert_with(make).clone()
}

/// A token bucket as one number (GCRA): when it would be full again, in microseconds since 1970.
#[derive(Default)]
struct Bucket(AtomicI64);

impl Bucket {
    fn take(&self, per_second: u32, now: Timestamp) -> Result<(), TooMany> {
        let (now, one) = (now.0.saturating_mul(1000), 1_000_000 / i64::from(per_second).max(1));
        let most = now + BURST_SECONDS * 1_000_000;
        let mut full_at = self.0.load(Ordering::Relaxed);
        loop {
            // Later than `most` it is only when the clock was set back: then it counts no more.
            let then = if full_at > most { now } else { full_at.max(now) } + one;
            if then > most {
                let wait_seconds = u64::try_from(then - most).unwrap_or_default().div_ceil(1_000_000).max(1);
                return Err(TooMany { per_second, wait_seconds });
            }
            match self.0.compare_exchange_weak(full_at, then, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(found) => full_at = found,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rolecall_domain::testing::{NOW, NumberedIds};

    use super::*;

    fn hash(n: u8) -> TokenKey {
        TokenKey::Hash(SecretHash([n; 32]))
    }

    fn id(n: u64) -> TokenId {
        TokenId(NumberedIds::nth(n))
    }

    fn let_through(limit: &RateLimit, key: &TokenKey, now: Timestamp) -> usize {
        (0..1000).take_while(|_| limit.take(key, now).is_ok()).count()
    }

    #[test]
    fn who_asks_too_often_waits_and_then_goes_on_at_the_rate() {
        let limit = RateLimit::new(5);
        limit.note(&hash(1), id(1));
        assert_eq!(let_through(&limit, &hash(1), NOW), 50, "ten seconds' worth at once");
        assert_eq!(limit.take(&hash(1), NOW), Err(TooMany { per_second: 5, wait_seconds: 1 }));
        assert_eq!(let_through(&limit, &hash(1), NOW.plus_seconds(1)), 5);
        assert_eq!(let_through(&limit, &hash(1), NOW.plus_seconds(3)), 10);
        assert_eq!(let_through(&limit, &hash(1), NOW.plus_seconds(3600)), 50);
    }

    #[test]
    fn a_secret_and_its_access_tokens_have_one_bucket_and_another_token_its_own() {
        let limit = RateLimit::new(1);
        limit.note(&hash(1), id(1));
        limit.note(&TokenKey::Id(id(1)), id(1));
        limit.note(&hash(2), id(2));
        assert_eq!(let_through(&limit, &hash(1), NOW), 10);
        assert_eq!(let_through(&limit, &TokenKey::Id(id(1)), NOW), 0);
        assert_eq!(let_through(&limit, &hash(2), NOW), 10);
    }

    #[test]
    fn strangers_are_not_remembered_and_without_a_limit_nobody_is() {
        let limit = RateLimit::new(1);
        assert_eq!(let_through(&limit, &hash(1), NOW), 1000);
        assert!(limit.secrets.read().unwrap().is_empty());
        let none = RateLimit::new(0);
        none.note(&hash(1), id(1));
        none.note_api_key(&SecretHash([2; 32]));
        assert_eq!(let_through(&none, &hash(1), NOW), 1000);
        assert!(none.secrets.read().unwrap().is_empty());
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_out() {
        let limit = RateLimit::new(1);
        limit.note(&hash(1), id(1));
        let_through(&limit, &hash(1), NOW);
        assert_eq!(let_through(&limit, &hash(1), NOW.plus_seconds(-86_400)), 10);
    }

    #[test]
    fn threads_that_ask_at_once_are_counted_each() {
        let limit = RateLimit::new(100);
        limit.note(&hash(1), id(1));
        let passed: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| (0..500).filter(|_| limit.take(&hash(1), NOW).is_ok()).count()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(passed, 1000);
    }
}
