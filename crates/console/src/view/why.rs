//! An explanation as a picture: the person, every way to a role, and what comes of them. It is made of lists, so that it
//! reads in the same order aloud.

use std::collections::BTreeMap;

use maud::{Markup, html};
use rolecall_domain::{
    ids::GroupId,
    membership::{Obstacle, Standing},
    time::Timestamp,
    use_cases::explain::{
        By, Explanation, HoldExplained, OrgRoleExplained, Origin, OutcomeWord, PathExplained, PathKind,
        Person, RoleMappingExplained, Step, WorkspaceExplained,
    },
};

use super::{Tone, badge, moment, role_badge};

/// What the picture needs besides the explanation: by which rule a group's name was read, where it was not the pattern.
pub(crate) type Rules = BTreeMap<GroupId, String>;

/// One way to a role, as it is drawn.
struct Way {
    outcome: &'static str,
    nodes: Vec<Markup>,
}

/// How a person comes to a workspace, or why not.
pub(crate) fn workspace(told: &Explanation, place: &WorkspaceExplained, rules: &Rules) -> Markup {
    let mut ways: Vec<Way> = place.paths.iter().map(|path| way(path, rules)).collect();
    if let (true, Some(hold)) = (place.by_hold, &told.hold) {
        let role = place.role.map_or("nothing", |role| role.as_str());
        ways.push(Way { outcome: "decides", nodes: vec![hold_node(hold, role)] });
    }
    // Another group helps nobody whom something stops everywhere.
    if place.role.is_none() && told.standing.entitled() && place.archived_at.is_none() {
        ways.extend(place.would_help.iter().map(|help| Way {
            outcome: "would",
            nodes: vec![
                node("Not in this group", &group_link(help.group_id, &help.group), html! {}),
                node(
                    kind(help.kind, rules.get(&help.group_id)),
                    &html! { "would give " (role_badge(help.role.as_str())) },
                    html! {
                        @if help.paused { (stop(Obstacle::PausedMapping)) }
                    },
                ),
            ],
        }));
    }
    let outcome = html! {
        @if place.archived_at.is_some() { (stop(Obstacle::ArchivedWorkspace)) }
        @match place.role { Some(role) => { (role_badge(role.as_str())) } None => { (badge("no access", Tone::Bad)) } }
    };
    let target = html! { a href=(format!("/console/workspaces/{}", place.workspace_id)) { (place.name) } };
    picture(
        &format!("How {} comes to {}", told.user.display_name, place.name),
        &person(&told.user, told.standing),
        &ways,
        &node("Workspace", &target, outcome),
    )
}

/// How a person comes to a role in the organisation.
pub(crate) fn organisation(told: &Explanation, name: &str) -> Markup {
    let OrgRoleExplained { role, given, by_hold, mappings } = &told.org_role;
    let mut ways = vec![Way {
        outcome: if given == role { "decides" } else { "outranked" },
        nodes: vec![node(
            "SCIM attribute roles",
            &html! { "says " (role_badge(given.as_str())) },
            html! {
                @if given != role { (badge(&format!("outranked by {role}"), Tone::Quiet)) }
            },
        )],
    }];
    ways.extend(mappings.iter().map(|mapping| role_way(mapping, role.as_str())));
    if let (true, Some(hold)) = (by_hold, &told.hold) {
        ways.push(Way { outcome: "decides", nodes: vec![hold_node(hold, role.as_str())] });
    }
    picture(
        &format!("How {} comes to a role in the organisation", told.user.display_name),
        &person(&told.user, told.standing),
        &ways,
        &node("Organisation", &html! { (name) }, role_badge(role.as_str())),
    )
}

/// In a sentence: what the person has, and by what, or what stands in the way.
pub(crate) fn answer(told: &Explanation, place: &WorkspaceExplained) -> Markup {
    let (who, whither) = (&told.user.display_name, &place.name);
    let decides = place.paths.iter().find(|path| path.outcome == OutcomeWord::Decides);
    html! {
        p.why-answer {
            @match (place.role, decides) {
                (Some(role), Some(path)) => {
                    (who) " is " strong { (role) } " in " (whither) ", because " (because(path)) "."
                }
                (Some(role), None) => { (who) " is " strong { (role) } " in " (whither) ", because a hold keeps what the directory took away." }
                (None, _) if place.paths.is_empty() => {
                    (who) " has " strong { "no access" } " to " (whither) ": no group of theirs leads there, and nothing is given by hand."
                }
                (None, _) => { (who) " has " strong { "no access" } " to " (whither) ": " (reasons(place)) "." }
            }
        }
    }
}

