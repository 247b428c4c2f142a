//! What an explanation looks like as JSON.
//!
//! The domain renders it (`rolecall_domain::use_cases::explain`); these types describe it, and a test reads what the domain
//! renders by them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::{OrgRoleWord, WorkspaceRoleWord};

/// Everything that decides what one person has.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Explanation {
    /// Who.
    user: ExplainedPerson,
    /// What holds whatever the workspace.
    standing: ExplainedStanding,
    /// Why the person keeps what the directory took away; `null` where no hold does so.
    #[schema(required)]
    hold: Option<ExplainedHold>,
    /// The role in the organisation.
    org_role: ExplainedOrgRole,
    /// Each workspace that anything speaks for, or the one that was asked about, by slug.
    workspaces: Vec<ExplainedWorkspace>,
    /// Groups that the person is in and that give nothing anywhere.
    groups_without_effect: Vec<GroupReached>,
}

/// Whose access is explained.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainedPerson {
    /// Also the SCIM `id`.
    #[schema(format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a02")]
    id: String,
    /// `userName`
    #[schema(example = "ada@example.com")]
    user_name: String,
    /// The name to show.
    #[schema(example = "Ada Lovelace")]
    display_name: String,
    /// The primary e-mail address.
    #[schema(example = "ada@example.com", required)]
    email: Option<String>,
}

/// What holds for the person in every workspace.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainedStanding {
    /// `active`, as the directory says.
    #[schema(example = true)]
    active: bool,
    /// The connection trusts none of the person's e-mail domains.
    #[schema(example = false)]
    outside: bool,
    /// The directory removed the person.
    #[schema(example = false)]
    gone: bool,
    /// The person keeps what they have until a hold is settled.
    #[schema(example = false)]
    held: bool,
}

/// Why the person keeps what the directory took away.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainedHold {
    /// `brake`, `last_owner`, `grace` or `upsert_only`.
    #[schema(value_type = super::words::HoldReasonWord)]
    reason: String,
    /// Whether it is decided that the person keeps it; else it waits for a review, or for its end.
    #[schema(example = false)]
    kept: bool,
    /// Since when.
    #[schema(format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    since: String,
    /// When it ends by itself; never, if `null`.
    #[schema(format = DateTime, required)]
    until: Option<String>,
    /// The request that would have taken the access away.
    #[schema(required)]
    cause: Option<AccessCause>,
}

/// The role in the organisation, and where it is from.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainedOrgRole {
    /// The outcome.
    #[schema(value_type = OrgRoleWord)]
    role: String,
    /// What the person's own `roles` say.
    #[schema(value_type = OrgRoleWord)]
    given: String,
    /// Whether only a hold keeps it so high.
    #[schema(example = false)]
    by_hold: bool,
    /// What mapped groups give.
    mappings: Vec<ExplainedRoleMapping>,
}

/// A group that gives a role in the organisation.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainedRoleMapping {
    /// The mapping.
    #[schema(format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a04")]
    mapping_id: String,
    /// What it gives.
    #[schema(value_type = OrgRoleWord)]
    role: String,
    /// Whether it counts.
    outcome: PathOutcome,
    /// What stops it.
    obstacles: Vec<AccessObstacle>,
    /// How the person is in the group: from the person's own group up to the mapped one.
    through: Vec<AccessStep>,
    /// Since when the mapping says so.
    #[schema(format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    since: String,
    /// By which request.
    #[schema(required)]
    cause: Option<AccessCause>,
}

/// One workspace: what the person is there, and every way to it.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainedWorkspace {
    /// Its id.
    #[schema(format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a01")]
    workspace_id: String,
    /// Its slug.
    #[schema(example = "sales")]
    slug: String,
    /// Its name.
    #[schema(example = "Sales")]
    name: String,
    /// Since when it is archived; `null` where it is in use.
    #[schema(format = DateTime, required)]
    archived_at: Option<String>,
    /// The outcome; `null` when the person is not in it.
    #[schema(value_type = Option<WorkspaceRoleWord>, required)]
    role: Option<String>,
    /// Whether only a hold keeps it so.
    #[schema(example = false)]
    by_hold: bool,
    /// Everything that speaks for the person being here.
    paths: Vec<AccessPath>,
    /// Groups that are mapped to this workspace and that the person is not in: joining one would help. At most 20, and only where one
    /// workspace was asked about.
    would_help: Vec<GroupThatWouldHelp>,
}

/// What the rule did with a way to a role: it decides; it counts, and something else gives more; or it is stopped, and the
/// obstacles say by what.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "decides")]
pub(crate) enum PathOutcome {
    /// It gives the role that the person has.
    Decides,
    /// It counts, and something else gives more.
    Outranked,
    /// It does not count.
    Stopped,
}

