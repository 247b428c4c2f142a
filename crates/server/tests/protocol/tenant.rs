//! An organisation as its identity provider sees it: the words that the requirements are told in.

use std::sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use crate::support::{Answer, Request, Server};

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(crate) const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub(crate) const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub(crate) const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
pub(crate) const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
pub(crate) const MEDIA: &str = "application/scim+json";

/// An organisation of its own, on a server that the tests share.
pub(crate) struct Tenant {
    pub(crate) server: Arc<Server>,
    pub(crate) slug: String,
    pub(crate) token: String,
    /// Where `/Users` and the others are.
    pub(crate) url: String,
}

impl Tenant {
    pub(crate) fn new() -> Self {
        // The last test that uses the server ends it. A static one would never be ended.
        static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        let server = {
            let mut shared = SERVER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            shared.upgrade().unwrap_or_else(|| {
                let server = Arc::new(Server::start());
                *shared = Arc::downgrade(&server);
                server
            })
        };
        let slug = format!("org-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let token = server.create_org(&slug);
        let url = server.tenant_url_of(&slug);
        Self { server, slug, token, url }
    }

    /// An organisation whose identity provider is read to the letter of the RFC.
    pub(crate) fn strict() -> Self {
        let tenant = Self::new();
        tenant
            .server
            .rolecall(&["connection", "set", "--org", &tenant.slug, "--profile", "strict"])
            .expect(0);
        tenant
    }

    /// Adds a schema of the organisation's own.
    pub(crate) fn add_schema(&self, schema: &Value) {
        let name = format!("{}.json", self.slug);
        self.server.sandbox.write(&name, &schema.to_string());
        self.server.rolecall(&["schema", "add", "--org", &self.slug, "--file", &name]).expect(0);
    }

    /// A request with the Secret Token, for headers of its own.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        self.server.request(method, &format!("{}{path}", self.url)).bearer(&self.token)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send()
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.request("DELETE", path).send()
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Answer {
        self.request("POST", path).json(&body, MEDIA).send()
    }

    pub(crate) fn put(&self, path: &str, body: Value) -> Answer {
        self.request("PUT", path).json(&body, MEDIA).send()
    }

    /// The operations as a PATCH message.
    pub(crate) fn patch(&self, path: &str, operations: Value) -> Answer {
        let body = json!({"schemas": [PATCH], "Operations": operations});
        self.request("PATCH", path).json(&body, MEDIA).send()
    }

    /// Creates a person with these attributes; `schemas` is added where it is missing.
    pub(crate) fn try_person(&self, attributes: Value) -> Answer {
        self.post("/Users", with_schema(attributes, USER))
    }

    /// The same, and it works: the person as it was answered.
    #[track_caller]
    pub(crate) fn person(&self, attributes: Value) -> Person<'_> {
        self.adopt("/Users", self.try_person(attributes).expect(201))
    }

    /// Somebody with a `userName` and nothing else.
    #[track_caller]
    pub(crate) fn somebody(&self) -> Person<'_> {
        self.person(json!({"userName": "ada"}))
    }

    #[track_caller]
    pub(crate) fn group(&self, name: &str, members: &[&str]) -> Person<'_> {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let body = json!({"schemas": [GROUP], "displayName": name, "members": members});
        self.adopt("/Groups", self.post("/Groups", body).expect(201))
    }

    fn adopt(&self, endpoint: &str, answer: Answer) -> Person<'_> {
        let id = answer.json["id"].as_str().expect("an id is a string").to_owned();
        Person { tenant: self, path: format!("{endpoint}/{id}"), id, json: answer.json }
    }

    /// `GET` with query parameters, encoded.
    pub(crate) fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let pairs: Vec<String> =
            parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        self.get(&format!("{path}?{}", pairs.join("&")))
    }

    /// The user names of those whom a filter finds, sorted.
    #[track_caller]
    pub(crate) fn found(&self, filter: &str) -> Vec<String> {
        let mut names = user_names(&self.ask("/Users", &[("filter", filter)]).expect(200));
        names.sort();
        names
    }

    /// How a filter is refused: `400 invalidFilter`.
    pub(crate) fn refusal(&self, filter: &str) -> String {
        refusal(&self.ask("/Users", &[("filter", filter)]))
    }
}

/// A resource that a test has made; a group, too.
pub(crate) struct Person<'t> {
    tenant: &'t Tenant,
    pub(crate) id: String,
    /// `/Users/{id}`
    pub(crate) path: String,
    /// As it was answered when it was made.
    pub(crate) json: Value,
}

impl Person<'_> {
    #[track_caller]
    pub(crate) fn read(&self) -> Value {
        self.tenant.get(&self.path).expect(200).json
    }

    /// Changes it; answers what it is then.
    #[track_caller]
    pub(crate) fn patched(&self, operations: Value) -> Value {
        let answer = self.tenant.patch(&self.path, operations);
        assert!(matches!(answer.status, 200 | 204), "{} {}", answer.status, answer.text());
        self.read()
    }

    /// How a change is refused: `400 mutability`. Nothing may have changed.
    #[track_caller]
    pub(crate) fn refuses(&self, operations: Value) -> String {
        let before = self.read();
        let answer = self.tenant.patch(&self.path, operations);
        assert_eq!(self.read(), before, "{} {}", answer.status, answer.text());
        refusal(&answer)
    }

    /// The ids of a group's members, sorted.
    #[track_caller]
    pub(crate) fn members(&self) -> Vec<String> {
        let mut ids = strings(&self.read()["members"], "value");
        ids.sort();
        ids
    }
}

/// `400 invalidValue`; only `404` without a keyword.
pub(crate) fn refusal(answer: &Answer) -> String {
    match answer.json["scimType"].as_str() {
        Some(keyword) => format!("{} {keyword}", answer.status),
        None => answer.status.to_string(),
    }
}

/// The user names of a list, in its order.
pub(crate) fn user_names(list: &Answer) -> Vec<String> {
    strings(&list.json["Resources"], "userName")
}

/// One text of each element.
pub(crate) fn strings(elements: &Value, name: &str) -> Vec<String> {
    let elements = elements.as_array().map(Vec::as_slice).unwrap_or_default();
    elements.iter().filter_map(|element| Some(element[name].as_str()?.to_owned())).collect()
}

/// Percent-encoded, so that it means itself.
pub(crate) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The attributes as a resource of this schema.
pub(crate) fn with_schema(mut attributes: Value, schema: &str) -> Value {
    if attributes.get("schemas").is_none() {
        attributes["schemas"] = json!([schema]);
    }
    attributes
}

/// The names of an object's members, sorted.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> =
        object.as_object().map(|members| members.keys().map(String::as_str).collect()).unwrap_or_default();
    keys.sort_unstable();
    keys
}
