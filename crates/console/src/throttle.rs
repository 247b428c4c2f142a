//! How often a sign-in may fail. Counted by each process for itself, in bounded memory: with three replicas a guesser has
//! three times the guesses, which a password of twelve characters does not notice.

use std::collections::HashMap;

use parking_lot::Mutex;
use rolecall_domain::time::Timestamp;

/// For so long failures count, from the first one.
const WINDOW_SECONDS: i64 = 15 * 60;
/// Failures of one name from one address.
const BY_BOTH: u32 = 10;
/// Failures of one name from anywhere. Higher, so that a stranger does not lock somebody out by ten wrong guesses.
const BY_NAME: u32 = 100;
/// Failures from one address. Higher still: a proxy or an office is one address.
const BY_ADDRESS: u32 = 300;
/// More keys than these are not remembered; the oldest go first.
const MOST_KEYS: usize = 20_000;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Both(String, String),
    Name(String),
    Address(String),
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    since: Timestamp,
}

/// The failures of late.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<HashMap<Key, Failures>>);

impl Throttle {
    /// Seconds until another try is allowed; `None`: now. A try that is allowed counts as failed until [`Throttle::succeeded`].
    pub(crate) fn try_now(&self, name: &str, address: &str, now: Timestamp) -> Option<i64> {
        let mut seen = self.0.lock();
        let wait = keys(name, address)
            .iter()
            .filter_map(|(key, most)| {
                let failures = seen.get(key)?;
                let until = failures.since.plus_seconds(WINDOW_SECONDS);
                (failures.count >= *most && now < until).then(|| (until.0 - now.0) / 1000 + 1)
            })
            .max();
        if wait.is_none() {
            make_room(&mut seen, now);
            for (key, _) in keys(name, address) {
                let failures = seen.entry(key).or_insert(Failures { count: 0, since: now });
                if now >= failures.since.plus_seconds(WINDOW_SECONDS) {
                    *failures = Failures { count: 0, since: now };
                }
                failures.count += 1;
            }
        }
        wait
    }

    /// That try was right.
    pub(crate) fn succeeded(&self, name: &str, address: &str) {
        let mut seen = self.0.lock();
        for (key, _) in keys(name, address) {
            match key {
                Key::Both(..) | Key::Name(_) => drop(seen.remove(&key)),
                Key::Address(_) => {
                    if let Some(failures) = seen.get_mut(&key) {
                        failures.count = failures.count.saturating_sub(1);
                    }
                }
            }
        }
    }
}

fn keys(name: &str, address: &str) -> [(Key, u32); 3] {
    // What is longer than any address is cut, so that a key is small.
    let name: String = name.chars().take(320).collect();
    [
        (Key::Both(name.clone(), address.to_owned()), BY_BOTH),
        (Key::Name(name), BY_NAME),
        (Key::Address(address.to_owned()), BY_ADDRESS),
    ]
}

fn make_room(seen: &mut HashMap<Key, Failures>, now: Timestamp) {
    if seen.len() + 3 <= MOST_KEYS {
        return;
    }
    seen.retain(|_, failures| now < failures.since.plus_seconds(WINDOW_SECONDS));
    if seen.len() + 3 > MOST_KEYS {
        let mut ages: Vec<i64> = seen.values().map(|failures| failures.since.0).collect();
        ages.sort_unstable();
        let oldest_kept = ages[ages.len() / 4];
        seen.retain(|_, failures| failures.since.0 > oldest_kept);
    }
}

#[cfg(test)]
mod tests {
    use rolecall_domain::testing::NOW;

    use super::*;

    #[test]
    fn ten_failures_of_a_name_from_an_address_are_enough_for_a_quarter_of_an_hour() {
        let throttle = Throttle::default();
        for _ in 0..BY_BOTH {
            assert_eq!(throttle.try_now("ada", "10.0.0.1", NOW), None);
        }
        assert_eq!(throttle.try_now("ada", "10.0.0.1", NOW.plus_seconds(1)), Some(WINDOW_SECONDS));
        assert_eq!(throttle.try_now("ada", "10.0.0.2", NOW), None, "she herself, from elsewhere");
        assert_eq!(throttle.try_now("grace", "10.0.0.1", NOW), None, "her colleague");
        assert_eq!(throttle.try_now("ada", "10.0.0.1", NOW.plus_seconds(WINDOW_SECONDS)), None);
    }

    #[test]
    fn a_name_is_not_guessed_from_many_addresses() {
        let throttle = Throttle::default();
        let tries = (0..1000).filter(|n| throttle.try_now("ada", &format!("10.0.1.{n}"), NOW).is_none());
        assert_eq!(tries.count(), BY_NAME as usize);
    }

    #[test]
    fn who_was_right_starts_afresh() {
        let throttle = Throttle::default();
        for _ in 0..1000 {
            assert_eq!(throttle.try_now("ada", "10.0.0.1", NOW), None);
            throttle.succeeded("ada", "10.0.0.1");
        }
    }

    #[test]
    fn a_flood_of_names_takes_bounded_memory() {
        let throttle = Throttle::default();
        for n in 0..30_000 {
            throttle.try_now(&n.to_string(), &format!("address {n}"), NOW.plus_seconds(n / 100));
            assert!(throttle.0.lock().len() <= MOST_KEYS);
        }
    }
}
