//! Which walks find people: by what they are called, or by what stands out.

use rolecall_domain::{ports::PeopleSearch, role::OrgRole};

use super::{
    super::{
        super::statement::Draft,
        Bind,
        dialect::{email_key, emails, not_by_index},
        past,
    },
    walk::{Condition, Order, Walk, equals, text},
};

const NO_WORKSPACE: &str = " AND u.active AND u.gone_at IS NULL
    AND (SELECT m.role FROM memberships m WHERE m.org_id = $1 AND m.user_id = u.id LIMIT 1) IS NULL";
const HELD: &str = " AND (SELECT h.since FROM holds h WHERE h.org_id = $1 AND h.user_id = u.id) IS NOT NULL";

/// What an index may know of people who are asked for without a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Known {
    Held,
    Role,
    Active,
    Connection,
}

/// The index that leaves the fewest.
fn best(search: &PeopleSearch) -> Option<Known> {
    let rare_role = matches!(search.role, Some(OrgRole::Owner | OrgRole::Admin));
    match () {
        () if search.held => Some(Known::Held),
        () if rare_role => Some(Known::Role),
        () if search.active == Some(false) => Some(Known::Active),
        () if search.connection.is_some() => Some(Known::Connection),
        () if search.role.is_some() => Some(Known::Role),
        () if search.active.is_some() => Some(Known::Active),
        () => None,
    }
}

/// What is asked of every person, but for what the index knows.
fn asked_of_people<'s>(search: &PeopleSearch, known: Option<Known>) -> Vec<Condition<'s>> {
    let mut asked = Vec::new();
    let open = |what| known != Some(what);
    if search.held && open(Known::Held) {
        asked.push(text(HELD));
    }
    if let Some(role) = search.role.filter(|_| open(Known::Role)) {
        asked.push(equals(not_by_index!("u.org_role"), Bind::Small(role.rank())));
    }
    if let Some(active) = search.active.filter(|_| open(Known::Active)) {
        asked.push(equals(not_by_index!("u.active"), Bind::Bool(active)));
    }
    if let Some(connection) = search.connection.filter(|_| open(Known::Connection)) {
        asked.push(equals(not_by_index!("u.connection_id"), Bind::id(connection)));
    }
    if search.in_no_workspace {
        asked.push(text(NO_WORKSPACE));
    }
    asked
}

pub(super) fn walks_of_people<'s>(search: &'s PeopleSearch) -> Vec<Walk<'s>> {
    if search.prefix.is_empty() {
        return vec![walk_of_all(search)];
    }
    let prefix = search.prefix.as_str();
    let elsewhere = |column: &'static str| -> Condition<'s> {
        Box::new(move |out: &mut Draft| {
            out.sql(" AND NOT (").sql(column).sql(" >= ").bind(Bind::text(prefix)).sql(" AND ").sql(column);
            out.sql(" < ").bind(Bind::Text(past(prefix))).sql(")");
        })
    };
    let walk = |order, more: Vec<Condition<'s>>| {
        let asked = more.into_iter().chain(asked_of_people(search, None)).collect();
        Walk {
            table: "users u",
            joined: "",
            org: "u.org_id",
            id: "u.id",
            order,
            prefix,
            narrowed: None,
            asked,
        }
    };
    // Somebody with several fitting addresses is found by the first of them.
    let first_address: Condition<'s> = Box::new(move |out| {
        out.sql(concat!(
            " AND NOT EXISTS (SELECT 1 FROM ",
            emails!("u.search"),
            " WHERE ",
            email_key!(),
            " >= "
        ));
        out.bind(Bind::text(prefix)).sql(concat!(" AND ", email_key!(), " < k.email_key)"));
    });
    vec![
        walk(Order::Key("u.display_name_key"), vec![]),
        walk(Order::Unique("u.user_name_key"), vec![elsewhere(not_by_index!("u.display_name_key"))]),
        Walk {
            table: "user_emails k",
            joined: " CROSS JOIN users u ON u.org_id = $1 AND u.id = k.user_id",
            org: "k.org_id",
            id: "k.user_id",
            ..walk(
                Order::Key("k.email_key"),
                vec![
                    elsewhere(not_by_index!("u.display_name_key")),
                    elsewhere(not_by_index!("u.user_name_key")),
                    first_address,
                ],
            )
        },
    ]
}

/// Without a name: in id order.
fn walk_of_all(search: &PeopleSearch) -> Walk<'_> {
    let known = best(search);
    let asked = asked_of_people(search, known);
    if known == Some(Known::Held) {
        return Walk {
            table: "holds h",
            joined: " CROSS JOIN users u ON u.org_id = $1 AND u.id = h.user_id",
            org: "h.org_id",
            id: "h.user_id",
            order: Order::Id,
            prefix: "",
            narrowed: None,
            asked,
        };
    }
    let narrowed = match (known, search.role, search.active, search.connection) {
        (Some(Known::Role), Some(role), ..) => Some(equals("u.org_role", Bind::Small(role.rank()))),
        (Some(Known::Active), _, Some(active), _) => Some(equals("u.active", Bind::Bool(active))),
        (Some(Known::Connection), .., Some(connection)) => {
            Some(equals("u.connection_id", Bind::id(connection)))
        }
        _ => None,
    };
    Walk {
        table: "users u",
        joined: "",
        org: "u.org_id",
        id: "u.id",
        order: Order::Id,
        prefix: "",
        narrowed,
        asked,
    }
}
