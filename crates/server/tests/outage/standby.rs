//! Long reads on a standby: used when it is up to date, and never when it is not, whichever server is asked.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::channel,
    },
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use rolecall_domain::ports::{ReadCost, ReadTx, StoreError, read_now, read_then};
use rolecall_storage::{Options, StandbyOptions};
use serde_json::json;

use crate::{
    engine::{Engine, free_port},
    support::{Sandbox, Server},
};

/// A primary, its standby, and two servers as a load balancer would have behind it.
struct Pair {
    // First, so that they end before their databases do.
    servers: [Server; 2],
    engine: Engine,
    standby: u16,
}

impl Pair {
    fn start() -> Option<Self> {
        let mut engine = Engine::start()?;
        let standby = free_port();
        engine.say(&format!("standby_made {standby}"));
        let url = engine.url(engine.port);
        let server = |read_url: &str| {
            let sandbox = Sandbox::new();
            let text = format!("database_url = \"{url}\"\nread_database_url = \"{read_url}\"\n");
            sandbox.write("rolecall.toml", &text);
            Server::start_in(sandbox, |_| {})
        };
        let first = server(&engine.url(standby));
        let mut second = server(&engine.url(standby));
        (second.token, second.api_key) = (first.token.clone(), first.api_key.clone());
        Some(Self { servers: [first, second], engine, standby })
    }

