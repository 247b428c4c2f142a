//! Which programs the test needs, and whether they are there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    command::{Failure, program_named, succeeds},
    postgres,
};

/// Where they are.
pub(super) struct Programs {
    /// PostgreSQL's own.
    pub(super) postgres: PathBuf,
    pub(super) etcd: PathBuf,
    pub(super) patroni: PathBuf,
    pub(super) haproxy: PathBuf,
}

impl Programs {
    pub(super) fn find() -> Result<Self, Failure> {
        let postgres = postgres::Programs::find();
        let (etcd, patroni, haproxy) =
            (program_named("etcd"), program_named("patroni"), program_named("haproxy"));
        let speaks = speaks_to_etcd(patroni.as_deref());
        let (Ok(postgres), Some(etcd), Some(patroni), Some(haproxy), true) =
            (&postgres, &etcd, &patroni, &haproxy, speaks)
        else {
            let missing = [
                ("postgresql", postgres.is_ok()),
                ("etcd-server", etcd.is_some()),
                ("patroni", patroni.is_some()),
                ("python3-etcd", speaks),
                ("haproxy", haproxy.is_some()),
            ];
            let missing: Vec<&str> =
                missing.into_iter().filter(|(_, there)| !there).map(|(package, _)| package).collect();
            return Err(Failure(format!(
                "the failover test needs programs that are not on this machine; on Debian:\n  apt-get install \
                 --no-install-recommends {}\nNone of their services needs to run",
                missing.join(" ")
            )));
        };
        Ok(Self {
            postgres: postgres.folder.clone(),
            etcd: etcd.clone(),
            patroni: patroni.clone(),
            haproxy: haproxy.clone(),
        })
    }
}

/// Patroni runs without its client for etcd, but finds no etcd then.
fn speaks_to_etcd(patroni: Option<&Path>) -> bool {
    let text = patroni.and_then(|patroni| fs::read_to_string(patroni).ok()).unwrap_or_default();
    let first = text.lines().next().and_then(|line| line.strip_prefix("#!"));
    let python = first.and_then(|line| line.split_whitespace().next()).unwrap_or("/usr/bin/python3");
    succeeds(Command::new(python).args(["-c", "import etcd"]))
}
