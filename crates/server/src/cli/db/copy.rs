//! `rolecall db copy`: everything into an empty database.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use rolecall_storage::{Contents, CopiedTable, CopyError, Options, Progress, Step};
use serde::Serialize;

use super::{CliError, counted, output};
use crate::config::{Config, DatabaseUrl};

/// Arguments of `db copy`.
#[derive(clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The database to copy; without it, the configured one. Give a URL that holds a password by the variable
    #[arg(long, value_name = "URL", env = "ROLECALL_COPY_FROM", hide_env_values = true)]
    from: Option<String>,
    /// The database to copy into: one that does not exist yet (SQLite), or an empty one
    #[arg(long, value_name = "URL", env = "ROLECALL_COPY_TO", hide_env_values = true)]
    to: String,
    /// Print the comparison as a JSON array
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, config: &Config) -> Result<(), CliError> {
    let from = arguments.from.as_deref().map_or_else(|| config.database_url.clone(), DatabaseUrl::new);
    let to = DatabaseUrl::new(&arguments.to);
    let few = |create| Options { create, readers: 1, reader_threads: 1, writers: 1, ..Options::default() };
    let source = rolecall_storage::open(from.reveal(), few(false))?;
    let target = rolecall_storage::open(to.reveal(), few(true))?;
    let started = Instant::now();
    let mut bar = Bar::new();
    let copied = rolecall_storage::copy(&*source, &*target, &mut |progress| bar.show(progress));
    bar.clear();
    let copied = match copied {
        Ok(tables) => tables,
        Err(error) => {
            if let CopyError::Differs(tables) = &error {
                show(tables, arguments.json)?;
            }
            return Err(error.into());
        }
    };
    target.close();
    show(&copied, arguments.json)?;
    let rows: u64 = copied.iter().map(|table| table.target.rows).sum();
    let rows = counted(rows, "row");
    let seconds = started.elapsed().as_secs_f64();
    output::note(&format!(
        "{from} → {to}: {rows} in {seconds:.1} s; both hold the same. Start the servers on {to}"
    ));
    Ok(())
}

/// A table as the comparison shows it.
#[derive(Serialize)]
struct Shown<'t> {
    table: &'t str,
    source_rows: u64,
    target_rows: u64,
    source_checksum: String,
    target_checksum: String,
    same: bool,
}

fn show(tables: &[CopiedTable], json: bool) -> Result<(), CliError> {
    let checksum = |contents: &Contents| format!("{:016x}", contents.checksum);
    let shown = tables.iter().map(|table| Shown {
        table: &table.name,
        source_rows: table.source.rows,
        target_rows: table.target.rows,
        source_checksum: checksum(&table.source),
        target_checksum: checksum(&table.target),
        same: table.source == table.target,
    });
    if json {
        return output::print_json(&shown.collect::<Vec<_>>());
    }
    let rows: Vec<_> = shown
        .map(|table| {
            let same = if table.same { "yes" } else { "NO" };
            [
                table.table.to_owned(),
                table.source_rows.to_string(),
                table.target_rows.to_string(),
                table.source_checksum,
                table.target_checksum,
                same.to_owned(),
            ]
        })
        .collect();
    output::print_table(["TABLE", "SOURCE", "TARGET", "CHECKSUM THERE", "CHECKSUM HERE", "SAME"], &rows)
}

/// On a terminal one line that moves; elsewhere a line for each table that is through.
struct Bar {
    moving: bool,
    shown: Option<Instant>,
}

impl Bar {
    fn new() -> Self {
        Self { moving: io::stderr().is_terminal(), shown: None }
    }

    fn show(&mut self, progress: Progress<'_>) {
        let through = progress.rows >= progress.of;
        if self.moving {
            let recently = self.shown.is_some_and(|at| at.elapsed() < Duration::from_millis(100));
            if !recently || through {
                self.shown = Some(Instant::now());
                // Nothing is lost when nobody can read it.
                let _ = write!(io::stderr(), "\r\x1b[K{}", line(progress));
            }
        } else if through {
            output::note(&line(progress));
        }
    }

    fn clear(&self) {
        if self.moving && self.shown.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

fn line(progress: Progress<'_>) -> String {
    let Progress { step, table, rows, of } = progress;
    let step = match step {
        Step::Copy => "copying",
        Step::Compare => "comparing",
    };
    let percent = (rows * 100).checked_div(of).unwrap_or(100);
    format!("{step} {table}: {rows} of {of} rows, {percent} %")
}
