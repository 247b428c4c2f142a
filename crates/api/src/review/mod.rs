//! An access review as a document: CSV for spreadsheets, JSON for programs, HTML to print and sign. Row by row, so that a
//! million of them take no more memory than one.

mod html;
mod sent;

use std::io::{self, Write};

use rolecall_domain::{
    ports::{ReadTx, StoreError},
    records::Org,
    time::Timestamp,
    use_cases::{
        history::HistoryError,
        review::{Review, ReviewRow, ReviewTally, ReviewWanted},
    },
};
use serde::Serialize;

pub use sent::send;

/// In which form.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Format {
    /// For spreadsheets; the head stands in lines that begin with `#`.
    Csv,
    /// For programs.
    #[default]
    Json,
    /// To read, print and sign.
    Html,
}

impl Format {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    /// The ending of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Html => "html",
        }
    }
}

impl std::str::FromStr for Format {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Csv, Self::Json, Self::Html]
            .into_iter()
            .find(|format| format.extension() == text)
            .ok_or_else(|| format!("`{text}` is not a format; use one of: csv, json, html"))
    }
}

/// Why a review was not written.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// What was asked for is not there, or the store failed.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// Nobody takes it.
    #[error("the review cannot be written: {0}")]
    Output(#[from] io::Error),
}

impl From<StoreError> for ReviewError {
    fn from(error: StoreError) -> Self {
        Self::History(error.into())
    }
}

/// What is known before the first row is written.
pub struct Prepared {
    review: Review,
    org: Org,
    made_at: Timestamp,
}

/// Reads what stands above the rows, which is little. [`write()`] then has to run in the same transaction.
pub fn prepare(
    tx: &mut (impl ReadTx + ?Sized),
    org: Org,
    wanted: &ReviewWanted,
    now: Timestamp,
) -> Result<Prepared, ReviewError> {
    let review = Review::begin(tx, org.id, wanted, now)?;
    Ok(Prepared { review, org, made_at: now })
}

/// Writes a review. What stands above its rows goes out before they are read, and what they sum up to stands below them: a
/// document that was broken off lacks it.
pub fn write(
    tx: &mut (impl ReadTx + ?Sized),
    prepared: &Prepared,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), ReviewError> {
    match format {
        Format::Csv => write_csv(tx, prepared, out),
        Format::Json => write_json(tx, prepared, out),
        Format::Html => html::write(tx, prepared, out),
    }
}

const COLUMNS: [&str; 12] = [
    "workspace",
    "workspace_name",
    "workspace_id",
    "user_name",
    "email",
    "user_id",
    "role",
    "since",
    "why",
    "last_change",
    "changed_by",
    "change_id",
];

fn write_csv(
    tx: &mut (impl ReadTx + ?Sized),
    prepared: &Prepared,
    out: &mut dyn Write,
) -> Result<(), ReviewError> {
    let Prepared { review, org, made_at } = prepared;
    writeln!(out, "# Access review of {} ({})", one_line(&org.name), org.slug)?;
    writeln!(out, "# as of {}, made at {made_at}", review.at())?;
    let mut csv = csv::Writer::from_writer(&mut *out);
    csv.write_record(COLUMNS).map_err(io::Error::from)?;
    csv.flush()?;
    let mut tally = ReviewTally::default();
    review.rows(tx, org.id, &mut |row: ReviewRow| {
        tally.add(&row);
        let cells = [
            row.workspace,
            row.workspace_name,
            row.workspace_id.to_string(),
            row.user_name.unwrap_or_default(),
            row.email.unwrap_or_default(),
            row.user_id.to_string(),
            row.role.to_owned(),
            row.since.to_string(),
            row.why.join("; "),
            row.changed_at.to_string(),
            row.changed_by,
            row.change.to_string(),
        ];
        csv.write_record(cells.iter().map(|cell| safe_cell(cell).into_owned()))
            .map_err(|error| ReviewError::Output(error.into()))
    })?;
    csv.flush()?;
    drop(csv);
    let totals = tally.total();
    writeln!(out, "# {} memberships in {} workspaces", totals.memberships, totals.workspaces)?;
    Ok(writeln!(out, "# checksum {}", totals.checksum)?)
}

/// A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it.
pub fn safe_cell(cell: &str) -> std::borrow::Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{cell}").into()
    } else {
        cell.into()
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[derive(Serialize)]
struct HeadView<'v> {
    organisation: &'v str,
    name: &'v str,
    at: Timestamp,
    made_at: Timestamp,
}

#[derive(Serialize)]
struct TotalsView {
    workspaces: u64,
    memberships: u64,
    checksum: String,
}

#[derive(Serialize)]
struct RowView {
    workspace: String,
    workspace_name: String,
    workspace_id: String,
    user_name: Option<String>,
    email: Option<String>,
    user_id: String,
    role: &'static str,
    since: Timestamp,
    why: Vec<String>,
    last_change: Timestamp,
    changed_by: String,
    change_id: String,
}

