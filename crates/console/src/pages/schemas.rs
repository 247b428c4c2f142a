//! Attributes of your own: the schemas that an organisation adds to those of the RFC, seen, added, replaced and removed.

use actix_web::http::StatusCode;
use maud::{Markup, html};
use percent_encoding::percent_decode_str;
use rolecall_domain::{
    ids::OrgId,
    ports::{Kind, ReadCost, ReadTx, Tx},
    records::SchemaExtension,
    role::AdminRole,
    use_cases::{
        Act,
        schemas::{self, ExtensionError, NewSchema},
    },
};
use rolecall_scim::schema::{Attribute, Mutability, Returned};
use serde_json::{Value, json};

use crate::{
    fault::{Answer, Fault},
    planned::{Ask, Outcome},
    route::routes,
    view::{Section, Tone, badge, card, counted, empty, encoded, form, heading, moment, table},
    visit::Signed,
};

use super::provisioning::TRAIL;

routes! {
    GET "/console/settings/schemas" auditor => list;
    POST "/console/settings/schemas" admin => add;
    GET "/console/settings/schemas/{urn}" auditor => show;
    POST "/console/settings/schemas/{urn}" admin => replace;
    POST "/console/settings/schemas/{urn}/delete" admin => remove;
}

const HERE: &str = "/console/settings/schemas";

const EXAMPLE: &str = r#"{
  "id": "urn:example:params:scim:schemas:extension:hr:1.0:User",
  "name": "HR",
  "resourceType": "User",
  "required": false,
  "attributes": [
    {"name": "costLevel", "type": "integer"},
    {"name": "badge", "caseExact": true}
  ]
}"#;

async fn list(signed: Signed) -> Answer {
    let body = list_page(&signed, "", None).await?;
    signed.page(Section::Schemas, "Attributes", body)
}

async fn list_page(signed: &Signed, document: &str, wrong: Option<&str>) -> Result<Markup, Fault> {
    let all = signed.look(ReadCost::Scan, |tx, org| Ok(tx.list_schemas(org)?)).await?;
    Ok(html! {
        (heading(TRAIL, "Attributes of your own", "What an identity provider has to say beyond the attributes of SCIM: a schema names them, and they are checked, stored, shown and filtered as any other.", html! {}))
        (refused(wrong))
        @if all.is_empty() {
            (empty("No schema of your own", html! { p { "People and groups have the attributes of SCIM, the enterprise extension included." } }))
        } @else {
            div.plain { (schemas_table(&all)) }
        }
        @if signed.may(AdminRole::Admin) { (new_form(signed, document)) }
    })
}

fn refused(wrong: Option<&str>) -> Markup {
    html! { @if let Some(why) = wrong { div.flash.refused role="alert" { (why) } } }
}

fn schemas_table(all: &[SchemaExtension]) -> Markup {
    table(
        "Schemas",
        &["Name", "Extends", "Attributes", "Added"],
        html! {
            @for SchemaExtension { schema, kind, required, created_at } in all {
                tr {
                    td {
                        a.row-title href=(path_of(&schema.id)) { @if schema.name.is_empty() { (schema.id) } @else { (schema.name) } }
                        @if !schema.name.is_empty() { span.row-sub { (schema.id) } }
                    }
                    td data-label="Extends" { (extends(*kind)) @if *required { " " (badge("required", Tone::Warning)) } }
                    td data-label="Attributes" { (schema.attributes.len()) }
                    td data-label="Added" { (moment(*created_at)) }
                }
            }
        },
    )
}

fn extends(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "people",
        Kind::Group => "groups",
    }
}

fn path_of(urn: &str) -> String {
    format!("{HERE}/{}", encoded(urn))
}

fn new_form(signed: &Signed, document: &str) -> Markup {
    card(
        "New schema",
        "A document as RFC 7643 has it (§7), with resourceType besides: User or Group. What it leaves out takes the RFC's defaults. It holds from the next request on.",
        form(
            signed,
            HERE,
            "stack",
            html! {
                (document_field("document", "Document", document, EXAMPLE))
                button.primary type="submit" { "Add the schema …" }
            },
        ),
    )
}

fn document_field(name: &str, label: &str, document: &str, placeholder: &str) -> Markup {
    let rows = document.lines().count().clamp(11, 30);
    html! {
        div.whole {
            label for=(name) { (label) }
            textarea id=(name) name=(name) rows=(rows) required spellcheck="false" autocomplete="off" placeholder=(placeholder) { (document) }
        }
    }
}

