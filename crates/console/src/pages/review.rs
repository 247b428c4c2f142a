//! The access review: who has, or had, which role in which workspace, as a document for auditors.

use maud::html;
use rolecall_api::review::{self, Format, ReviewError};
use rolecall_domain::{
    ports::ReadCost,
    use_cases::{history::HistoryError, review::ReviewWanted, workspaces::WorkspaceRef},
};

use super::{history, why};
use crate::{
    fault::{Answer, Fault},
    route::routes,
    view::{Section, card, heading},
    visit::Signed,
};

routes! {
    GET "/console/review" auditor => ask;
    GET "/console/review/document" auditor => document;
}

async fn ask(signed: Signed) -> Answer {
    let body = html! {
        (heading(&[], "Access review", "Who has which role in which workspace, since when, why, and by whose doing: the document that auditors ask for.", html! {}))
        (card("Make the document", "", html! {
            form.stack action="/console/review/document" {
                div { (why::workspace_field(signed.query("workspace"))) }
                div {
                    label for="at" { "As it was at the end of" }
                    input #at type="date" name="at" value=(signed.query("at"));
                    p.hint { "A day in UTC. As it is now, if empty." }
                }
                div {
                    label for="format" { "Form" }
                    select #format name="format" {
                        option value="html" { "HTML, to read, print and sign" }
                        option value="csv" { "CSV, for spreadsheets" }
                        option value="json" { "JSON, for programs" }
                    }
                }
                div { button.primary type="submit" { "Download" } }
            }
        }))
        (card("What is in it", "", html! {
            p { "A line for each person in each workspace, with the role, since when, what gives it, and the request or administrator behind it. Its head says what it covers, its end how many lines there are, and a checksum over them: two documents that say the same have the same." }
            p { "People who were deleted are in a document of a day when they were there, until their name is forgotten." }
        }))
    };
    signed.page(Section::Review, "Access review", body)
}

async fn document(signed: Signed) -> Answer {
    let given = signed.query("workspace").trim().to_owned();
    let workspace = signed.look(ReadCost::Point, move |tx, org| why::one_workspace(tx, org, &given)).await?;
    let wanted = ReviewWanted {
        workspace: workspace.map(|found| WorkspaceRef(found.id.to_string())),
        at: history::day(&signed)?,
    };
    let format = match signed.query("format") {
        "" => Format::Html,
        given => given.parse().map_err(Fault::invalid)?,
    };
    Ok(review::send(&signed.console.app, signed.who.org.clone(), wanted, format).await?)
}

impl From<ReviewError> for Fault {
    fn from(error: ReviewError) -> Self {
        match error {
            ReviewError::History(HistoryError::Store(error)) => error.into(),
            ReviewError::History(HistoryError::UnknownWorkspace { given }) => Self::not_found(format!(
                "No workspace has the id or slug `{given}`. The list of workspaces shows their slugs."
            )),
            other => Self::invalid(other),
        }
    }
}
