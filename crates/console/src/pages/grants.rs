//! Roles given by hand in a workspace, on its page: for good, or until a moment.

use maud::{Markup, html};
use rolecall_domain::{
    grant::{Expiry, Grant},
    ids::{UserId, WorkspaceId},
    ports::Tx,
    records::Source,
    role::WorkspaceRole,
    time::{Moment, Timestamp},
    use_cases::{
        Act,
        workspaces::{self, WorkspaceError, WorkspaceRef},
    },
};
use rolecall_scim::index::fold;

use crate::{
    fault::{Answer, Fault},
    route::routes,
    view::{card, form, options},
    visit::Signed,
};

routes! {
    POST "/console/workspaces/{workspace}/grants" admin => give;
    POST "/console/workspaces/{workspace}/grants/{user}" admin => change;
    POST "/console/workspaces/{workspace}/grants/{user}/delete" admin => take_back;
}

/// The roles in a workspace, lowest first, as a choice shows them.
pub(super) const ROLES: &[(&str, &str)] = &[("member", "Member"), ("manager", "Manager"), ("admin", "Admin")];

/// What may be left after a role that ends.
const LEFT: &[(&str, &str)] = &[("", "Nothing by hand"), ("member", "Member"), ("manager", "Manager")];

/// What somebody has by hand, among what speaks for them.
pub(super) fn granted(sources: &[Source]) -> Option<Grant> {
    sources.iter().find_map(|source| match source {
        Source::Grant(grant) => Some(*grant),
        Source::Group { .. } => None,
    })
}

/// Changes somebody's grant, or takes it back.
pub(super) fn forms(signed: &Signed, path: &str, user: UserId, granted: Grant) -> Markup {
    let action = format!("{path}/grants/{user}");
    let field = |name: &str| format!("{name}-{user}");
    let (role, until, then) = (field("role"), field("until"), field("then"));
    html! {
        details.confirm {
            summary.button.small { "Grant …" }
            div.confirm-card {
                p { "What groups give stays as it is." }
                (form(signed, &action, "stacked", html! {
                    div { label for=(role) { "Role" } select id=(role) name="role" { (options(ROLES, granted.role.as_str())) } }
                    (end(&until, &then, granted.expiry))
                    div { button type="submit" { "Change" } }
                }))
                (form(signed, &format!("{action}/delete"), "", html! { button.danger-quiet type="submit" { "Take the grant back" } }))
            }
        }
    }
}

