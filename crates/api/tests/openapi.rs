//! Whether the committed description of the API is the one that the handlers make.

use std::{collections::BTreeSet, env, fs, path::Path};

use serde_json::Value;

#[test]
fn the_committed_description_is_up_to_date() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let made = rolecall_api::openapi::document();
    if env::var_os("UPDATE").is_some() {
        fs::write(&committed, &made).expect("the crate's own folder can be written");
    }
    let found = fs::read_to_string(&committed).unwrap_or_default();
    assert!(
        found == made,
        "crates/api/openapi.json is stale; `UPDATE=1 cargo test -p rolecall-api --test openapi` writes it again"
    );
}

/// Who makes a client from it would stumble over a name that stands nowhere.
#[test]
fn what_the_description_refers_to_is_in_it() {
    let text = rolecall_api::openapi::document();
    let document: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let missing: Vec<&str> = text
        .split("\"#/")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|place| document.pointer(&format!("/{place}")).is_none())
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Walks what an answer may look like; names every place at which a program could not know what it gets.
fn untyped(
    description: &Value,
    schema: &Value,
    at: &str,
    seen: &mut BTreeSet<String>,
    found: &mut Vec<String>,
) {
    if let Some(name) = schema["$ref"].as_str() {
        if seen.insert(name.to_owned()) {
            let pointer = name.trim_start_matches('#');
            let there = description.pointer(pointer).unwrap_or(&Value::Null);
            untyped(description, there, pointer, seen, found);
        }
        return;
    }
    let of = |key: &str| schema[key].as_array().into_iter().flatten();
    let combined: Vec<&Value> = ["oneOf", "anyOf", "allOf"].into_iter().flat_map(of).collect();
    let is = |word: &str| schema["type"] == word || of("type").any(|one| one == word);
    let known = ["string", "integer", "number", "boolean", "null", "array"].into_iter().any(is)
        || schema["enum"].is_array()
        || !combined.is_empty()
        || schema["properties"].is_object()
        // A map from names to values.
        || schema.get("additionalProperties").is_some_and(|values| values.is_object());
    if !known {
        found.push(at.to_owned());
    }
    for (number, one) in combined.into_iter().enumerate() {
        untyped(description, one, &format!("{at}/{number}"), seen, found);
    }
    for (name, one) in schema["properties"].as_object().into_iter().flatten() {
        untyped(description, one, &format!("{at}/{name}"), seen, found);
    }
    if let Some(items) = schema.get("items") {
        untyped(description, items, &format!("{at}/items"), seen, found);
    }
}

#[test]
fn every_answer_says_what_it_looks_like() {
    let description: Value = serde_json::from_str(&rolecall_api::openapi::document()).unwrap();
    let (mut found, mut seen, mut answers) = (Vec::new(), BTreeSet::new(), 0);
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let json = &response["content"]["application/json"];
                if status.starts_with('2') && json.is_object() {
                    let at = format!("{method} {path} {status}");
                    untyped(&description, &json["schema"], &at, &mut seen, &mut found);
                    answers += 1;
                }
            }
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            if body.is_object() {
                untyped(&description, body, &format!("{method} {path} body"), &mut seen, &mut found);
            }
        }
    }
    assert_eq!(found, [""; 0], "each is an object of which nothing is said");
    assert!(answers > 50, "{answers}");
}