async fn add(signed: Signed) -> Answer {
    let document = signed.form.field("document").to_owned();
    let outcome = match parsed(&document) {
        Ok(wanted) => {
            let ask = ask(format!("Add the schema {}?", wanted.schema.id), "Add the schema", HERE.into());
            signed.planned(ask, move |tx, act| Ok(schemas::add(tx, act, wanted.clone())?)).await
        }
        Err(fault) => Err(fault),
    };
    match outcome {
        Ok(Outcome::Show(page)) => page,
        Ok(Outcome::Done(added)) => signed.done(
            &path_of(&added.schema.id),
            "The schema is added. Let the identity provider send everybody again, so that its values come.",
        ),
        // What was typed stays to be put right.
        Err(Fault::Refused(why)) => {
            let body = list_page(&signed, &document, Some(&why)).await?;
            signed.page_with(StatusCode::UNPROCESSABLE_ENTITY, Section::Schemas, "Attributes", body)
        }
        Err(fault) => Err(fault),
    }
}

fn ask(title: String, button: &'static str, back: String) -> Ask {
    Ask { section: Section::Schemas, title, button, back }
}

fn parsed(document: &str) -> Result<NewSchema, Fault> {
    let value: Value = serde_json::from_str(document)
        .map_err(|error| Fault::invalid(format!("the document is no JSON: {error}")))?;
    Ok(NewSchema::parse(value)?)
}

/// The URN that the address names. What actix leaves encoded is a slash or a percent sign of the URN's own.
fn urn_of(signed: &Signed) -> String {
    percent_decode_str(signed.path("urn")).decode_utf8_lossy().into_owned()
}

async fn show(signed: Signed) -> Answer {
    let (urn, body) = schema_page(&signed, None, None).await?;
    signed.page(Section::Schemas, &urn, body)
}

/// The page of the schema that the address names, and its URN.
async fn schema_page(
    signed: &Signed,
    document: Option<&str>,
    wrong: Option<&str>,
) -> Result<(String, Markup), Fault> {
    let given = urn_of(signed);
    let found = signed.look(ReadCost::Point, move |tx, org| known(tx, org, &given)).await?;
    let schema = &found.schema;
    let path = path_of(&schema.id);
    let title = if schema.name.is_empty() { &schema.id } else { &schema.name };
    let body = html! {
        (heading(&[("Attributes of your own", HERE)], title, &schema.description, html! {}))
        (refused(wrong))
        (card("What it is", "", html! {
            dl.facts {
                dt { "URN" } dd { code { (schema.id) } }
                dt { "Extends" } dd { (extends(found.kind)) }
                dt { "Required" } dd { @if found.required { "A new one without it is refused" } @else { "No" } }
                dt { "Added" } dd { (moment(found.created_at)) }
            }
        }))
        (card("Attributes", &counted(schema.attributes.len() as u64, "attribute", "attributes"), html! {
            (table("Attributes", &["Name", "Type", "What holds of it", "About"], html! {
                @for attribute in &schema.attributes {
                    (attribute_row(None, attribute))
                    @for inner in &attribute.sub_attributes { (attribute_row(Some(&attribute.name), inner)) }
                }
            }))
        }))
        @if signed.may(AdminRole::Admin) {
            (card("Replace it", "The URN and what it extends stay. Nothing that is stored is rewritten: a resource shows what it was given until it is next written, and loses then what no longer fits.", form(signed, &path, "stack", html! {
                (document_field("replacement", "Document", document.unwrap_or(&document_of(&found)), ""))
                button type="submit" { "Replace the schema …" }
            })))
            (card("Remove it", "Its values are shown no more, and no filter finds them. A resource loses them when it is next written; until then they come back with the schema.", html! {
                div { (form(signed, &format!("{path}/delete"), "", html! { button.danger-quiet type="submit" { "Remove the schema …" } })) }
            }))
        } @else {
            (card("The document", "", html! { pre tabindex="0" role="region" aria-label="The document" { (document_of(&found)) } }))
        }
    };
    Ok((schema.id.clone(), body))
}

fn known(tx: &mut (impl ReadTx + ?Sized), org: OrgId, urn: &str) -> Result<SchemaExtension, Fault> {
    Ok(schemas::require(tx, org, urn)?)
}

