//! Does a large organisation cost more than a small one? Organisations of several sizes are asked in turns within one run, so
//! that what disturbs the machine disturbs all of them, and what counts is the median of the rounds.
//!
//! Of a busy machine the times say little. The database's own counts say it exactly: statements, and pages that they
//! touched, for each request.

use std::{fmt::Write, path::Path, sync::atomic::AtomicUsize, time::Duration};

use diesel::{
    Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl, connection::SimpleConnection,
    sql_query,
};
use serde::Serialize;

use crate::{
    measure::{self, Measured, Side},
    operations::{Operation, Target},
    organisation::Size,
    process::Process,
    report::duration,
};

/// How often each size has its turn.
const ROUNDS: u32 = 5;

/// An organisation of one size, and the servers of its database.
pub(crate) struct Subject {
    pub(crate) size: Size,
    pub(crate) target: Target,
    pub(crate) servers: Vec<Process>,
    pub(crate) database: String,
    pub(crate) fresh: AtomicUsize,
}

/// What every operation cost at every size.
#[derive(Serialize)]
pub(crate) struct Flatness {
    database: &'static str,
    replicas: usize,
    connections: usize,
    seconds: f64,
    people: Vec<usize>,
    operations: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    operation: &'static str,
    sizes: Vec<Cost>,
    /// Requests per second of the last size over those of the first: 1 is flat.
    ratio: f64,
}

/// Of one size. Times are microseconds.
#[derive(Serialize)]
struct Cost {
    people: usize,
    per_second: f64,
    /// The slowest and the quickest round.
    from: f64,
    to: f64,
    p50: u64,
    processor: Option<f64>,
    statements: Option<f64>,
    pages: Option<f64>,
}

/// Measures these operations at every size.
pub(crate) fn measure(
    wanted: &[Operation],
    subjects: &[Subject],
    connections: usize,
    time: Duration,
) -> Result<Flatness, String> {
    let mut counts: Vec<Option<Counts>> =
        subjects.iter().map(|subject| Counts::open(&subject.database)).collect();
    let mut operations = Vec::new();
    for &operation in wanted {
        eprintln!("measuring {}", operation.name());
        let mut rounds: Vec<Vec<Measured>> = subjects.iter().map(|_| Vec::new()).collect();
        let mut counted = vec![Some(Counted::default()); subjects.len()];
        for _ in 0..ROUNDS {
            for (place, subject) in subjects.iter().enumerate() {
                let side = Side { target: &subject.target, processes: &subject.servers };
                let before = counts[place].as_mut().and_then(Counts::now);
                let done = measure::once(operation, &side, connections, time / ROUNDS, &subject.fresh)?;
                let after = counts[place].as_mut().and_then(Counts::now);
                counted[place] = counted[place]
                    .zip(before.zip(after))
                    .map(|(sum, (before, after))| sum.plus(before, after));
                rounds[place].push(done);
            }
        }
        let sizes: Vec<Cost> = subjects
            .iter()
            .zip(rounds)
            .zip(counted)
            .map(|((subject, rounds), counted)| Cost::of(subject.size.users, &rounds, counted))
            .collect();
        let ratio = match (sizes.first(), sizes.last()) {
            (Some(first), Some(last)) => last.per_second / first.per_second,
            _ => 1.0,
        };
        operations.push(Line { operation: operation.name(), sizes, ratio });
    }
    Ok(Flatness {
        database: "PostgreSQL",
        replicas: subjects.first().map_or(0, |subject| subject.servers.len()),
        connections,
        seconds: time.as_secs_f64(),
        people: subjects.iter().map(|subject| subject.size.users).collect(),
        operations,
    })
}

