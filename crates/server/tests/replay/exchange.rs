//! One recorded exchange: fills its placeholders in, sends it, and says what is not as expected.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::expect::{self, Expect};

#[derive(Deserialize, Clone)]
pub(crate) struct Exchange {
    pub(crate) scenario: String,
    pub(crate) step: u32,
    request: Request,
    expect: Expect,
}

#[derive(Deserialize, Clone)]
struct Request {
    method: String,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
}

impl Exchange {
    /// Whether a strict connection answers in another way.
    pub(crate) fn differs_when_strict(&self) -> bool {
        self.expect.strict_status.is_some() || self.expect.strict_body_contains.is_some()
    }

    /// The same exchange, with what a strict connection answers.
    pub(crate) fn when_strict(&self) -> Self {
        Self { expect: self.expect.when_strict(), ..self.clone() }
    }
}

/// What a server answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Runs the steps of a scenario; answers what went wrong.
pub(crate) fn run(tenant_url: &str, token: &str, steps: &[Exchange]) -> Vec<String> {
    let mut saved: HashMap<String, String> = HashMap::from([("token".to_owned(), token.to_owned())]);
    let mut complaints = Vec::new();
    for step in steps {
        let headers: Vec<(String, String)> =
            step.request.headers.iter().map(|(name, value)| (name.clone(), fill(value, &saved))).collect();
        let path = fill(&step.request.path, &saved);
        let body = match (&step.expect.raw_body, &step.request.body) {
            (Some(raw), _) => Some(fill(raw, &saved)),
            (None, Some(body)) => Some(fill_value(body, &saved).to_string()),
            (None, None) => None,
        };
        let answer = send(&step.request.method, &format!("{tenant_url}{}", encode(&path)), &headers, body);
        let read_back = |what: &str| {
            // The answer had no body, or was to another question: look at what is stored now.
            let path = path.split('?').next().unwrap_or_default();
            let token = ("Authorization".to_owned(), format!("Bearer {token}"));
            let answer = send("GET", &format!("{tenant_url}{}", encode(path)), &[token], None);
            assert_eq!(answer.status, 200, "reading {path} back for {what}");
            answer.body
        };
        let wanted = fill_expect(&step.expect, &saved);
        for complaint in expect::check(&wanted, &answer, read_back) {
            let (method, detail) = (&step.request.method, &answer.body);
            complaints.push(format!(
                "{} {method} {path}: {complaint}\n    answer {}: {detail}",
                step.step, answer.status
            ));
        }
        for (name, field) in &step.expect.save {
            if let Some(value) = expect::at(&answer.body, field).and_then(Value::as_str) {
                saved.insert(name.clone(), value.to_owned());
            }
        }
    }
    complaints
}

fn send(method: &str, url: &str, headers: &[(String, String)], body: Option<String>) -> Answer {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let mut response = match body {
        Some(body) => agent.run(request.body(body).unwrap()),
        None => agent.run(request.body(()).unwrap()),
    }
    .unwrap_or_else(|error| panic!("{method} {url}: {error}"));
    let text = response.body_mut().read_to_string().unwrap();
    Answer { status: response.status().as_u16(), body: serde_json::from_str(&text).unwrap_or(Value::Null) }
}

/// Encodes raw blanks, quotes and brackets; `%XX` and `+` stay as they are.
fn encode(path: &str) -> String {
    let mut encoded = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => encoded.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b'?' | b'&' | b'=' | b'%' | b'+' | b':' | b',' | b'$'
            | b'@' | b'*' | b'(' | b')' | b'!' | b';' | b'\'' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

fn fill(text: &str, saved: &HashMap<String, String>) -> String {
    let mut filled = text.to_owned();
    while let Some(at) = filled.find("${random.uuid}") {
        filled.replace_range(at..at + "${random.uuid}".len(), &fresh_uuid());
    }
    for (name, value) in saved {
        filled = filled.replace(&format!("${{{name}}}"), value);
    }
    filled
}

/// A UUID that no test has made before: the time, and a counter.
#[expect(clippy::disallowed_methods, reason = "a test's own random value")]
fn fresh_uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn fill_value(value: &Value, saved: &HashMap<String, String>) -> Value {
    match value {
        Value::String(text) => fill(text, saved).into(),
        Value::Array(items) => items.iter().map(|item| fill_value(item, saved)).collect(),
        Value::Object(members) => Value::Object(
            members.iter().map(|(key, value)| (key.clone(), fill_value(value, saved))).collect::<Map<_, _>>(),
        ),
        other => other.clone(),
    }
}

fn fill_expect(expect: &Expect, saved: &HashMap<String, String>) -> Expect {
    Expect {
        body_contains: expect.body_contains.as_ref().map(|body| fill_value(body, saved)),
        ..expect.clone()
    }
}
