//! Every parser of this crate against whatever may come, as ordinary tests.
//!
//! Each entry gets arbitrary bytes; texts made of its own words, or JSON made of its own names; and its
//! corpus with a few places changed: 4,000 inputs of each sort, or more with `PROPTEST_CASES=1000000 cargo
//! test -p rolecall-scim --release --test fuzz
//! -- --nocapture`, which also shows how many were accepted. An entry must not panic, must refuse with an error a
//! client can act on, and must keep the promises its harness states.

#[path = "fuzz/corpus.rs"]
mod corpus;
#[path = "fuzz/harness.rs"]
mod harness;
#[path = "fuzz/inputs.rs"]
mod inputs;

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Gives a harness inputs of all sorts.
fn fuzz(name: &str, corpus: &'static [&'static str], harness: fn(&[u8]) -> bool) {
    let formed = match inputs::any_json(corpus) {
        Some(json) => ("json", json.boxed()),
        None => ("words", inputs::any_words(corpus).boxed()),
    };
    let sorts =
        [("bytes", inputs::any_bytes().boxed()), formed, ("mutations", inputs::any_mutation(corpus).boxed())];
    for entry in corpus {
        assert!(harness(entry.as_bytes()), "{name}: the corpus holds what is refused: {entry}");
    }
    for (sort, inputs) in sorts {
        let (given, accepted) = (Cell::new(0_u64), Cell::new(0_u64));
        let cases = Config::default().cases.max(4_000);
        let result = TestRunner::new(Config { cases, ..Config::default() }).run(&inputs, |input| {
            given.set(given.get() + 1);
            accepted.set(accepted.get() + u64::from(harness(&input.0)));
            Ok(())
        });
        if let Err(error) = result {
            panic!("{name}, {sort}: {error}");
        }
        println!("{name}, {sort}: {} inputs, {} accepted", given.get(), accepted.get());
    }
}

#[test]
fn paths() {
    fuzz("path", corpus::PATHS, harness::path);
}

#[test]
fn filters() {
    fuzz("filter", corpus::FILTERS, harness::filter);
}

#[test]
fn documents() {
    fuzz("document", corpus::DOCUMENTS, harness::document);
}

#[test]
fn patches() {
    fuzz("patch", corpus::PATCHES, harness::patch);
}

#[test]
fn bulk_requests() {
    fuzz("bulk", corpus::BULK_REQUESTS, harness::bulk);
}

#[test]
fn searches() {
    fuzz("search", corpus::SEARCHES, harness::search);
}

#[test]
fn cursors() {
    fuzz("cursor", corpus::CURSORS, harness::cursor);
}
