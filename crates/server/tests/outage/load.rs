//! Clients that write, are refused, try again, and remember what was acknowledged.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{Answer, Server};

const CLIENTS: usize = 6;

/// The clients at work.
pub(crate) struct Load<'s> {
    server: &'s Server,
    group: String,
    stop: AtomicBool,
    writes: AtomicU64,
    refusals: AtomicU64,
    ledger: Mutex<Ledger>,
}

/// What they have seen.
#[derive(Default)]
pub(crate) struct Ledger {
    group: String,
    created: BTreeMap<String, String>,
    joined: BTreeSet<String>,
    pub(crate) statuses: BTreeMap<u16, u64>,
}

impl<'s> Load<'s> {
    /// Lets them work while `disturb` runs.
    pub(crate) fn run(server: &'s Server, disturb: impl FnOnce(&Self)) -> Ledger {
        let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                          "displayName": "ws-Sales-role-member"});
        let made = server.scim("POST", "/Groups", Some(&body)).expect(201);
        let load = Self {
            server,
            group: made.json["id"].as_str().unwrap().to_owned(),
            stop: AtomicBool::new(false),
            writes: AtomicU64::new(0),
            refusals: AtomicU64::new(0),
            ledger: Mutex::default(),
        };
        thread::scope(|threads| {
            for client in 0..CLIENTS {
                let load = &load;
                threads.spawn(move || {
                    let _stop = StopAll(&load.stop);
                    (0..).try_for_each(|number| load.push(&format!("user-{client}-{number}")))
                });
            }
            threads.spawn(|| load.administer());
            let _stop = StopAll(&load.stop);
            disturb(&load);
        });
        let Self { group, ledger, .. } = load;
        Ledger { group, ..ledger.into_inner().unwrap() }
    }

    /// Until each client has got through, on average.
    pub(crate) fn wait_for_writes(&self) {
        self.wait(&self.writes, "a write was acknowledged");
    }

    pub(crate) fn wait_for_refusals(&self) {
        self.wait(&self.refusals, "a request was answered 503");
    }

    fn wait(&self, count: &AtomicU64, what: &str) {
        let wanted = count.load(Ordering::Relaxed) + 2 * CLIENTS as u64;
        let started = Instant::now();
        while count.load(Ordering::Relaxed) < wanted {
            assert!(!self.stop.load(Ordering::Relaxed), "a client has failed");
            assert!(started.elapsed() < Duration::from_secs(60), "within a minute not once {what}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn push(&self, name: &str) -> Option<()> {
        let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name});
        let (answer, tried) = self.ask("POST", "/Users", Some(&body))?;
        let id = match answer.status {
            201 => answer.json["id"].as_str().unwrap().to_owned(),
            // It was kept although that could not be said.
            409 if tried => {
                let path = format!("/Users?filter=userName%20eq%20%22{name}%22");
                let (found, _) = self.ask("GET", &path, None)?;
                found.json["Resources"][0]["id"].as_str().unwrap().to_owned()
            }
            other => panic!("{other} for a new person: {}", answer.text()),
        };
        self.kept(|ledger| ledger.created.extend([(id.clone(), name.to_owned())]));
        let operations = json!([{"op": "add", "path": "members", "value": [{"value": id}]}]);
        let body =
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
        let (answer, _) = self.ask("PATCH", &format!("/Groups/{}", self.group), Some(&body))?;
        let _ = answer.expect(204);
        self.kept(|ledger| ledger.joined.extend([id.clone()]));
        let (read, _) = self.ask("GET", &format!("/Users/{id}"), None)?;
        assert_eq!(read.expect(200).json["userName"], name);
        Some(())
    }

    fn kept(&self, note: impl FnOnce(&mut Ledger)) {
        note(&mut self.ledger.lock().unwrap());
        self.writes.fetch_add(1, Ordering::Relaxed);
    }

    /// Until the answer is another than 503; also says whether it was one before.
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Option<(Answer, bool)> {
        let mut tried = false;
        while !self.stop.load(Ordering::Relaxed) {
            let answer = self.server.scim(method, path, body);
            *self.ledger.lock().unwrap().statuses.entry(answer.status).or_default() += 1;
            if answer.status != 503 {
                return Some((answer, tried));
            }
            assert!(!answer.header("retry-after").is_empty(), "{}", answer.text());
            assert_eq!(answer.json["status"], "503", "a SCIM error: {}", answer.text());
            self.refusals.fetch_add(1, Ordering::Relaxed);
            tried = true;
            thread::sleep(Duration::from_millis(20));
        }
        None
    }

    /// Somebody looks at the console's lists all the while.
    fn administer(&self) {
        let _stop = StopAll(&self.stop);
        while !self.stop.load(Ordering::Relaxed) {
            let answer = self.server.admin("GET", "/v1/admin/users?limit=5", None);
            if answer.status != 200 {
                let answer = answer.expect(503);
                assert_eq!(answer.header("content-type"), "application/problem+json");
                assert!(!answer.header("retry-after").is_empty());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Ends the others when a thread ends, or fails.
struct StopAll<'a>(&'a AtomicBool);

impl Drop for StopAll<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Ledger {
    /// What was acknowledged is there, once.
    #[track_caller]
    pub(crate) fn check(&self, server: &Server) {
        println!("{} created, {} joined, answers {:?}", self.created.len(), self.joined.len(), self.statuses);
        let mut found = BTreeMap::new();
        loop {
            let path = format!("/Users?startIndex={}&count=200", found.len() + 1);
            let page = server.scim("GET", &path, None).expect(200).json;
            let resources = page["Resources"].as_array().unwrap();
            if resources.is_empty() {
                break;
            }
            let text = |user: &Value, name: &str| user[name].as_str().unwrap().to_owned();
            found.extend(resources.iter().map(|user| (text(user, "id"), text(user, "userName"))));
        }
        for (id, name) in &self.created {
            assert_eq!(found.get(id), Some(name), "{name} was acknowledged");
        }
        assert_eq!(found.values().collect::<BTreeSet<_>>().len(), found.len(), "nobody is there twice");
        let group = server.scim("GET", &format!("/Groups/{}", self.group), None).expect(200).json;
        let members = group["members"].as_array().unwrap().iter();
        let members: BTreeSet<String> =
            members.map(|member| member["value"].as_str().unwrap().to_owned()).collect();
        assert!(self.joined.is_subset(&members), "{:?}", self.joined.difference(&members));
        // Each change is told once, so none was applied twice.
        let (mut after, mut told) = (String::from("0"), BTreeMap::<String, u32>::new());
        loop {
            let page = server.admin("GET", &format!("/v1/events?after={after}&limit=200"), None).expect(200);
            for event in page.json["data"].as_array().unwrap() {
                if event["type"] == "membership.created" {
                    *told.entry(event["user_id"].as_str().unwrap().to_owned()).or_default() += 1;
                }
            }
            match page.json["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut after),
                None => break,
            }
        }
        assert_eq!(told.keys().cloned().collect::<BTreeSet<_>>(), members);
        assert!(told.values().all(|count| *count == 1), "{told:?}");
    }
}
