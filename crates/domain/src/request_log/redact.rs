//! What may be written down of a request. Secrets are taken out of what was sent, and what was taken out is then looked
//! for everywhere else: an error that quotes a password must not bring it back.

use serde_json::Value;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";
/// More elements of a list are only counted.
const LONGEST_LIST: usize = 20;
/// A longer text is cut.
const LONGEST_TEXT: usize = 8 * 1024;
/// Shorter values are everywhere by chance; replacing them would make the rest unreadable and hide nothing.
const SHORTEST_SECRET: usize = 4;
/// What follows `Bearer` or `Basic` is one from this length on; `basic` and a space come before it.
const SHORTEST_PRESENTED: usize = 8;
const SHORTEST_TOKEN: usize = "basic ".len() + SHORTEST_PRESENTED;
/// A token that is known by its own form is at least so long.
const SHORTEST_BY_FORM: usize = 20;

/// Takes secrets out of one request's texts, and remembers them. Give it the bodies first.
#[derive(Default)]
pub struct Scrub {
    secrets: Vec<String>,
}

impl Scrub {
    /// A body as JSON without its secrets, long lists and long ends. A body that is not JSON is not kept: nobody could
    /// tell what in it is a secret.
    pub fn body(&mut self, bytes: &[u8]) -> Option<String> {
        if bytes.is_empty() {
            return None;
        }
        self.parsed(serde_json::from_slice(bytes).ok(), bytes.len())
    }

    /// The same of a body that was parsed; `None` where it is no JSON.
    pub(super) fn parsed(&mut self, body: Option<Value>, bytes: usize) -> Option<String> {
        let Some(mut value) = body else {
            return Some(format!("(not JSON, {bytes} bytes, not kept)"));
        };
        self.take_out(&mut value);
        let text = self.text(&value.to_string());
        Some(cut(text, LONGEST_TEXT))
    }

    /// The decoded pairs of a query as one text.
    pub fn query(&mut self, pairs: &[(String, String)]) -> Option<String> {
        if pairs.is_empty() {
            return None;
        }
        let shown = pairs.iter().map(|(name, value)| {
            let value = if names_a_secret(name) {
                self.remember(value);
                HIDDEN.to_owned()
            } else if names_a_secret(&without_quoted(value)) {
                self.hide_quoted(value)
            } else {
                value.clone()
            };
            format!("{name}={value}")
        });
        let text = shown.collect::<Vec<_>>().join("&");
        Some(cut(self.text(&text), 2000))
    }

