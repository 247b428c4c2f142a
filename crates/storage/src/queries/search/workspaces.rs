//! Which walk finds workspaces.

use rolecall_domain::ports::WorkspaceSearch;

use super::walk::{Order, Walk, text};

/// Whoever made a workspace stands in its first event (`actor_kind` 1 is an identity provider).
const BY_DIRECTORY: &str =
    " AND (SELECT ev.actor_kind FROM events ev WHERE ev.org_id = $1 AND ev.workspace_id = w.id
    ORDER BY ev.seq LIMIT 1) = 1";

pub(super) fn walk_of_workspaces(search: &WorkspaceSearch) -> Walk<'_> {
    let mut asked = Vec::new();
    asked.extend(search.archived.map(|archived| {
        text(if archived { " AND w.archived_at IS NOT NULL" } else { " AND w.archived_at IS NULL" })
    }));
    if search.empty {
        asked.push(text(" AND w.people = 0"));
    }
    if search.by_directory {
        asked.push(text(BY_DIRECTORY));
    }
    let order = if search.prefix.is_empty() { Order::Id } else { Order::Unique("w.name_key") };
    Walk {
        table: "workspaces w",
        joined: "",
        org: "w.org_id",
        id: "w.id",
        order,
        prefix: &search.prefix,
        narrowed: None,
        asked,
    }
}
