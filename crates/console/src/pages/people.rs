//! The people: all of them page by page, or those whose name or address begins with what is typed.

use maud::{Markup, html};
use rolecall_domain::{
    ids::UserId,
    ports::{ReadCost, UserFilter},
    records::User,
    role::OrgRole,
};
use rolecall_scim::index::fold;

use crate::{
    fault::Answer,
    paging::{Cursor, PAGE, Page},
    route::routes,
    view::{Section, Tone, badge, counted, empty, heading, moment, options, pages, role_badge, table},
    visit::Signed,
};

routes! {
    GET "/console/people" auditor => list;
}

async fn list(signed: Signed) -> Answer {
    let (typed, role, state) = (signed.query("q"), signed.query("role"), signed.query("state"));
    let filter = UserFilter {
        email: None,
        role: role.parse::<OrgRole>().ok(),
        active: match state {
            "active" => Some(true),
            "inactive" => Some(false),
            _ => None,
        },
    };
    let (prefix, cursor, everybody) = (fold(typed), Cursor::of(&signed), filter == UserFilter::default());
    let (page, total) = signed
        .look(ReadCost::Scan, move |tx, org| {
            if !prefix.is_empty() {
                let rows = tx.search_users(org, &prefix, &filter, PAGE + 1)?;
                return Ok((Page::cut(rows, |user| user.id.0), None));
            }
            let rows = tx.list_users(org, &filter, cursor.slice(UserId))?;
            // Counting all is quick; counting those of a role reads every one of them.
            let total = if everybody { Some(tx.count_users(org, &filter)?) } else { None };
            Ok((Page::cut(rows, |user| user.id.0), total))
        })
        .await?;
    let about = total.map_or_else(String::new, |total| counted(total, "person", "people"));
    let body = html! {
        (heading(&[], "People", &about, html! {}))
        form.filters role="search" action="/console/people" data-live="results" {
            div.grow {
                label for="q" { "Search" }
                input #q type="search" name="q" value=(typed) placeholder="Name, userName or e-mail address begins with …" autocomplete="off" spellcheck="false";
            }
            div { label for="role" { "Role" } select #role name="role" { (options(&[("", "Any"), ("owner", "Owner"), ("admin", "Admin"), ("member", "Member")], role)) } }
            div { label for="state" { "State" } select #state name="state" { (options(&[("", "Any"), ("active", "Active"), ("inactive", "Inactive")], state)) } }
            button type="submit" { "Search" }
        }
        div #results aria-live="polite" { (results(&page, typed, role, state, cursor)) }
    };
    signed.page(Section::People, "People", body)
}

fn results(page: &Page<User>, typed: &str, role: &str, state: &str, cursor: Cursor) -> Markup {
    if page.rows.is_empty() {
        return if typed.is_empty() && role.is_empty() && state.is_empty() && cursor.is_first() {
            empty(
                "Nobody has been provisioned yet",
                html! {
                    p { "People come from your identity provider. " a href="/console/settings/scim" { "Connect it" } " with the Tenant URL and a Secret Token." }
                },
            )
        } else {
            empty(
                "Nobody matches",
                html! { p { "Search finds the beginning of a displayed name, a userName or an e-mail address. " a href="/console/people" { "Show everybody" } } },
            )
        };
    }
    html! {
        div.plain { (people_table(&page.rows)) }
        @if typed.is_empty() {
            (pages("/console/people", &[("role", role), ("state", state)], cursor.is_first(), page.next.as_deref()))
        } @else if page.next.is_some() {
            p.list-note { "The first " (PAGE) " are shown. Type more letters to find somebody further down." }
        }
    }
}

fn people_table(people: &[User]) -> Markup {
    table(
        "People",
        &["Name", "E-mail address", "Role", "State", "Changed"],
        html! {
            @for User { id, facts, document, .. } in people {
                tr {
                    td {
                        a.row-title href=(format!("/console/people/{id}")) { (facts.display_name) }
                        @if facts.display_name != facts.user_name { span.row-sub { (facts.user_name) } }
                    }
                    td data-label="E-mail" { @match &facts.email { Some(email) => { (email) } None => { span.faint { "none" } } } }
                    td data-label="Role" { (role_badge(facts.org_role.as_str())) }
                    td data-label="State" { (state_badge(facts.active)) }
                    td data-label="Changed" { (moment(document.modified_at)) }
                }
            }
        },
    )
}

/// Whether somebody may use what they have.
pub(super) fn state_badge(active: bool) -> Markup {
    if active { badge("active", Tone::Good) } else { badge("inactive", Tone::Warning) }
}
