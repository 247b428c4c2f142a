//! Measures the release binary over HTTP: loads an organisation, then runs each hot operation against the product
//! and against a bare floor in turns. Started by `cargo xtask bench`, which builds both.

mod floor;
mod http;
mod load;
mod measure;
mod operations;
mod organisation;
mod process;
mod report;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::atomic::AtomicUsize,
    time::{Duration, Instant},
};

use clap::{Parser, Subcommand};

use crate::{
    measure::Side,
    operations::{Operation, Target},
    organisation::Size,
    process::Product,
    report::{Report, Row, milliseconds},
};

#[derive(Parser)]
#[command(bin_name = "cargo xtask bench", about = "Measure the release binary next to a bare floor")]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    /// People in the organisation
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    users: u64,
    /// Of those, how many are in the one big group; everybody, unless told
    #[arg(long)]
    group_members: Option<u64>,
    /// How long each operation is asked of the product, and as long of the floor
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Requests in flight
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=512))]
    connections: u64,
    /// Write the figures to this file, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Part {
    /// The program to compare with; the bench starts it
    #[command(hide = true)]
    Floor(floor::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.part {
        Some(Part::Floor(floor)) => floor::run(floor),
        None => bench(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &Arguments) -> Result<(), String> {
    let (users, connections) = (arguments.users as usize, arguments.connections as usize);
    let big_group = arguments.group_members.unwrap_or(arguments.users) as usize;
    if big_group > users {
        return Err(format!("--group-members {big_group} is more than --users {users}"));
    }
    if !(0.1..=3600.0).contains(&arguments.seconds) {
        return Err(format!("--seconds {}: give 0.1 to 3600", arguments.seconds));
    }
    let size = Size { users, big_group, spare: connections };
    let time = Duration::from_secs_f64(arguments.seconds);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);

    // Beside the binary: a disk, where `/tmp` may be memory and a commit would cost nothing.
    let this = std::env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
    let beside = this.parent().ok_or("this program is in no folder")?;
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(beside);
    let folder = folder.map_err(|error| format!("{}: {error}", beside.display()))?;

    let product = Product::new(beside.join("rolecall"), folder.path())?;
    let (server, first_start) = product.start()?;
    let (token, api_key) = (product.make_secret("token")?, product.make_secret("api-key")?);
    let start = Instant::now();
    let target = load::fill(server.address, token, api_key, &size, connections)?;
    let load_time = start.elapsed();
    let resident_after_load = server.resident_bytes();

    server.stop()?;
    let database_bytes = product.database_bytes();
    let (server, cold_start) = product.start()?;
    let floor = process::start_floor(folder.path(), &size)?;
    let floor_target = Target::floor(floor.address, &size);

    let of_product = Side { target: &target, process: &server };
    let of_floor = Side { target: &floor_target, process: &floor };
    let fresh = AtomicUsize::new(size.people());
    let mut rows = Vec::new();
    for operation in Operation::ALL {
        eprintln!("measuring {}", operation.name());
        let (product, floor) =
            measure::measure(operation, &of_product, &of_floor, connections, time, &fresh)?;
        rows.push(Row::new(operation, &product, &floor, cores));
    }

    let report = Report {
        users,
        group_members: big_group,
        connections,
        seconds: arguments.seconds,
        cores,
        operations: rows,
        load_seconds: load_time.as_secs_f64(),
        resident_bytes_after_load: resident_after_load,
        resident_bytes_after_run: server.resident_bytes(),
        first_start_ms: milliseconds(first_start),
        cold_start_ms: milliseconds(cold_start),
        database_bytes,
    };
    println!("{}", report.table());
    if let Some(file) = &arguments.json {
        let text = serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?;
        std::fs::write(file, text + "\n").map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}
