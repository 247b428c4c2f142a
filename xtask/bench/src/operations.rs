//! What is measured: each hot operation as the bytes of a request.

use std::net::SocketAddr;

use crate::{
    http::write_request,
    organisation::{self, Size},
    pages::Page,
};

/// A server with the organisation in it.
pub(crate) struct Target {
    /// Of each replica; connections are spread over them.
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) token: String,
    pub(crate) api_key: String,
    pub(crate) users: Vec<String>,
    /// One for each connection.
    pub(crate) spare: Vec<String>,
    pub(crate) small_group: String,
    pub(crate) big_group: String,
    /// A request that changed something; see [`crate::load::make_change`].
    pub(crate) change: String,
    /// Of an administrator's session.
    pub(crate) cookie: String,
    /// The identity provider's connection.
    pub(crate) connection: String,
}

impl Target {
    /// The floor, whose ids are known.
    pub(crate) fn floor(address: SocketAddr, size: &Size) -> Self {
        use crate::on_sqlite::{group_id, user_id};
        Self {
            addresses: vec![address],
            token: String::new(),
            api_key: String::new(),
            users: (0..size.users).map(user_id).collect(),
            spare: (size.users..size.people()).map(user_id).collect(),
            small_group: group_id(0),
            big_group: group_id(size.teams()),
            change: String::new(),
            cookie: String::new(),
            connection: String::new(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operation {
    ReadUser,
    FindByUserName,
    FindByExternalId,
    FindGroupByName,
    PatchTitle,
    SmallGroupMember,
    BigGroupMember,
    CreateUser,
    ServiceProviderConfig,
    WorkspacePeople,
    Explain,
    Findings,
    HistoryAt,
    ReviewBegins,
    PlanMapping,
    Holds,
    Undo,
    Console(Page),
}

/// How much of an answer an operation waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    All,
    Beginning,
}

impl Operation {
    /// But for the console's pages.
    const CALLS: [Self; 17] = [
        Self::ServiceProviderConfig,
        Self::ReadUser,
        Self::FindByUserName,
        Self::FindByExternalId,
        Self::FindGroupByName,
        Self::WorkspacePeople,
        Self::PatchTitle,
        Self::SmallGroupMember,
        Self::BigGroupMember,
        Self::CreateUser,
        Self::Explain,
        Self::Findings,
        Self::HistoryAt,
        Self::ReviewBegins,
        Self::PlanMapping,
        Self::Holds,
        Self::Undo,
    ];

    /// All of them, in the order of the tables.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::CALLS.into_iter().chain(Page::ALL.into_iter().map(Self::Console))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ReadUser => "GET /Users/{id}",
            Self::FindByUserName => "GET /Users?filter=userName eq",
            Self::FindByExternalId => "GET /Users?filter=externalId eq",
            Self::FindGroupByName => "GET /Groups?filter=displayName eq",
            Self::PatchTitle => "PATCH /Users/{id}, one attribute",
            Self::SmallGroupMember => "PATCH team of 50, one member",
            Self::BigGroupMember => "PATCH big group, one member",
            Self::CreateUser => "POST /Users",
            Self::ServiceProviderConfig => "GET /ServiceProviderConfig",
            Self::WorkspacePeople => "GET workspace's people, page 1",
            Self::Explain => "explain a person's access",
            Self::Findings => "findings",
            Self::HistoryAt => "history of all, as of a day, page 1",
            Self::ReviewBegins => "access review, its first piece",
            Self::PlanMapping => "plan of a mapping, team of 50",
            Self::Holds => "held removals, page 1",
            Self::Undo => "what undoing one request would do",
            Self::Console(page) => page.name(),
        }
    }

    /// Whether the floor knows it. What administrators ask has no unavoidable part to compare with.
    pub(crate) fn has_floor(self) -> bool {
        use Operation::{Console, Explain, Findings, HistoryAt, Holds, PlanMapping, ReviewBegins, Undo};
        !matches!(
            self,
            Explain | Findings | HistoryAt | ReviewBegins | PlanMapping | Holds | Undo | Console(_)
        )
    }

    /// How many ask at once, of so many connections. Administrators are few, and two of their questions are about everybody.
    pub(crate) fn connections(self, all: usize) -> usize {
        match self {
            Self::Findings | Self::ReviewBegins | Self::Console(Page::Findings) => 1,
            _ if self.has_floor() => all,
            _ => all.min(4),
        }
    }

    /// A review is as long as the organisation; it is well when it begins at once.
    pub(crate) fn wanted(self) -> Wanted {
        if self == Self::ReviewBegins { Wanted::Beginning } else { Wanted::All }
    }

    /// Whether requests come in pairs, of which the second undoes the first.
    pub(crate) fn paired(self) -> bool {
        matches!(self, Self::SmallGroupMember | Self::BigGroupMember)
    }

    /// Writes the `turn`th request of one connection. `random` picks the person; `fresh` is a number that no person has.
    pub(crate) fn write(
        self,
        out: &mut Vec<u8>,
        target: &Target,
        worker: usize,
        turn: u64,
        random: u64,
        fresh: usize,
    ) {
        let number = (random % target.users.len() as u64) as usize;
        let token = target.token.as_str();
        let path = |rest: &str| format!("/scim/default/v2{rest}");
        match self {
            Self::ReadUser => {
                write_request(out, "GET", &path(&format!("/Users/{}", target.users[number])), token, "");
            }
            Self::FindByUserName => {
                let name = organisation::user_name(number);
                write_request(
                    out,
                    "GET",
                    &path(&format!("/Users?filter=userName%20eq%20%22{name}%22")),
                    token,
                    "",
                );
            }
            Self::FindByExternalId => {
                let id = organisation::external_id(number);
                write_request(
                    out,
                    "GET",
                    &path(&format!("/Users?filter=externalId%20eq%20%22{id}%22")),
                    token,
                    "",
                );
            }
            Self::FindGroupByName => {
                let name = organisation::team_name(number / organisation::TEAM).replace(' ', "%20");
                let query =
                    format!("/Groups?excludedAttributes=members&filter=displayName%20eq%20%22{name}%22");
                write_request(out, "GET", &path(&query), token, "");
            }
            Self::PatchTitle => {
                let body = organisation::title_patch(&format!("Engineer {random:016x}"));
                write_request(out, "PATCH", &path(&format!("/Users/{}", target.users[number])), token, &body);
            }
            Self::SmallGroupMember | Self::BigGroupMember => {
                let group =
                    if self == Self::SmallGroupMember { &target.small_group } else { &target.big_group };
                let op = if turn.is_multiple_of(2) { "Add" } else { "Remove" };
                let body = organisation::members_patch(op, &target.spare[worker..=worker]);
                write_request(out, "PATCH", &path(&format!("/Groups/{group}")), token, &body);
            }
            Self::CreateUser => {
                write_request(out, "POST", &path("/Users"), token, &organisation::user_document(fresh));
            }
            Self::ServiceProviderConfig => {
                write_request(out, "GET", &path("/ServiceProviderConfig"), token, "");
            }
            Self::WorkspacePeople => {
                let path = format!("/v1/admin/workspaces/{}/users?limit=50", organisation::WORKSPACE);
                write_request(out, "GET", &path, &target.api_key, "");
            }
            Self::Explain => {
                let path = format!("/v1/access/explain?user={}", target.users[number]);
                write_request(out, "GET", &path, &target.api_key, "");
            }
            Self::Findings => write_request(out, "GET", "/v1/findings", &target.api_key, ""),
            Self::HistoryAt => {
                let workspace = organisation::WORKSPACE;
                let path = format!("/v1/access/history?workspace={workspace}&at=2099-12-31&limit=50");
                write_request(out, "GET", &path, &target.api_key, "");
            }
            Self::ReviewBegins => {
                write_request(out, "GET", "/v1/access/review?format=csv", &target.api_key, "");
            }
            Self::PlanMapping => {
                let body = format!(
                    r#"{{"scim_group_id":"{}","workspace_id":"{}","role":"manager"}}"#,
                    target.small_group,
                    organisation::WORKSPACE
                );
                write_request(out, "POST", "/v1/scim/workspaces?plan=true", &target.api_key, &body);
            }
            Self::Holds => write_request(out, "GET", "/v1/holds?limit=50", &target.api_key, ""),
            Self::Console(page) => page.write(out, target, number),
            Self::Undo => {
                let path = format!("/v1/undo?change={}", target.change);
                write_request(out, "GET", &path, &target.api_key, "");
            }
        }
    }
}
