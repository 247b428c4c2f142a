//! A shell that starts programs in a temporary folder, and ends them all with us.
//!
//! It carries out the lines that it reads. When there are no more of them, however this program ended, it kills what it has
//! started, PostgreSQL's processes too, and removes the folder.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

use crate::{command::Failure, place::Place};

/// `$1` is the folder. A PostgreSQL that is killed leaves a piece of shared memory behind, so those are asked (SIGQUIT:
/// without ceremony), and their Patroni, which would start them again, is ended first.
const KEEPER: &str = r#"
trap '' INT TERM HUP
cd "$1" || exit 1
HOME=$1
start() { name=$1; shift; setsid "$@" >>"$name.log" 2>&1 </dev/null & echo $! >"$name.pid"; }
end() { kill "$1" "$2" 2>/dev/null; }
family() { echo "$1"; for child in $(ps -o pid= --ppid "$1"); do family "$child"; done; }
echo ready
while read -r line; do eval "$line"; echo "$?"; done
for file in *.pid; do end -KILL "$(cat "$file")"; done
for file in */postmaster.pid; do
    [ -f "$file" ] && pid=$(head -n 1 "$file") && end -QUIT "$pid" || continue
    for _ in 1 2 3 4 5 6 7 8 9 10; do end -0 "$pid" || break; sleep 0.2; done
    end -KILL "$pid"
done
cd / && rm -rf "$1" || { sleep 1; rm -rf "$1"; }
"#;

pub(super) struct Keeper {
    pub(super) place: Place,
    shell: Child,
    lines: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// What was started.
    names: Vec<String>,
}

impl Keeper {
    pub(super) fn start() -> Result<Self, Failure> {
        let place = Place::make("rolecall-ha")?;
        let mut command = place.command("sh");
        command.args(["-c", KEEPER, "keeper"]).arg(&place.folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut shell = command.spawn().map_err(|error| Failure(format!("a shell: {error}")))?;
        let (Some(lines), Some(output)) = (shell.stdin.take(), shell.stdout.take()) else {
            return Err(Failure("a shell has no standard input and output".into()));
        };
        let mut keeper =
            Self { place, shell, lines: Some(lines), answers: BufReader::new(output), names: Vec::new() };
        match keeper.answer()?.as_str() {
            "ready" => Ok(keeper),
            _ => Err(Failure("the shell that keeps the test's programs did not start".into())),
        }
    }

    /// Starts a program under a name. Its output goes to `NAME.log`.
    pub(super) fn run(&mut self, name: &str, words: &[&str]) -> Result<(), Failure> {
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        self.say(&format!("start {name} {}", words.join(" ")))?;
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
        Ok(())
    }

    /// Kills what runs under a name with all that it started, and a PostgreSQL in the folder `data` with all of its.
    pub(super) fn kill(&mut self, name: &str, data: &str) -> Result<(), Failure> {
        self.say(&format!(
            "kill -KILL $(family $(cat {name}.pid)) $(family $(head -n 1 {data}/postmaster.pid)) 2>/dev/null; rm {name}.pid"
        ))
    }

    /// What a program has printed.
    pub(super) fn log(&self, name: &str) -> String {
        fs::read_to_string(self.place.folder.join(format!("{name}.log"))).unwrap_or_default()
    }

    /// Shows the last lines of each program.
    pub(super) fn tell_logs(&self) {
        for name in &self.names {
            let log = self.log(name);
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("— {name} —\n{}", lines[lines.len().saturating_sub(12)..].join("\n"));
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.place.folder
    }

    fn say(&mut self, line: &str) -> Result<(), Failure> {
        let failed = |error| Failure(format!("the shell that keeps the test's programs has ended: {error}"));
        if let Some(lines) = &mut self.lines {
            writeln!(lines, "{line}").and_then(|()| lines.flush()).map_err(failed)?;
        }
        match self.answer()?.as_str() {
            "0" => Ok(()),
            other => Err(Failure(format!("`{line}` answered {other}"))),
        }
    }

    fn answer(&mut self) -> Result<String, Failure> {
        let mut answer = String::new();
        let read = self.answers.read_line(&mut answer);
        read.map_err(|error| Failure(format!("the shell that keeps the test's programs: {error}")))?;
        Ok(answer.trim().to_owned())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.lines.take());
        let _ = self.shell.wait();
    }
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