/// What a way to a role leads through: a mapping that an administrator made, a group that maps itself by its name, or a manual
/// grant.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "mapping")]
pub(crate) enum AccessPathType {
    /// A mapping that an administrator made.
    Mapping,
    /// A group that maps itself by its name.
    Pattern,
    /// By hand.
    Grant,
}

/// Why a way to a role gives nothing: the directory removed or deactivated the person, the connection trusts none of their
/// e-mail domains, the mapping is paused, or the workspace is archived.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "paused_mapping")]
pub(crate) enum AccessObstacle {
    /// The directory removed the person.
    Gone,
    /// The person is not active.
    Inactive,
    /// The connection trusts none of the person's e-mail domains.
    UnverifiedDomain,
    /// The mapping is paused.
    PausedMapping,
    /// The workspace is archived.
    ArchivedWorkspace,
}

/// One way to a role in a workspace.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessPath {
    /// By what.
    #[serde(rename = "type")]
    kind: AccessPathType,
    /// What it gives, or would give.
    #[schema(value_type = WorkspaceRoleWord)]
    role: String,
    /// Whether it counts.
    outcome: PathOutcome,
    /// The higher role that another path gives, when this one is outranked.
    #[schema(value_type = Option<WorkspaceRoleWord>, required)]
    outranked_by: Option<String>,
    /// What stops it.
    obstacles: Vec<AccessObstacle>,
    /// How the person is in the mapped group: from the person's own group up to it. Empty for a grant.
    through: Vec<AccessStep>,
    /// The mapped group; `null` for a grant.
    #[schema(format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a03", required)]
    group_id: Option<String>,
    /// The mapping; `null` for a grant.
    #[schema(format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a04", required)]
    mapping_id: Option<String>,
    /// Since when the mapping or the grant says so.
    #[schema(format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    since: String,
    /// When a grant ends; `null` when it does not.
    #[schema(format = DateTime, example = "2027-01-31T18:00:00.000Z", required)]
    expires_at: Option<String>,
    /// The role that it leaves then, for good.
    #[schema(value_type = Option<WorkspaceRoleWord>, required)]
    then_role: Option<String>,
    /// By which request.
    #[schema(required)]
    cause: Option<AccessCause>,
}

/// A group on the way from a person up, and how the one before came to be in it.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessStep {
    /// The group.
    #[schema(format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a03")]
    group_id: String,
    /// Its name.
    #[schema(example = "Sales team")]
    group: String,
    /// Since when the person, or the group before, is in it.
    #[schema(format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    since: String,
    /// By which request.
    #[schema(required)]
    cause: Option<AccessCause>,
}

/// A group that the person is in.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupReached {
    /// The group.
    #[schema(format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a03")]
    group_id: String,
    /// Its name.
    #[schema(example = "Everybody")]
    group: String,
    /// How the person is in it.
    through: Vec<AccessStep>,
}

/// A group whose people have a role in the workspace.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupThatWouldHelp {
    /// The group.
    #[schema(format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a03")]
    group_id: String,
    /// Its name.
    #[schema(example = "Sales team")]
    group: String,
    /// By what it is mapped: `mapping` or `pattern`.
    #[serde(rename = "type")]
    kind: AccessPathType,
    /// What it gives.
    #[schema(value_type = WorkspaceRoleWord)]
    role: String,
    /// Whether its mapping is paused.
    #[schema(example = false)]
    paused: bool,
}

/// The request that made something so; `null` in its place for what was made before requests left a trace.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessCause {
    /// Its `X-Request-Id`, which its events carry, too.
    #[schema(format = Uuid, example = "01983f6e-7a10-7c3e-9b42-0f6d5c1e8a07")]
    change_id: String,
    /// When.
    #[schema(format = DateTime, example = "2026-03-01T09:30:00.000Z")]
    time: String,
    /// Who sent it.
    by: NamedActor,
}

