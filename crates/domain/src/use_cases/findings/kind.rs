//! The kinds of findings: the stable word of each, how soon somebody should act, what it says, and what to do.

use serde::{Serialize, Serializer};

use super::{GRANT_DAYS, MOST_PEOPLE, REFUSED_DAYS, SILENT_DAYS, SOON_DAYS, Severity, UNUSED_DAYS};

/// What stands out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FindingKind {
    /// Access that the directory took away is kept until somebody decides.
    RemovalsHeld,
    /// Requests came with something that is no live Secret Token.
    RequestsRefused,
    /// A directory that once spoke has been silent.
    DirectorySilent,
    /// A Secret Token will soon work no more.
    TokenExpires,
    /// A Secret Token was made a while ago and never used.
    TokenNeverUsed,
    /// Two groups map themselves to one workspace and share somebody.
    OverlappingGroups,
    /// An administrator mapped a group that no directory has pushed.
    MappedGroupNeverPushed,
    /// An administrator mapped a group that has no members.
    MappedGroupEmpty,
    /// A group gives nobody anything.
    UnmappedGroup,
    /// `roles` carries a word that is no role.
    UnknownRole,
    /// A role given by hand will soon end.
    GrantEnds,
    /// An active person is in no workspace.
    PersonWithoutWorkspace,
}

impl FindingKind {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::RemovalsHeld,
        Self::RequestsRefused,
        Self::DirectorySilent,
        Self::TokenExpires,
        Self::TokenNeverUsed,
        Self::OverlappingGroups,
        Self::MappedGroupNeverPushed,
        Self::MappedGroupEmpty,
        Self::UnmappedGroup,
        Self::UnknownRole,
        Self::GrantEnds,
        Self::PersonWithoutWorkspace,
    ];

    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RemovalsHeld => "removals_held",
            Self::RequestsRefused => "requests_refused",
            Self::DirectorySilent => "directory_silent",
            Self::TokenExpires => "token_expires",
            Self::TokenNeverUsed => "token_never_used",
            Self::OverlappingGroups => "overlapping_groups",
            Self::MappedGroupNeverPushed => "mapped_group_never_pushed",
            Self::MappedGroupEmpty => "mapped_group_empty",
            Self::UnmappedGroup => "unmapped_group",
            Self::UnknownRole => "unknown_role",
            Self::GrantEnds => "grant_ends",
            Self::PersonWithoutWorkspace => "person_without_workspace",
        }
    }

    /// How soon somebody should act.
    pub fn severity(self) -> Severity {
        match self {
            Self::RemovalsHeld | Self::RequestsRefused | Self::DirectorySilent => Severity::Problem,
            Self::TokenExpires
            | Self::OverlappingGroups
            | Self::MappedGroupNeverPushed
            | Self::UnknownRole => Severity::Warning,
            Self::TokenNeverUsed
            | Self::MappedGroupEmpty
            | Self::UnmappedGroup
            | Self::GrantEnds
            | Self::PersonWithoutWorkspace => Severity::Notice,
        }
    }

    /// What there is, in a sentence without its stop.
    pub(super) fn summary(self, count: u64) -> String {
        let (one, many) = self.said();
        let day = |days: i64, words: &str| words.replace("{days}", &days.to_string());
        match count {
            1 => day(self.days(), one),
            _ if self.or_more(count) => format!("{count} or more {}", day(self.days(), many)),
            _ => format!("{count} {}", day(self.days(), many)),
        }
    }

    /// Whether so many are as many as were counted.
    pub(super) fn or_more(self, count: u64) -> bool {
        self == Self::PersonWithoutWorkspace && count >= u64::from(MOST_PEOPLE)
    }

    /// Of one, and, after their number, of several.
    fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::RemovalsHeld => (
                "somebody keeps access that the directory took away, and waits for a review",
                "people keep access that the directory took away, and wait for a review",
            ),
            Self::RequestsRefused => (
                "one request was refused within {days} days, for what it presented as a token",
                "requests were refused within {days} days, for what they presented as a token",
            ),
            Self::DirectorySilent => (
                "a directory has sent nothing for {days} days",
                "directories have sent nothing for {days} days",
            ),
            Self::TokenExpires => {
                ("a Secret Token expires within {days} days", "Secret Tokens expire within {days} days")
            }
            Self::TokenNeverUsed => (
                "a Secret Token was made more than {days} days ago and never used",
                "Secret Tokens were made more than {days} days ago and never used",
            ),
            Self::OverlappingGroups => (
                "two groups map themselves to one workspace and share people",
                "pairs of groups map themselves to one workspace and share people",
            ),
            Self::MappedGroupNeverPushed => (
                "a group is mapped and the directory has never pushed it",
                "groups are mapped and the directory has never pushed them",
            ),
            Self::MappedGroupEmpty => ("a mapped group has no members", "mapped groups have no members"),
            Self::UnmappedGroup => {
                ("a group is pushed and gives nobody anything", "groups are pushed and give nobody anything")
            }
            Self::UnknownRole => (
                "one person has a word in roles that is no role and gives them nothing",
                "people have a word in roles that is no role and gives them nothing",
            ),
            Self::GrantEnds => {
                ("a role given by hand ends within {days} days", "roles given by hand end within {days} days")
            }
            Self::PersonWithoutWorkspace => {
                ("one active person is in no workspace", "active people are in no workspace")
            }
        }
    }

    fn days(self) -> i64 {
        match self {
            Self::RequestsRefused => REFUSED_DAYS,
            Self::DirectorySilent => SILENT_DAYS,
            Self::TokenExpires => SOON_DAYS,
            Self::TokenNeverUsed => UNUSED_DAYS,
            Self::GrantEnds => GRANT_DAYS,
            _ => 0,
        }
    }

    /// What to do about it, for whoever uses the admin API.
    pub(super) fn what_to_do(self) -> &'static str {
        match self {
            Self::RemovalsHeld => "Look at GET /v1/holds, and approve or reject each, or all.",
            Self::RequestsRefused => {
                "Paste the Secret Token into the directory again, or a new one; GET /v1/scim/requests?status=401 shows each."
            }
            Self::DirectorySilent => {
                "Look at the provisioning status in the directory: it stops by itself after many failures."
            }
            Self::TokenExpires => {
                "Make another token, paste it into the directory, then revoke the old one: both work meanwhile."
            }
            Self::TokenNeverUsed => "Revoke them, or finish setting up the directory that they are for.",
            Self::OverlappingGroups => {
                "Keep each person in one of the groups in the directory; until then the higher role counts."
            }
            Self::MappedGroupNeverPushed => {
                "Assign the groups to the application in the directory, or correct the name in the mapping."
            }
            Self::MappedGroupEmpty => "Add people to the groups in the directory, or remove the mappings.",
            Self::UnmappedGroup => "Map them to a workspace, or stop assigning them to the application.",
            Self::UnknownRole => {
                "Send owner, admin or member as the value of an app role; any other word means member."
            }
            Self::GrantEnds => {
                "Let them end, or PUT a later expires_at for those who still need it (`rolecall grant change`)."
            }
            Self::PersonWithoutWorkspace => {
                "Ask GET /v1/access/explain about one of them: it names the groups that would help."
            }
        }
    }
}

impl Serialize for FindingKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
