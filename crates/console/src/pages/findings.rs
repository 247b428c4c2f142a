//! Findings: what an administrator should look at, each with what to do and the page where it is done.

use maud::{Markup, html};
use rolecall_domain::{
    ports::{ReadCost, UserFilter},
    use_cases::findings::{self, Finding, FindingKind, Severity},
};

use crate::{
    fault::{Answer, sentence},
    route::routes,
    view::{Section, Tone, badge, counted, empty, encoded, heading},
    visit::Signed,
};

routes! {
    GET "/console/findings" auditor => list;
}

/// In an organisation of more people than this, what reads all of them is looked for apart: the page does not wait for it.
const AT_ONCE: u64 = 20_000;
/// The address of all findings at once.
const ALL: &str = "/console/findings?all=yes";

async fn list(signed: Signed) -> Answer {
    let (now, all) = (signed.console.app.clock.now(), signed.query("all") == "yes");
    let (found, apart) = signed
        .look(ReadCost::Scan, move |tx, org| {
            let people = tx.count_users(org, &UserFilter::default())?;
            if all || people <= AT_ONCE {
                return Ok((findings::list(tx, org, now)?, None));
            }
            Ok((findings::pressing(tx, org, now)?, Some(people)))
        })
        .await?;
    let body = html! {
        (heading(&[], "Findings", "What somebody should look at, what matters most first.", html! {}))
        div.review #findings aria-live="polite" { (listed(&found, apart)) }
    };
    signed.page(Section::Findings, "Findings", body)
}

/// The findings. `apart`: how many people there are, when those who need all of them are still to be looked for.
fn listed(found: &[Finding], apart: Option<u64>) -> Markup {
    html! {
        @if !found.is_empty() {
            p.list-note { (counted(found.len() as u64, "finding", "findings")) }
            @for finding in found { (card(finding)) }
        } @else if apart.is_none() {
            (empty("Nothing to look at", html! {
                p { "No removal waits, every token works and is used, and groups and mappings fit together." }
                p { a href="/console/requests" { "See what the identity provider does" } }
            }))
        }
        @if let Some(people) = apart {
            // A script asks for it at once; without one there is the button.
            section.card data-load=(ALL) data-into="findings" {
                header {
                    h2 { "Groups and people" }
                    p { "What reads all of " (counted(people, "person", "people")) " takes a moment, and is looked for by itself." }
                }
                div { a.button href=(ALL) { "Look at all of them" } }
            }
        }
    }
}

fn card(finding: &Finding) -> Markup {
    let (word, tone) = match finding.severity {
        Severity::Problem => ("problem", Tone::Bad),
        Severity::Warning => ("warning", Tone::Warning),
        Severity::Notice => ("notice", Tone::Quiet),
    };
    let place = Place::of(finding);
    html! {
        section.card.finding id=(finding.kind.as_str()) {
            header { div.inline { (badge(word, tone)) h2 { (sentence(&finding.summary)) } } }
            @if !finding.examples.is_empty() { (examples(finding, place.examples)) }
            p { (place.advice.unwrap_or(finding.what_to_do)) }
            @if let Some((label, path)) = place.action { div { a.button href=(path) { (label) } } }
        }
    }
}

fn examples(finding: &Finding, list: Option<&str>) -> Markup {
    html! {
        ul.names {
            @for name in &finding.examples {
                li { @match list { Some(list) => { a href=(format!("{list}?q={}", encoded(name))) { (name) } } None => { (name) } } }
            }
            @if finding.count > finding.examples.len() as u64 && list.is_some() {
                li.faint {
                    "and " (finding.count - finding.examples.len() as u64)
                    @if finding.or_more { " or" }
                    " more"
                }
            }
        }
    }
}

/// Where something is done about a finding.
#[derive(Default)]
struct Place {
    /// In the console's words, where the finding itself speaks of the admin API.
    advice: Option<&'static str>,
    /// What the button says, and where it leads.
    action: Option<(&'static str, &'static str)>,
    /// The list in which the examples are found by name.
    examples: Option<&'static str>,
}

impl Place {
    fn of(finding: &Finding) -> Self {
        let to = |label, path| Self { action: Some((label, path)), ..Self::default() };
        match finding.kind {
            FindingKind::RemovalsHeld => Self {
                advice: Some("Look at who they are, and approve or reject each, or all."),
                ..to("Review held removals", "/console/holds")
            },
            FindingKind::RequestsRefused => Self {
                advice: Some(
                    "Paste the Secret Token into the directory again, or a new one. The provisioning log shows each refused request.",
                ),
                ..to("See refused requests", "/console/requests?status=401")
            },
            FindingKind::DirectorySilent => to("Look at the connections", "/console/settings/connections"),
            FindingKind::TokenExpires | FindingKind::TokenNeverUsed => {
                to("Open Secret Tokens", "/console/settings/tokens")
            }
            FindingKind::OverlappingGroups => to("See the groups", "/console/groups?state=by-name"),
            FindingKind::MappedGroupNeverPushed => to("See the groups", "/console/groups?state=not-pushed"),
            FindingKind::MappedGroupEmpty => Self {
                examples: Some("/console/groups"),
                ..to("See groups without members", "/console/groups?state=empty")
            },
            FindingKind::UnmappedGroup => Self {
                examples: Some("/console/groups"),
                ..to("See all of them", "/console/groups?state=unmapped")
            },
            FindingKind::UnknownRole => Self {
                advice: Some(
                    "In the directory, give the app roles the values owner, admin and member. Any other word means member.",
                ),
                ..to("See people", "/console/people")
            },
            FindingKind::GrantEnds => Self {
                advice: Some(
                    "Let them end, or give those who still need it a later end, on the workspace's page.",
                ),
                ..to("See workspaces", "/console/workspaces")
            },
            FindingKind::PersonWithoutWorkspace => Self {
                advice: Some("Open one of them: the page says why, and which groups would help."),
                examples: Some("/console/people"),
                ..to("See all of them", "/console/people?state=no-workspace")
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_asked_for_apart_and_nothing_is_called_well_before_it_has_come() {
        let waiting = listed(&[], Some(1_000_000)).into_string();
        assert!(waiting.contains("data-load=\"/console/findings?all=yes\""), "{waiting}");
        assert!(waiting.contains("href=\"/console/findings?all=yes\""), "without scripts, too: {waiting}");
        assert!(!waiting.contains("Nothing to look at"), "{waiting}");
        assert!(listed(&[], None).into_string().contains("Nothing to look at"));
    }
}
