//! The figures, and whether they are as they must be.

use std::time::{Duration, Instant};

use super::{check::Findings, ledger::Ledger};
use crate::command::Failure;

/// A primary that was lost.
pub(super) struct Failover {
    pub(super) killed: Instant,
    /// How long it took until another one led.
    pub(super) led: Duration,
    pub(super) old: String,
    pub(super) new: String,
}

/// At most so many of a kind are shown.
const SHOWN: usize = 10;

/// Prints them; an error when the test has failed.
pub(super) fn tell(ledger: &Ledger, failovers: &[Failover], findings: &Findings) -> Result<(), Failure> {
    let mut failed = Vec::new();
    println!("acknowledged             {} writes", ledger.acknowledged.len());
    println!("lost                     {}", findings.lost.len());
    println!("at odds                  {}", findings.odd.len());
    for (status, count) in &ledger.statuses {
        println!("answered {status}             {count}");
    }
    println!("answered wrongly         {}", ledger.wrong.len());
    println!("slowest answer           {:.1} s", ledger.slowest);
    for (number, Failover { killed, led, old, new }) in failovers.iter().enumerate() {
        let next = failovers.get(number + 1).map(|next| next.killed);
        println!("{old} lost, {new} led after  {:.1} s", led.as_secs_f64());
        match without_writes(ledger, *killed, next) {
            Some(gap) => println!("without a write          {:.1} s", gap.as_secs_f64()),
            None => failed.push(format!("writes did not return after {old} was lost")),
        }
    }
    for (what, sentences) in [
        ("acknowledged writes are lost", &findings.lost),
        ("things are at odds", &findings.odd),
        ("answers should not have been", &ledger.wrong),
    ] {
        for sentence in sentences.iter().take(SHOWN) {
            eprintln!("xtask: {sentence}");
        }
        if !sentences.is_empty() {
            failed.push(format!("{} {what}", sentences.len()));
        }
    }
    let unknown: Vec<u16> = ledger
        .statuses
        .keys()
        .copied()
        .filter(|status| ![200, 201, 204, 409, 503].contains(status))
        .collect();
    if !unknown.is_empty() {
        failed.push(format!("the statuses {unknown:?} were answered"));
    }
    if failovers.is_empty() || ledger.acknowledged.is_empty() {
        failed.push("nothing was tested".into());
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure(failed.join("; "))) }
}

/// The longest time between two acknowledged writes, of which the later came after `killed`.
fn without_writes(ledger: &Ledger, killed: Instant, until: Option<Instant>) -> Option<Duration> {
    let pairs = ledger.acknowledged.windows(2).filter(|pair| pair[1] > killed);
    // The next kill has its own gap.
    let before = pairs.filter(|pair| until.is_none_or(|until| pair[1] < until));
    before.map(|pair| pair[1] - pair[0]).max()
}
