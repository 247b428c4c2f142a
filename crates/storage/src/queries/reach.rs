//! Nested groups, as pieces of SQL: from people up to the groups they are in, and from groups down to their people.
//!
//! `UNION` forgets what it has seen, so that the walk ends even if a circle should exist.

/// `reach(person_id, group_id, direct)`: the groups that each of `$person(id)` is in, directly or not. `$1` is the
/// organisation.
macro_rules! reach {
    ($person:literal) => {
        concat!(
            "reach(person_id, group_id, direct) AS (
               SELECT p.id, m.group_id, CAST(1 AS SMALLINT)
               FROM ",
            $person,
            " p CROSS JOIN group_members m ON m.org_id = $1 AND m.member_id = p.id
               UNION
               SELECT r.person_id, m.group_id, CAST(0 AS SMALLINT)
               FROM reach r CROSS JOIN group_members m ON m.org_id = $1 AND m.member_id = r.group_id
             )"
        )
    };
}

/// `inside(id)`: the groups `given(id)` and all groups in them. `$1` is the organisation. The `+` keeps SQLite from
/// collecting all nested groups of all organisations first.
macro_rules! inside {
    () => {
        "inside(id) AS (
           SELECT start.id FROM given start
           UNION
           SELECT m.member_id
           FROM inside i CROSS JOIN group_members m ON m.org_id = $1 AND m.group_id = i.id
           WHERE +m.member_kind = 2
         )"
    };
}

pub(crate) use {inside, reach};