impl Cost {
    fn of(people: usize, rounds: &[Measured], counted: Option<Counted>) -> Self {
        let mut rates: Vec<f64> = rounds.iter().map(Measured::per_second).collect();
        rates.sort_by(f64::total_cmp);
        let mut middles: Vec<u64> = rounds.iter().map(|round| round.quantile(0.5)).collect();
        middles.sort_unstable();
        let requests = rounds.iter().map(Measured::requests).sum::<u64>().max(1) as f64;
        let processor: Option<f64> = rounds
            .iter()
            .map(|round| Some(round.server_per_request()? * round.requests() as f64))
            .sum::<Option<f64>>();
        Self {
            people,
            per_second: rates[rates.len() / 2],
            from: rates[0],
            to: rates[rates.len() - 1],
            p50: middles[middles.len() / 2],
            processor: processor.map(|all| all / requests),
            statements: counted.map(|counted| counted.statements as f64 / requests),
            pages: counted.map(|counted| counted.pages as f64 / requests),
        }
    }
}

impl Flatness {
    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut text = format!(
            "\n{}, {} replica(s); {} connections, {} s for each size of an operation in {ROUNDS} rounds, the median of which is told\n\n{:36}",
            self.database, self.replicas, self.connections, self.seconds, "operation"
        );
        for people in &self.people {
            let _ = write!(
                text,
                "{:>10} {:>9} {:>9} {:>6} {:>8}",
                format!("{people}:/s"),
                "p50",
                "cpu/req",
                "stmts",
                "pages"
            );
        }
        text.push_str("   ratio\n");
        for line in &self.operations {
            let _ = write!(text, "{:36}", line.operation);
            for cost in &line.sizes {
                let number = |of: Option<f64>| of.map_or("?".to_owned(), |of| format!("{of:.1}"));
                let _ = write!(
                    text,
                    "{:>10.0} {:>9} {:>9} {:>6} {:>8}",
                    cost.per_second,
                    duration(cost.p50 as f64),
                    cost.processor.map_or("?".to_owned(), duration),
                    number(cost.statements),
                    number(cost.pages)
                );
            }
            let _ = writeln!(text, "{:>8.2}", line.ratio);
        }
        text.push_str(
            "\nstmts and pages: statements, and pages of 8 KiB that they touched, for each request, as pg_stat_statements counts them;\n\
             the provisioning log and whatever else runs beside the requests is in them. cpu/req is the server's own, without PostgreSQL's.\n",
        );
        text
    }
}

/// What the database has done so far.
#[derive(Clone, Copy, Default)]
struct Counted {
    statements: i64,
    pages: i64,
}

impl Counted {
    fn plus(self, before: Self, after: Self) -> Self {
        Self {
            statements: self.statements + after.statements - before.statements,
            pages: self.pages + after.pages - before.pages,
        }
    }
}

/// `pg_stat_statements` of one database, read from another.
struct Counts {
    conn: PgConnection,
    database: String,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    statements: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pages: i64,
}

impl Counts {
    /// `None` where the server does not count.
    fn open(url: &str) -> Option<Self> {
        let (base, database) = url.rsplit_once('/')?;
        let mut conn = PgConnection::establish(&format!("{base}/postgres")).ok()?;
        conn.batch_execute(
            "SET client_min_messages = error; CREATE EXTENSION IF NOT EXISTS pg_stat_statements",
        )
        .ok()?;
        let mut counts = Self { conn, database: database.to_owned() };
        counts.now().is_some().then_some(counts)
    }

    fn now(&mut self) -> Option<Counted> {
        let found: QueryResult<Row> = sql_query(format!(
            "SELECT CAST(coalesce(sum(calls), 0) AS bigint) AS statements,
                    CAST(coalesce(sum(shared_blks_hit + shared_blks_read), 0) AS bigint) AS pages
             FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = '{}')",
            self.database
        ))
        .get_result(&mut self.conn);
        found.ok().map(|row| Counted { statements: row.statements, pages: row.pages })
    }
}

/// Writes the figures for programs.
pub(crate) fn write_json(figures: &impl Serialize, file: &Path) -> Result<(), String> {
    let text = serde_json::to_string_pretty(figures).map_err(|error| error.to_string())?;
    std::fs::write(file, text + "\n").map_err(|error| format!("{}: {error}", file.display()))
}
