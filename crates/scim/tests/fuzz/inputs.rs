//! Inputs: arbitrary bytes, the words of a corpus in any order, its JSON with a few values replaced by
//! others, and its entries with a few places changed.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};

/// An input that shows itself as text.
#[derive(Clone)]
pub(crate) struct Input(pub(crate) Vec<u8>);

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// Anything.
pub(crate) fn any_bytes() -> impl Strategy<Value = Input> {
    prop_oneof![prop::collection::vec(any::<u8>(), 0..60), any::<String>().prop_map(String::into_bytes)]
        .prop_map(Input)
}

/// The words and signs of a corpus, in any order: what a grammar finds hardest to refuse.
pub(crate) fn any_words(corpus: &'static [&'static str]) -> impl Strategy<Value = Input> {
    let word = prop_oneof![
        8 => select(words(corpus)),
        1 => select(vec!["null", "1", "-1.5e3", "true", "\"\"", "{}", "[]", "[", "]", "{", "}", ",", "\\", "\u{0}", "é", "ſ"]),
    ];
    let blank = select(vec!["", "", " "]);
    prop::collection::vec((word, blank), 0..24).prop_map(|words| {
        Input(words.into_iter().flat_map(|(word, blank)| [word, blank]).collect::<String>().into())
    })
}

/// Runs of letters and digits, and every other character alone.
fn words(corpus: &'static [&'static str]) -> Vec<&'static str> {
    let mut words = Vec::new();
    for entry in corpus {
        let mut rest = *entry;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(if end == 0 { first.len_utf8() } else { end });
            words.push(word);
            rest = after;
        }
    }
    words.sort_unstable();
    words.dedup();
    words
}

/// The JSON of a corpus with a few of its values replaced by JSON made of its names and values: of the
/// right form, and wrong in what it says. `None` for a corpus that is not JSON.
pub(crate) fn any_json(corpus: &'static [&'static str]) -> Option<impl Strategy<Value = Input>> {
    let entries: Vec<Value> = corpus.iter().filter_map(|entry| serde_json::from_str(entry).ok()).collect();
    let (mut names, mut leaves) =
        (vec!["x".to_owned()], vec![Value::Null, json!(1), json!(-1.5), json!(""), json!("True")]);
    entries.iter().for_each(|entry| collect(entry, &mut names, &mut leaves));
    if entries.is_empty() {
        return None;
    }
    let value = select(leaves).prop_recursive(3, 12, 4, move |inner| {
        let name = select(names.clone());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((name, inner), 0..4)
                .prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    });
    let changes = prop::collection::vec((any::<Index>(), value), 0..4);
    Some((select(entries), changes).prop_map(|(mut entry, changes)| {
        for (at, value) in changes {
            let mut place = at.index(size(&entry));
            replace(&mut entry, &mut place, &value);
        }
        Input(entry.to_string().into())
    }))
}

fn collect(value: &Value, names: &mut Vec<String>, leaves: &mut Vec<Value>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, names, leaves)),
        Value::Object(members) => {
            for (name, value) in members {
                names.push(name.clone());
                collect(value, names, leaves);
            }
        }
        leaf => leaves.push(leaf.clone()),
    }
}

/// How many values a value consists of.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(elements) => elements.iter().map(size).sum(),
        Value::Object(members) => members.values().map(size).sum(),
        _ => 0,
    }
}

/// Replaces the value that `place` counts down to.
fn replace(value: &mut Value, place: &mut usize, by: &Value) -> bool {
    if *place == 0 {
        *value = by.clone();
        return true;
    }
    *place -= 1;
    match value {
        Value::Array(elements) => elements.iter_mut().any(|element| replace(element, place, by)),
        Value::Object(members) => members.values_mut().any(|member| replace(member, place, by)),
        _ => false,
    }
}

#[derive(Debug, Clone)]
enum Change {
    Put(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, Index),
    Repeat(Index, Index),
    Cut(Index),
    Splice(Index, Index, &'static str),
}

/// One entry of the corpus after a few changes.
pub(crate) fn any_mutation(corpus: &'static [&'static str]) -> impl Strategy<Value = Input> {
    let signs = || select(b"\"'[]{}().,:\\/ 0aZ-\x00\x7f\xff".to_vec());
    let change = prop_oneof![
        (any::<Index>(), prop_oneof![any::<u8>(), signs()]).prop_map(|(at, byte)| Change::Put(at, byte)),
        (any::<Index>(), prop::collection::vec(signs(), 1..4))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::Remove(from, to)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::Repeat(from, to)),
        any::<Index>().prop_map(Change::Cut),
        (any::<Index>(), any::<Index>(), select(corpus.to_vec()))
            .prop_map(|(at, from, other)| Change::Splice(at, from, other)),
    ];
    (select(corpus.to_vec()), prop::collection::vec(change, 0..4))
        .prop_map(|(entry, changes)| Input(changes.iter().fold(entry.as_bytes().to_vec(), apply)))
}

fn apply(mut bytes: Vec<u8>, change: &Change) -> Vec<u8> {
    let length = bytes.len();
    let place = |at: &Index| at.index(length + 1);
    let range = |from: &Index, to: &Index| {
        let (from, to) = (place(from), place(to));
        // Short ones: a third of a message is rarely what breaks a parser.
        from.min(to)..from.max(to).min(from.min(to) + 12)
    };
    match change {
        Change::Put(at, byte) => {
            if let Some(found) = bytes.get_mut(place(at)) {
                *found = *byte;
            }
        }
        Change::Insert(at, inserted) => {
            bytes.splice(place(at)..place(at), inserted.iter().copied());
        }
        Change::Remove(from, to) => {
            bytes.drain(range(from, to));
        }
        Change::Repeat(from, to) => {
            let repeated = bytes[range(from, to)].to_vec();
            bytes.splice(place(from)..place(from), repeated);
        }
        Change::Cut(at) => bytes.truncate(place(at)),
        Change::Splice(at, from, other) => {
            bytes.truncate(place(at));
            bytes.extend(&other.as_bytes()[from.index(other.len() + 1)..]);
        }
    }
    bytes
}
