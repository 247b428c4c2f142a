//! Which walk finds groups.

use rolecall_domain::ports::{GroupSearch, GroupState};

use super::{
    super::{Bind, dialect::not_by_index},
    walk::{Order, Walk, equals, text},
};

const MAPPED: &str = concat!(
    " AND ((SELECT m.role FROM mappings m WHERE m.org_id = $1 AND m.group_id = g.id AND ",
    not_by_index!("m.origin"),
    " = 1 LIMIT 1) IS NOT NULL
      OR (SELECT r.role FROM role_mappings r WHERE r.org_id = $1 AND r.group_id = g.id) IS NOT NULL)"
);
const BY_NAME: &str = concat!(
    " AND (SELECT m.role FROM mappings m WHERE m.org_id = $1 AND m.group_id = g.id AND ",
    not_by_index!("m.origin"),
    " = 2 LIMIT 1) IS NOT NULL"
);
const UNMAPPED: &str = " AND g.connection_id IS NOT NULL
    AND (SELECT m.role FROM mappings m WHERE m.org_id = $1 AND m.group_id = g.id LIMIT 1) IS NULL
    AND (SELECT r.role FROM role_mappings r WHERE r.org_id = $1 AND r.group_id = g.id) IS NULL
    AND (SELECT x.member_kind FROM group_members x WHERE x.org_id = $1 AND x.member_id = g.id LIMIT 1) IS NULL";
const EMPTY: &str = " AND (SELECT x.member_kind FROM group_members x WHERE x.org_id = $1 AND x.group_id = g.id LIMIT 1) IS NULL";
const NEVER_PUSHED: &str = " AND g.connection_id IS NULL";

pub(super) fn walk_of_groups(search: &GroupSearch) -> Walk<'_> {
    let mut asked = Vec::new();
    if let Some(connection) = search.connection {
        asked.push(equals(not_by_index!("g.connection_id"), Bind::id(connection)));
    }
    asked.extend(search.state.map(|state| {
        text(match state {
            GroupState::Mapped => MAPPED,
            GroupState::ByName => BY_NAME,
            GroupState::Unmapped => UNMAPPED,
            GroupState::Empty => EMPTY,
            GroupState::NeverPushed => NEVER_PUSHED,
        })
    }));
    let order = if search.prefix.is_empty() { Order::Id } else { Order::Key("g.display_name_key") };
    Walk {
        table: "groups g",
        joined: "",
        org: "g.org_id",
        id: "g.id",
        order,
        prefix: &search.prefix,
        narrowed: None,
        asked,
    }
}
