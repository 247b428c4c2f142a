//! What the columns of a file mean.

use std::fmt::Display;

use csv::StringRecord;
use rolecall_domain::{
    grant::Grant,
    role::{OrgRole, WorkspaceRole},
    time::Moment,
    use_cases::{import::ImportRow, workspaces::WorkspaceRef},
};

/// A column, by its name in the first line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Column {
    Id,
    UserName,
    ExternalId,
    DisplayName,
    GivenName,
    FamilyName,
    Email,
    Active,
    Role,
    Workspaces,
}

/// Their names.
const NAMES: [(&str, Column); 10] = [
    ("id", Column::Id),
    ("user_name", Column::UserName),
    ("external_id", Column::ExternalId),
    ("display_name", Column::DisplayName),
    ("given_name", Column::GivenName),
    ("family_name", Column::FamilyName),
    ("email", Column::Email),
    ("active", Column::Active),
    ("role", Column::Role),
    ("workspaces", Column::Workspaces),
];

impl Column {
    /// Reads the line of names.
    pub(super) fn all(head: &StringRecord) -> Result<Vec<Self>, String> {
        let mut columns = Vec::with_capacity(head.len());
        for given in head {
            let name = given.to_lowercase().replace([' ', '-'], "_");
            let known = NAMES.iter().find(|(known, _)| *known == name).map(|(_, column)| *column);
            let column = known.ok_or_else(|| {
                let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
                format!(
                    "`{given}` is not a column of an import; leave it out, or call it one of: {}",
                    names.join(", ")
                )
            })?;
            if columns.contains(&column) {
                return Err(format!("column `{given}` is there twice"));
            }
            columns.push(column);
        }
        if !columns.contains(&Self::UserName) {
            return Err(
                "the first line names no column `user_name`, by which the directory will know people".into(),
            );
        }
        Ok(columns)
    }
}

/// Reads a line.
pub(super) fn row(columns: &[Column], record: &StringRecord) -> Result<ImportRow, String> {
    let mut row = ImportRow::default();
    for (column, cell) in columns.iter().zip(record) {
        let Some(cell) = said(cell) else { continue };
        match column {
            Column::Id => row.id = Some(cell),
            Column::UserName => row.user_name = cell,
            Column::ExternalId => row.external_id = Some(cell),
            Column::DisplayName => row.display_name = Some(cell),
            Column::GivenName => row.given_name = Some(cell),
            Column::FamilyName => row.family_name = Some(cell),
            Column::Email => row.email = Some(email(cell)?),
            Column::Active => row.active = Some(active(&cell)?),
            Column::Role => row.role = Some(org_role(&cell)?),
            Column::Workspaces => {
                let grants = cell.split(';').map(str::trim).filter(|grant| !grant.is_empty());
                row.grants = grants.map(grant).collect::<Result<_, _>>()?;
            }
        }
    }
    Ok(row)
}

/// A text, unless it is blank.
pub(super) fn said(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

pub(super) fn email(text: String) -> Result<String, String> {
    let fits = text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty());
    if fits { Ok(text) } else { Err(format!("email `{text}` is no address")) }
}

fn active(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("active must be true or false, not `{text}`")),
    }
}

pub(super) fn org_role(text: &str) -> Result<OrgRole, String> {
    text.to_ascii_lowercase().parse().map_err(|error| format!("role: {error}"))
}

/// `sales:manager`, or `sales` for a member; `sales:admin until 2027-01-31 then member`, where it ends.
fn grant(text: &str) -> Result<(WorkspaceRef, Grant), String> {
    let (place, end) = parted(text, " until ");
    let (workspace, role) = place.rsplit_once(':').unwrap_or((place, WorkspaceRole::Member.as_str()));
    let (at, then) = end.map_or((None, None), |end| {
        let (at, then) = parted(end, " then ");
        (Some(at), then)
    });
    granted(workspace, role, at, then)
}

/// A role in a workspace, until a day, which counts to its end, or a time; and what it leaves.
pub(super) fn granted(
    workspace: &str,
    role: &str,
    at: Option<&str>,
    then: Option<&str>,
) -> Result<(WorkspaceRef, Grant), String> {
    let told = |error: &dyn Display| format!("workspaces: {error}");
    let word =
        |text: &str| text.trim().to_ascii_lowercase().parse::<WorkspaceRole>().map_err(|error| told(&error));
    let at = at.map(|at| at.trim().parse::<Moment>().map_err(|error| told(&error))).transpose()?;
    let grant = Grant::new(word(role)?, at.map(Moment::end), then.map(word).transpose()?);
    Ok((WorkspaceRef(workspace.trim().to_owned()), grant.map_err(|error| told(&error))?))
}

/// What stands before a word and behind it.
fn parted<'t>(text: &'t str, word: &str) -> (&'t str, Option<&'t str>) {
    text.split_once(word).map_or((text, None), |(before, behind)| (before, Some(behind)))
}