fn attribute_row(of: Option<&str>, attribute: &Attribute) -> Markup {
    let holds: Vec<&str> = [
        attribute.multi_valued.then_some("several values"),
        attribute.required.then_some("required"),
        attribute.case_exact.then_some("case matters"),
        match attribute.mutability {
            Mutability::ReadWrite => None,
            Mutability::ReadOnly => Some("read-only"),
            Mutability::Immutable => Some("set once"),
            Mutability::WriteOnly => Some("never shown"),
        },
        match attribute.returned {
            Returned::Default => None,
            Returned::Always => Some("always shown"),
            Returned::Never => Some("never shown"),
            Returned::Request => Some("shown when asked for"),
        },
    ]
    .into_iter()
    .flatten()
    .collect();
    html! {
        tr {
            td { code { @if let Some(of) = of { (of) "." } (attribute.name) } }
            td data-label="Type" { (attribute.kind.as_str()) }
            td data-label="What holds of it" { @if holds.is_empty() { span.faint { "one value, read and written" } } @else { (holds.join(", ")) } }
            td data-label="About" { (attribute.description) }
        }
    }
}

/// The document as it can be sent again.
fn document_of(found: &SchemaExtension) -> String {
    let SchemaExtension { schema, kind, required, .. } = found;
    let mut document = json!({
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "resourceType": kind.name(),
        "required": required,
        "attributes": schema.attributes,
    });
    leave_out_defaults(&mut document["attributes"]);
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// What goes without saying (RFC 7643 §2.2) is not said, so that somebody can read the rest.
fn leave_out_defaults(attributes: &mut Value) {
    let plain = [
        ("multiValued", json!(false)),
        ("description", json!("")),
        ("required", json!(false)),
        ("mutability", json!("readWrite")),
        ("returned", json!("default")),
        ("uniqueness", json!("none")),
    ];
    for attribute in attributes.as_array_mut().into_iter().flatten() {
        if let Some(inner) = attribute.get_mut("subAttributes") {
            leave_out_defaults(inner);
        }
        let Some(members) = attribute.as_object_mut() else { continue };
        let is_text = !matches!(members.get("type").and_then(Value::as_str), Some("reference" | "binary"));
        members.retain(|name, value| {
            let default = plain.iter().any(|(known, default)| known == name && default == value);
            !(default || (is_text && name == "caseExact" && *value == false))
        });
    }
}

async fn replace(signed: Signed) -> Answer {
    let (urn, document) = (urn_of(&signed), signed.form.field("replacement").to_owned());
    let sent = document.clone();
    let change = move |tx: &mut dyn Tx, act: &Act<'_>| {
        // A schema that is not there comes before a document that is none.
        known(tx, act.org, &urn)?;
        Ok(schemas::replace(tx, act, &urn, parsed(&sent)?)?)
    };
    let path = path_of(&urn_of(&signed));
    let ask = ask(format!("Replace the schema {}?", urn_of(&signed)), "Replace the schema", path.clone());
    match signed.planned(ask, change).await {
        Ok(Outcome::Show(page)) => page,
        Ok(Outcome::Done(_)) => {
            signed.done(&path, "The schema is replaced. It holds from the next request on.")
        }
        Err(Fault::Refused(why)) => {
            let (urn, body) = schema_page(&signed, Some(&document), Some(&why)).await?;
            signed.page_with(StatusCode::UNPROCESSABLE_ENTITY, Section::Schemas, &urn, body)
        }
        Err(fault) => Err(fault),
    }
}

async fn remove(signed: Signed) -> Answer {
    let urn = urn_of(&signed);
    let ask = ask(format!("Remove the schema {urn}?"), "Remove the schema", path_of(&urn));
    match signed.planned(ask, move |tx, act| Ok(schemas::remove(tx, act, &urn)?)).await? {
        Outcome::Show(page) => page,
        Outcome::Done(()) => signed.done(HERE, "The schema is removed. Its values are shown no more."),
    }
}

impl From<ExtensionError> for Fault {
    fn from(problem: ExtensionError) -> Self {
        match problem {
            ExtensionError::Store(error) => error.into(),
            ExtensionError::Unknown { .. } => {
                Self::not_found("The organisation has no such schema. It may have been removed.")
            }
            other => Self::invalid(other),
        }
    }
}
