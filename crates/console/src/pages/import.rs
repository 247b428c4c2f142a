//! Import: people who are there already, brought in from a file before a directory pushes them, and looked at first.

use actix_web::http::{StatusCode, header};
use maud::{Markup, html};
use rolecall_api::import::{self, Format, ImportFailure, MOST_BYTES};
use rolecall_domain::{
    ids::WorkspaceId,
    ports::{ReadCost, Slice},
    role::AdminRole,
    use_cases::import::{ImportError, ImportReport, LineFault},
};
use serde_json::json;

use crate::{
    fault::{Answer, Fault},
    planned::{Again, Ask, Outcome},
    route::routes,
    view::{Section, card, counted, figure_only, file_form, heading, number, table},
    visit::Signed,
};

routes! {
    GET "/console/import" auditor => show;
    POST "/console/import" admin (MOST_BYTES) => run;
    GET "/console/import/example.csv" auditor => example_csv;
    GET "/console/import/example.json" auditor => example_json;
}

const HERE: &str = "/console/import";

/// A file up to here is sent again by the page of its plan. A larger one is chosen again: nothing is kept in between.
const CARRIED_BYTES: usize = 1024 * 1024;

const COLUMNS: &[(&str, &str)] = &[
    ("user_name", "Needed: what the directory will send as userName, mostly the sign-in name."),
    (
        "id",
        "Your application's own id of the person. A UUID becomes the person's id; any other is kept beside it.",
    ),
    ("external_id", "The directory's own id of the person, where you know it."),
    ("display_name, given_name, family_name, email", "Until the directory says what they are."),
    ("active", "true or false; somebody new is active."),
    ("role", "In the organisation: owner, admin or member; somebody new is a member."),
    ("workspaces", "What the person is given by hand: sales:admin;support. Without a role: member."),
];

/// What somebody sent.
struct Sent {
    /// As the browser calls the file; empty when the lines were written into the form.
    name: String,
    format: Format,
    bytes: Vec<u8>,
}

impl Sent {
    fn of(signed: &Signed) -> Result<Self, Fault> {
        let form = &signed.form;
        let (name, bytes) = match form.file() {
            Some(file) => (file.name.clone(), file.bytes.clone()),
            None => (form.field("name").to_owned(), form.field("lines").as_bytes().to_vec()),
        };
        if bytes.trim_ascii().is_empty() {
            return Err(Fault::invalid("choose a file, or write its lines into the field"));
        }
        let ending = name.rsplit_once('.').and_then(|(_, ending)| Format::of_extension(ending));
        let begins_as_json = bytes.trim_ascii_start().starts_with(b"{");
        let format = ending.unwrap_or(if begins_as_json { Format::Json } else { Format::Csv });
        Ok(Self { name, format, bytes })
    }

    /// What it is called.
    fn title(&self) -> &str {
        if self.name.is_empty() { "these lines" } else { &self.name }
    }

    /// What the page of its plan sends. Whatever has a plan is UTF-8.
    fn again(&self) -> Again {
        let text = std::str::from_utf8(&self.bytes).ok().filter(|text| text.len() <= CARRIED_BYTES);
        Again::WithFile(html! {
            @match text {
                Some(text) => {
                    input type="hidden" name="name" value=(self.name);
                    input type="hidden" name="lines" value=(text);
                }
                None => {
                    div {
                        label for="file" { "Choose " (self.title()) " again: nothing was kept of it, and it is done only if it does just this" }
                        input #file type="file" name="file" required accept=".csv,.json,text/csv,application/json";
                    }
                }
            }
        })
    }
}

async fn show(signed: Signed) -> Answer {
    let body = page(&signed, html! {}, "");
    signed.page(Section::Import, "Import", body)
}

