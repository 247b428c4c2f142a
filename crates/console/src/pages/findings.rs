//! Findings: what an administrator should look at, each with what to do and the page where it is done.

use maud::{Markup, html};
use rolecall_domain::{
    ports::ReadCost,
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

async fn list(signed: Signed) -> Answer {
    let now = signed.console.app.clock.now();
    let found = signed.look(ReadCost::Scan, move |tx, org| Ok(findings::list(tx, org, now)?)).await?;
    let body = html! {
        (heading(&[], "Findings", "What somebody should look at, what matters most first.", html! {}))
        @if found.is_empty() {
            (empty("Nothing to look at", html! {
                p { "No removal waits, every token works and is used, and groups and mappings fit together." }
                p { a href="/console/requests" { "See what the identity provider does" } }
            }))
        } @else {
            p.list-note { (counted(found.len() as u64, "finding", "findings")) }
            @for finding in &found { (card(finding)) }
        }
    };
    signed.page(Section::Findings, "Findings", body)
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
                li.faint { "and " (finding.count - finding.examples.len() as u64) " more" }
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
            FindingKind::PersonWithoutWorkspace => Self {
                advice: Some("Open one of them: the page says why, and which groups would help."),
                examples: Some("/console/people"),
                ..to("See all of them", "/console/people?state=no-workspace")
            },
        }
    }
}
