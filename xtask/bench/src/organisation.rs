//! What is loaded: the same people and groups for the product and for the floor.

/// How big.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) users: usize,
    /// In the one big group.
    pub(crate) big_group: usize,
    /// People in no group, one for each connection, who are added to a group and taken out again.
    pub(crate) spare: usize,
}

/// People in each ordinary group.
pub(crate) const TEAM: usize = 50;
/// Everybody in the big group is a member of this workspace.
pub(crate) const WORKSPACE: &str = "everybody";

impl Size {
    pub(crate) fn teams(&self) -> usize {
        self.users.div_ceil(TEAM)
    }

    /// Numbers of the people in a team.
    pub(crate) fn team(&self, team: usize) -> std::ops::Range<usize> {
        team * TEAM..((team + 1) * TEAM).min(self.users)
    }

    pub(crate) fn people(&self) -> usize {
        self.users + self.spare
    }
}

pub(crate) fn user_name(number: usize) -> String {
    format!("person{number:07}@acme.example")
}

pub(crate) fn external_id(number: usize) -> String {
    format!("6f1c2f0e-0000-4000-8000-{number:012}")
}

/// Every twentieth team is named after the pattern and so fills a workspace of its own.
pub(crate) fn team_name(team: usize) -> String {
    if team.is_multiple_of(20) { format!("ws-Team {team:05}-role-member") } else { format!("Team {team:05}") }
}

pub(crate) const BIG_GROUP: &str = "All employees";

/// A person as Entra creates one.
pub(crate) fn user_document(number: usize) -> String {
    let (user_name, external_id) = (user_name(number), external_id(number));
    format!(
        concat!(
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","#,
            r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"#,
            r#""externalId":"{external_id}","userName":"{user_name}","active":true,"#,
            r#""displayName":"Person {number:07}","title":"Engineer","#,
            r#""emails":[{{"primary":true,"type":"work","value":"{user_name}"}}],"#,
            r#""name":{{"formatted":"Person {number:07}","familyName":"{number:07}","givenName":"Person"}},"#,
            r#""roles":[{{"primary":true,"value":"member"}}],"#,
            r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{{"department":"Dept {department}"}}}}"#,
        ),
        external_id = external_id,
        user_name = user_name,
        number = number,
        department = number % 100,
    )
}

/// A group as Entra creates one, with members.
pub(crate) fn group_document(name: &str, members: &[String]) -> String {
    let members: Vec<String> = members.iter().map(|id| format!(r#"{{"value":"{id}"}}"#)).collect();
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"{name}","members":[{}]}}"#,
        members.join(",")
    )
}

/// A PATCH that adds members, or takes them out, as Entra sends it.
pub(crate) fn members_patch(op: &str, members: &[String]) -> String {
    let members: Vec<String> = members.iter().map(|id| format!(r#"{{"value":"{id}"}}"#)).collect();
    format!(
        concat!(
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"#,
            r#""Operations":[{{"op":"{op}","path":"members","value":[{members}]}}]}}"#,
        ),
        op = op,
        members = members.join(",")
    )
}

/// A PATCH of one attribute.
pub(crate) fn title_patch(title: &str) -> String {
    format!(
        concat!(
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"#,
            r#""Operations":[{{"op":"Replace","path":"title","value":"{title}"}}]}}"#,
        ),
        title = title
    )
}
