//! How an operation is measured: product and floor in turns, so that what disturbs the machine disturbs both.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;

use crate::{
    http::Connection,
    operations::{Operation, Target, Wanted},
    process::{Process, processor_time},
};

/// Turns of each of the two.
const ROUNDS: u32 = 3;

/// One side of the comparison.
pub(crate) struct Side<'s> {
    pub(crate) target: &'s Target,
    pub(crate) processes: &'s [Process],
}

/// What one side did in all its turns.
pub(crate) struct Measured {
    latencies: Histogram<u64>,
    time: Duration,
    server_processor: Option<Duration>,
    client_processor: Option<Duration>,
}

impl Measured {
    fn new() -> Self {
        let latencies = Histogram::new_with_bounds(1, 600_000_000, 3).expect("the bounds are in order");
        Self {
            latencies,
            time: Duration::ZERO,
            server_processor: Some(Duration::ZERO),
            client_processor: Some(Duration::ZERO),
        }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.latencies.len()
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.time.as_secs_f64()
    }

    /// Microseconds below which this share of the requests stayed.
    pub(crate) fn quantile(&self, share: f64) -> u64 {
        self.latencies.value_at_quantile(share)
    }

    /// Microseconds of processor time that the server used for a request.
    pub(crate) fn server_per_request(&self) -> Option<f64> {
        Some(self.server_processor?.as_secs_f64() * 1e6 / self.latencies.len().max(1) as f64)
    }

    /// How much of the machine this program used, 1 being all of it.
    pub(crate) fn client_share(&self, cores: usize) -> Option<f64> {
        Some(self.client_processor?.as_secs_f64() / (self.time.as_secs_f64() * cores as f64))
    }

    /// The same of the server.
    pub(crate) fn server_share(&self, cores: usize) -> Option<f64> {
        Some(self.server_processor?.as_secs_f64() / (self.time.as_secs_f64() * cores as f64))
    }
}

/// Measures product and floor, where it has one; answers in that order.
pub(crate) fn measure(
    operation: Operation,
    product: &Side<'_>,
    floor: &Side<'_>,
    connections: usize,
    time: Duration,
    fresh: &AtomicUsize,
) -> Result<(Measured, Option<Measured>), String> {
    let (mut of_product, mut of_floor) = (Measured::new(), operation.has_floor().then(Measured::new));
    for _ in 0..ROUNDS {
        turn(operation, product, connections, time / ROUNDS, fresh, &mut of_product)?;
        if let Some(of_floor) = &mut of_floor {
            turn(operation, floor, connections, time / ROUNDS, fresh, of_floor)
                .map_err(|error| format!("the floor: {error}"))?;
        }
    }
    Ok((of_product, of_floor))
}

/// One turn of one side, by itself.
pub(crate) fn once(
    operation: Operation,
    side: &Side<'_>,
    connections: usize,
    time: Duration,
    fresh: &AtomicUsize,
) -> Result<Measured, String> {
    let mut measured = Measured::new();
    turn(operation, side, connections, time, fresh, &mut measured)?;
    Ok(measured)
}

fn turn(
    operation: Operation,
    side: &Side<'_>,
    connections: usize,
    time: Duration,
    fresh: &AtomicUsize,
    measured: &mut Measured,
) -> Result<(), String> {
    let used = || side.processes.iter().map(Process::processor_time).sum::<Option<Duration>>();
    let used_before = (used(), processor_time("self"));
    let start = Instant::now();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..operation.connections(connections))
            .map(|worker| scope.spawn(move || work(operation, side.target, worker, start + time, fresh)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("a worker answers, it does not panic"))
            .collect()
    });
    measured.time += start.elapsed();
    let used_after = (used(), processor_time("self"));
    let add = |sum: &mut Option<Duration>, before: Option<Duration>, after: Option<Duration>| {
        *sum = sum.zip(before.zip(after)).map(|(sum, (before, after))| sum + after.saturating_sub(before));
    };
    add(&mut measured.server_processor, used_before.0, used_after.0);
    add(&mut measured.client_processor, used_before.1, used_after.1);
    for latencies in outcomes {
        measured.latencies.add(latencies?).expect("all histograms have the same bounds");
    }
    Ok(())
}

/// One connection's requests until `end`; how long each took, in microseconds.
fn work(
    operation: Operation,
    target: &Target,
    worker: usize,
    end: Instant,
    fresh: &AtomicUsize,
) -> Result<Histogram<u64>, String> {
    let mut latencies = Measured::new().latencies;
    let mut connection = Connection::open(target.addresses[worker % target.addresses.len()])
        .map_err(|error| format!("no connection: {error}"))?;
    let mut request = Vec::new();
    let mut random = seed(worker);
    for turn in 0u64.. {
        let undoing = operation.paired() && !turn.is_multiple_of(2);
        if Instant::now() >= end && !undoing {
            break;
        }
        random = next_random(random);
        let number =
            if operation == Operation::CreateUser { fresh.fetch_add(1, Ordering::Relaxed) } else { 0 };
        operation.write(&mut request, target, worker, turn, random, number);
        let start = Instant::now();
        let answer = match operation.wanted() {
            Wanted::All => connection.ask(&request),
            Wanted::Beginning => connection.ask_beginning(&request),
        };
        let answer = answer.map_err(|error| format!("{}: {error}", operation.name()))?;
        latencies.saturating_record(start.elapsed().as_micros() as u64);
        if !(200..300).contains(&answer.status) {
            let body = String::from_utf8_lossy(&answer.body);
            return Err(format!("{} answered {}: {body}", operation.name(), answer.status));
        }
    }
    Ok(latencies)
}

fn seed(worker: usize) -> u64 {
    (worker as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// xorshift: no two people in a row, and the same people in each run.
fn next_random(mut state: u64) -> u64 {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    state
}
