//! One function per entry: takes anything, says whether it was accepted, and panics when a promise is
//! broken.

use rolecall_scim::bulk::{BulkRequest, Plan, StepOutcome};
use rolecall_scim::cursor::{Cursor, Fingerprint};
use rolecall_scim::discovery::BulkLimits;
use rolecall_scim::document::Document;
use rolecall_scim::error::ScimError;
use rolecall_scim::filter::Filter;
use rolecall_scim::index::index_document;
use rolecall_scim::members;
use rolecall_scim::patch::{PatchRequest, apply};
use rolecall_scim::path::{AttrPath, Path};
use rolecall_scim::profile::Profile::{self, Compatible, Strict};
use rolecall_scim::schema::ResourceType;
use rolecall_scim::search::SearchRequest;
use serde_json::Value;

/// A refusal must be one that a client can act on: a status of its own making, and a reason, in valid
/// JSON.
fn refused(error: &ScimError) -> bool {
    assert!((400..500).contains(&error.status) && !error.detail.is_empty(), "{error:?}");
    assert!(serde_json::from_str::<Value>(&error.to_json()).is_ok(), "{error:?}");
    false
}

/// True when one of the profiles accepts. Neither accepts all that the other does: what the compatible one
/// reads, such as a key that is a path, it also checks.
fn in_either(read: impl Fn(Profile) -> Result<(), ScimError>) -> bool {
    let accepts = |profile| read(profile).map_or_else(|error| refused(&error), |()| true);
    let accepted = [Compatible, Strict].map(accepts);
    accepted.contains(&true)
}

fn ada() -> Document {
    let body = br#"{"userName": "ada", "name": {"givenName": "Ada"}, "active": true,
        "emails": [{"type": "work", "value": "a@x", "primary": true}, {"type": "home", "value": "b@x"}]}"#;
    Document::parse(body, ResourceType::user(), Compatible).expect("it is well formed")
}

/// What is written reads back as the same path.
pub(crate) fn path(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    if let Ok(path) = AttrPath::parse(text) {
        assert_eq!(AttrPath::parse(&path.to_string()), Ok(path));
    }
    match Path::parse(text) {
        Ok(path) => {
            assert_eq!(Path::parse(&path.to_string()), Ok(path));
            true
        }
        Err(error) => refused(&error),
    }
}

/// What is written reads back as the same filter; what is bound can be asked.
pub(crate) fn filter(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let filter = match Filter::parse(text) {
        Ok(filter) => filter,
        Err(error) => return refused(&error),
    };
    assert_eq!(Filter::parse(&filter.to_string()).as_ref(), Ok(&filter));
    let user = index_document(&ada(), ResourceType::user());
    for profile in [Compatible, Strict] {
        for resource_type in [ResourceType::user(), ResourceType::group()] {
            match filter.resolve(resource_type, profile) {
                Ok(resolved) => {
                    let _ = resolved.matches(&user);
                }
                Err(error) => {
                    let _ = refused(&error);
                }
            }
        }
    }
    true
}

/// What is kept is canonical: it reads back to the same bytes.
pub(crate) fn document(input: &[u8]) -> bool {
    let groups = in_either(|profile| members::parse_group(input, ResourceType::group(), profile).map(drop));
    let users = in_either(|profile| {
        let user = ResourceType::user();
        let document = Document::parse(input, user, profile)?;
        let text = document.to_json();
        assert_eq!(Document::parse(text.as_bytes(), user, profile).map(|again| again.to_json()), Ok(text));
        let _ = index_document(&document, user);
        Ok(())
    });
    groups || users
}

/// What a PATCH leaves behind is a document that could have been sent.
pub(crate) fn patch(input: &[u8]) -> bool {
    let (user, group) = (ResourceType::user(), ResourceType::group());
    let groups = in_either(|profile| {
        let operations = PatchRequest::parse(input, group, profile)?;
        if let Err(error) = members::split(operations, group, profile) {
            refused(&error);
        }
        Ok(())
    });
    let users = in_either(|profile| {
        let operations = PatchRequest::parse(input, user, profile)?;
        match apply(&operations, user, &ada(), "7", profile) {
            Ok(applied) => {
                let text = applied.document.to_json();
                assert_eq!(
                    Document::parse(text.as_bytes(), user, profile).map(|again| again.to_json()),
                    Ok(text)
                );
            }
            Err(error) => {
                let _ = refused(&error);
            }
        }
        Ok(())
    });
    groups || users
}

/// A plan comes to an end, tells of each operation once, and gives out no reference.
pub(crate) fn bulk(input: &[u8]) -> bool {
    let limits = BulkLimits { max_operations: 50, max_payload_size: 10_000 };
    in_either(|profile| {
        let request = BulkRequest::parse(input, &limits, profile)?;
        let operations = request.operations.len();
        let everything = request.fail_on_errors.is_none();
        let mut plan = Plan::new(request, "https://x/v2");
        let mut steps = 0;
        while let Some(step) = plan.next_step() {
            steps += 1;
            assert!(steps <= 2 * operations, "no end");
            let data = step.data.map(|data| data.to_string()).unwrap_or_default();
            assert!(!data.contains(r#":"bulkId:"#), "{data}");
            plan.done(StepOutcome::Succeeded { id: step.position.to_string(), status: 200, version: None });
        }
        let response: Value = serde_json::from_str(&plan.finish()).expect("a response is JSON");
        let reported = response["Operations"].as_array().map_or(0, Vec::len);
        assert!(reported <= operations && (reported == operations || !everything));
        Ok(())
    })
}

/// A page is within what was asked for, and the fingerprint can be taken.
pub(crate) fn search(input: &[u8]) -> bool {
    let check = |request: SearchRequest, profile| {
        assert!(request.start_index.is_none_or(|start| start >= 1) && request.page_size(10, 100) <= 100);
        let _ = request.fingerprint(&["acme"]);
        if let Some(sort) = request.sort
            && let Ok(Some(sort)) = sort.resolve(ResourceType::user(), profile)
        {
            let _ = sort.key(&index_document(&ada(), ResourceType::user()));
        }
    };
    let body =
        in_either(|profile| SearchRequest::parse(input, profile).map(|request| check(request, profile)));
    let text = String::from_utf8_lossy(input);
    let pairs: Vec<(String, String)> = text
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let query = in_either(|profile| {
        SearchRequest::from_query(&pairs, profile).map(|request| check(request, profile))
    });
    body || (query && !pairs.is_empty())
}

/// Only what was given out is accepted, to the letter.
pub(crate) fn cursor(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let query = Fingerprint::of(["acme", "User"]);
    match Cursor::parse(text, query) {
        Ok(cursor) => {
            assert_eq!(cursor.render(query), text);
            true
        }
        Err(error) => refused(&error),
    }
}