    /// Any other text: without what was found to be secret, and without what looks like a token.
    pub fn text(&self, text: &str) -> String {
        let mut text = without_tokens(text);
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), HIDDEN);
            }
        }
        text
    }

    fn take_out(&mut self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                let about_a_secret = members.iter().any(|(key, value)| {
                    ["path", "name", "type", "attribute", "key"]
                        .iter()
                        .any(|name| key.eq_ignore_ascii_case(name))
                        && value.as_str().is_some_and(names_a_secret)
                });
                for (key, value) in members.iter_mut() {
                    let secret = names_a_secret(key) || (about_a_secret && key.eq_ignore_ascii_case("value"));
                    if secret { self.hide(value) } else { self.take_out(value) }
                }
                // A key, too, can be anything a client likes.
                if members.keys().any(|key| key.len() >= SHORTEST_TOKEN && without_tokens(key) != *key) {
                    let kept = std::mem::take(members);
                    members.extend(kept.into_iter().map(|(key, value)| (without_tokens(&key), value)));
                }
            }
            Value::Array(elements) => {
                elements.iter_mut().for_each(|element| self.take_out(element));
                let more = elements.len().saturating_sub(LONGEST_LIST);
                if more > 0 {
                    elements.truncate(LONGEST_LIST);
                    elements.push(format!("… and {more} more").into());
                }
            }
            Value::String(text) => self.take_out_of_text(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Entra sends JSON inside of a text.
    fn take_out_of_text(&mut self, text: &mut String) {
        if text.trim_start().starts_with(['{', '[', '"'])
            && let Ok(mut inner) = serde_json::from_str::<Value>(text)
        {
            let before = inner.clone();
            self.take_out(&mut inner);
            if inner != before {
                *text = inner.to_string();
            }
        }
    }

    fn hide(&mut self, value: &mut Value) {
        match value {
            Value::Null => return,
            Value::Bool(_) => {}
            Value::Number(number) => self.remember(&number.to_string()),
            Value::String(text) => self.remember(text),
            Value::Array(elements) => elements.iter_mut().for_each(|element| self.hide(element)),
            Value::Object(members) => members.values_mut().for_each(|member| self.hide(member)),
        }
        *value = HIDDEN.into();
    }

    /// Also in the form that it has inside of JSON.
    fn remember(&mut self, secret: &str) {
        if secret.chars().count() < SHORTEST_SECRET {
            return;
        }
        let quoted = Value::from(secret).to_string();
        let escaped = &quoted[1..quoted.len() - 1];
        let twice = Value::from(escaped).to_string();
        for form in [secret, escaped, &twice[1..twice.len() - 1]] {
            if !self.secrets.iter().any(|known| known == form) {
                self.secrets.push(form.to_owned());
            }
        }
        // The longest first, so that none is left half.
        self.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// A filter on a secret: what is compared with is one.
    fn hide_quoted(&mut self, filter: &str) -> String {
        let mut out = String::new();
        for (place, piece) in filter.split('"').enumerate() {
            if place % 2 == 0 {
                out.push_str(piece);
            } else {
                self.remember(piece);
                out.push_str("\"***\"");
            }
        }
        out
    }
}

/// Whether a value of this name is nothing for a log: a password, and whatever else calls itself a secret.
fn names_a_secret(name: &str) -> bool {
    const WORDS: [&str; 13] = [
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "pwd",
        "secret",
        "token",
        "credential",
        "apikey",
        "privatekey",
        "authorization",
        "totp",
        "cookie",
    ];
    let plain =
        |from: usize| name[from..].chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase());
    // Asked of every name in every body, so nothing is copied: from each letter that a word begins with, it is compared.
    let begins = |at: usize, word: &str| {
        let mut letters = plain(at);
        word.chars().all(|letter| letters.next() == Some(letter))
    };
    name.char_indices()
        .filter(|(_, c)| matches!(c.to_ascii_lowercase(), 'p' | 's' | 't' | 'c' | 'a'))
        .any(|(at, _)| WORDS.iter().any(|word| begins(at, word)))
        || name.rsplit(['.', ':', ' ']).next().is_some_and(|last| last.eq_ignore_ascii_case("pin"))
}

fn without_quoted(filter: &str) -> String {
    filter.split('"').step_by(2).collect()
}

/// Without what looks like a secret of ours (`rcs_…`), a JSON Web Token, or what follows `Bearer` or `Basic`.
fn without_tokens(text: &str) -> String {
    // All of them are one byte, so that a word begins and ends between characters.
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.~+/=".contains(byte);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = "";
    while let Some(start) = rest.bytes().position(|byte| in_word(&byte)) {
        out.push_str(&rest[..start]);
        let word = &rest[start..];
        let end = word.bytes().position(|byte| !in_word(&byte)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        let presented = word.len() >= SHORTEST_PRESENTED
            && ["bearer", "basic"].iter().any(|scheme| before.eq_ignore_ascii_case(scheme));
        if presented {
            out.push_str(HIDDEN);
        } else if word.len() < SHORTEST_BY_FORM {
            out.push_str(word);
        } else {
            push_without_token(&mut out, word);
        }
        before = word;
        rest = after;
    }
    out.push_str(rest);
    out
}

fn push_without_token(out: &mut String, word: &str) {
    let word_bytes = word.as_bytes();
    let json_web_token = |at: usize| word_bytes[at..].starts_with(b"eyJ");
    let ours = |at: usize| {
        let bytes = &word_bytes[at..];
        bytes.starts_with(b"rc")
            && bytes[2].is_ascii_lowercase()
            && bytes[3] == b'_'
            && bytes[4..].iter().take(16).all(u8::is_ascii_alphanumeric)
    };
    match (0..=word.len() - SHORTEST_BY_FORM).find(|at| ours(*at) || json_web_token(*at)) {
        Some(at) => {
            let kept = if ours(at) { at + 4 } else { at };
            out.push_str(&word[..kept]);
            out.push_str(HIDDEN);
        }
        None => out.push_str(word),
    }
}

/// At most so many bytes, and how many there were.
pub(super) fn cut(mut text: String, longest: usize) -> String {
    if text.len() <= longest {
        return text;
    }
    let all = text.len();
    text.truncate(text.floor_char_boundary(longest));
    text.push_str(&format!("… ({all} bytes in all)"));
    text
}