/// Gives somebody a role.
pub(super) fn give_form(signed: &Signed, path: &str) -> Markup {
    card(
        "Give a role by hand",
        "A manual grant stays when groups go, until its time has come or somebody takes it back.",
        form(
            signed,
            &format!("{path}/grants"),
            "fields",
            html! {
                div {
                    label for="person" { "Person (userName)" }
                    input #person type="text" name="person" required autocomplete="off" spellcheck="false" list="people" data-suggest="/console/people";
                    datalist #people {}
                }
                div { label for="grant-role" { "Role" } select #grant-role name="role" { (options(ROLES, "member")) } }
                (end("grant-until", "grant-then", None))
                div { button.primary type="submit" { "Give the role" } }
            },
        ),
    )
}

/// Until when, and what then.
fn end(until: &str, then: &str, expiry: Option<Expiry>) -> Markup {
    let left = expiry.and_then(|expiry| expiry.then).map_or("", WorkspaceRole::as_str);
    html! {
        div {
            label for=(until) { "Until (UTC), or for good" }
            input id=(until) type="datetime-local" name="until" value=(expiry.map_or_else(String::new, |expiry| typed(expiry.at)));
        }
        div { label for=(then) { "And then" } select id=(then) name="then" { (options(LEFT, left)) } }
    }
}

/// A moment as browsers show it in a field; to the second or less only where it has them.
fn typed(at: Timestamp) -> String {
    let exact = at.to_string();
    let text = exact.trim_end_matches('Z');
    text.strip_suffix(":00.000").or_else(|| text.strip_suffix(".000")).unwrap_or(text).to_owned()
}

/// What a form asks for.
fn wanted(signed: &Signed) -> Result<Grant, Fault> {
    let until = signed.form.moment("until")?;
    let then = Some(signed.form.field("then")).filter(|then| !then.is_empty());
    let then = then.map(str::parse).transpose().map_err(Fault::invalid)?;
    Ok(Grant::new(role(signed)?, until.map(Moment::end), then).map_err(WorkspaceError::from)?)
}

async fn give(signed: Signed) -> Answer {
    let (given, person) =
        (signed.path("workspace").to_owned(), signed.form.field("person").trim().to_owned());
    let grant = wanted(&signed)?;
    let back = format!("/console/workspaces/{given}");
    let shown = person.clone();
    signed
        .change(move |tx, act| {
            let workspace = WorkspaceRef(known(tx, act, &given)?.to_string());
            let user = tx.find_user_by_name(act.org, &fold(&person))?;
            let user = user.ok_or_else(|| {
                Fault::invalid(format!(
                    "there is nobody of userName `{person}`; search for them under People"
                ))
            })?;
            Ok(workspaces::give(tx, act, &workspace, &user.id.to_string(), grant)?)
        })
        .await?;
    let role = grant.role;
    match grant.expiry {
        None => signed.done(&back, format!("{shown} has {role} in this workspace by hand.")),
        Some(Expiry { at, .. }) => {
            signed.done(&back, format!("{shown} has {role} in this workspace by hand, until {at}."))
        }
    }
}

async fn change(signed: Signed) -> Answer {
    let (given, user) = (signed.path("workspace").to_owned(), signed.path("user").to_owned());
    let (grant, back) = (wanted(&signed)?, format!("/console/workspaces/{given}"));
    signed
        .change(move |tx, act| {
            known(tx, act, &given)?;
            existing(tx, act, &user)?;
            Ok(workspaces::change_grant(tx, act, &WorkspaceRef(given.clone()), &user, grant)?)
        })
        .await?;
    signed.done(&back, "The grant is changed.")
}

async fn take_back(signed: Signed) -> Answer {
    let (given, user) = (signed.path("workspace").to_owned(), signed.path("user").to_owned());
    let back = format!("/console/workspaces/{given}");
    signed
        .change(move |tx, act| {
            known(tx, act, &given)?;
            existing(tx, act, &user)?;
            Ok(workspaces::take_back(tx, act, &WorkspaceRef(given.clone()), &user)?)
        })
        .await?;
    signed.done(&back, "The grant is taken back.")
}

/// The workspace that the address names: else there is no such page.
fn known(tx: &mut dyn Tx, act: &Act<'_>, given: &str) -> Result<WorkspaceId, Fault> {
    let found = workspaces::find_workspace(tx, act.org, &WorkspaceRef(given.to_owned()))?;
    found
        .map(|workspace| workspace.id)
        .ok_or_else(|| Fault::not_found("There is no such workspace in the organisation."))
}

fn existing(tx: &mut dyn Tx, act: &Act<'_>, user: &str) -> Result<(), Fault> {
    let found = match UserId::parse(user) {
        Some(id) => tx.find_user(act.org, id)?,
        None => None,
    };
    found.map(drop).ok_or_else(|| Fault::not_found("There is nobody of this id in the organisation."))
}

/// The role that a form names.
pub(super) fn role(signed: &Signed) -> Result<WorkspaceRole, Fault> {
    signed.form.field("role").parse().map_err(Fault::invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_shows_an_end_as_it_is_and_no_more_of_it() {
        for (at, shown) in [
            ("2026-12-04T17:00:00Z", "2026-12-04T17:00"),
            ("2026-12-04T17:00:30Z", "2026-12-04T17:00:30"),
            ("2026-12-04T17:00:30.500Z", "2026-12-04T17:00:30.500"),
        ] {
            let at = rolecall_scim::instant::parse(at).map(Timestamp).unwrap();
            assert_eq!(typed(at), shown);
        }
    }
}
