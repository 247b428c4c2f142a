//! The SCIM Mappings List: a group of any name gives its people a role in a workspace.

use maud::{Markup, html};
use rolecall_domain::{
    ids::{MappingId, OrgId, WorkspaceId},
    ports::{MappingFilter, Names, ReadCost, ReadTx, StoreResult, Tx},
    records::Mapping,
    role::AdminRole,
    use_cases::{
        Act,
        mappings::{self, GroupRef, Members},
        workspaces::WorkspaceRef,
    },
};
use rolecall_scim::index::fold;

use crate::{
    fault::{Answer, Fault},
    paging::{Cursor, Page},
    planned::{Ask, Outcome},
    route::routes,
    view::{Section, Tone, badge, counted, empty, form, options, pages, role_badge, table},
    visit::Signed,
};

use super::{
    grants::{ROLES, role},
    provisioning::HERE,
};

routes! {
    POST "/console/settings/scim/mappings" admin => add;
    POST "/console/settings/scim/mappings/{mapping}" admin => change;
    POST "/console/settings/scim/mappings/{mapping}/pause" admin => pause;
    POST "/console/settings/scim/mappings/{mapping}/resume" admin => resume;
    POST "/console/settings/scim/mappings/{mapping}/delete" admin => delete;
}

/// What becomes of the people of a mapping that goes.
pub(super) const MEMBERS: &[(&str, &str)] =
    &[("leave", "Its people lose what it gives"), ("keep", "Its people keep it, by hand from then on")];

/// A page of mappings.
pub(super) struct MappingsFound {
    mappings: Page<Mapping>,
    total: u64,
    names: Names,
}

impl MappingsFound {
    pub(super) fn read(tx: &mut dyn ReadTx, org: OrgId, cursor: Cursor) -> StoreResult<Self> {
        let filter = MappingFilter::default();
        let mappings = Page::cut(tx.list_mappings(org, &filter, cursor.slice(MappingId))?, |one| one.id.0);
        let places: Vec<WorkspaceId> = mappings.rows.iter().map(|mapping| mapping.workspace).collect();
        Ok(Self { names: tx.names_of(org, &[], &places)?, total: tx.count_mappings(org, &filter)?, mappings })
    }
}

pub(super) fn list(signed: &Signed, found: &MappingsFound, cursor: Cursor) -> Markup {
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
                    @for mapping in &found.mappings.rows { (row(signed, mapping, &found.names)) }
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

fn row(signed: &Signed, mapping: &Mapping, names: &Names) -> Markup {
    let action = format!("/console/settings/scim/mappings/{}", mapping.id);
    let workspace = names.workspace(mapping.workspace).unwrap_or_default();
    html! {
        tr {
            td { a.row-title href=(format!("/console/groups/{}", mapping.group)) { (mapping.group_name) } }
            td data-label="Workspace" { a href=(format!("/console/workspaces/{}", mapping.workspace)) { (workspace) } }
            td data-label="Role" { (role_badge(mapping.role.as_str())) @if mapping.paused_at.is_some() { " " (badge("paused", Tone::Warning)) } }
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
                            (pause_or_resume(signed, &action, mapping.paused_at.is_some()))
                            (form(signed, &format!("{action}/delete"), "inline", html! {
                                select name="members" aria-label=(format!("What becomes of the people of {} in {workspace}", mapping.group_name)) { (options(MEMBERS, "leave")) }
                                button.danger-quiet type="submit" { "Delete the mapping" }
                            }))
                        }
                    }
                }
            }
        }
    }
}

/// The form that pauses a mapping, or lets it go on.
pub(super) fn pause_or_resume(signed: &Signed, action: &str, paused: bool) -> Markup {
    let (word, label) =
        if paused { ("resume", "Resume the mapping") } else { ("pause", "Pause the mapping") };
    form(signed, &format!("{action}/{word}"), "", html! { button type="submit" { (label) } })
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
    let outcome = signed
        .planned(ask(title, "Add the mapping"), move |tx, act| {
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

/// What is asked before a mapping changes.
pub(super) fn ask(title: impl Into<String>, button: &'static str) -> Ask {
    Ask { section: Section::Provisioning, title: title.into(), button, back: HERE.into() }
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
    let ask = ask(format!("Change the mapping to give {role}?"), "Change the mapping");
    amend(signed, ask, format!("gives {role} now."), move |tx, act| {
        Ok(mappings::change(tx, act, &id, Some(role), None)?)
    })
    .await
}

async fn pause(signed: Signed) -> Answer {
    let id = signed.path("mapping").to_owned();
    let ask = ask("Pause the mapping? It gives nothing until it is resumed.", "Pause the mapping");
    amend(signed, ask, "is paused: the mapping gives nothing for now.".into(), move |tx, act| {
        Ok(mappings::change(tx, act, &id, None, Some(true))?)
    })
    .await
}

async fn resume(signed: Signed) -> Answer {
    let id = signed.path("mapping").to_owned();
    let ask = ask("Let the mapping go on?", "Resume the mapping");
    amend(signed, ask, "gives its role again.".into(), move |tx, act| {
        Ok(mappings::change(tx, act, &id, None, Some(false))?)
    })
    .await
}

async fn amend(
    signed: Signed,
    ask: Ask,
    what: String,
    change: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<Mapping, Fault> + Send + 'static,
) -> Answer {
    match signed.planned(ask, change).await? {
        Outcome::Show(page) => page,
        Outcome::Done(changed) => signed.done(HERE, format!("{} {what}", changed.group_name)),
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
    let (members, title) = match signed.form.field("members") {
        "keep" => (Members::Keep, "Delete the mapping, and let its people keep what it gives?"),
        _ => (Members::Leave, "Delete the mapping?"),
    };
    let outcome = signed
        .planned(ask(title, "Delete the mapping"), move |tx, act| {
            Ok(mappings::delete(tx, act, &id, members)?)
        })
        .await?;
    match (outcome, members) {
        (Outcome::Show(page), _) => page,
        (Outcome::Done(()), Members::Leave) => signed.done(HERE, "The mapping is deleted."),
        (Outcome::Done(()), Members::Keep) => {
            signed.done(HERE, "The mapping is deleted. Its people have by hand what it gave.")
        }
    }
}