impl From<ReviewRow> for RowView {
    fn from(row: ReviewRow) -> Self {
        Self {
            workspace: row.workspace,
            workspace_name: row.workspace_name,
            workspace_id: row.workspace_id.to_string(),
            user_name: row.user_name,
            email: row.email,
            user_id: row.user_id.to_string(),
            role: row.role,
            since: row.since,
            why: row.why,
            last_change: row.changed_at,
            changed_by: row.changed_by,
            change_id: row.change.to_string(),
        }
    }
}

fn write_json(
    tx: &mut (impl ReadTx + ?Sized),
    prepared: &Prepared,
    out: &mut dyn Write,
) -> Result<(), ReviewError> {
    let Prepared { review, org, made_at } = prepared;
    let head = HeadView { organisation: &org.slug, name: &org.name, at: review.at(), made_at: *made_at };
    out.write_all(b"{\"review\":")?;
    serde_json::to_writer(&mut *out, &head).map_err(io::Error::from)?;
    out.write_all(b",\"data\":[")?;
    out.flush()?;
    let (mut first, mut tally) = (true, ReviewTally::default());
    review.rows(tx, org.id, &mut |row| {
        tally.add(&row);
        out.write_all(if std::mem::take(&mut first) { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &RowView::from(row))
            .map_err(|error| ReviewError::Output(error.into()))
    })?;
    out.write_all(b"\n],\"totals\":")?;
    let totals = tally.total();
    let totals = TotalsView {
        workspaces: totals.workspaces,
        memberships: totals.memberships,
        checksum: totals.checksum,
    };
    serde_json::to_writer(&mut *out, &totals).map_err(io::Error::from)?;
    Ok(out.write_all(b"}\n")?)
}

#[cfg(test)]
mod tests {
    use rolecall_domain::{
        ports::{Names, WorkspaceName},
        testing::{MockTx, NOW, ORG, a_workspace, an_org},
    };

    use super::*;

    /// What was written, and how much of it had been handed on when.
    #[derive(Default)]
    struct Sheet {
        text: Vec<u8>,
        handed_on: Vec<usize>,
    }

    impl Write for Sheet {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.text.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            self.handed_on.push(self.text.len());
            Ok(())
        }
    }

    /// An organisation with one workspace, in which nothing has been read yet.
    fn an_organisation() -> (MockTx, Prepared) {
        let mut tx = MockTx::new();
        let sales = a_workspace("Sales");
        let id = sales.id;
        tx.expect_workspaces_ever().returning(move |_| Ok(vec![id]));
        tx.expect_names_of().returning(move |_, _, _| {
            let name = WorkspaceName { slug: Some(sales.slug.clone()), name: sales.name.clone() };
            Ok(Names { workspaces: [(id, name)].into(), ..Names::default() })
        });
        tx.expect_list_connections().returning(|_| Ok(Vec::new()));
        tx.expect_list_tokens().returning(|_| Ok(Vec::new()));
        tx.expect_list_api_keys().returning(|_| Ok(Vec::new()));
        tx.expect_list_administrators().returning(|_| Ok(Vec::new()));
        tx.expect_list_connect_links().returning(|_| Ok(Vec::new()));
        let prepared = prepare(&mut tx, an_org("acme"), &ReviewWanted::default(), NOW).unwrap();
        assert_eq!(prepared.org.id, ORG);
        (tx, prepared)
    }

    #[test]
    fn what_stands_above_a_review_goes_out_before_a_row_is_read_and_one_that_is_broken_off_has_no_end() {
        for (format, above, end) in [
            (Format::Csv, "# Access review of", "# checksum"),
            (Format::Json, "{\"review\":{\"organisation\":\"acme\"", "\"totals\""),
            (Format::Html, "<h1>Access review of", "Checksum"),
        ] {
            let (mut tx, prepared) = an_organisation();
            tx.expect_tenures().returning(|_, _, _| Err(StoreError::Unavailable("it went away".into())));
            let mut sheet = Sheet::default();
            let failed = write(&mut tx, &prepared, format, &mut sheet);
            assert!(matches!(failed, Err(ReviewError::History(HistoryError::Store(_)))), "{failed:?}");
            let sent = &sheet.text[..sheet.handed_on[0]];
            assert!(String::from_utf8_lossy(sent).contains(above), "{format:?}");
            assert!(!String::from_utf8_lossy(&sheet.text).contains(end), "{format:?}");

            let (mut tx, prepared) = an_organisation();
            tx.expect_tenures().returning(|_, _, _| Ok(Vec::new()));
            let mut sheet = Sheet::default();
            write(&mut tx, &prepared, format, &mut sheet).unwrap();
            assert!(String::from_utf8_lossy(&sheet.text).contains(end), "{format:?}");
        }
    }

    #[test]
    fn no_cell_is_taken_for_a_formula() {
        for formula in ["=HYPERLINK(\"x\")", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(safe_cell(formula), format!("'{formula}"));
        }
        for harmless in ["", "ada@acme.example", "a=b", "2026-03-01"] {
            assert_eq!(safe_cell(harmless), harmless);
        }
    }
}
