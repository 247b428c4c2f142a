//! Mappings as code: what an organisation's mappings, workspaces and names shall be, compared with what they are, and made so.
//!
//! A section that is absent is left alone. Without pruning only what a section has is added and changed.

mod difference;
mod steps;

use serde::Deserialize;

use crate::{
    ids::{GroupId, MappingId, OrgId, WorkspaceId},
    name_rule::{NameReader, NameRule},
    pattern::NamePattern,
    ports::{MappingFilter, ReadTx, Slice, StoreError, StoreResult},
    records::{Mapping, RoleMapping, Settings, Workspace},
    role::{OrgRole, WorkspaceRole},
};
use rolecall_scim::index::fold;

pub use difference::difference;
pub use steps::{Step, StepError, carry_out};

/// What shall be.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingFile {
    /// The name pattern.
    pub pattern: Option<FilePattern>,
    /// The rules on names, in their order. They are always given as a whole.
    pub rules: Option<Vec<NameRule>>,
    /// Workspaces, by slug.
    pub workspaces: Option<Vec<FileWorkspace>>,
    /// Group → (workspace, role).
    pub mappings: Option<Vec<FileMapping>>,
    /// Group → role in the organisation.
    pub roles: Option<Vec<FileRole>>,
}

/// The name pattern; what is absent stays.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePattern {
    /// Whether names are read by it.
    pub enabled: Option<bool>,
    /// What such a name starts with.
    pub prefix: Option<String>,
    /// What stands between workspace and role.
    pub role_separator: Option<String>,
    /// Whether a workspace that a name asks for is made when there is none.
    pub create_workspaces: Option<bool>,
}

/// A workspace.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileWorkspace {
    /// Its address, by which it is known.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Whether it is archived.
    #[serde(default)]
    pub archived: bool,
}

/// Group → (workspace, role).
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileMapping {
    /// The group's name.
    pub group: String,
    /// Its id, where the name alone does not say which.
    pub group_id: Option<String>,
    /// Slug of the workspace.
    pub workspace: String,
    /// What the group's people become there.
    pub role: WorkspaceRole,
    /// Whether it gives nothing for now.
    #[serde(default)]
    pub paused: bool,
}

/// Group → role in the organisation.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRole {
    /// The group's name.
    pub group: String,
    /// Its id, where the name alone does not say which.
    pub group_id: Option<String>,
    /// What the group's people are in the organisation, at least.
    pub role: OrgRole,
    /// Whether it gives nothing for now.
    #[serde(default)]
    pub paused: bool,
}

/// What is there, as far as a file can speak of it.
struct Present {
    settings: Settings,
    workspaces: Vec<Workspace>,
    mappings: Vec<Mapping>,
    roles: Vec<RoleMapping>,
}

impl Present {
    fn read(tx: &mut (impl ReadTx + ?Sized), org: OrgId) -> StoreResult<Self> {
        let workspaces = all(|after: Option<WorkspaceId>| {
            let page = tx.list_workspaces(org, Slice { after, limit: PAGE })?;
            Ok((page.last().map(|workspace| workspace.id), page))
        })?;
        let mappings = all(|after: Option<MappingId>| {
            let page = tx.list_mappings(org, &MappingFilter::default(), Slice { after, limit: PAGE })?;
            Ok((page.last().map(|mapping| mapping.id), page))
        })?;
        let roles = all(|after: Option<MappingId>| {
            let page = tx.list_role_mappings(org, Slice { after, limit: PAGE })?;
            Ok((page.last().map(|mapping| mapping.id), page))
        })?;
        Ok(Self { settings: tx.settings(org)?, workspaces, mappings, roles })
    }

    fn slug(&self, id: WorkspaceId) -> Result<&str, StoreError> {
        let found = self.workspaces.iter().find(|workspace| workspace.id == id);
        let lost =
            || StoreError::Failed(format!("a mapping leads to the workspace {id}, which is not there"));
        found.map(|workspace| workspace.slug.as_str()).ok_or_else(lost)
    }
}

const PAGE: u32 = 500;

/// All pages of a list. Answers of a page where the next one begins.
fn all<T, Id: Copy>(
    mut page: impl FnMut(Option<Id>) -> StoreResult<(Option<Id>, Vec<T>)>,
) -> StoreResult<Vec<T>> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let (last, rows) = page(after)?;
        let full = rows.len() == PAGE as usize;
        found.extend(rows);
        if !full {
            return Ok(found);
        }
        after = last;
    }
}

/// The file that says what is there: applied to what it was read from, it changes nothing. Sorted, so that two of them can be
/// compared.
pub fn export(tx: &mut (impl ReadTx + ?Sized), org: OrgId) -> StoreResult<MappingFile> {
    let present = Present::read(tx, org)?;
    let reader = NameReader::new(&present.settings);
    let mut id_of = |group: GroupId, name: &str, by_name: bool| -> StoreResult<Option<String>> {
        let shared = tx.find_groups_by_name(org, &fold(name))?.len() > 1;
        Ok((shared || by_name && reader.read(name).is_some()).then(|| group.to_string()))
    };
    let (mut mappings, mut roles) = (Vec::new(), Vec::new());
    for mapping in &present.mappings {
        mappings.push(FileMapping {
            group: mapping.group_name.clone(),
            group_id: id_of(mapping.group, &mapping.group_name, true)?,
            workspace: present.slug(mapping.workspace)?.to_owned(),
            role: mapping.role,
            paused: mapping.paused_at.is_some(),
        });
    }
    for mapping in &present.roles {
        roles.push(FileRole {
            group: mapping.group_name.clone(),
            group_id: id_of(mapping.group, &mapping.group_name, false)?,
            role: mapping.role,
            paused: mapping.paused_at.is_some(),
        });
    }
    mappings
        .sort_by(|a, b| (&a.group, &a.group_id, &a.workspace).cmp(&(&b.group, &b.group_id, &b.workspace)));
    roles.sort_by(|a, b| (&a.group, &a.group_id).cmp(&(&b.group, &b.group_id)));
    let mut workspaces: Vec<FileWorkspace> = present.workspaces.iter().map(FileWorkspace::from).collect();
    workspaces.sort_by(|a, b| a.slug.cmp(&b.slug));
    let NamePattern { enabled, prefix, role_separator, create_workspaces } = present.settings.pattern.clone();
    Ok(MappingFile {
        pattern: Some(FilePattern {
            enabled: Some(enabled),
            prefix: Some(prefix),
            role_separator: Some(role_separator),
            create_workspaces: Some(create_workspaces),
        }),
        rules: Some(present.settings.rules.clone()),
        workspaces: Some(workspaces),
        mappings: Some(mappings),
        roles: Some(roles),
    })
}

impl From<&Workspace> for FileWorkspace {
    fn from(workspace: &Workspace) -> Self {
        Self {
            slug: workspace.slug.clone(),
            name: workspace.name.clone(),
            archived: workspace.archived_at.is_some(),
        }
    }
}
