//! A SCIM filter as SQL: the condition that a resource matches.
//!
//! The filter comes bound to its schema (`ResolvedFilter`). What has a column is asked of the column, so that its index
//! serves; members, groups and e-mail addresses are asked of their table; everything else of `search`, the folded JSON,
//! where a plain comparison is right. A comparison with something unassigned may come out as NULL, which counts as false
//! everywhere but under NOT; so NOT alone says `coalesce`.

use rolecall_domain::ids::{OrgId, UserId};
use rolecall_scim::filter::{CompareOp, ResolvedFilter, Target, TypedValue};

use super::super::statement::Draft;
use super::{
    Bind,
    dialect::json::{self, Base, Kind},
    resource::{Column, Resource},
};

/// `users u WHERE …`; `$1` is the organisation.
pub(crate) fn condition(org: OrgId, resource: Resource, filter: Option<&ResolvedFilter>) -> Draft {
    let mut out = Draft { text: String::new(), binds: vec![Bind::Int(org.0)] };
    out.sql(match resource {
        Resource::User => "users u WHERE u.org_id = $1 AND u.gone_at IS NULL",
        Resource::Group => "groups g WHERE g.org_id = $1 AND g.connection_id IS NOT NULL",
    });
    match filter {
        None => {}
        // Terms of the outermost AND stand beside the organisation, where each can choose an index.
        Some(ResolvedFilter::And(terms)) => {
            for term in terms {
                out.sql(" AND ");
                holds(&mut out, Node::Resource(resource), term);
            }
        }
        Some(filter) => {
            out.sql(" AND ");
            holds(&mut out, Node::Resource(resource), filter);
        }
    }
    out
}

/// What a filter, or the part of it in brackets, is about.
#[derive(Clone, Copy)]
enum Node<'n> {
    Resource(Resource),
    /// An element of an array in `search`.
    Element(Base<'n>),
    /// A row of a group's members or a person's groups.
    Related(Resource),
}

fn holds(out: &mut Draft, node: Node<'_>, filter: &ResolvedFilter) {
    match filter {
        ResolvedFilter::Constant(true) => {
            out.sql("1 = 1");
        }
        ResolvedFilter::Constant(false) => {
            out.sql("1 = 0");
        }
        ResolvedFilter::And(terms) => {
            out.join(" AND ", terms, |out, term| holds(out, node, term));
        }
        ResolvedFilter::Or(terms) => {
            out.join(" OR ", terms, |out, term| holds(out, node, term));
        }
        ResolvedFilter::Not(term) => {
            out.sql("NOT coalesce(");
            holds(out, node, term);
            out.sql(", false)");
        }
        ResolvedFilter::Compare { target, op, value } => compare(out, node, target, *op, value),
        ResolvedFilter::Present(target) => present(out, node, target),
        ResolvedFilter::ValuePath { attribute, filter } => match node {
            Node::Resource(resource) if resource.is_relation(attribute) => related(out, resource, filter),
            Node::Resource(Resource::User)
                if attribute.is(&["emails"])
                    && let Some(address) = wanted_value(filter) =>
            {
                out.sql("(");
                having_email(out, address);
                // The index knows the address; whether it is that of the type, the document alone.
                if matches!(**filter, ResolvedFilter::And(_)) {
                    out.sql(" AND ");
                    in_element(out, Resource::User, &attribute.path, filter);
                }
                out.sql(")");
            }
            Node::Resource(resource) => in_element(out, resource, &attribute.path, filter),
            // A value filter does not stand inside another; the parser refuses it.
            Node::Element(_) | Node::Related(_) => {
                out.sql("1 = 0");
            }
        },
    }
}

/// Appends the condition that an element of the array at `path` satisfies the filter.
fn in_element(out: &mut Draft, resource: Resource, path: &[String], filter: &ResolvedFilter) {
    json::each(out, Base::Column(resource.search()), path, "e", |out, element| {
        holds(out, Node::Element(element), filter);
    });
}

/// The `value` that a filter on an element asks for, among other things or alone.
fn wanted_value(filter: &ResolvedFilter) -> Option<&str> {
    match filter {
        ResolvedFilter::Compare { target, op: CompareOp::Eq, value: TypedValue::Text(text) }
            if target.is(&["value"]) =>
        {
            Some(text)
        }
        ResolvedFilter::And(terms) => terms.iter().find_map(wanted_value),
        _ => None,
    }
}

