//! Admin Settings → Authentication Settings → SCIM Provisioning: the Tenant URL, the SCIM Mappings List, the name pattern.

use maud::{Markup, html};
use rolecall_domain::{
    ids::{MappingId, WorkspaceId},
    pattern::NamePattern,
    ports::{MappingFilter, Names, ReadCost, Slice},
    records::{Group, Mapping, Token},
    role::AdminRole,
    use_cases::{
        mappings::{self, GroupRef, Members},
        settings,
        workspaces::WorkspaceRef,
    },
};
use rolecall_scim::index::fold;

use crate::{
    fault::{Answer, Fault},
    paging::{Cursor, Page},
    planned::{Ask, Outcome},
    route::routes,
    view::{
        Section, Tone, badge, card, copyable, counted, empty, form, heading, moment_or, options, pages,
        role_badge, table,
    },
    visit::Signed,
};

use super::workspace::{ROLES, role};

routes! {
    GET "/console/settings/scim" auditor => show;
    POST "/console/settings/scim/mappings" admin => add;
    POST "/console/settings/scim/mappings/{mapping}" admin => change;
    POST "/console/settings/scim/mappings/{mapping}/delete" admin => delete;
    POST "/console/settings/scim/pattern" admin => change_pattern;
}

/// Where this page is.
pub(super) const TRAIL: &[(&str, &str)] =
    &[("Admin Settings", ""), ("Authentication Settings", "/console/settings/authentication")];
const HERE: &str = "/console/settings/scim";
/// How many groups the preview reads.
const PREVIEWED: u32 = 200;

struct Found {
    mappings: Page<Mapping>,
    total: u64,
    names: Names,
    /// The pattern in force.
    pattern: NamePattern,
    groups: Vec<Group>,
    group_count: u64,
    tokens: Vec<Token>,
}

async fn show(signed: Signed) -> Answer {
    let cursor = Cursor::of(&signed);
    let found = signed
        .look(ReadCost::Scan, move |tx, org| {
            let filter = MappingFilter::default();
            let mappings =
                Page::cut(tx.list_mappings(org, &filter, cursor.slice(MappingId))?, |one| one.id.0);
            let places: Vec<WorkspaceId> = mappings.rows.iter().map(|mapping| mapping.workspace).collect();
            Ok(Found {
                names: tx.names_of(org, &[], &places)?,
                mappings,
                total: tx.count_mappings(org, &filter)?,
                pattern: tx.settings(org)?.pattern,
                groups: tx.list_groups(org, Slice { after: None, limit: PREVIEWED })?,
                group_count: tx.count_groups(org)?,
                tokens: tx.list_tokens(org)?,
            })
        })
        .await?;
    let body = html! {
        (heading(TRAIL, "SCIM Provisioning", "What your identity provider needs, and what its groups give here.", html! {}))
        (connect(&signed, &found.tokens))
        (mappings_list(&signed, &found, cursor))
        (pattern(&signed, &found))
    };
    signed.page(Section::Provisioning, "SCIM Provisioning", body)
}

fn connect(signed: &Signed, tokens: &[Token]) -> Markup {
    let live = tokens.iter().filter(|token| token.revoked_at.is_none());
    let last = tokens.iter().filter_map(|token| token.last_used_at).max();
    card(
        "Connection",
        "Paste both into the identity provider's provisioning page, then press its Test Connection.",
        html! {
            (copyable("tenant-url", "Tenant URL", &signed.console.app.tenant_url(&signed.who.org.slug)))
            dl.facts {
                dt { "Secret Token" }
                dd { (counted(live.count() as u64, "token", "tokens")) " made. " a href="/console/settings/tokens" { "Make or revoke tokens" } }
                dt { "Last heard of" }
                dd { (moment_or(last, "never yet")) }
            }
        },
    )
}

fn mappings_list(signed: &Signed, found: &Found, cursor: Cursor) -> Markup {
    html! {
        section.card #mappings {
            header {
                h2 { "SCIM Mappings List" }
                p { "A group of any name gives its people a role in a workspace. You may name a group before it is pushed." }
            }
            @if signed.may(AdminRole::Admin) {
                (form(signed, "/console/settings/scim/mappings", "fields", html! {
                    div {
                        label for="group" { "Group" }
                        input #group type="text" name="group" required maxlength="255" autocomplete="off" spellcheck="false" list="groups" data-suggest="/console/groups" placeholder="Sales team";
                        datalist #groups {}
                    }
                    (mapping_fields())
                }))
            }
            @if found.mappings.rows.is_empty() {
                (empty("No mapping yet", html! { p { "Groups that follow the name pattern below map themselves." } }))
            } @else {
                (table("SCIM mappings", &["Group", "Workspace", "Role", ""], html! {
                    @for mapping in &found.mappings.rows { (mapping_row(signed, mapping, &found.names)) }
                }))
                @if found.total > 1 { p.list-note { (counted(found.total, "mapping", "mappings")) } }
                (pages(HERE, &[], cursor.is_first(), found.mappings.next.as_deref()))
            }
        }
    }
}

