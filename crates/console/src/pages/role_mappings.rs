//! Groups that give a role in the organisation: whoever is in one is at least that.

use maud::{Markup, html};
use rolecall_domain::{
    ids::{MappingId, OrgId},
    ports::{ReadCost, ReadTx, StoreResult, Tx},
    records::RoleMapping,
    role::{AdminRole, OrgRole},
    use_cases::{Act, mappings::GroupRef, role_mappings},
};

use crate::{
    fault::{Answer, Fault},
    paging::{Cursor, Page},
    planned::{Ask, Outcome},
    route::routes,
    view::{Section, Tone, badge, counted, empty, form, heading, options, pages, role_badge, table},
    visit::Signed,
};

use super::{
    mappings::{ask, pause_or_resume},
    provisioning::TRAIL,
};

routes! {
    GET "/console/settings/scim/roles" auditor => show;
    POST "/console/settings/scim/roles" admin => add;
    POST "/console/settings/scim/roles/{role_mapping}" admin => change;
    POST "/console/settings/scim/roles/{role_mapping}/pause" admin => pause;
    POST "/console/settings/scim/roles/{role_mapping}/resume" admin => resume;
    POST "/console/settings/scim/roles/{role_mapping}/delete" admin => delete;
}

const HERE: &str = "/console/settings/scim/roles";
/// Where the first of them are listed.
const LIST: &str = "/console/settings/scim#roles";
const ROLES: &[(&str, &str)] = &[("member", "Member"), ("admin", "Admin"), ("owner", "Owner")];

/// A page of role mappings.
pub(super) struct RolesFound {
    mappings: Page<RoleMapping>,
    total: u64,
    first: bool,
}

impl RolesFound {
    pub(super) fn read(tx: &mut dyn ReadTx, org: OrgId, cursor: Cursor) -> StoreResult<Self> {
        let rows = tx.list_role_mappings(org, cursor.slice(MappingId))?;
        let total = tx.count_role_mappings(org)?;
        Ok(Self { mappings: Page::cut(rows, |one| one.id.0), total, first: cursor.is_first() })
    }
}

async fn show(signed: Signed) -> Answer {
    let cursor = Cursor::of(&signed);
    let found = signed.look(ReadCost::Scan, move |tx, org| Ok(RolesFound::read(tx, org, cursor)?)).await?;
    let trail = [TRAIL, &[("SCIM Provisioning", "/console/settings/scim")]].concat();
    let body = html! {
        (heading(&trail, "Groups that give a role in the organisation", "", html! {}))
        (list(&signed, &found))
    };
    signed.page(Section::Provisioning, "Organisation roles", body)
}

pub(super) fn list(signed: &Signed, found: &RolesFound) -> Markup {
    html! {
        section.card #roles {
            header {
                h2 { "Organisation roles" }
                p { "Whoever is in the group is at least that in the organisation; a higher role that the identity provider sends stays." }
            }
            @if signed.may(AdminRole::Admin) {
                (form(signed, HERE, "fields", html! {
                    div {
                        label for="role-group" { "Group" }
                        input #role-group type="text" name="group" required maxlength="255" autocomplete="off" spellcheck="false" list="role-groups" data-suggest="/console/groups" placeholder="IT administrators";
                        datalist #role-groups {}
                    }
                    div { label for="org-role" { "Role in the organisation" } select #org-role name="role" { (options(ROLES, "admin")) } }
                    div { button.primary type="submit" { "Add …" } }
                }))
            }
            @if found.mappings.rows.is_empty() {
                (empty("No group gives a role in the organisation", html! { p { "Roles then come from the identity provider alone." } }))
            } @else {
                (table("Groups that give a role in the organisation", &["Group", "Role", ""], html! {
                    @for mapping in &found.mappings.rows { (row(signed, mapping)) }
                }))
                @if found.total > 1 { p.list-note { (counted(found.total, "group", "groups")) } }
                (pages(HERE, &[], found.first, found.mappings.next.as_deref()))
            }
        }
    }
}

fn row(signed: &Signed, mapping: &RoleMapping) -> Markup {
    let action = format!("{HERE}/{}", mapping.id);
    html! {
        tr {
            td { a.row-title href=(format!("/console/groups/{}", mapping.group)) { (mapping.group_name) } }
            td data-label="Role" { (role_badge(mapping.role.as_str())) @if mapping.paused_at.is_some() { " " (badge("paused", Tone::Warning)) } }
            td.end {
                @if signed.may(AdminRole::Admin) {
                    details.confirm {
                        summary.button.small { "Change …" }
                        div.confirm-card {
                            p { "The next page shows whose role would change." }
                            (form(signed, &action, "inline", html! {
                                select name="role" aria-label=(format!("Role that {} gives in the organisation", mapping.group_name)) { (options(ROLES, mapping.role.as_str())) }
                                button type="submit" { "Change the role" }
                            }))
                            (pause_or_resume(signed, &action, mapping.paused_at.is_some()))
                            (form(signed, &format!("{action}/delete"), "", html! { button.danger-quiet type="submit" { "Delete the mapping" } }))
                        }
                    }
                }
            }
        }
    }
}

fn role(signed: &Signed) -> Result<OrgRole, Fault> {
    signed.form.field("role").parse().map_err(Fault::invalid)
}

async fn add(signed: Signed) -> Answer {
    let (name, role) = (signed.form.field("group").trim().to_owned(), role(&signed)?);
    let ask =
        ask(format!("Make the people of {name} at least {role} in the organisation?"), "Add the mapping");
    let group = GroupRef::Name(name);
    amend(signed, ask, format!("gives {role} in the organisation."), move |tx, act| {
        Ok(role_mappings::create(tx, act, &group, role)?)
    })
    .await
}

async fn change(signed: Signed) -> Answer {
    let (id, role) = (signed.path("role_mapping").to_owned(), role(&signed)?);
    let ask = ask(format!("Change the mapping to give {role} in the organisation?"), "Change the mapping");
    amend(signed, ask, format!("gives {role} in the organisation."), move |tx, act| {
        Ok(role_mappings::change(tx, act, &id, Some(role), None)?)
    })
    .await
}

async fn pause(signed: Signed) -> Answer {
    let id = signed.path("role_mapping").to_owned();
    let ask = ask("Pause the mapping? It gives nothing until it is resumed.", "Pause the mapping");
    amend(signed, ask, "is paused: the mapping gives nothing for now.".into(), move |tx, act| {
        Ok(role_mappings::change(tx, act, &id, None, Some(true))?)
    })
    .await
}

async fn resume(signed: Signed) -> Answer {
    let id = signed.path("role_mapping").to_owned();
    let ask = ask("Let the mapping go on?", "Resume the mapping");
    amend(signed, ask, "gives its role again.".into(), move |tx, act| {
        Ok(role_mappings::change(tx, act, &id, None, Some(false))?)
    })
    .await
}

async fn amend(
    signed: Signed,
    ask: Ask,
    what: String,
    change: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<RoleMapping, Fault> + Send + 'static,
) -> Answer {
    match signed.planned(ask, change).await? {
        Outcome::Show(page) => page,
        Outcome::Done(changed) => signed.done(LIST, format!("{} {what}", changed.group_name)),
    }
}

async fn delete(signed: Signed) -> Answer {
    let id = signed.path("role_mapping").to_owned();
    let ask = ask("Delete the mapping?", "Delete the mapping");
    match signed.planned(ask, move |tx, act| Ok(role_mappings::delete(tx, act, &id)?)).await? {
        Outcome::Show(page) => page,
        Outcome::Done(()) => signed.done(LIST, "The mapping is deleted."),
    }
}