fn page(signed: &Signed, wrong: Markup, lines: &str) -> Markup {
    html! {
        (heading(&[], "Import people", "Bring in who is there already, with their ids and what they were given by hand, before a directory pushes them: nobody gets a second account.", html! {
            a.button href="/console/matches" { "Who waits for a directory" }
        }))
        (wrong)
        @if signed.may(AdminRole::Admin) { (choose(signed, lines)) } @else {
            div.notice { "An administrator of role admin can import people here." }
        }
        (card("What the file says", "A line for each person, after one that names the columns, in any order. Columns that you have nothing for are left out; a blank cell says nothing.", html! {
            div.inline {
                a.button href=(format!("{HERE}/example.csv")) download { "Example as CSV" }
                a.button href=(format!("{HERE}/example.json")) download { "Example as JSON" }
            }
            (table("Columns", &["Column", "What it says"], html! {
                @for (names, about) in COLUMNS {
                    tr {
                        td { @for (place, name) in names.split(", ").enumerate() { @if place > 0 { " " } code { (name) } } }
                        td data-label="What it says" { (about) }
                    }
                }
            }))
        }))
    }
}

fn choose(signed: &Signed, lines: &str) -> Markup {
    card(
        "Choose the file",
        "The next page shows what it would do. All of it is imported or nothing; the same file again changes nothing, and nobody is removed by leaving them out.",
        file_form(
            signed,
            HERE,
            "stack",
            html! {
                div {
                    label for="file" { "File, CSV (UTF-8) or JSON, at most " (MOST_BYTES / (1024 * 1024)) " MiB" }
                    input #file type="file" name="file" accept=".csv,.json,text/csv,application/json";
                }
                details.more open[!lines.is_empty()] {
                    summary { "Or write its lines here" }
                    label.hidden for="lines" { "Lines" }
                    textarea #lines name="lines" rows="8" spellcheck="false" autocomplete="off" placeholder="user_name,display_name,workspaces" { (lines) }
                }
                button.primary type="submit" { "Look at it first …" }
            },
        ),
    )
}

async fn run(signed: Signed) -> Answer {
    let (given, pasted) = (Sent::of(&signed), signed.form.field("name").is_empty());
    let outcome = match given {
        Ok(sent) => bring_in(&signed, sent).await,
        Err(fault) => Err(fault),
    };
    let wrong = match outcome {
        Ok(Outcome::Show(page)) => return page,
        Ok(Outcome::Done(report)) => return signed.done(HERE, told(&report)),
        Err(Fault::BadLines { count, faults }) => bad_lines(count, &faults),
        Err(Fault::Refused(why)) => html! { div.flash.refused role="alert" { (why) } },
        Err(fault) => return Err(fault),
    };
    let lines = if pasted && signed.form.file().is_none() { signed.form.field("lines") } else { "" };
    let body = page(&signed, wrong, lines);
    signed.page_with(StatusCode::UNPROCESSABLE_ENTITY, Section::Import, "Import", body)
}

async fn bring_in(signed: &Signed, sent: Sent) -> Result<Outcome<ImportReport>, Fault> {
    let ask = Ask {
        section: Section::Import,
        title: format!("Import {}?", sent.title()),
        button: "Import",
        back: HERE.into(),
    };
    let again = sent.again();
    let Sent { format, bytes, .. } = sent;
    signed
        .planned_again(ask, again, move |tx, act| Ok(import::run(tx, act, format, &mut &bytes[..])?), figures)
        .await
}

fn figures(report: &ImportReport) -> Markup {
    let ImportReport { people, created, changed, unchanged, of_directories, grants } = report;
    html! {
        div.figures {
            (figure_only("People in it", &number(*people)))
            (figure_only("New", &number(*created)))
            (figure_only("Changed", &number(*changed)))
            (figure_only("As they are", &number(*unchanged)))
            @if *of_directories > 0 { (figure_only("A directory's own", &number(*of_directories))) }
            (figure_only("Roles by hand", &number(*grants)))
        }
        @if *of_directories > 0 {
            p.list-note { "Whom a directory owns keeps the attributes that it gave; roles by hand are taken from the file all the same." }
        }
    }
}