/// Workspace, role, and the button of a form that maps a group.
pub(super) fn mapping_fields() -> Markup {
    html! {
        div {
            label for="workspace" { "Workspace" }
            input #workspace type="text" name="workspace" required autocomplete="off" spellcheck="false" list="workspaces" data-suggest="/console/workspaces" placeholder="Sales";
            datalist #workspaces {}
        }
        div { label for="mapping-role" { "Role" } select #mapping-role name="role" { (options(ROLES, "member")) } }
        div { button.primary type="submit" { "Add mapping …" } }
    }
}

fn mapping_row(signed: &Signed, mapping: &Mapping, names: &Names) -> Markup {
    let action = format!("/console/settings/scim/mappings/{}", mapping.id);
    let workspace = names.workspace(mapping.workspace).unwrap_or_default();
    html! {
        tr {
            td { a.row-title href=(format!("/console/groups/{}", mapping.group)) { (mapping.group_name) } }
            td data-label="Workspace" { a href=(format!("/console/workspaces/{}", mapping.workspace)) { (workspace) } }
            td data-label="Role" { (role_badge(mapping.role.as_str())) }
            td.end {
                @if signed.may(AdminRole::Admin) {
                    details.confirm {
                        summary.button.small { "Change …" }
                        div.confirm-card {
                            p { "The next page shows who would gain or lose what." }
                            (form(signed, &action, "inline", html! {
                                select name="role" aria-label=(format!("Role that {} gives in {workspace}", mapping.group_name)) { (options(ROLES, mapping.role.as_str())) }
                                button type="submit" { "Change the role" }
                            }))
                            (form(signed, &format!("{action}/delete"), "", html! { button.danger-quiet type="submit" { "Delete the mapping" } }))
                        }
                    }
                }
            }
        }
    }
}

/// The pattern that is asked about: as the address has it, or the one in force.
fn asked(signed: &Signed, now: &NamePattern) -> NamePattern {
    if signed.query("preview").is_empty() {
        return now.clone();
    }
    NamePattern {
        enabled: !signed.query("enabled").is_empty(),
        prefix: signed.query("prefix").to_owned(),
        role_separator: signed.query("role_separator").to_owned(),
        create_workspaces: !signed.query("create_workspaces").is_empty(),
    }
}

fn pattern(signed: &Signed, found: &Found) -> Markup {
    let asked = asked(signed, &found.pattern);
    let may = signed.may(AdminRole::Admin);
    html! {
        section.card #pattern {
            header {
                h2 { "Name pattern" }
                p { "A group named " code { (asked.prefix) "{workspace}" (asked.role_separator) "{role}" } " maps itself, for example " code { (asked.prefix) "Sales" (asked.role_separator) "admin" } ". Roles are member, manager and admin." }
            }
            form.stack method="get" action=(HERE) data-live="pattern-preview" data-address="keep" {
                input type="hidden" name="preview" value="yes";
                div.fields {
                    div { label for="prefix" { "Prefix" } input #prefix type="text" name="prefix" value=(asked.prefix) maxlength="64" autocomplete="off" spellcheck="false" disabled[!may]; }
                    div { label for="role_separator" { "Role separator" } input #role_separator type="text" name="role_separator" value=(asked.role_separator) required maxlength="64" autocomplete="off" spellcheck="false" disabled[!may]; }
                }
                label.check { input type="checkbox" name="enabled" value="yes" checked[asked.enabled] disabled[!may]; "Read groups' names" }
                label.check { input type="checkbox" name="create_workspaces" value="yes" checked[asked.create_workspaces] disabled[!may]; "Make a workspace that a name asks for and that does not exist" }
                @if may {
                    (crate::view::form_token(signed))
                    div.inline {
                        button type="submit" { "Preview" }
                        button.primary type="submit" formmethod="post" formaction="/console/settings/scim/pattern" { "Save …" }
                    }
                }
            }
            (preview(&asked, found))
        }
    }
}

fn preview(asked: &NamePattern, found: &Found) -> Markup {
    let read: Vec<_> = found
        .groups
        .iter()
        .filter_map(|group| Some((group, asked.read(&group.facts.display_name)?)))
        .collect();
    let all = found.group_count as usize <= found.groups.len();
    html! {
        div #pattern-preview aria-live="polite" {
            @if let Err(error) = asked.check() {
                div.flash.refused { (crate::fault::sentence(&error.to_string())) }
            } @else if read.is_empty() {
                (empty("No group follows this pattern", html! {
                    @if !asked.enabled { p { "Names are not read." } }
                    @else if !all { p { "Of the first " (found.groups.len()) " of " (found.group_count) " groups." } }
                }))
            } @else {
                h3 { "Preview: " (counted(read.len() as u64, "group follows", "groups follow")) " it"
                    @if !all { " of the first " (found.groups.len()) " of " (found.group_count) } }
                div.scroll tabindex="0" role="region" aria-label="Preview of the name pattern" {
                    (table("Preview", &["Group", "Workspace", "Role", "Change"], html! {
                        @for (group, wanted) in &read {
                            tr {
                                td { a.row-title href=(format!("/console/groups/{}", group.id)) { (group.facts.display_name) } }
                                td data-label="Workspace" { (wanted.workspace) }
                                td data-label="Role" { (role_badge(wanted.role.as_str())) }
                                td { @if group.facts.pattern.is_none() { (badge("new", Tone::Good)) } }
                            }
                        }
                    }))
                }
            }
        }
    }
}

async fn add(signed: Signed) -> Answer {
    let group = match signed.form.field("group_id") {
        "" => GroupRef::Name(signed.form.field("group").to_owned()),
        id => GroupRef::Id(id.to_owned()),
    };
    let (workspace, role) = (signed.form.field("workspace").trim().to_owned(), role(&signed)?);
    let named = match &group {
        GroupRef::Name(name) => name.trim().to_owned(),
        GroupRef::Id(_) => "the group".to_owned(),
    };
    let title = format!("Map {named} to {workspace} as {role}?");
    let ask = Ask { section: Section::Provisioning, title, button: "Add the mapping", back: HERE.into() };
    let outcome = signed
        .planned(ask, move |tx, act| {
            // By slug or by name, as people write it.
            let found = tx.find_workspace_by_key(act.org, &fold(&workspace))?;
            let reference = WorkspaceRef(found.map_or_else(|| workspace.clone(), |one| one.id.to_string()));
            Ok(mappings::create(tx, act, &group, &reference, role)?)
        })
        .await?;
    match outcome {
        Outcome::Show(page) => page,
        Outcome::Done(made) => signed.done(HERE, format!("{} is mapped.", made.group_name)),
    }
}

async fn change(signed: Signed) -> Answer {
    let (id, role) = (signed.path("mapping").to_owned(), role(&signed));
    let role = match role {
        Ok(role) => role,
        // A mapping that is not there comes before a role that is none.
        Err(fault) => {
            known(&signed, id).await?;
            return Err(fault);
        }
    };
    let title = format!("Change the mapping to give {role}?");
    let ask = Ask { section: Section::Provisioning, title, button: "Change the mapping", back: HERE.into() };
    match signed.planned(ask, move |tx, act| Ok(mappings::change(tx, act, &id, Some(role), None)?)).await? {
        Outcome::Show(page) => page,
        Outcome::Done(changed) => signed.done(HERE, format!("{} gives {role} now.", changed.group_name)),
    }
}

async fn known(signed: &Signed, id: String) -> Result<(), Fault> {
    signed
        .look(ReadCost::Point, move |tx, org| {
            let found = match MappingId::parse(&id) {
                Some(id) => tx.find_mapping(org, id)?,
                None => None,
            };
            found.map(drop).ok_or_else(|| Fault::not_found("This mapping is gone; somebody removed it."))
        })
        .await
}

async fn delete(signed: Signed) -> Answer {
    let id = signed.path("mapping").to_owned();
    let title = "Delete the mapping?".to_owned();
    let ask = Ask { section: Section::Provisioning, title, button: "Delete the mapping", back: HERE.into() };
    match signed.planned(ask, move |tx, act| Ok(mappings::delete(tx, act, &id, Members::Leave)?)).await? {
        Outcome::Show(page) => page,
        Outcome::Done(()) => signed.done(HERE, "The mapping is deleted."),
    }
}

async fn change_pattern(signed: Signed) -> Answer {
    let form = signed.form.clone();
    let wanted = NamePattern {
        enabled: form.ticked("enabled"),
        prefix: form.field("prefix").to_owned(),
        role_separator: form.field("role_separator").to_owned(),
        create_workspaces: form.ticked("create_workspaces"),
    };
    let ask = Ask {
        section: Section::Provisioning,
        title: "Change the name pattern?".into(),
        button: "Change the pattern",
        back: HERE.into(),
    };
    let outcome = signed
        .planned(ask, move |tx, act| {
            Ok(settings::change(tx, act, |settings| settings.pattern = wanted.clone())?)
        })
        .await?;
    match outcome {
        Outcome::Show(page) => page,
        Outcome::Done(_) => signed.done(HERE, "The name pattern is changed, and memberships follow it."),
    }
}
