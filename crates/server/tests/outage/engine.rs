//! A PostgreSQL of one test, which can be stopped and started, and a standby of it.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// A shell keeps it, so that it goes with the test however that ends. Its disk counts: `fsync` is on.
const KEEPER: &str = r#"
trap '' INT TERM HUP
folder=$(mktemp -d) && cd "$folder" || exit 1
bin=$1
run() {
    "$bin/pg_ctl" -D "$1" -l log -w -t 60 -o "-p $2 -c listen_addresses=127.0.0.1 -c unix_socket_directories=''" start
}
up() { run data "$port"; }
standby_made() {
    "$bin/pg_basebackup" -h 127.0.0.1 -p "$port" -U rolecall -D standby -R -X stream -c fast --no-sync && standby_up "$1"
}
standby_up() { run standby "$1"; }
standby_down() { "$bin/pg_ctl" -D standby -m immediate -w -t 60 stop; }
standby_promoted() { "$bin/pg_ctl" -D standby -w -t 60 promote; }
down() { "$bin/pg_ctl" -D data -m "$1" -w -t 60 stop; }
crash() { kill -KILL "$(ps -o pid=,args= --ppid "$(head -n 1 data/postmaster.pid)" | grep 'rolecall' | awk 'NR == 1 { print $1 }')"; }
port=$2
"$bin/initdb" -D data -U rolecall -E UTF8 -A trust --no-locale --no-sync >>log 2>&1 && up >>log 2>&1 && echo 0 || echo 1
while read -r line; do eval "$line" >>log 2>&1; echo "$?"; done
[ -d standby ] && standby_down >>log 2>&1
down immediate >>log 2>&1
cd / && rm -rf "$folder"
"#;

pub(crate) struct Engine {
    pub(crate) port: u16,
    keeper: Child,
    lines: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Engine {
    /// `None`, and a word about it, where the tests are run without PostgreSQL.
    #[allow(clippy::disallowed_methods, reason = "a test reads its own environment")]
    pub(crate) fn start() -> Option<Self> {
        let Ok(programs) = env::var("ROLECALL_TEST_POSTGRES_PROGRAMS") else {
            eprintln!(
                "skipped: ROLECALL_TEST_POSTGRES_PROGRAMS names no folder (`cargo xtask test` finds it)"
            );
            return None;
        };
        // PostgreSQL does not run as root.
        let user = env::var("ROLECALL_TEST_POSTGRES_USER").unwrap_or_default();
        let mut words = user.split(' ').filter(|word| !word.is_empty()).chain(["sh", "-c", KEEPER, "keeper"]);
        let mut command = Command::new(words.next().unwrap());
        let port = free_port();
        command.args(words).arg(programs).arg(port.to_string()).current_dir("/");
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (lines, answers) = (keeper.stdin.take(), BufReader::new(keeper.stdout.take().unwrap()));
        let mut engine = Self { port, keeper, lines, answers };
        engine.heard();
        Some(engine)
    }

    /// By way of a port.
    pub(crate) fn url(&self, port: u16) -> String {
        format!("postgres://rolecall@127.0.0.1:{port}/postgres")
    }

    /// Has the shell do something, to its end.
    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.lines.as_mut().unwrap(), "{line}").unwrap();
        self.heard();
    }

    fn heard(&mut self) {
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), "0", "the PostgreSQL of this test did not do what it was told");
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.lines.take());
        let _ = self.keeper.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
