//! Where clients do meet: a `userName` that all want, and a version that all want to be the next after.

use std::{collections::BTreeMap, sync::Mutex};

use serde_json::json;

use crate::{
    client::{PATCH, USER, user_document},
    cluster::Cluster,
    facts::{Facts, Id, Person},
};

/// What everybody tries once, or again and again.
pub(crate) struct Contest {
    clients: usize,
    names: usize,
    /// A person whom everybody changes.
    person: Id,
    /// Who made a contested person, and how often another was told that the name is taken.
    made: Mutex<BTreeMap<usize, (Vec<usize>, usize)>>,
    /// Which version was followed by whose change.
    followed: Mutex<BTreeMap<String, Vec<String>>>,
}

impl Contest {
    pub(crate) fn new(cluster: &Cluster, clients: usize, operations: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(1);
        let body = json!({"schemas": [USER], "userName": "everybodys@acme.example"});
        let made = cluster.send(&mut random, "POST", "/Users", Some(&body), None).expect(201);
        let person = made.json["id"].as_str().unwrap().to_owned();
        Self {
            clients,
            names: operations.div_ceil(10),
            person,
            made: Mutex::default(),
            followed: Mutex::default(),
        }
    }

    pub(crate) fn clients(&self) -> usize {
        self.clients
    }

    /// How many names each client is to try.
    pub(crate) fn names(&self) -> usize {
        self.names
    }

    /// Whether this client is the one that gets the name.
    pub(crate) fn name(
        &self,
        cluster: &Cluster,
        random: &mut fastrand::Rng,
        client: usize,
        number: usize,
        facts: &mut Facts,
    ) {
        let mut person = Person {
            user_name: format!("Wanted-{number}@acme.example"),
            external_id: format!("wanted-{number}-{client}"),
            active: true,
            role: "member",
            title: format!("by {client}"),
            etag: String::new(),
        };
        let answer = cluster.send(random, "POST", "/Users", Some(&user_document(&person)), None);
        let mut made = self.made.lock().unwrap();
        let (winners, refused) = made.entry(number).or_default();
        match answer.status {
            201 => {
                winners.push(client);
                person.etag = answer.header("etag").to_owned();
                facts.people.insert(answer.json["id"].as_str().unwrap().to_owned(), person);
            }
            409 => *refused += 1,
            other => panic!("{other}: {}", answer.text()),
        }
    }

    /// Reads the person and changes it, if nobody else has meanwhile.
    pub(crate) fn version(&self, cluster: &Cluster, random: &mut fastrand::Rng, mark: &str) {
        let path = format!("/Users/{}", self.person);
        let read = cluster.send(random, "GET", &path, None, None).expect(200);
        let before = read.header("etag").to_owned();
        let operations = json!([{"op": "add", "path": "emails", "value": [{"value": mark}]}]);
        let body = json!({"schemas": [PATCH], "Operations": operations});
        let answer = cluster.send(random, "PATCH", &path, Some(&body), Some(&before));
        match answer.status {
            200 => self.followed.lock().unwrap().entry(before).or_default().push(mark.to_owned()),
            412 => {}
            other => panic!("{other}: {}", answer.text()),
        }
    }

    /// Each name has one winner and each version one successor; nobody's change was overwritten.
    pub(crate) fn decide(&self, cluster: &Cluster) {
        let made = self.made.lock().unwrap();
        assert_eq!(made.len(), self.names);
        for (number, (winners, refused)) in &*made {
            assert_eq!(winners.len(), 1, "Wanted-{number} was given to {winners:?}");
            assert_eq!(*refused, self.clients - 1, "Wanted-{number}");
        }
        let followed = self.followed.lock().unwrap();
        for (version, changes) in &*followed {
            assert_eq!(changes.len(), 1, "after {version} came {changes:?}");
        }
        for server in &cluster.servers {
            let read = server.scim("GET", &format!("/Users/{}", self.person), None).expect(200).json;
            let mut marks: Vec<&str> = read["emails"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|email| email["value"].as_str().unwrap())
                .collect();
            marks.sort_unstable();
            let mut wanted: Vec<&str> = followed.values().flatten().map(String::as_str).collect();
            wanted.sort_unstable();
            assert_eq!(marks, wanted);
        }
        // The model knows nothing of it.
        cluster.servers[0].scim("DELETE", &format!("/Users/{}", self.person), None).expect(204);
        let versions = followed.len();
        eprintln!("{} names with one winner each, {versions} versions with one successor each", made.len());
    }
}
