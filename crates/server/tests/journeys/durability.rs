//! Acknowledged means kept.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::world::{World, id_of};

/// Several clients write while the server is killed; what it had acknowledged is there after the restart.
// pain: 3
#[test]
fn a_kill_during_writes_loses_nothing_that_was_acknowledged() {
    let mut world = World::new();
    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    for round in 0..3 {
        let known = Mutex::new(Vec::new());
        let stop = AtomicBool::new(false);
        let server = &world.server;
        std::thread::scope(|threads| {
            for writer in 0..8 {
                let (known, stop) = (&known, &stop);
                threads.spawn(move || {
                    let url = format!("{}/Users", server.tenant_url);
                    for number in 0.. {
                        let body = json!({
                            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                            "userName": format!("user-{round}-{writer}-{number}"),
                        });
                        let request = server.request("POST", &url).bearer(&server.token);
                        let answer = request.json(&body, "application/scim+json").try_send();
                        match answer {
                            Ok(answer) if answer.status == 201 => known.lock().unwrap().push(id_of(&answer)),
                            _ if stop.load(Ordering::Relaxed) => break,
                            _ => {}
                        }
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(700));
            server.signal(Signal::KILL);
            stop.store(true, Ordering::Relaxed);
        });
        world.server.kill9();
        acknowledged.extend(known.into_inner().unwrap());
        world.server.restart();
    }
    let mut found = BTreeSet::new();
    let mut start = 1;
    loop {
        let page =
            world.server.scim("GET", &format!("/Users?startIndex={start}&count=500"), None).expect(200);
        let resources = page.json["Resources"].as_array().unwrap();
        found.extend(resources.iter().map(|user: &Value| user["id"].as_str().unwrap().to_owned()));
        if resources.is_empty() {
            break;
        }
        start += resources.len();
    }
    let lost: Vec<&String> = acknowledged.difference(&found).collect();
    println!("{} writes acknowledged over three kills, {} lost", acknowledged.len(), lost.len());
    assert!(acknowledged.len() > 30, "too few writes to say anything: {}", acknowledged.len());
    assert!(lost.is_empty(), "{lost:?}");
}
