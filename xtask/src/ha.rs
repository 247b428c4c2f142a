//! `cargo xtask ha-test`: three PostgreSQL under Patroni lose their primary while clients write through Rolecall.
//!
//! Everything runs on this machine's loopback, from Debian's packages: etcd, three Patroni with a PostgreSQL each, HAProxy in
//! front of whichever is the primary, and several `rolecall serve` on it. Clients create, change and add to a group, and keep
//! a ledger of what was acknowledged (`load`, `ledger`). The primary is killed with all its processes, a standby takes over, and
//! in the end what every replica of Rolecall answers is compared with the ledger (`check`).

mod check;
mod cluster;
mod configuration;
mod keeper;
mod ledger;
mod load;
mod programs;
mod replicas;
mod report;

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use clap::Args;

use crate::command::Failure;
use cluster::Cluster;
use keeper::Keeper;
use load::Load;
use programs::Programs;
use replicas::Replicas;

/// How hard, and how often.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The `rolecall` program to test; without this one is built (a debug build)
    #[arg(long, value_name = "PATH")]
    bin: Option<PathBuf>,
    /// How many `rolecall serve` share the database
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=9))]
    replicas: u16,
    /// How many clients write at the same time
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    clients: u16,
    /// How often the primary is killed
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=20))]
    kills: u16,
    /// How long is written before each kill, and after the last
    #[arg(long, default_value_t = 8, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    calm: u64,
}

/// Runs it. An error when anything acknowledged was lost, or anything else was answered than should have been.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let programs = Programs::find()?;
    let bin = match &arguments.bin {
        Some(bin) => bin.clone(),
        None => replicas::build()?,
    };
    let mut keeper = Keeper::start()?;
    let outcome = test(arguments, &programs, &bin, &mut keeper);
    if outcome.is_err() {
        keeper.tell_logs();
    }
    outcome
}

fn test(
    arguments: &Arguments,
    programs: &Programs,
    bin: &std::path::Path,
    keeper: &mut Keeper,
) -> Result<(), Failure> {
    let calm = Duration::from_secs(arguments.calm);
    let cluster = Cluster::start(programs, keeper)?;
    let replicas = Replicas::start(keeper, bin, &cluster.url, arguments.replicas)?;
    eprintln!("xtask: {} clients write through {} replicas", arguments.clients, arguments.replicas);
    let load = Load::start(&replicas, arguments.clients)?;
    let mut failovers = Vec::new();
    for _ in 0..arguments.kills {
        thread::sleep(calm);
        let old = cluster.settled(Duration::from_secs(120))?;
        let killed = Instant::now();
        cluster.kill(keeper, &old)?;
        eprintln!("xtask: killed {old}, the primary");
        let new = cluster.led_by_another(&old, Duration::from_secs(120))?;
        let led = killed.elapsed();
        let back = load.acknowledged_after(Instant::now(), Duration::from_secs(60));
        eprintln!("xtask: {new} leads after {:.1} s", led.as_secs_f64());
        failovers.push(report::Failover { killed, led, old: old.clone(), new });
        if !back {
            eprintln!("xtask: no write was acknowledged within a minute of that");
            break;
        }
        // As after a repair: it comes back as a standby.
        cluster.revive(keeper, &old)?;
    }
    thread::sleep(calm);
    let ledger = load.stop();
    let findings = check::compare(&replicas, &ledger)?;
    report::tell(&ledger, &failovers, &findings)
}