/// Who sent a request, with what they are called; a name is `null` where it is not known any more.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum NamedActor {
    /// An identity provider.
    Idp {
        /// Its connection.
        #[schema(format = Uuid)]
        connection_id: String,
        /// What the connection is called.
        #[schema(example = "default", required)]
        connection: Option<String>,
        /// The token that it presented.
        #[schema(format = Uuid)]
        token_id: String,
        /// What the token is called.
        #[schema(example = "Entra, production", required)]
        token: Option<String>,
    },
    /// An administrator's program.
    ApiKey {
        /// The key that it presented.
        #[schema(format = Uuid)]
        key_id: String,
        /// What the key is called.
        #[schema(example = "scripts", required)]
        key: Option<String>,
    },
    /// An administrator in the console.
    Administrator {
        /// Who.
        #[schema(format = Uuid)]
        administrator_id: String,
        /// Their e-mail address.
        #[schema(example = "owner@example.com", required)]
        email: Option<String>,
    },
    /// Whoever holds a setup link.
    SetupLink {
        /// Which link.
        #[schema(format = Uuid)]
        setup_link_id: String,
        /// For whom it was made.
        #[schema(example = "Bob", required)]
        setup_link: Option<String>,
    },
    /// Somebody at the server's command line.
    Operator,
    /// The server by itself, when the time of something had come.
    Server,
}

#[cfg(test)]
mod tests {
    use rolecall_domain::{
        ids::{AdministratorId, ApiKeyId, ChangeId, ConnectLinkId, ConnectionId, TokenId},
        membership::{Obstacle, Standing},
        role::{OrgRole, WorkspaceRole},
        testing::{NOW, THEN, a_workspace, group_id, user_id},
        use_cases::explain::{self, By, Origin},
    };
    use uuid::Uuid;

    use super::*;

    fn by(by: By) -> Option<Origin> {
        Some(Origin { change_id: ChangeId(Uuid::nil()), time: NOW, by })
    }

    /// Something of everything that an explanation may say.
    fn an_explanation() -> explain::Explanation {
        let (id, name) = (Uuid::nil(), || Some("name".to_owned()));
        let idp = By::Idp {
            connection_id: ConnectionId(id),
            connection: name(),
            token_id: TokenId(id),
            token: None,
        };
        let step =
            |cause| explain::Step { group_id: group_id("Sales"), group: "Sales".into(), since: NOW, cause };
        let path = |kind, outcome, obstacles: &[Obstacle]| explain::PathExplained {
            kind,
            role: WorkspaceRole::Manager,
            outcome,
            outranked_by: Some(WorkspaceRole::Admin),
            obstacles: obstacles.to_vec(),
            expires_at: Some(THEN),
            then_role: Some(WorkspaceRole::Member),
            through: vec![step(by(By::Operator))],
            group_id: Some(group_id("Sales")),
            mapping_id: None,
            since: NOW,
            cause: by(By::ApiKey { key_id: ApiKeyId(id), key: name() }),
        };
        use explain::{OutcomeWord::*, PathKind::*};
        let all = [
            Obstacle::Gone,
            Obstacle::Inactive,
            Obstacle::UnverifiedDomain,
            Obstacle::PausedMapping,
            Obstacle::ArchivedWorkspace,
        ];
        let workspace = a_workspace("Sales");
        explain::Explanation {
            user: explain::Person {
                id: user_id("ada"),
                user_name: "ada".into(),
                display_name: "Ada".into(),
                email: None,
            },
            standing: Standing::GOOD,
            hold: Some(explain::HoldExplained {
                reason: "brake",
                kept: false,
                since: NOW,
                until: Some(NOW),
                cause: by(idp),
            }),
            org_role: explain::OrgRoleExplained {
                role: OrgRole::Owner,
                given: OrgRole::Member,
                by_hold: true,
                mappings: vec![explain::RoleMappingExplained {
                    mapping_id: rolecall_domain::ids::MappingId(id),
                    role: OrgRole::Admin,
                    outcome: Decides,
                    obstacles: Vec::new(),
                    through: Vec::new(),
                    since: NOW,
                    cause: by(By::Administrator { administrator_id: AdministratorId(id), email: name() }),
                }],
            },
            workspaces: vec![explain::WorkspaceExplained {
                workspace_id: workspace.id,
                slug: workspace.slug,
                name: workspace.name,
                archived_at: Some(NOW),
                role: None,
                by_hold: false,
                paths: vec![
                    path(Mapping, Decides, &[]),
                    path(Pattern, Outranked, &[]),
                    path(Grant, Stopped, &all),
                ],
                would_help: vec![explain::WouldHelp {
                    group_id: group_id("Sales"),
                    group: "Sales".into(),
                    kind: Pattern,
                    role: WorkspaceRole::Member,
                    paused: true,
                }],
            }],
            groups_without_effect: vec![explain::GroupReached {
                group_id: group_id("Sales"),
                group: "Sales".into(),
                through: vec![step(by(By::SetupLink { setup_link_id: ConnectLinkId(id), setup_link: None }))],
            }],
        }
    }

    #[test]
    fn what_is_described_is_what_the_domain_renders() {
        let rendered = serde_json::to_value(an_explanation()).unwrap();
        let read: Explanation = serde_json::from_value(rendered.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), rendered);
    }
}
