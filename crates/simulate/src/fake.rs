//! A SCIM server in memory for tests: just enough of it that each dialect can be pushed and compared without a socket,
//! and a record of what was asked.

mod patch;

use std::collections::BTreeMap;

use parking_lot::Mutex;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::exchange::{Answer, Method, Request, Unreachable, Wire};

/// Changes an answer, or a request that is about to be served, to play a faulty server.
type Fault = Box<dyn Fn(&Request, &mut Answer) + Send + Sync>;

#[derive(Default)]
pub(crate) struct FakeServer {
    store: Mutex<Store>,
    pub(crate) seen: Mutex<Vec<Request>>,
    fault: Option<Fault>,
}

#[derive(Default)]
struct Store {
    next_id: u64,
    /// `/Users/u1` → the resource.
    resources: BTreeMap<String, Value>,
}

impl FakeServer {
    pub(crate) fn with_fault(fault: impl Fn(&Request, &mut Answer) + Send + Sync + 'static) -> Self {
        Self { fault: Some(Box::new(fault)), ..Self::default() }
    }

    /// Takes a resource away behind the client's back.
    pub(crate) fn lose(&self, path: &str) {
        self.store.lock().remove(path);
    }

    /// Changes a resource behind the client's back.
    pub(crate) fn tamper(&self, path: &str, change: impl FnOnce(&mut Value)) {
        change(self.store.lock().resources.get_mut(path).expect("a resource at this path"));
    }

    pub(crate) fn get(&self, path: &str) -> Option<Value> {
        self.store.lock().resources.get(path).cloned()
    }

    /// The paths under `endpoint`, in order.
    pub(crate) fn paths(&self, endpoint: &str) -> Vec<String> {
        let store = self.store.lock();
        store.resources.keys().filter(|path| path.starts_with(endpoint)).cloned().collect()
    }

    /// `METHOD path` of all that was asked, with the bodies of those that had one.
    pub(crate) fn transcript(&self) -> Vec<(String, Value)> {
        self.seen.lock().drain(..).map(|request| (request.line(), request.body.unwrap_or_default())).collect()
    }
}

impl Wire for FakeServer {
    fn exchange(&self, request: &Request) -> Result<Answer, Unreachable> {
        self.seen.lock().push(request.clone());
        let mut answer = self.store.lock().serve(request);
        if let Some(fault) = &self.fault {
            fault(request, &mut answer);
        }
        Ok(answer)
    }
}

impl Store {
    fn serve(&mut self, request: &Request) -> Answer {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let body = request.body.clone();
        let exists = self.resources.contains_key(path);
        if let (Some(wanted), Some(held)) = (&request.if_match, self.resources.get(path))
            && held["meta"]["version"] != **wanted
        {
            return error(412, None);
        }
        match (request.method, path, body) {
            (Method::Get, "/ServiceProviderConfig" | "/ResourceTypes" | "/Schemas", _) => ok(200, json!({})),
            (Method::Get, "/Users" | "/Groups", _) => ok(200, self.list(path, query)),
            (Method::Post, "/Users" | "/Groups", Some(body)) => self.create(path, body),
            (Method::Get, _, _) if exists => ok(200, self.shown(path)),
            (Method::Put, _, Some(body)) if exists => self.write(path, body),
            (Method::Patch, _, Some(body)) if exists => {
                let mut resource = self.resources[path].clone();
                for operation in body["Operations"].as_array().expect("operations") {
                    patch::apply(&mut resource, operation);
                }
                self.write(path, resource)
            }
            (Method::Delete, _, _) if exists => {
                self.remove(path);
                Answer { status: 204, ..Answer::default() }
            }
            _ => error(404, None),
        }
    }