fn told(report: &ImportReport) -> String {
    let ImportReport { people, created, changed, grants, .. } = report;
    format!(
        "The file of {} is imported: {} new, {} changed, {} by hand.",
        counted(*people, "person", "people"),
        number(*created),
        number(*changed),
        counted(*grants, "role", "roles"),
    )
}

fn bad_lines(count: u64, faults: &[LineFault]) -> Markup {
    let title = match count {
        1 => "One line cannot be taken".to_owned(),
        count => format!("{} lines cannot be taken", number(count)),
    };
    let shown = if count > faults.len() as u64 {
        format!(" The first {} are shown.", faults.len())
    } else {
        String::new()
    };
    html! {
        section.card role="alert" {
            header {
                h2 { (title) }
                p { "Nothing was imported. Put them right and choose the file again." (shown) }
            }
            (table("Lines that cannot be taken", &["Line", "What is wrong, and what would work"], html! {
                @for LineFault { line, detail } in faults {
                    tr { td data-label="Line" { (number(*line)) } td data-label="What is wrong" { (detail) } }
                }
            }))
        }
    }
}

/// Slugs of workspaces that are there, so that the example can be tried as it is.
async fn some_workspaces(signed: &Signed) -> Result<Vec<String>, Fault> {
    signed
        .look(ReadCost::Point, |tx, org| {
            let first = tx.list_workspaces(org, Slice::<WorkspaceId> { after: None, limit: 2 })?;
            Ok(first.into_iter().map(|workspace| workspace.slug).collect())
        })
        .await
}

async fn example_csv(signed: Signed) -> Answer {
    let slugs = some_workspaces(&signed).await?;
    let admin = slugs.first().map_or_else(String::new, |slug| format!("{slug}:admin"));
    let all = slugs.join(";");
    let file = format!(
        "id,user_name,external_id,display_name,given_name,family_name,email,active,role,workspaces\n\
         7c9e6679-7425-40de-944b-e07fc1f90ae7,ada@acme.example,,Ada Lovelace,Ada,Lovelace,ada@acme.example,true,owner,{admin}\n\
         E-17,grace@acme.example,,Grace Hopper,Grace,Hopper,grace@acme.example,true,,{all}\n"
    );
    download(&signed, "text/csv; charset=utf-8", file)
}

async fn example_json(signed: Signed) -> Answer {
    let slugs = some_workspaces(&signed).await?;
    let grants = |role: &str, slugs: &[String]| -> Vec<_> {
        slugs.iter().map(|slug| json!({"workspace": slug, "role": role})).collect()
    };
    let file = json!({"people": [
        {
            "id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
            "user_name": "ada@acme.example",
            "display_name": "Ada Lovelace",
            "given_name": "Ada",
            "family_name": "Lovelace",
            "email": "ada@acme.example",
            "active": true,
            "role": "owner",
            "workspaces": grants("admin", slugs.get(..1).unwrap_or_default()),
        },
        {
            "id": "E-17",
            "user_name": "grace@acme.example",
            "display_name": "Grace Hopper",
            "email": "grace@acme.example",
            "workspaces": grants("member", &slugs),
        },
    ]});
    let file = serde_json::to_string_pretty(&file).map_err(|_| Fault::Internal)?;
    download(&signed, "application/json", file + "\n")
}

/// A file that the browser keeps under the name in the address.
fn download(signed: &Signed, media_type: &str, file: String) -> Answer {
    let here = signed.here();
    let name = here.rsplit('/').next().unwrap_or_default();
    Ok(actix_web::HttpResponse::Ok()
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"people-{name}\"")))
        .content_type(media_type.to_owned())
        .body(file))
}

impl From<ImportFailure> for Fault {
    fn from(problem: ImportFailure) -> Self {
        match problem {
            ImportFailure::Import(ImportError::Store(error)) => error.into(),
            ImportFailure::Import(ImportError::Lines { count, faults }) => Self::BadLines { count, faults },
            other => Self::invalid(other),
        }
    }
}