fn because(path: &PathExplained) -> Markup {
    let group = path.through.last().map(|step| group_link(step.group_id, &step.group));
    html! {
        @match (path.kind, group) {
            (PathKind::Mapping, Some(group)) => { "the group " (group) " is mapped to it" }
            (PathKind::Pattern, Some(group)) => { "the group " (group) " maps itself by its name" }
            _ => { "it was given by hand" }
        }
    }
}

fn reasons(place: &WorkspaceExplained) -> String {
    let mut all: Vec<Obstacle> = place.paths.iter().flat_map(|path| path.obstacles.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(word).collect::<Vec<_>>().join(", and ")
}

/// What stands in the way, in words.
fn word(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Gone => "the directory removed them",
        Obstacle::Inactive => "they are inactive",
        Obstacle::UnverifiedDomain => "their e-mail domain is not verified",
        Obstacle::PausedMapping => "the mapping is paused",
        Obstacle::ArchivedWorkspace => "the workspace is archived",
    }
}

/// What can be done about what stands in the way.
pub(crate) fn remedies(place: &WorkspaceExplained) -> Vec<Markup> {
    let stands = |obstacle| place.paths.iter().any(|path| path.obstacles.contains(&obstacle));
    let workspace = format!("/console/workspaces/{}", place.workspace_id);
    let mut all = Vec::new();
    if place.role.is_some() {
        return all;
    }
    if stands(Obstacle::Gone) {
        all.push(html! { "Assign the person to the application in the identity provider again." });
    }
    if stands(Obstacle::Inactive) {
        all.push(html! { "Assign the person again, or unblock the account, in the identity provider: it sent " code { "active: false" } "." });
    }
    if stands(Obstacle::UnverifiedDomain) {
        all.push(html! { "Add the domain to the verified domains of the " a href="/console/settings/connections" { "connection" } ", or correct the address in the identity provider." });
    }
    if stands(Obstacle::PausedMapping) {
        all.push(html! { "Resume the mapping in the " a href="/console/settings/scim#mappings" { "SCIM Mappings List" } "." });
    }
    if place.archived_at.is_some() {
        all.push(html! { "Restore " a href=(workspace) { (place.name) } "." });
    }
    if place.paths.is_empty() {
        all.push(match place.would_help.is_empty() {
            true => html! { "No group leads to " (place.name) " yet: map one in the " a href="/console/settings/scim#mappings" { "SCIM Mappings List" } "." },
            false => html! { "Add the person to one of the groups in the picture, in the identity provider." },
        });
        all.push(html! { "Or give a role by hand on the page of " a href=(workspace) { (place.name) } "." });
    }
    all
}

fn way(path: &PathExplained, rules: &Rules) -> Way {
    let mut nodes = steps(&path.through);
    let rule = path.group_id.and_then(|group| rules.get(&group));
    nodes.push(node(
        kind(path.kind, rule),
        &html! { "gives " (role_badge(path.role.as_str())) },
        html! {
            (since(path.since, path.cause.as_ref()))
            @if let Some(at) = path.expires_at { span.why-since { "until " (moment(at)) @if let Some(then) = path.then_role { ", then " (then) } } }
            @if let Some(by) = path.outranked_by { (badge(&format!("outranked by {by}"), Tone::Quiet)) }
            @if path.obstacles.contains(&Obstacle::PausedMapping) { (stop(Obstacle::PausedMapping)) }
        },
    ));
    Way { outcome: class(path.outcome), nodes }
}

fn role_way(mapping: &RoleMappingExplained, role: &str) -> Way {
    let mut nodes = steps(&mapping.through);
    nodes.push(node(
        "Role mapping",
        &html! { "gives " (role_badge(mapping.role.as_str())) },
        html! {
            (since(mapping.since, mapping.cause.as_ref()))
            @if mapping.outcome == OutcomeWord::Outranked { (badge(&format!("outranked by {role}"), Tone::Quiet)) }
            @if mapping.obstacles.contains(&Obstacle::PausedMapping) { (stop(Obstacle::PausedMapping)) }
        },
    ));
    Way { outcome: class(mapping.outcome), nodes }
}

