//! Measures the release binary over HTTP: loads an organisation, then runs each hot operation against the product
//! and against a bare floor in turns. Started by `cargo xtask bench`, which builds both.

// The floor is compiled once for each database.
#![allow(clippy::duplicate_mod)]

mod bulk;
mod flat;
mod http;
mod load;
mod measure;
mod on_postgres;
mod on_sqlite;
mod operations;
mod organisation;
mod pages;
mod process;
mod report;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::atomic::AtomicUsize,
    time::{Duration, Instant},
};

use clap::{Parser, Subcommand};

use crate::{
    flat::Subject,
    measure::Side,
    operations::{Operation, Target},
    organisation::Size,
    process::{Process, Product},
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
    /// People in the organisation. Several sizes, such as 1000,1000000, are measured in turns, next to each other and not to
    /// the floor
    #[arg(long, alias = "people", default_value = "1000", value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..))]
    users: Vec<u64>,
    /// Of those, how many are in the one big group; everybody, unless told
    #[arg(long)]
    group_members: Option<u64>,
    /// How long each operation is asked of the product, and as long of the floor
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Requests in flight
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=512))]
    connections: u64,
    /// Ask `rolecall db check` whether what was loaded is sound
    #[arg(long)]
    check: bool,
    /// Leave out operations with this in their name, such as `review`; may be given several times
    #[arg(long, value_name = "WORD")]
    skip: Vec<String>,
    /// Measure nothing but operations with this in their name, such as `console`; may be given several times
    #[arg(long, value_name = "WORD")]
    only: Vec<String>,
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

/// An empty database of that name at the PostgreSQL server; its URL.
fn postgres_database(name: &str) -> Result<String, String> {
    use diesel::{Connection, PgConnection, connection::SimpleConnection};
    let url = std::env::var_os(POSTGRES).and_then(|url| url.into_string().ok());
    let url = url.ok_or(format!("{POSTGRES} names no PostgreSQL; run `cargo xtask bench`"))?;
    let mut conn = PgConnection::establish(&url).map_err(|error| error.to_string())?;
    let (base, _) = url.rsplit_once('/').ok_or(format!("{POSTGRES} names no database"))?;
    for statement in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
        conn.batch_execute(&statement).map_err(|error| format!("{statement}: {error}"))?;
    }
    Ok(format!("{base}/{name}"))
}

/// Two empty databases: the product's URL, and what the floor opens.
fn databases(engine: Engine, folder: &Path) -> Result<(String, String), String> {
    if engine == Engine::Sqlite {
        let file = |name: &str| folder.join(name).display().to_string();
        return Ok((format!("sqlite://{}", file("rolecall.db")), file("floor.db")));
    }
    Ok((postgres_database("rolecall_bench")?, postgres_database("rolecall_bench_floor")?))
}

fn bench(arguments: &Arguments) -> Result<(), String> {
    if !(0.1..=3600.0).contains(&arguments.seconds) {
        return Err(format!("--seconds {}: give 0.1 to 3600", arguments.seconds));
    }
    if arguments.database == Engine::Sqlite && arguments.replicas > 1 {
        return Err("--replicas: an SQLite file has one server; add --database postgres".into());
    }
    // Beside the binary: a disk, where `/tmp` may be memory and a commit would cost nothing.
    let this = std::env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
    let beside = this.parent().ok_or("this program is in no folder")?;
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(beside);
    let folder = folder.map_err(|error| format!("{}: {error}", beside.display()))?;
    let place = Place { folder: folder.path(), binary: beside.join("rolecall") };
    match arguments.users[..] {
        [users] => beside_the_floor(arguments, &place, &arguments.size(users)?),
        _ => at_several_sizes(arguments, &place),
    }
}

/// Where the product is, and where its files go.
struct Place<'p> {
    folder: &'p Path,
    binary: PathBuf,
}

impl Arguments {
    fn size(&self, users: u64) -> Result<Size, String> {
        let big_group = self.group_members.unwrap_or(users);
        if big_group > users {
            return Err(format!("--group-members {big_group} is more than --people {users}"));
        }
        // One more joins the big group for good: see `load::make_change`.
        let spare = self.connections as usize + 1;
        Ok(Size { users: users as usize, big_group: big_group as usize, spare })
    }