    fn create(&self, server: usize, name: &str) {
        let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name});
        self.servers[server].scim("POST", "/Users", Some(&body)).expect(201);
    }

    /// What both servers list is everything that was created, by SCIM and by the admin API.
    #[track_caller]
    fn lists(&self, names: &[String]) {
        for server in &self.servers {
            let scim = server.scim("GET", "/Users", None).expect(200).json;
            let admin = server.admin("GET", "/v1/admin/users?limit=200", None).expect(200).json;
            for (list, key) in [(&scim["Resources"], "userName"), (&admin["data"], "user_name")] {
                let listed: Vec<&str> =
                    list.as_array().unwrap().iter().map(|user| user[key].as_str().unwrap()).collect();
                for name in names {
                    assert!(listed.contains(&name.as_str()), "{name} is missing in {listed:?}");
                }
            }
        }
    }

    /// Writes by one server, and finds what it wrote in the lists of both.
    #[track_caller]
    fn write_and_list(&self, prefix: &str, writes: usize) {
        let mut names = Vec::new();
        for number in 0..writes {
            names.push(format!("{prefix}-{number}"));
            self.create(number % 2, names.last().unwrap());
            self.lists(&names);
        }
    }

    /// How many long reads each server counts, for this reason.
    fn counted(&self, why: &str) -> [u64; 2] {
        self.servers.each_ref().map(|server| counted(server, why))
    }

    /// Lists until both servers have counted more for this reason.
    #[track_caller]
    fn wait_for_more(&self, why: &str) {
        let (before, started) = (self.counted(why), Instant::now());
        loop {
            self.lists(&[]);
            let now = self.counted(why);
            if now[0] > before[0] && now[1] > before[1] {
                return;
            }
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "within a minute no list was counted as {why}"
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn on_standby(&self, statement: &str) {
        let url = format!("{}?application_name=test", self.engine.url(self.standby));
        PgConnection::establish(&url).unwrap().batch_execute(statement).unwrap();
    }
}

fn counted(server: &Server, why: &str) -> u64 {
    let page = server.request("GET", "/metrics").send().expect(200).text();
    let label = format!("why=\"{why}\"}} ");
    let line =
        page.lines().find(|line| line.starts_with("rolecall_long_reads_total{") && line.contains(&label));
    line.unwrap_or_else(|| panic!("{why} is not in {page}")).rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn lists_come_from_a_standby_that_is_up_to_date_and_never_from_one_that_lags() {
    let Some(pair) = Pair::start() else { return };
    let log = pair.servers[0].log();
    assert!(log.contains("long reads go to postgres://rolecall@127.0.0.1"), "{log}");
    let doctor = pair.servers[0].rolecall(&["doctor"]);
    assert!(doctor.out.contains("ok    read database   postgres://rolecall@127.0.0.1"), "{}", doctor.out);
    pair.write_and_list("streaming", 20);
    pair.wait_for_more("up_to_date");

    pair.on_standby("SELECT pg_wal_replay_pause()");
    let before = pair.counted("up_to_date");
    pair.write_and_list("paused", 10);
    assert_eq!(pair.counted("up_to_date"), before, "what the paused standby shows is old");
    assert!(pair.counted("standby_late").iter().all(|late| *late >= 20));
    let doctor = pair.servers[0].rolecall(&["doctor"]);
    assert!(doctor.out.contains("it has not replayed yet"), "{}", doctor.out);

    pair.on_standby("SELECT pg_wal_replay_resume()");
    pair.wait_for_more("up_to_date");
    pair.write_and_list("resumed", 5);
}

#[test]
fn a_standby_that_is_killed_costs_no_read_and_is_used_again_when_it_is_back() {
    let Some(mut pair) = Pair::start() else { return };
    pair.wait_for_more("up_to_date");
    pair.engine.say("standby_down");
    pair.write_and_list("away", 5);
    assert!(pair.counted("standby_away").iter().all(|away| *away > 0));
    let log = pair.servers[0].log();
    assert!(log.contains("is not used, and the primary answers in its place"), "{log}");
    pair.engine.say(&format!("standby_up {}", pair.standby));
    pair.wait_for_more("up_to_date");
    pair.write_and_list("back", 5);
    assert!(pair.servers[0].log().contains("is used again"));
}

#[test]
fn a_standby_that_was_promoted_and_a_primary_are_refused_as_read_databases() {
    let Some(mut pair) = Pair::start() else { return };
    pair.write_and_list("before", 3);
    pair.wait_for_more("up_to_date");
    pair.engine.say("standby_promoted");
    let before = pair.counted("up_to_date");
    pair.write_and_list("promoted", 5);
    assert_eq!(pair.counted("up_to_date"), before);
    assert!(pair.counted("standby_refused").iter().all(|refused| *refused > 0));
    for server in &pair.servers {
        let log = server.log();
        assert!(log.contains("it is no standby: it takes writes itself"), "{log}");
    }
    let doctor = pair.servers[0].rolecall(&["doctor"]);
    assert!(doctor.out.contains("warn  read database   "), "{}", doctor.out);

    // The primary itself.
    let sandbox = Sandbox::new();
    let url = pair.engine.url(pair.engine.port);
    sandbox.write("rolecall.toml", &format!("database_url = \"{url}\"\nread_database_url = \"{url}\"\n"));
    let mut server = Server::start_in(sandbox, |_| {});
    server.token = pair.servers[0].token.clone();
    assert!(server.log().contains("do not yet: it is no standby"), "{}", server.log());
    let before = counted(&server, "standby_refused");
    server.scim("GET", "/Users", None).expect(200);
    assert_eq!(counted(&server, "standby_refused"), before + 1);
}

#[test]
fn a_read_that_the_standby_gives_up_half_way_is_asked_again_of_the_primary() {
    let Some(pair) = Pair::start() else { return };
    let standby = StandbyOptions { url: pair.engine.url(pair.standby), patience: Duration::from_secs(20) };
    let options = Options { standby: Some(standby), ..Options::default() };
    let store = rolecall_storage::open(&pair.engine.url(pair.engine.port), options).unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let (times, admin) = (asked.clone(), format!("{}?application_name=test", pair.engine.url(pair.standby)));
    let (sender, receiver) = channel();
    let work = move |tx: &mut dyn ReadTx| {
        let before = tx.list_orgs()?.len();
        if times.fetch_add(1, Ordering::Relaxed) == 0 {
            let mut admin = PgConnection::establish(&admin).unwrap();
            let end =
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rolecall'";
            admin.batch_execute(end).unwrap();
        }
        Ok::<_, StoreError>((before, tx.list_orgs()?.len()))
    };
    read_then(&*store, ReadCost::Scan, work, move |found| sender.send(found).unwrap());
    assert_eq!(receiver.recv().unwrap(), Ok((1, 1)));
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    let counts = store.read_counts().unwrap().all();
    assert!(counts.contains(&("primary", "standby_gave_up", 1)), "{counts:?}");
    // The next one connects anew.
    read_now(&*store, ReadCost::Scan, |tx| tx.list_orgs()).unwrap();
    let counts = store.read_counts().unwrap().all();
    assert!(counts.contains(&("standby", "up_to_date", 1)), "{counts:?}");
}
