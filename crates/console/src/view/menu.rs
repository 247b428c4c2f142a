//! What can be gone to from everywhere.

use maud::{Markup, html};

/// Where in the menu a page belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Section {
    Overview,
    Why,
    People,
    Groups,
    Workspaces,
    Import,
    Findings,
    Holds,
    Matches,
    Undo,
    Review,
    Authentication,
    Provisioning,
    Connect,
    SetupLinks,
    Requests,
    Events,
    Connections,
    Schemas,
    Tokens,
    ApiKeys,
    Administrators,
    Settings,
    /// No entry is where one is.
    None,
}

struct Entry {
    section: Section,
    label: &'static str,
    path: &'static str,
    /// Whether it stands under the one before.
    inner: bool,
}

const fn entry(section: Section, label: &'static str, path: &'static str) -> Entry {
    Entry { section, label, path, inner: false }
}

const fn inner(section: Section, label: &'static str, path: &'static str) -> Entry {
    Entry { section, label, path, inner: true }
}

const MENU: &[(&str, &[Entry])] = &[
    ("", &[entry(Section::Overview, "Overview", "/console"), entry(Section::Why, "Why?", "/console/why")]),
    (
        "Directory",
        &[
            entry(Section::People, "People", "/console/people"),
            entry(Section::Groups, "Groups", "/console/groups"),
            entry(Section::Workspaces, "Workspaces", "/console/workspaces"),
            entry(Section::Import, "Import", "/console/import"),
        ],
    ),
    (
        "Review",
        &[
            entry(Section::Findings, "Findings", "/console/findings"),
            entry(Section::Holds, "Held removals", "/console/holds"),
            entry(Section::Matches, "Matches", "/console/matches"),
            entry(Section::Undo, "Undo", "/console/undo"),
            entry(Section::Review, "Access review", "/console/review"),
            entry(Section::Events, "Events", "/console/events"),
        ],
    ),
    (
        "Admin Settings",
        &[
            entry(Section::Authentication, "Authentication Settings", "/console/settings/authentication"),
            inner(Section::Provisioning, "SCIM Provisioning", "/console/settings/scim"),
            inner(Section::Connect, "Connect", "/console/connect"),
            inner(Section::SetupLinks, "Setup links", "/console/settings/setup-links"),
            inner(Section::Requests, "Provisioning log", "/console/requests"),
            inner(Section::Tokens, "Secret Tokens", "/console/settings/tokens"),
            inner(Section::Connections, "Connections", "/console/settings/connections"),
            inner(Section::Schemas, "Attributes", "/console/settings/schemas"),
            entry(Section::ApiKeys, "API keys", "/console/settings/api-keys"),
            entry(Section::Administrators, "Administrators", "/console/settings/administrators"),
            entry(Section::Settings, "Organisation", "/console/settings/organisation"),
        ],
    ),
];

pub(super) fn menu(now: Section) -> Markup {
    html! {
        details.menu #menu {
            summary { "Menu" }
            nav aria-label="Console" {
                @for (heading, entries) in MENU {
                    @if !heading.is_empty() { h2 { (heading) } }
                    ul {
                        @for Entry { section, label, path, inner } in *entries {
                            li.inner[*inner] {
                                a href=(path) aria-current=[(*section == now).then_some("page")] { (label) }
                            }
                        }
                    }
                }
            }
        }
    }
}