/// Appends the condition that one of a person's e-mail addresses is this.
fn having_email(out: &mut Draft, address: &str) {
    out.sql("u.id IN (SELECT x.user_id FROM user_emails x WHERE x.org_id = $1 AND x.email_key = ");
    out.bind(Bind::text(address)).sql(")");
}

fn compare(out: &mut Draft, node: Node<'_>, target: &Target, op: CompareOp, value: &TypedValue) {
    match node {
        Node::Resource(resource) if resource.is_relation(target) => {
            let inner = Target {
                path: target.path[1..].to_vec(),
                array_depth: 0,
                multi_valued: false,
                ..target.clone()
            };
            related(out, resource, &ResolvedFilter::Compare { target: inner, op, value: value.clone() });
        }
        Node::Resource(Resource::User) if target.is(&["emails", "value"]) && op == CompareOp::Eq => {
            match value {
                TypedValue::Text(address) => having_email(out, address),
                _ => {
                    out.sql("1 = 0");
                }
            }
        }
        Node::Resource(resource) => match resource.column(target) {
            Some(column) => compare_column(out, &column, op, value),
            None => compare_json(out, Base::Column(resource.search()), target, op, value),
        },
        Node::Element(element) => compare_json(out, element, target, op, value),
        Node::Related(resource) => match resource.related_column(target) {
            Some(column) => compare_column(out, &column, op, value),
            None => {
                out.sql("1 = 0");
            }
        },
    }
}

fn compare_column(out: &mut Draft, column: &Column, op: CompareOp, value: &TypedValue) {
    match (column, value) {
        (Column::Id(column), TypedValue::Text(text)) => match (op, UserId::parse(text)) {
            (CompareOp::Eq, Some(id)) => {
                out.sql(column).sql(" = ").bind(Bind::id(id));
            }
            (CompareOp::Eq, None) => {
                out.sql("1 = 0");
            }
            _ => compare_text(out, op, text, |out| {
                out.sql(&json::id_text(column));
            }),
        },
        (Column::Text(column), TypedValue::Text(text)) => compare_text(out, op, text, |out| {
            out.sql(column);
        }),
        (Column::Boolean(column), TypedValue::Boolean(wanted)) if op == CompareOp::Eq => {
            out.sql(column).sql(" = ").bind(Bind::Bool(*wanted));
        }
        (Column::Instant(column), TypedValue::Instant(wanted)) => {
            out.sql(column).sql(sign(op)).bind(Bind::Int(*wanted));
        }
        _ => {
            out.sql("1 = 0");
        }
    }
}

fn compare_json(out: &mut Draft, base: Base<'_>, target: &Target, op: CompareOp, value: &TypedValue) {
    if target.multi_valued {
        json::each(out, base, target.array_path(), "v", |out, element| {
            compare_one(out, element, target.element_path(), op, value);
        });
    } else {
        compare_one(out, base, &target.path, op, value);
    }
}

fn compare_one(out: &mut Draft, base: Base<'_>, path: &[String], op: CompareOp, value: &TypedValue) {
    let number = |out: &mut Draft, kind: Kind, wanted: Bind| {
        json::is(out, base, path, kind);
        out.sql(" AND ");
        json::value(out, base, path, kind);
        out.sql(sign(op)).bind(wanted);
    };
    out.sql("(");
    match value {
        TypedValue::Text(text) => {
            json::is(out, base, path, Kind::Text);
            out.sql(" AND ");
            compare_text(out, op, text, |out| json::value(out, base, path, Kind::Text));
        }
        TypedValue::Boolean(wanted) if op == CompareOp::Eq => {
            json::is(out, base, path, if *wanted { Kind::True } else { Kind::False });
        }
        TypedValue::Boolean(_) => {
            out.sql("1 = 0");
        }
        TypedValue::Integer(wanted) => number(out, Kind::Number, Bind::Int(*wanted)),
        TypedValue::Decimal(wanted) => number(out, Kind::Number, Bind::Real(*wanted)),
        TypedValue::Instant(wanted) => number(out, Kind::Instant, Bind::Int(*wanted)),
    }
    out.sql(")");
}

