//! The two programs that are measured: how they start, what they use, how they stop.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    http::{Connection, write_request},
    organisation::Size,
    pages,
};

/// A running program; it is killed when this value goes.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// What the product needs to be called.
pub(crate) struct Product {
    binary: PathBuf,
    /// The URL.
    database: String,
    folder: PathBuf,
    log: PathBuf,
}

impl Product {
    pub(crate) fn new(binary: PathBuf, folder: &Path, database: String) -> Result<Self, String> {
        if !binary.is_file() {
            return Err(format!(
                "{} is not there: run `cargo xtask bench`, which builds it",
                binary.display()
            ));
        }
        Ok(Self { binary, database, folder: folder.to_owned(), log: folder.join("rolecall.log") })
    }

    /// Starts the server, and says how long it took until it was ready.
    pub(crate) fn start(&self) -> Result<(Process, Duration), String> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.map_err(|error| format!("no free port: {error}"))?;
        let log = fs::File::options().create(true).append(true).open(&self.log);
        let log = log.map_err(|error| format!("{}: {error}", self.log.display()))?;
        let out = log.try_clone().map_err(|error| error.to_string())?;
        let start = Instant::now();
        let child = self
            .command(&["serve", "--listen", &address.to_string()])
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{}: {error}", self.binary.display()))?;
        let mut process = Process { child, address };
        let mut request = Vec::new();
        write_request(&mut request, "GET", "/health/ready", "", "");
        loop {
            let answer = Connection::open(address).and_then(|mut connection| connection.ask(&request));
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Ok((process, start.elapsed()));
            }
            if let Ok(Some(status)) = process.child.try_wait() {
                return Err(format!(
                    "rolecall serve ended before it was ready: {status}\n{}",
                    self.log_end()
                ));
            }
            if start.elapsed() > Duration::from_secs(120) {
                return Err(format!("rolecall serve was not ready after 120 s\n{}", self.log_end()));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// A secret that the command line makes: the SCIM token or the key of the admin API.
    pub(crate) fn make_secret(&self, kind: &str) -> Result<String, String> {
        let output = self.command(&[kind, "create", "--org", "default", "--name", "bench"]).output();
        let output = output.map_err(|error| format!("{}: {error}", self.binary.display()))?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("rolecall {kind} create failed: {complaint}"));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Makes the administrator who asks for the console's pages.
    pub(crate) fn make_administrator(&self) -> Result<(), String> {
        let failed = |error: String| format!("rolecall admin create failed: {error}");
        let mut child = self
            .command(&["admin", "create", "--org", "default", "--email", pages::EMAIL, "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let mut input = child.stdin.take().expect("standard input is piped");
        input.write_all(pages::PASSWORD.as_bytes()).map_err(|error| failed(error.to_string()))?;
        drop(input);
        let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    /// Fails with what `rolecall db check` finds.
    pub(crate) fn check(&self) -> Result<(), String> {
        let start = Instant::now();
        let output = self.command(&["db", "check"]).output();
        let output = output.map_err(|error| format!("{}: {error}", self.binary.display()))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(format!("rolecall db check: {said}{}", String::from_utf8_lossy(&output.stderr)));
        }
        eprintln!("checked in {:.0} s: {}", start.elapsed().as_secs_f64(), said.trim());
        Ok(())
    }

    /// Bytes of the database on disk, what is not yet folded into the main file included.
    pub(crate) fn database_bytes(&self) -> u64 {
        if self.database.starts_with("postgres") {
            return postgres_bytes(&self.database).unwrap_or(0);
        }
        let length = |name: &str| fs::metadata(self.folder.join(name)).map_or(0, |file| file.len());
        length("rolecall.db") + length("rolecall.db-wal")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments);
        // A developer's own configuration must not be measured by accident.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("ROLECALL_") {
                command.env_remove(name);
            }
        }
        command.env("ROLECALL_DATABASE_URL", &self.database).current_dir(&self.folder);
        command
    }

    fn log_end(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

fn postgres_bytes(url: &str) -> Option<u64> {
    use diesel::{Connection, PgConnection, RunQueryDsl, dsl::sql, sql_types::BigInt};
    let mut conn = PgConnection::establish(url).ok()?;
    let size = sql::<BigInt>("pg_database_size(current_database())");
    diesel::select(size).get_result::<i64>(&mut conn).ok()?.try_into().ok()
}

/// Starts the floor on a database of its own.
pub(crate) fn start_floor(database: &str, size: &Size) -> Result<Process, String> {
    let this = std::env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
    let mut child = Command::new(this)
        .arg("floor")
        .arg("--db")
        .arg(database)
        .args(["--users", &size.users.to_string()])
        .args(["--group-members", &size.big_group.to_string()])
        .args(["--spare", &size.spare.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("the floor: {error}"))?;
    let mut line = String::new();
    let out = child.stdout.take().expect("standard output is piped");
    BufReader::new(out).read_line(&mut line).map_err(|error| format!("the floor: {error}"))?;
    let port: u16 = line.trim().parse().map_err(|_| "the floor ended before it listened".to_owned())?;
    Ok(Process { child, address: SocketAddr::from(([127, 0, 0, 1], port)) })
}

impl Process {
    /// Asks it to stop and waits for that.
    pub(crate) fn stop(mut self) -> Result<(), String> {
        let asked = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status();
        asked.map_err(|error| format!("sh: {error}"))?;
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            if self.child.try_wait().map_err(|error| error.to_string())?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err("rolecall did not stop within 60 s of SIGTERM".to_owned())
    }

    /// Resident memory in bytes, now. Only Linux tells.
    pub(crate) fn resident_bytes(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
    }

    /// Processor time that it has used. Only Linux tells.
    pub(crate) fn processor_time(&self) -> Option<Duration> {
        processor_time(&self.child.id().to_string())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time of a process, `self` included, in all its threads, those that have ended too.
pub(crate) fn processor_time(process: &str) -> Option<Duration> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // proc(5): the name in parentheses may hold anything; user and system time are the 12th and 13th word after it,
    // in hundredths of a second.
    let (_, words) = text.rsplit_once(')')?;
    let mut words = words.split_whitespace().skip(11).map(|word| word.parse::<u64>().ok());
    Some(Duration::from_millis((words.next()?? + words.next()??) * 10))
}
