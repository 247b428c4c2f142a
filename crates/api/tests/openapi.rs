//! Whether the committed description of the API is the one that the handlers make.

use std::{env, fs, path::Path};

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
