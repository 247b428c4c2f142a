//! What the bench says: a table for people, JSON for programs.

use std::{fmt::Write, time::Duration};

use serde::Serialize;

use crate::{measure::Measured, operations::Operation};

/// Everything that one run found.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) database: &'static str,
    pub(crate) replicas: usize,
    pub(crate) users: usize,
    pub(crate) group_members: usize,
    pub(crate) connections: usize,
    pub(crate) seconds: f64,
    pub(crate) cores: usize,
    pub(crate) operations: Vec<Row>,
    pub(crate) load_seconds: f64,
    pub(crate) resident_bytes_after_load: Option<u64>,
    pub(crate) resident_bytes_after_run: Option<u64>,
    pub(crate) first_start_ms: f64,
    pub(crate) cold_start_ms: f64,
    pub(crate) database_bytes: u64,
}

/// One operation. Times are microseconds.
#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) operation: &'static str,
    pub(crate) per_second: f64,
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) processor: Option<f64>,
    pub(crate) floor_per_second: Option<f64>,
    pub(crate) floor_p50: Option<u64>,
    pub(crate) floor_p99: Option<u64>,
    pub(crate) floor_processor: Option<f64>,
    /// The product's requests per second over the floor's: 1 is as fast as can be.
    pub(crate) ratio: Option<f64>,
    /// This program used as much of a busy machine as the product did, so that a faster product would show less
    /// than it should.
    pub(crate) client_bound: bool,
}

impl Row {
    pub(crate) fn new(
        operation: Operation,
        product: &Measured,
        floor: Option<&Measured>,
        cores: usize,
    ) -> Self {
        Self {
            operation: operation.name(),
            per_second: product.per_second(),
            p50: product.quantile(0.5),
            p99: product.quantile(0.99),
            processor: product.server_per_request(),
            floor_per_second: floor.map(Measured::per_second),
            floor_p50: floor.map(|floor| floor.quantile(0.5)),
            floor_p99: floor.map(|floor| floor.quantile(0.99)),
            floor_processor: floor.and_then(Measured::server_per_request),
            ratio: floor.map(|floor| product.per_second() / floor.per_second()),
            client_bound: client_bound(product, cores)
                || floor.is_some_and(|floor| client_bound(floor, cores)),
        }
    }
}

fn client_bound(measured: &Measured, cores: usize) -> bool {
    let (Some(client), Some(server)) = (measured.client_share(cores), measured.server_share(cores)) else {
        return false;
    };
    client + server > 0.85 && client > server
}

impl Report {
    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        let mut line = |words: std::fmt::Arguments<'_>| {
            text.write_fmt(words).and_then(|()| text.write_char('\n')).expect("writing to memory");
        };
        line(format_args!(
            "\n{}, {} replica(s); {} people, {} in the big group; {} connections, {} s for each side of an operation, {} cores\n",
            self.database,
            self.replicas,
            self.users,
            self.group_members,
            self.connections,
            self.seconds,
            self.cores
        ));
        line(format_args!(
            "{:34} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7}",
            "operation", "per s", "p50", "p99", "cpu/req", "floor/s", "fl. p50", "fl. cpu", "ratio"
        ));
        for row in &self.operations {
            line(format_args!(
                "{:34} {:>9.0} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7}",
                row.operation,
                row.per_second,
                duration(row.p50 as f64),
                duration(row.p99 as f64),
                row.processor.map_or("?".to_owned(), duration),
                row.floor_per_second.map_or(String::new(), |floor| format!("{floor:.0}")),
                row.floor_p50.map_or(String::new(), |p50| duration(p50 as f64)),
                row.floor_processor.map_or(String::new(), duration),
                row.ratio.map_or(String::new(), |ratio| {
                    format!("{ratio:.2}{}", if row.client_bound { "*" } else { " " })
                }),
            ));
        }
        line(format_args!(concat!(
            "\nThe floor is the same framework and database doing the unavoidable statements alone: no token is looked\n",
            "up, nothing validated, no role worked out. cpu/req is the server's own processor time for a request, without PostgreSQL's.",
        )));
        if self.operations.iter().any(|row| row.client_bound) {
            line(format_args!(
                "* This program used more of the machine than the server did: compare the cpu/req columns instead."
            ));
        }
        line(format_args!(""));
        line(format_args!("{:34} {:>9.1} s", "loading", self.load_seconds));
        line(format_args!(
            "{:34} {:>11}",
            "resident memory after loading",
            bytes(self.resident_bytes_after_load)
        ));
        line(format_args!(
            "{:34} {:>11}",
            "resident memory after the run",
            bytes(self.resident_bytes_after_run)
        ));
        line(format_args!("{:34} {:>8.0} ms", "first start (makes the database)", self.first_start_ms));
        line(format_args!("{:34} {:>8.0} ms", "cold start on the loaded database", self.cold_start_ms));
        line(format_args!("{:34} {:>11}", "database on disk", bytes(Some(self.database_bytes))));
        text
    }
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

pub(crate) fn duration(microseconds: f64) -> String {
    if microseconds < 1_000.0 {
        format!("{microseconds:.0} µs")
    } else if microseconds < 100_000.0 {
        format!("{:.1} ms", microseconds / 1e3)
    } else {
        format!("{:.2} s", microseconds / 1e6)
    }
}

fn bytes(count: Option<u64>) -> String {
    count.map_or("?".to_owned(), |count| format!("{:.1} MiB", count as f64 / f64::from(1 << 20)))
}
