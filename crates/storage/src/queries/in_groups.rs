//! A person's groups beside the person, as one column of the row: what a client asks for by id or by name is read at once.

use std::collections::HashMap;

use rolecall_domain::{
    ids::{GroupId, UserId},
    ports::{ResourcePage, StoreError, StoreResult, UserInGroups},
    records::{GroupOfUser, User},
};
use uuid::Uuid;

use super::dialect;

/// The groups of the person `u`, whose organisation is `$org`: JSON, or NULL where there are none. The same groups as those
/// of `GroupsOf`, which asks about many people at once.
macro_rules! groups_of_one {
    ($org:literal) => {
        concat!(
            "(WITH RECURSIVE reach(id, direct) AS (
                SELECT m.group_id, CAST(1 AS SMALLINT) FROM group_members m WHERE m.org_id = ",
            $org,
            " AND m.member_id = u.id
                UNION
                SELECT m.group_id, CAST(0 AS SMALLINT)
                FROM reach r CROSS JOIN group_members m ON m.org_id = ",
            $org,
            " AND m.member_id = r.id
              ), around(id, direct) AS (SELECT id, max(direct) FROM reach GROUP BY id)
              SELECT ",
            group_list!(),
            " FROM around a CROSS JOIN groups g ON g.org_id = ",
            $org,
            " AND g.id = a.id
              WHERE g.connection_id IS NOT NULL)"
        )
    };
}
pub(crate) use groups_of_one;

/// Reads the column, in the order of the ids.
pub(crate) fn parse(column: Option<String>) -> StoreResult<Vec<GroupOfUser>> {
    let Some(json) = column else { return Ok(Vec::new()) };
    let failed = |reason: &dyn ToString| {
        StoreError::Failed(format!("a list of groups that cannot be read: {}", reason.to_string()))
    };
    let rows: Vec<(Uuid, String, i16)> = serde_json::from_str(&json).map_err(|error| failed(&error))?;
    let mut groups = Vec::with_capacity(rows.len());
    for (id, name, direct) in rows {
        let display = dialect::name_in_list(name).ok_or_else(|| failed(&"a name is no text"))?;
        groups.push(GroupOfUser { id: GroupId(id), display, direct: direct != 0 });
    }
    groups.sort_unstable_by_key(|group| group.id);
    Ok(groups)
}

/// People, each with those of these groups that are theirs.
pub(crate) fn beside(
    page: ResourcePage<User>,
    groups: Vec<(UserId, GroupOfUser)>,
) -> ResourcePage<UserInGroups> {
    let mut of: HashMap<UserId, Vec<GroupOfUser>> = HashMap::new();
    for (user, group) in groups {
        of.entry(user).or_default().push(group);
    }
    let items = page.items.into_iter().map(|user| {
        let groups = of.remove(&user.id).unwrap_or_default();
        (user, groups)
    });
    ResourcePage { items: items.collect(), total: page.total, next: page.next }
}
