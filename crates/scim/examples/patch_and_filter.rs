//! A user comes in, is changed, is found by a filter, and goes out: `cargo run -p rolecall-scim --example
//! patch_and_filter`.

use rolecall_scim::{
    document::Document,
    error::ScimError,
    filter::Filter,
    patch::{PatchRequest, apply},
    profile::Profile::Compatible,
    render::{Meta, resource},
    schema::ResourceType,
};

fn main() -> Result<(), ScimError> {
    let user = ResourceType::user();
    let ada = Document::parse(
        br#"{"userName": "ada", "emails": [{"type": "work", "value": "ada@example.com"}]}"#,
        user,
        Compatible,
    )?;

    let change = br#"{"Operations": [{"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "Ada@Example.org"}]}"#;
    let operations = PatchRequest::parse(change, user, Compatible)?;
    let ada = apply(&operations, user, &ada, "7", Compatible)?.document;

    let meta = Meta { resource_type: "User", created: 0, last_modified: 1, location: "/Users/7", version: 2 };
    let filter = Filter::parse(r#"emails[type eq "work" and value ew "@example.org"] and not (title pr)"#)?;
    assert!(filter.resolve(user, Compatible)?.matches_document(&ada, user, "7", &meta));

    println!("{}", resource(&ada.to_json(), "7", &meta, &[]));
    Ok(())
}

#[test]
fn the_example_runs() {
    main().unwrap();
}
