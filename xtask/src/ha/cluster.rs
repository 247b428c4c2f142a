//! Three PostgreSQL, of which one leads.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde::Deserialize;

use super::{
    configuration::{self, Node, Passwords},
    keeper::Keeper,
    programs::Programs,
};
use crate::{
    command::Failure,
    place::{free_port, random},
};

pub(super) struct Cluster {
    nodes: Vec<Node>,
    patroni: String,
    /// Of Rolecall's database, by way of HAProxy.
    pub(super) url: String,
    agent: ureq::Agent,
}

/// What Patroni says of the whole.
#[derive(Deserialize)]
struct Told {
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    name: String,
    role: String,
    state: String,
}

impl Cluster {
    /// Starts everything, and waits until a primary and two standbys run, one of them synchronous.
    pub(super) fn start(programs: &Programs, keeper: &mut Keeper) -> Result<Self, Failure> {
        let secret = || format!("{:016x}{:016x}", random(), random());
        let passwords = Passwords { superuser: secret(), replication: secret(), rolecall: secret() };
        let (etcd, peers, port) = (free_port()?, free_port()?, free_port()?);
        start_etcd(programs, keeper, etcd, peers)?;
        keeper.place.write("database.sh", &configuration::database(&programs.postgres, &passwords))?;
        let mut nodes = Vec::new();
        for number in 1..=3 {
            let node = Node { name: format!("pg{number}"), port: free_port()?, rest: free_port()? };
            let folder = keeper.folder().to_owned();
            let file = configuration::patroni(&node, &folder, &programs.postgres, etcd, &passwords);
            keeper.place.write(&format!("{}.yml", node.name), &file)?;
            nodes.push(node);
        }
        keeper.place.write("haproxy.cfg", &configuration::haproxy(port, &nodes))?;
        keeper.run("haproxy", &[&programs.haproxy.to_string_lossy(), "-db", "-f", "haproxy.cfg"])?;
        let cluster = Self {
            nodes,
            patroni: programs.patroni.to_string_lossy().into_owned(),
            url: format!("postgres://rolecall:{}@127.0.0.1:{port}/rolecall", passwords.rolecall),
            agent: ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(2))).build().into(),
        };
        for node in &cluster.nodes {
            cluster.revive(keeper, &node.name)?;
        }
        let leader = cluster.settled(Duration::from_secs(120))?;
        eprintln!("xtask: three PostgreSQL run under Patroni, {leader} leads");
        Ok(cluster)
    }

    /// Waits for a primary with two standbys, one of them synchronous; answers the primary's name.
    pub(super) fn settled(&self, patience: Duration) -> Result<String, Failure> {
        self.wait(patience, "a primary with two standbys", |members| {
            let running = members.iter().filter(|member| ["running", "streaming"].contains(&&*member.state));
            let synchronous = members.iter().any(|member| member.role == "sync_standby");
            if running.count() == self.nodes.len() && synchronous { leader(members) } else { None }
        })
    }

    /// Waits until another node than this one leads; answers its name.
    pub(super) fn led_by_another(&self, old: &str, patience: Duration) -> Result<String, Failure> {
        self.wait(patience, "a new primary", |members| leader(members).filter(|name| name != old))
    }

    /// Ends every process of a node at once, as when its machine is lost.
    pub(super) fn kill(&self, keeper: &mut Keeper, name: &str) -> Result<(), Failure> {
        keeper.kill(name, name)
    }

    /// Starts a node, for the first time or again.
    pub(super) fn revive(&self, keeper: &mut Keeper, name: &str) -> Result<(), Failure> {
        keeper.run(name, &[&self.patroni, &format!("{name}.yml")])
    }

    fn wait(
        &self,
        patience: Duration,
        what: &str,
        found: impl Fn(&[Member]) -> Option<String>,
    ) -> Result<String, Failure> {
        let until = Instant::now() + patience;
        while Instant::now() < until {
            for node in &self.nodes {
                if let Some(name) = self.ask(node).and_then(|told| found(&told.members)) {
                    return Ok(name);
                }
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(Failure(format!("there was no {what} within {} seconds", patience.as_secs())))
    }

    fn ask(&self, node: &Node) -> Option<Told> {
        let answer = self.agent.get(format!("http://127.0.0.1:{}/cluster", node.rest)).call();
        answer.ok()?.body_mut().read_json().ok()
    }
}

/// Who runs as the primary.
fn leader(members: &[Member]) -> Option<String> {
    let leads = |member: &&Member| member.role == "leader" && member.state == "running";
    members.iter().find(leads).map(|member| member.name.clone())
}

fn start_etcd(programs: &Programs, keeper: &mut Keeper, port: u16, peers: u16) -> Result<(), Failure> {
    let (client, peer) = (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{peers}"));
    let words = [
        &*programs.etcd.to_string_lossy(),
        "--data-dir=etcd",
        &format!("--listen-client-urls={client}"),
        &format!("--advertise-client-urls={client}"),
        &format!("--listen-peer-urls={peer}"),
        &format!("--initial-advertise-peer-urls={peer}"),
        &format!("--initial-cluster=default={peer}"),
    ];
    keeper.run("etcd", &words)
}