/// Compares texts by code point. No `LIKE`: what a client sent would have to be escaped, and case is folded already.
fn compare_text(out: &mut Draft, op: CompareOp, wanted: &str, text: impl Fn(&mut Draft)) {
    match op {
        CompareOp::Co => json::contains(out, text, wanted),
        CompareOp::Sw => json::starts(out, text, wanted),
        CompareOp::Ew => json::ends(out, text, wanted),
        CompareOp::Eq | CompareOp::Gt | CompareOp::Ge | CompareOp::Lt | CompareOp::Le => {
            text(out);
            out.sql(sign(op)).bind(Bind::text(wanted));
        }
    }
}

fn sign(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Gt => " > ",
        CompareOp::Ge => " >= ",
        CompareOp::Lt => " < ",
        CompareOp::Le => " <= ",
        // The text operators do not come here.
        CompareOp::Eq | CompareOp::Co | CompareOp::Sw | CompareOp::Ew => " = ",
    }
}

fn present(out: &mut Draft, node: Node<'_>, target: &Target) {
    match node {
        Node::Resource(_) if target.path.first().is_some_and(|name| name == "id" || name == "meta") => {
            out.sql("1 = 1");
        }
        Node::Resource(Resource::User) if target.is(&["displayName"]) => {
            out.sql("u.display_name <> ''");
        }
        Node::Resource(resource) if resource.is_relation(target) => {
            let inner = if target.path.len() < 2 {
                ResolvedFilter::Constant(true)
            } else {
                let path = target.path[1..].to_vec();
                ResolvedFilter::Present(Target {
                    path,
                    array_depth: 0,
                    multi_valued: false,
                    ..target.clone()
                })
            };
            related(out, resource, &inner);
        }
        Node::Resource(resource) => present_json(out, Base::Column(resource.search()), target),
        Node::Element(element) => present_json(out, element, target),
        Node::Related(resource) => {
            match resource.related_column(target) {
                Some(Column::Text(column)) => out.sql(&column).sql(" <> ''"),
                _ => out.sql("1 = 1"),
            };
        }
    }
}

fn present_json(out: &mut Draft, base: Base<'_>, target: &Target) {
    if target.multi_valued {
        json::each(out, base, target.array_path(), "v", |out, element| {
            json::present(out, element, target.element_path());
        });
    } else {
        json::present(out, base, &target.path);
    }
}

/// Appends the condition that a member, or a group that the person is in, satisfies the filter.
fn related(out: &mut Draft, resource: Resource, filter: &ResolvedFilter) {
    if let ResolvedFilter::Compare { target, op: CompareOp::Eq, value: TypedValue::Text(text) } = filter
        && target.is(&["value"])
    {
        return match UserId::parse(text) {
            Some(id) => related_to(out, resource, Bind::id(id)),
            None => {
                out.sql("1 = 0");
            }
        };
    }
    let (with, from) = resource.related_rows();
    out.sql("EXISTS (").sql(with).sql("SELECT 1").sql(from).sql(" AND (");
    holds(out, Node::Related(resource), filter);
    out.sql("))");
}

/// The same for one id: an `IN` that starts from that id, whose index answers for all resources at once.
fn related_to(out: &mut Draft, resource: Resource, id: Bind) {
    match resource {
        Resource::Group => {
            out.sql("g.id IN (SELECT m.group_id FROM group_members m WHERE m.org_id = $1 AND m.member_id = ");
            out.bind(id).sql(")");
        }
        Resource::User => {
            out.sql(
                "u.id IN (WITH RECURSIVE inside(id) AS (
                   SELECT mg.id FROM groups mg WHERE mg.org_id = $1 AND mg.connection_id IS NOT NULL AND mg.id = ",
            );
            out.bind(id).sql(
                " UNION
                   SELECT m.member_id FROM inside i CROSS JOIN group_members m ON m.org_id = $1 AND m.group_id = i.id
                   WHERE +m.member_kind = 2
                 )
                 SELECT m.member_id FROM inside i CROSS JOIN group_members m ON m.org_id = $1 AND m.group_id = i.id
                 WHERE +m.member_kind = 1)",
            );
        }
    }
}
