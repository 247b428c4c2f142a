//! Clients that write, try again when they are told to, and remember what was acknowledged.
//!
//! Each pushes one person after the other: creates it, gives it a title, adds it to a group that all clients share, and reads
//! it; every request goes to the next replica. A request that was answered 503 is sent again until it is acknowledged, as an
//! identity provider does. It may have been carried out all the same: then the creation is refused as taken (409), which is
//! right only after a 503, and the person is looked up.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    ledger::{Ledger, Person},
    replicas::{Answer, Client, Replicas},
};
use crate::command::Failure;

/// Its name makes the members members of a workspace.
pub(super) const GROUP: &str = "ws-Sales-role-member";

/// How soon a client comes again. Sooner than it is told, so that the gap is measured finely.
const AGAIN: Duration = Duration::from_millis(200);

pub(super) struct Load {
    stop: Arc<AtomicBool>,
    last: Arc<Mutex<Option<Instant>>>,
    clients: Vec<JoinHandle<Ledger>>,
}

impl Load {
    pub(super) fn start(replicas: &Replicas, clients: u16) -> Result<Self, Failure> {
        let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": GROUP});
        let made = replicas.client().scim(0, "POST", "/Groups", Some(&body));
        let made = made.map_err(|error| Failure(format!("the group was not made: {error}")))?;
        let Some(group) = made.body["id"].as_str().filter(|_| made.status == 201) else {
            return Err(Failure(format!("the group was not made: {} {}", made.status, made.body)));
        };
        let mut load = Self { stop: Arc::default(), last: Arc::default(), clients: Vec::new() };
        for number in 0..usize::from(clients) {
            let replicas = Arc::new(replicas.clone());
            let (stop, last, group) = (load.stop.clone(), load.last.clone(), group.to_owned());
            load.clients.push(thread::spawn(move || {
                let mut writer = Writer {
                    client: replicas.client(),
                    replica: number,
                    group,
                    stop,
                    last,
                    ledger: Ledger::default(),
                };
                for person in 0.. {
                    if writer.push(format!("user-{number}-{person}")).is_none() {
                        break;
                    }
                }
                writer.ledger
            }));
        }
        Ok(load)
    }

    /// Whether a write is acknowledged after `since`, before patience ends.
    pub(super) fn acknowledged_after(&self, since: Instant, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        while Instant::now() < until {
            let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|last| last > since) {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// Ends the clients; answers what they know.
    pub(super) fn stop(self) -> Ledger {
        self.stop.store(true, Ordering::Relaxed);
        let mut ledger = Ledger::default();
        for client in self.clients {
            match client.join() {
                Ok(its) => ledger.add(its),
                Err(_) => ledger.wrong.push("a client of the test panicked".into()),
            }
        }
        ledger
    }
}

struct Writer<'r> {
    client: Client<'r>,
    replica: usize,
    group: String,
    stop: Arc<AtomicBool>,
    last: Arc<Mutex<Option<Instant>>>,
    ledger: Ledger,
}

impl Writer<'_> {
    /// Pushes one person; `None` when it is time to stop.
    fn push(&mut self, user_name: String) -> Option<()> {
        let title = format!("title of {user_name}");
        let place = self.ledger.people.len();
        self.ledger.people.push(Person {
            user_name: user_name.clone(),
            title: title.clone(),
            id: None,
            titled: false,
            joined: false,
        });
        let id = self.create(&user_name)?;
        self.ledger.people[place].id = Some(id.clone());
        let user = format!("/Users/{id}");
        self.patch(&user, 200, json!([{"op": "add", "path": "title", "value": title}]))?;
        self.ledger.people[place].titled = true;
        let group = format!("/Groups/{}", self.group);
        self.patch(&group, 204, json!([{"op": "add", "path": "members", "value": [{"value": id}]}]))?;
        self.ledger.people[place].joined = true;
        let (answer, _) = self.ask("GET", &user, None)?;
        if answer.status != 200 || answer.body["title"] != title.as_str() {
            self.wrong("GET", &user, &answer);
        }
        Some(())
    }

    fn create(&mut self, user_name: &str) -> Option<String> {
        let body = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user_name});
        let (answer, tried) = self.ask("POST", "/Users", Some(&body))?;
        let id = match answer.status {
            201 => answer.body["id"].as_str().map(str::to_owned),
            409 if tried => self.look_up(user_name)?,
            _ => None,
        };
        if id.is_none() {
            self.wrong("POST", "/Users", &answer);
        } else {
            self.acknowledged();
        }
        id
    }

    /// It was kept although that could not be said.
    fn look_up(&mut self, user_name: &str) -> Option<Option<String>> {
        let path = format!("/Users?filter=userName%20eq%20%22{user_name}%22");
        let (answer, _) = self.ask("GET", &path, None)?;
        Some(answer.body["Resources"][0]["id"].as_str().map(str::to_owned))
    }

    fn patch(&mut self, path: &str, wanted: u16, operations: Value) -> Option<()> {
        let body =
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
        let (answer, _) = self.ask("PATCH", path, Some(&body))?;
        if answer.status == wanted {
            self.acknowledged();
        } else {
            self.wrong("PATCH", path, &answer);
        }
        Some(())
    }

    /// Asks until the answer is another than 503; also says whether it was one before.
    fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Option<(Answer, bool)> {
        let mut tried = false;
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            self.replica = (self.replica + 1) % self.client.replicas();
            let asked = Instant::now();
            match self.client.scim(self.replica, method, path, body) {
                Ok(answer) => {
                    self.ledger.slowest = self.ledger.slowest.max(asked.elapsed().as_secs_f64());
                    *self.ledger.statuses.entry(answer.status).or_default() += 1;
                    if answer.status != 503 {
                        return Some((answer, tried));
                    }
                    let scim = answer.body["status"] == "503" && answer.body["detail"].is_string();
                    if answer.retry_after.is_none() || !scim {
                        self.wrong(method, path, &answer);
                    }
                }
                // Rolecall itself runs all the time.
                Err(error) => self.ledger.wrong.push(format!("{method} {path} was not answered: {error}")),
            }
            tried = true;
            thread::sleep(AGAIN);
        }
    }

    fn acknowledged(&mut self) {
        let now = Instant::now();
        self.ledger.acknowledged.push(now);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    fn wrong(&mut self, method: &str, path: &str, answer: &Answer) {
        let Answer { status, retry_after, body } = answer;
        let retry_after = retry_after.as_deref().unwrap_or("none");
        let sentence = format!("{method} {path} answered {status}, Retry-After {retry_after}: {body}");
        self.ledger.wrong.push(sentence);
    }
}
