//! A PostgreSQL server that is there for one run of the tests, made from the programs that the machine has.
//!
//! A shell keeps it: it makes the server, waits for its own standard input to end, stops the server and removes its
//! folder. However this program ends, by itself, by a panic, by Ctrl-C or by `kill -9`, that input ends with it.

pub(crate) mod pgbouncer;
mod programs;

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use crate::{
    command::Failure,
    place::{Place, free_port, random},
};
pub(crate) use programs::Programs;

/// Where the tests find the server's address.
pub(crate) const URL: &str = "ROLECALL_TEST_POSTGRES_URL";

/// Where the tests find PostgreSQL's programs, and the words before a command that make it run as a user who may run them.
pub(crate) const PROGRAMS: &str = "ROLECALL_TEST_POSTGRES_PROGRAMS";
pub(crate) const USER: &str = "ROLECALL_TEST_POSTGRES_USER";

/// How the server is made and kept. `$1` the folder, `$2` the programs, `$3` the port, `$4` whether a commit
/// waits for the disk, `$5` pgbouncer or nothing, `$6` megabytes of memory for one that measurements are about. The keeper and the server must not
/// hear the Ctrl-C that is meant for us: first the tests stop, then the server. Nothing here outlives the run, so tests wait
/// for no disk. The locale is not C, so that an order that is left to the database shows.
const KEEPER: &str = r#"
trap '' INT TERM HUP
cd "$1" || exit 1
bin=$2
make() { "$bin/initdb" -D data -U rolecall -E UTF8 -A scram-sha-256 --pwfile=password --no-sync "$@" >>log 2>&1; }
if make --locale=C --locale-provider=icu --icu-locale=en-US || { rm -rf data; make --no-locale; }; then
    sized=
    if [ -n "$6" ]; then
        sized="-c shared_buffers=$6MB -c max_wal_size=4GB -c checkpoint_timeout=30min"
        [ -f "$bin/../lib/pg_stat_statements.so" ] && sized="$sized -c shared_preload_libraries=pg_stat_statements"
    fi
    "$bin/pg_ctl" -D data -l log -w -t 60 -o "-p $3 -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
        -c fsync=$4 -c full_page_writes=$4 -c max_connections=300 -c max_prepared_transactions=0 $sized" start >>log 2>&1 \
        && { [ -z "$5" ] || "$5" -q -d pgbouncer.ini >>log 2>&1; } && echo ready && cat >/dev/null
    [ -f pgbouncer.pid ] && kill -KILL "$(cat pgbouncer.pid)"
fi
"$bin/pg_ctl" -D data -m immediate -w stop >>log 2>&1
cd / && rm -rf "$1"
"#;

/// A running server. It goes when this does.
pub(crate) struct Server {
    keeper: Child,
    /// Of a database in which tests may make others.
    pub(crate) url: String,
    /// Of the pgbouncer before it, if there is one.
    pub(crate) pooled: Option<u16>,
}

impl Server {
    /// Makes one for tests and starts it.
    pub(crate) fn start(pgbouncer: Option<&Path>) -> Result<Self, Failure> {
        Self::start_with("off", pgbouncer, None)
    }

    /// The same, but what it commits is on disk, and it has the memory that a server of its own would be given, as one that
    /// measurements are about.
    pub(crate) fn start_durable() -> Result<Self, Failure> {
        Self::start_with("on", None, Some(megabytes()))
    }

    fn start_with(fsync: &str, pgbouncer: Option<&Path>, memory: Option<u64>) -> Result<Self, Failure> {
        let programs = Programs::find()?;
        let place = Place::make("rolecall-postgres")?;
        let password = format!("{:016x}{:016x}", random(), random());
        place.write("password", &password)?;
        let port = free_port()?;
        let pooled = pgbouncer.map(|_| free_port()).transpose()?;
        if let Some(pooled) = pooled {
            pgbouncer::configure(&place, pooled, port, &password)?;
        }
        let mut command = place.command("sh");
        command.args(["-c", KEEPER, "keeper"]).arg(&place.folder);
        command
            .arg(&programs.folder)
            .arg(port.to_string())
            .arg(fsync)
            .arg(pgbouncer.unwrap_or(Path::new("")))
            .arg(memory.map_or(String::new(), |megabytes| megabytes.to_string()));
        let failed = |error: std::io::Error| Failure(format!("the PostgreSQL of the tests: {error}"));
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let mut said = String::new();
        if let Some(output) = keeper.stdout.take() {
            BufReader::new(output).read_line(&mut said).map_err(failed)?;
        }
        // Dropped, it tidies up.
        let server =
            Self { keeper, url: format!("postgres://rolecall:{password}@127.0.0.1:{port}/postgres"), pooled };
        if said.trim() == "ready" {
            eprintln!("xtask: PostgreSQL {} runs on port {port} for the tests", programs.version);
            return Ok(server);
        }
        Err(Failure(format!(
            "PostgreSQL {} from {} did not start; set {URL} to use a server of yours, or leave its tests out with \
             --sqlite-only",
            programs.version,
            programs.folder.display()
        )))
    }
}

/// A quarter of the machine's memory, which is the usual advice; at most 4 GB. Only Linux tells how much that is.
fn megabytes() -> u64 {
    let told = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let all = told
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix("kB")?.trim().parse().ok());
    all.map_or(256, |kilobytes: u64| (kilobytes / 4 / 1024).clamp(128, 4096))
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