    fn operations(&self) -> Vec<Operation> {
        let any = |words: &[String], name: &str| words.iter().any(|word| name.contains(word.as_str()));
        let wanted = |name: &str| (self.only.is_empty() || any(&self.only, name)) && !any(&self.skip, name);
        Operation::all().filter(|operation| wanted(operation.name())).collect()
    }

    fn time(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

/// A loaded organisation and its servers.
struct Loaded {
    target: Target,
    servers: Vec<Process>,
    load_time: Duration,
    resident_after_load: Option<u64>,
    first_start: Duration,
    cold_start: Duration,
    database_bytes: u64,
}

fn load(arguments: &Arguments, product: &Product, database: &str, size: &Size) -> Result<Loaded, String> {
    let (server, first_start) = product.start()?;
    let (token, api_key) = (product.make_secret("token")?, product.make_secret("api-key")?);
    let start = Instant::now();
    let mut target = if arguments.database == Engine::Postgres && size.users > BY_HTTP {
        bulk::fill(database, server.address, token, api_key, size)?
    } else {
        load::fill(server.address, token, api_key, size, arguments.connections as usize)?
    };
    load::make_change(&mut target)?;
    product.make_administrator()?;
    let load_time = start.elapsed();
    let resident_after_load = server.resident_bytes();
    server.stop()?;
    if arguments.check {
        product.check()?;
    }
    let database_bytes = product.database_bytes();
    let (server, cold_start) = product.start()?;
    let mut servers = vec![server];
    for _ in 1..arguments.replicas {
        servers.push(product.start()?.0);
    }
    target.addresses = servers.iter().map(|server| server.address).collect();
    load::sign_in(&mut target)?;
    Ok(Loaded { target, servers, load_time, resident_after_load, first_start, cold_start, database_bytes })
}

fn at_several_sizes(arguments: &Arguments, place: &Place<'_>) -> Result<(), String> {
    if arguments.database == Engine::Sqlite {
        return Err("--people: several sizes are compared on PostgreSQL; add --database postgres".into());
    }
    let mut subjects = Vec::new();
    for &users in &arguments.users {
        let size = arguments.size(users)?;
        let database = postgres_database(&format!("rolecall_bench_{users}"))?;
        let product = Product::new(place.binary.clone(), place.folder, database.clone())?;
        let Loaded { target, servers, .. } = load(arguments, &product, &database, &size)?;
        let fresh = AtomicUsize::new(size.people());
        subjects.push(Subject { size, target, servers, database, fresh });
    }
    let figures =
        flat::measure(&arguments.operations(), &subjects, arguments.connections as usize, arguments.time())?;
    println!("{}", figures.table());
    arguments.json.as_ref().map_or(Ok(()), |file| flat::write_json(&figures, file))
}

fn beside_the_floor(arguments: &Arguments, place: &Place<'_>, size: &Size) -> Result<(), String> {
    let (connections, time) = (arguments.connections as usize, arguments.time());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (database, floor_database) = databases(arguments.database, place.folder)?;
    let product = Product::new(place.binary.clone(), place.folder, database.clone())?;
    let loaded = load(arguments, &product, &database, size)?;
    let floor = [process::start_floor(&floor_database, size)?];
    let floor_target = Target::floor(floor[0].address, size);

    let of_product = Side { target: &loaded.target, processes: &loaded.servers };
    let of_floor = Side { target: &floor_target, processes: &floor };
    let fresh = AtomicUsize::new(size.people());
    let mut rows = Vec::new();
    for operation in arguments.operations() {
        eprintln!("measuring {}", operation.name());
        let (product, floor) =
            measure::measure(operation, &of_product, &of_floor, connections, time, &fresh)?;
        rows.push(Row::new(operation, &product, floor.as_ref(), cores));
    }

    let report = Report {
        database: if arguments.database == Engine::Sqlite { "SQLite" } else { "PostgreSQL" },
        replicas: loaded.servers.len(),
        users: size.users,
        group_members: size.big_group,
        connections,
        seconds: arguments.seconds,
        cores,
        operations: rows,
        load_seconds: loaded.load_time.as_secs_f64(),
        resident_bytes_after_load: loaded.resident_after_load,
        resident_bytes_after_run: loaded.servers[0].resident_bytes(),
        first_start_ms: milliseconds(loaded.first_start),
        cold_start_ms: milliseconds(loaded.cold_start),
        database_bytes: loaded.database_bytes,
    };
    println!("{}", report.table());
    arguments.json.as_ref().map_or(Ok(()), |file| flat::write_json(&report, file))
}
