//! The people: all of them page by page, or those whose name or address begins with what is typed.

use maud::{Markup, html};
use rolecall_domain::{
    ids::ConnectionId,
    ports::{PeopleSearch, ReadCost, UserFilter},
    records::User,
    role::OrgRole,
};
use rolecall_scim::index::fold;

use crate::{
    fault::Answer,
    paging::{Page, Spot},
    route::routes,
    view::{
        Section, Tone, address, badge, connection_choice, counted, empty, heading, moment, options, pages_of,
        role_badge, table,
    },
    visit::Signed,
};

routes! {
    GET "/console/people" auditor => list;
}

/// What else is asked of people.
const STATES: &[(&str, &str)] = &[
    ("", "Any"),
    ("active", "Active"),
    ("inactive", "Inactive"),
    ("no-workspace", "In no workspace"),
    ("held", "Removal held"),
];
const ROLES: &[(&str, &str)] = &[("", "Any"), ("owner", "Owner"), ("admin", "Admin"), ("member", "Member")];

/// What the form above the list was sent with.
struct Asked {
    typed: String,
    role: String,
    state: String,
    connection: String,
}

impl Asked {
    fn of(signed: &Signed) -> Self {
        let given = |name: &str| signed.query(name).to_owned();
        Self {
            typed: given("q"),
            role: given("role"),
            state: given("state"),
            connection: given("connection"),
        }
    }

    fn query(&self) -> [(&str, &str); 4] {
        [("q", &self.typed), ("role", &self.role), ("state", &self.state), ("connection", &self.connection)]
    }

    fn search(&self) -> PeopleSearch {
        PeopleSearch {
            prefix: fold(&self.typed),
            role: self.role.parse::<OrgRole>().ok(),
            active: match self.state.as_str() {
                "active" => Some(true),
                "inactive" => Some(false),
                _ => None,
            },
            connection: ConnectionId::parse(&self.connection),
            in_no_workspace: self.state == "no-workspace",
            held: self.state == "held",
        }
    }
}

async fn list(signed: Signed) -> Answer {
    let (asked, spot) = (Asked::of(&signed), Spot::of(&signed));
    let (search, stretch) = (asked.search(), spot.stretch());
    let (page, total, connections) = signed
        .look(ReadCost::Scan, move |tx, org| {
            let found = tx.search_users(org, &search, &stretch)?;
            // Counting all is quick; counting some reads every one of them.
            let everybody = search == PeopleSearch::default();
            let total = if everybody { Some(tx.count_users(org, &UserFilter::default())?) } else { None };
            Ok((Page::found(found), total, tx.list_connections(org)?))
        })
        .await?;
    let about = total.map_or_else(String::new, |total| counted(total, "person", "people"));
    let body = html! {
        (heading(&[], "People", &about, html! {}))
        form.filters role="search" action="/console/people" data-live="results" {
            div.grow {
                label for="q" { "Search" }
                input #q type="search" name="q" value=(asked.typed) placeholder="Name, userName or e-mail address begins with …" autocomplete="off" spellcheck="false";
            }
            div { label for="role" { "Role" } select #role name="role" { (options(ROLES, &asked.role)) } }
            div { label for="state" { "State" } select #state name="state" { (options(STATES, &asked.state)) } }
            (connection_choice(&connections, &asked.connection))
            button type="submit" { "Search" }
        }
        div #results aria-live="polite" { (results(&page, &asked, &spot)) }
    };
    signed.page(Section::People, "People", body)
}

fn results(page: &Page<User>, asked: &Asked, spot: &Spot) -> Markup {
    let unasked = asked.query().iter().all(|(_, value)| value.is_empty());
    html! {
        @if !page.rows.is_empty() {
            div.plain { (people_table(&page.rows)) }
        } @else if unasked && spot.is_first() {
            (empty(
                "Nobody has been provisioned yet",
                html! {
                    p { "People come from your identity provider. " a href="/console/settings/scim" { "Connect it" } " with the Tenant URL and a Secret Token." }
                },
            ))
        } @else if page.next.is_none() {
            (empty(
                if spot.is_first() { "Nobody matches" } else { "Nobody else matches" },
                html! { p { "Search finds the beginning of a displayed name, a userName or an e-mail address. " a href="/console/people" { "Show everybody" } } },
            ))
        }
        (pages_of("/console/people", &asked.query(), spot.is_first(), page))
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
                        a.row-title href=(format!("/console/people/{id}")) { (address(&facts.display_name)) }
                        @if facts.display_name != facts.user_name { span.row-sub { (address(&facts.user_name)) } }
                    }
                    td data-label="E-mail" { @match &facts.email { Some(email) => { (address(email)) } None => { span.faint { "none" } } } }
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