/// The groups on the way.
fn steps(through: &[Step]) -> Vec<Markup> {
    let labelled = through.iter().enumerate().map(|(place, step)| {
        let label = if place == 0 { "In the group" } else { "Which is in the group" };
        node(label, &group_link(step.group_id, &step.group), since(step.since, step.cause.as_ref()))
    });
    labelled.collect()
}

fn kind(kind: PathKind, rule: Option<&String>) -> &str {
    match kind {
        PathKind::Mapping => "Mapping",
        PathKind::Pattern => rule.map_or("Name pattern", String::as_str),
        PathKind::Grant => "Manual grant",
    }
}

fn class(outcome: OutcomeWord) -> &'static str {
    match outcome {
        OutcomeWord::Decides => "decides",
        OutcomeWord::Outranked => "outranked",
        OutcomeWord::Stopped => "stopped",
    }
}

fn person(person: &Person, standing: Standing) -> Markup {
    let stops = [
        (standing.gone, Obstacle::Gone),
        (!standing.active, Obstacle::Inactive),
        (standing.outside, Obstacle::UnverifiedDomain),
    ];
    let link = html! { a href=(format!("/console/people/{}", person.id)) { (person.display_name) } };
    node(
        "Person",
        &link,
        html! { @for (_, obstacle) in stops.into_iter().filter(|(is_so, _)| *is_so) { (stop(obstacle)) } },
    )
}

fn hold_node(hold: &HoldExplained, role: &str) -> Markup {
    let reason = match hold.reason {
        "brake" => "the mass-removal brake",
        "last_owner" => "nobody else is an owner",
        "grace" => "the grace time",
        "upsert_only" => "the connection never removes",
        other => other,
    };
    node(
        "Hold",
        &html! { a href="/console/holds" { (reason) } " keeps " (role_badge(role)) },
        html! {
            (since(hold.since, hold.cause.as_ref()))
            @if let Some(until) = hold.until { span.why-since { "until " (moment(until)) } }
        },
    )
}

fn node(label: &str, what: &Markup, more: Markup) -> Markup {
    html! { span.why-kind { (label) } span.why-what { (what) } (more) }
}

fn group_link(id: GroupId, name: &str) -> Markup {
    html! { a href=(format!("/console/groups/{id}")) { (name) } }
}

/// Since when, and by whose request.
fn since(at: Timestamp, cause: Option<&Origin>) -> Markup {
    html! {
        span.why-since {
            "since " (moment(at))
            @if let Some(origin) = cause { ", by " (by(origin)) }
        }
    }
}

/// Who sent a request, with the way to it where the log has it.
fn by(origin: &Origin) -> Markup {
    match origin.by {
        By::Idp { .. } => {
            html! { a href=(format!("/console/requests/{}", origin.change_id)) { (origin.by.words()) } }
        }
        _ => html! { (origin.by.words()) },
    }
}

fn stop(obstacle: Obstacle) -> Markup {
    let short = match obstacle {
        Obstacle::Gone => "removed",
        Obstacle::Inactive => "inactive",
        Obstacle::UnverifiedDomain => "domain not verified",
        Obstacle::PausedMapping => "paused",
        Obstacle::ArchivedWorkspace => "archived",
    };
    html! { span.why-stop { (badge(short, Tone::Bad)) } }
}

fn picture(label: &str, from: &Markup, ways: &[Way], to: &Markup) -> Markup {
    html! {
        div.why role="group" aria-label=(label) {
            div.why-node.why-end { (from) }
            ul.why-ways {
                @for Way { outcome, nodes } in ways {
                    li class=(format!("why-way {outcome}")) {
                        span.hidden { (spoken(outcome)) }
                        span.why-line {}
                        ol {
                            @for (place, node) in nodes.iter().enumerate() {
                                li {
                                    @if place > 0 { span.why-line {} }
                                    div.why-node { (node) }
                                }
                            }
                        }
                        span.why-line.why-arrow {}
                    }
                }
                @if ways.is_empty() { li.why-way.none { span.why-line {} div.why-node { span.why-what { "nothing leads there" } } span.why-line {} } }
            }
            div.why-node.why-end { (to) }
        }
    }
}

/// What a line's looks say.
fn spoken(outcome: &str) -> &'static str {
    match outcome {
        "decides" => "This way decides:",
        "outranked" => "This way counts for less:",
        "would" => "This way would help:",
        _ => "This way is stopped:",
    }
}
