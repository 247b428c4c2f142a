//! Measures the release binary over HTTP: loads an organisation, then runs each hot operation against the product
//! and against a bare floor in turns. Started by `cargo xtask bench`, which builds both.

// The floor is compiled once for each database.
#![allow(clippy::duplicate_mod)]

mod bulk;
mod http;
mod load;
mod measure;
mod on_postgres;
mod on_sqlite;
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
    /// Which database; `cargo xtask bench` starts a PostgreSQL for the second
    #[arg(long, value_enum, default_value_t = Engine::Sqlite)]
    database: Engine,
    /// Servers on one PostgreSQL
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=16))]
    replicas: u64,
    /// People in the organisation
    #[arg(long, alias = "people", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
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

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Engine {
    Sqlite,
    Postgres,
}

/// More people than this are not worth an hour of HTTP, where there is another way.
const BY_HTTP: usize = 20_000;

/// Where `cargo xtask bench` says that PostgreSQL is.
const POSTGRES: &str = "ROLECALL_TEST_POSTGRES_URL";

#[derive(Subcommand)]
enum Part {
    /// The program to compare with; the bench starts it
    #[command(hide = true)]
    Floor(on_sqlite::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.part {
        Some(Part::Floor(floor)) => run_floor(floor),
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

fn run_floor(arguments: &on_sqlite::Arguments) -> Result<(), String> {
    if arguments.db.starts_with("postgres") {
        // The same arguments, of the other copy.
        let again = on_postgres::Arguments {
            db: arguments.db.clone(),
            users: arguments.users,
            group_members: arguments.group_members,
            spare: arguments.spare,
        };
        on_postgres::run(&again)
    } else {
        on_sqlite::run(arguments)
    }
}

/// Two empty databases: the product's URL, and what the floor opens.
fn databases(engine: Engine, folder: &std::path::Path) -> Result<(String, String), String> {
    use diesel::{Connection, PgConnection, connection::SimpleConnection};
    if engine == Engine::Sqlite {
        let file = |name: &str| folder.join(name).display().to_string();
        return Ok((format!("sqlite://{}", file("rolecall.db")), file("floor.db")));
    }
    let url = std::env::var_os(POSTGRES).and_then(|url| url.into_string().ok());
    let url = url.ok_or(format!("{POSTGRES} names no PostgreSQL; run `cargo xtask bench`"))?;
    let mut conn = PgConnection::establish(&url).map_err(|error| error.to_string())?;
    let (base, _) = url.rsplit_once('/').ok_or(format!("{POSTGRES} names no database"))?;
    let make = |conn: &mut PgConnection, name: &str| {
        for statement in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
            conn.batch_execute(&statement).map_err(|error| format!("{statement}: {error}"))?;
        }
        Ok::<_, String>(format!("{base}/{name}"))
    };
    Ok((make(&mut conn, "rolecall_bench")?, make(&mut conn, "rolecall_bench_floor")?))
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

    let replicas = arguments.replicas as usize;
    if arguments.database == Engine::Sqlite && replicas > 1 {
        return Err("--replicas: an SQLite file has one server; add --database postgres".into());
    }
    let (database, floor_database) = databases(arguments.database, folder.path())?;
    let product = Product::new(beside.join("rolecall"), folder.path(), database.clone())?;
    let (server, first_start) = product.start()?;
    let (token, api_key) = (product.make_secret("token")?, product.make_secret("api-key")?);
    let start = Instant::now();
    let mut target = if arguments.database == Engine::Postgres && users > BY_HTTP {
        bulk::fill(&database, server.address, token, api_key, &size)?
    } else {
        load::fill(server.address, token, api_key, &size, connections)?
    };
    let load_time = start.elapsed();
    let resident_after_load = server.resident_bytes();

    server.stop()?;
    let database_bytes = product.database_bytes();
    let (server, cold_start) = product.start()?;
    let mut servers = vec![server];
    for _ in 1..replicas {
        servers.push(product.start()?.0);
    }
    target.addresses = servers.iter().map(|server| server.address).collect();
    let floor = [process::start_floor(&floor_database, &size)?];
    let floor_target = Target::floor(floor[0].address, &size);

    let of_product = Side { target: &target, processes: &servers };
    let of_floor = Side { target: &floor_target, processes: &floor };
    let fresh = AtomicUsize::new(size.people());
    let mut rows = Vec::new();
    for operation in Operation::ALL {
        eprintln!("measuring {}", operation.name());
        let (product, floor) =
            measure::measure(operation, &of_product, &of_floor, connections, time, &fresh)?;
        rows.push(Row::new(operation, &product, &floor, cores));
    }

    let report = Report {
        database: if arguments.database == Engine::Sqlite { "SQLite" } else { "PostgreSQL" },
        replicas,
        users,
        group_members: big_group,
        connections,
        seconds: arguments.seconds,
        cores,
        operations: rows,
        load_seconds: load_time.as_secs_f64(),
        resident_bytes_after_load: resident_after_load,
        resident_bytes_after_run: servers[0].resident_bytes(),
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
