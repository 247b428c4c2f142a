//! Where an attribute of a person or a group is kept: in a column, in `group_members`, or in the JSON alone.

use rolecall_scim::filter::Target;

use super::dialect::BY_CODE_POINT;

/// The resource types that are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    User,
    Group,
}

impl Resource {
    pub(crate) fn alias(self) -> &'static str {
        match self {
            Self::User => "u",
            Self::Group => "g",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    pub(crate) fn search(self) -> &'static str {
        match self {
            Self::User => "u.search",
            Self::Group => "g.search",
        }
    }

    /// Whether a target is kept in `group_members`: a group's members, a person's groups.
    pub(crate) fn is_relation(self, target: &Target) -> bool {
        let relation = match self {
            Self::User => "groups",
            Self::Group => "members",
        };
        target.path.first().is_some_and(|name| name == relation)
    }

    /// The column of a target, when it has one that means exactly what the attribute means.
    pub(crate) fn column(self, target: &Target) -> Option<Column> {
        let path: Vec<&str> = target.path.iter().map(String::as_str).collect();
        Some(match (self, path.as_slice()) {
            (Self::User, ["id"]) => Column::Id("u.id"),
            (Self::Group, ["id"]) => Column::Id("g.id"),
            (Self::User, ["externalId"]) => Column::Text("u.external_id".into()),
            (Self::Group, ["externalId"]) => Column::Text("g.external_id".into()),
            (Self::User, ["userName"]) => Column::Text("u.user_name_key".into()),
            // Where a person has none, answers show a composed one; a client finds what it was shown.
            (Self::User, ["displayName"]) => Column::Text("u.display_name_key".into()),
            (Self::Group, ["displayName"]) => Column::Text("g.display_name_key".into()),
            (Self::User, ["active"]) => Column::Boolean("u.active"),
            (_, ["meta", "created"]) => Column::Instant(format!("{}.created_at", self.alias())),
            (_, ["meta", "lastModified"]) => Column::Instant(format!("{}.modified_at", self.alias())),
            // Our own words, so they may stand in the text.
            (_, ["meta", "resourceType"]) => Column::Text(spelled(target, &format!("'{}'", self.name()))),
            (_, ["meta", "version"]) => {
                Column::Text(spelled(target, &format!("('W/\"' || {}.version || '\"')", self.alias())))
            }
            // Only the front door knows at which address it is reached.
            (_, ["meta", "location"]) => Column::Nothing,
            _ => return None,
        })
    }

    /// The column of a sub-attribute of `members` or `groups`.
    pub(crate) fn related_column(self, target: &Target) -> Option<Column> {
        let [name] = target.path.as_slice() else { return None };
        Some(match (self, name.as_str()) {
            (_, "value") => Column::Id(self.related_id()),
            (Self::Group, "type") => {
                Column::Text(spelled(target, "(CASE m.member_kind WHEN 1 THEN 'User' ELSE 'Group' END)"))
            }
            (Self::Group, "display") => {
                Column::Text("coalesce(mu.display_name_key, mg.display_name_key)".into())
            }
            (Self::User, "type") => {
                Column::Text(by_code_point("(CASE a.direct WHEN 1 THEN 'direct' ELSE 'indirect' END)"))
            }
            (Self::User, "display") => Column::Text("mg.display_name_key".into()),
            // `$ref` is made of an address that only the front door knows.
            _ => return None,
        })
    }

    /// The id of a related row.
    pub(crate) fn related_id(self) -> &'static str {
        match self {
            Self::Group => "m.member_id",
            Self::User => "mg.id",
        }
    }

    /// What stands between `SELECT` and the condition on one row of [`Self::related_column`]: members of the group `g`
    /// of the statement around it, groups of its person `u`.
    pub(crate) fn related_rows(self) -> (&'static str, &'static str) {
        match self {
            Self::Group => (
                "",
                " FROM group_members m
                 LEFT JOIN users mu ON m.member_kind = 1 AND mu.org_id = $1 AND mu.id = m.member_id
                 LEFT JOIN groups mg ON m.member_kind = 2 AND mg.org_id = $1 AND mg.id = m.member_id
                 WHERE m.org_id = $1 AND m.group_id = g.id",
            ),
            Self::User => (
                "WITH RECURSIVE reach(id, direct) AS (
                   SELECT m.group_id, 1 FROM group_members m WHERE m.org_id = $1 AND m.member_id = u.id
                   UNION
                   SELECT m.group_id, 0 FROM reach r CROSS JOIN group_members m ON m.org_id = $1 AND m.member_id = r.id
                 ), around(id, direct) AS (SELECT id, max(direct) FROM reach GROUP BY id) ",
                " FROM around a CROSS JOIN groups mg ON mg.org_id = $1 AND mg.id = a.id
                 WHERE mg.connection_id IS NOT NULL",
            ),
        }
    }
}

/// An expression that holds mixed case, for a target that may want it folded.
fn spelled(target: &Target, expression: &str) -> String {
    by_code_point(&if target.case_exact { expression.to_owned() } else { format!("lower({expression})") })
}

/// Columns have an order of their own, expressions that of the database.
fn by_code_point(expression: &str) -> String {
    format!("{expression}{BY_CODE_POINT}")
}

/// Where an attribute is kept, when that is not the JSON.
pub(crate) enum Column {
    Id(&'static str),
    Text(String),
    Boolean(&'static str),
    Instant(String),
    /// Nothing that could be compared with.
    Nothing,
}
