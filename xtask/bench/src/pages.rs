//! Pages of the console, as an administrator in a browser asks for them.

use crate::{
    http::{Connection, write_page},
    operations::Target,
    organisation::{self, TEAM},
};

/// Who asks.
pub(crate) const EMAIL: &str = "bench@acme.example";
/// Of a database that is thrown away.
pub(crate) const PASSWORD: &str = "a bench has nothing to hide";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Page {
    Overview,
    People,
    PeopleDeep,
    PeopleSearch,
    PeopleSearchDeep,
    OnePersonSearched,
    PeopleInNoWorkspace,
    Person,
    Why,
    Groups,
    GroupsSearch,
    Group,
    Workspaces,
    Workspace,
    Findings,
    Holds,
    Requests,
    Mappings,
    Connection,
}

impl Page {
    pub(crate) const ALL: [Self; 19] = [
        Self::Overview,
        Self::People,
        Self::PeopleDeep,
        Self::PeopleSearch,
        Self::PeopleSearchDeep,
        Self::OnePersonSearched,
        Self::PeopleInNoWorkspace,
        Self::Person,
        Self::Why,
        Self::Groups,
        Self::GroupsSearch,
        Self::Group,
        Self::Workspaces,
        Self::Workspace,
        Self::Findings,
        Self::Holds,
        Self::Requests,
        Self::Mappings,
        Self::Connection,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Overview => "console: overview",
            Self::People => "console: people, page 1",
            Self::PeopleDeep => "console: people, in the middle",
            Self::PeopleSearch => "console: people called p…, page 1",
            Self::PeopleSearchDeep => "console: people called p…, middle",
            Self::OnePersonSearched => "console: a person by userName",
            Self::PeopleInNoWorkspace => "console: people in no workspace",
            Self::Person => "console: a person",
            Self::Why => "console: why a person has what",
            Self::Groups => "console: groups, page 1",
            Self::GroupsSearch => "console: groups called t…, page 1",
            Self::Group => "console: the big group",
            Self::Workspaces => "console: workspaces, page 1",
            Self::Workspace => "console: the big workspace",
            Self::Findings => "console: findings",
            Self::Holds => "console: held removals",
            Self::Requests => "console: provisioning log, page 1",
            Self::Mappings => "console: SCIM Mappings List",
            Self::Connection => "console: the connection",
        }
    }

    /// Writes a request for it. `number` picks the person.
    pub(crate) fn write(self, out: &mut Vec<u8>, target: &Target, number: usize) {
        let middle = target.users.len() / 2;
        let (id, of_middle) = (&target.users[number], &target.users[middle]);
        let path = match self {
            Self::Overview => String::new(),
            Self::People => "/people".into(),
            Self::PeopleDeep => format!("/people?cursor=0..{of_middle}"),
            Self::PeopleSearch => "/people?q=p".into(),
            Self::PeopleSearchDeep => format!("/people?q=p&cursor=0.person%20{middle:07}.{of_middle}"),
            Self::OnePersonSearched => {
                format!("/people?q={}", organisation::user_name(number).replace('@', "%40"))
            }
            Self::PeopleInNoWorkspace => "/people?state=no-workspace".into(),
            Self::Person => format!("/people/{id}"),
            Self::Why => format!("/people/{id}/why"),
            Self::Groups => "/groups".into(),
            Self::GroupsSearch => format!("/groups?q=team%20{}", number / TEAM / 1000),
            Self::Group => format!("/groups/{}", target.big_group),
            Self::Workspaces => "/workspaces".into(),
            Self::Workspace => format!("/workspaces/{}", organisation::WORKSPACE),
            Self::Findings => "/findings".into(),
            Self::Holds => "/holds".into(),
            Self::Requests => "/requests".into(),
            Self::Mappings => "/settings/scim".into(),
            Self::Connection => format!("/settings/connections/{}", target.connection),
        };
        write_page(out, &format!("/console{path}"), &target.cookie);
    }
}

/// The cookie of a new session.
pub(crate) fn sign_in(connection: &mut Connection) -> Result<String, String> {
    let body =
        format!("org=default&email={}&password={}", EMAIL.replace('@', "%40"), PASSWORD.replace(' ', "+"));
    let request = format!(
        "POST /console/sign-in HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = connection.ask(request.as_bytes()).map_err(|error| format!("signing in: {error}"))?;
    answer.cookie.ok_or_else(|| format!("signing in was answered {}, without a cookie", answer.status))
}