    fn create(&mut self, endpoint: &str, mut body: Value) -> Answer {
        let key = if endpoint == "/Users" { "userName" } else { "displayName" };
        let lower = |resource: &Value, name: &str| resource[name].as_str().map(str::to_lowercase);
        let same = |other: &Value, name: &str| {
            lower(other, name).is_some() && lower(other, name) == lower(&body, name)
        };
        let taken = |other: &Value| same(other, key) || same(other, "externalId");
        if self.resources.iter().any(|(path, other)| path.starts_with(endpoint) && taken(other)) {
            return error(409, Some("uniqueness"));
        }
        self.next_id += 1;
        let id = format!("{}{}", &endpoint[1..2].to_lowercase(), self.next_id);
        body["id"] = id.clone().into();
        let path = format!("{endpoint}/{id}");
        self.resources.insert(path.clone(), json!({}));
        Answer { status: 201, ..self.write(&path, body) }
    }

    /// Stores `resource` under another version; what is read-only is the server's.
    fn write(&mut self, path: &str, mut resource: Value) -> Answer {
        self.next_id += 1;
        let held = self.resources.get_mut(path).expect("callers look first");
        let id = path.rsplit('/').next().expect("a path has an id");
        resource["id"] = id.into();
        resource["meta"] = json!({"version": format!("W/\"{}\"", self.next_id)});
        let object = resource.as_object_mut().expect("a resource is an object");
        object.retain(|name, value| !value.is_null() && name != "groups" && name != "password");
        *held = resource;
        ok(200, self.shown(path))
    }

    fn remove(&mut self, path: &str) {
        self.resources.remove(path);
        let id = path.rsplit('/').next().expect("a path has an id");
        for resource in self.resources.values_mut() {
            if let Some(members) = resource.get_mut("members").and_then(Value::as_array_mut) {
                members.retain(|member| member["value"] != id);
            }
        }
    }

    fn shown(&self, path: &str) -> Value {
        let mut resource = self.resources[path].clone();
        if path.starts_with("/Users") {
            let is_in = |group: &Value| {
                group["members"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|member| member["value"] == resource["id"]))
            };
            let groups: Vec<Value> = self
                .resources
                .iter()
                .filter(|(path, group)| path.starts_with("/Groups") && is_in(group))
                .map(|(_, group)| json!({"value": group["id"]}))
                .collect();
            resource["groups"] = groups.into();
        }
        resource
    }

    fn list(&self, endpoint: &str, query: &str) -> Value {
        let parameters: BTreeMap<&str, String> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| {
                let value = value.replace('+', " ");
                (name, percent_decode_str(&value).decode_utf8().expect("UTF-8").into_owned())
            })
            .collect();
        let found: Vec<&String> = self
            .resources
            .iter()
            .filter(|(path, _)| path.starts_with(endpoint))
            .filter(|(_, resource)| parameters.get("filter").is_none_or(|filter| matches(resource, filter)))
            .map(|(path, _)| path)
            .collect();
        let number = |name: &str| parameters.get(name).and_then(|text| text.parse::<usize>().ok());
        let start = number("startIndex").unwrap_or(1);
        let page = found.iter().skip(start - 1).take(number("count").unwrap_or(100));
        let page: Vec<Value> = page.map(|path| self.shown(path)).collect();
        json!({"totalResults": found.len(), "startIndex": start, "itemsPerPage": page.len(), "Resources": page})
    }
}

/// `a eq "x"`, joined by `and`.
fn matches(resource: &Value, filter: &str) -> bool {
    filter.split(" and ").all(|term| {
        let (attribute, value) = term.split_once(" eq ").expect("only eq");
        let value: Value = serde_json::from_str(value).expect("a JSON value");
        let held = patch::resolve(resource, attribute);
        held == value || held["value"] == value
    })
}

fn ok(status: u16, body: Value) -> Answer {
    Answer { status, body: Some(body), etag: None }
}

fn error(status: u16, kind: Option<&str>) -> Answer {
    Answer { status, body: Some(json!({"scimType": kind, "detail": "as the fake has it"})), etag: None }
}
