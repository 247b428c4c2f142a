//! One connection: what came by it, its tokens, how it is read, and what it may do.

use maud::{Markup, html};
use rolecall_domain::{
    ids::ConnectionId,
    ports::{ReadCost, RequestFilter},
    records::{Connection, Token},
    request_log::LoggedRequest,
    role::AdminRole,
    switches::{OnConflict, OutsideDomains, PeopleFate, Switches},
    use_cases::{
        Act,
        connections::{self, ConnectionError},
    },
};
use rolecall_scim::profile::Profile;

use crate::{
    fault::{Answer, Fault},
    planned::{Ask, Outcome},
    route::routes,
    view::{Section, card, counted_up_to, empty, form, heading, moment, moment_or, options, table},
    visit::Signed,
};

use super::{
    connections::{HERE, state},
    cycle::{LATEST, cycle},
    tokens,
};

routes! {
    GET "/console/settings/connections/{connection}" auditor => show;
    POST "/console/settings/connections/{connection}" admin => change;
    POST "/console/settings/connections/{connection}/switches" admin => switch;
    POST "/console/settings/connections/{connection}/pause" admin => pause;
    POST "/console/settings/connections/{connection}/resume" admin => resume;
    POST "/console/settings/connections/{connection}/delete" admin => delete;
}

/// What it owns is counted up to here.
const COUNTED: u32 = 10_000;
const OUTSIDE: &[(&str, &str)] =
    &[("refuse", "are refused"), ("no_access", "are taken in, and nothing gives them access")];
const FATES: &[(&str, &str)] = &[
    ("keep", "They stay, with what they have as if it had been given by hand"),
    ("deactivate", "They stay and are deactivated"),
    ("remove", "They are removed"),
];
const CONFLICT: &[(&str, &str)] =
    &[("refuse", "the request is refused"), ("claim", "they become this connection's")];

struct Found {
    connection: Connection,
    people: u64,
    groups: u64,
    tokens: Vec<Token>,
    requests: Vec<LoggedRequest>,
}

async fn show(signed: Signed) -> Answer {
    let given = signed.path("connection").to_owned();
    let found = signed
        .look(ReadCost::Scan, move |tx, org| {
            let connection = by_id(&given, tx.list_connections(org)?)?;
            let (people, groups) = tx.count_owned(org, connection.id, COUNTED)?;
            let tokens: Vec<Token> =
                tx.list_tokens(org)?.into_iter().filter(|token| token.connection == connection.id).collect();
            let mut requests = Vec::new();
            for token in
                tokens.iter().filter(|token| token.revoked_at.is_none() || token.last_used_at.is_some())
            {
                let filter = RequestFilter { token: Some(token.id), ..RequestFilter::default() };
                requests.extend(tx.list_requests(org, &filter, None, LATEST)?);
            }
            Ok(Found { connection, people, groups, tokens, requests })
        })
        .await?;
    let connection = &found.connection;
    let path = format!("{HERE}/{}", connection.id);
    let by_hand = connection.id.is_by_hand();
    let body = html! {
        (heading(&[("Connections", HERE)], &connection.name, "", html! { @if !by_hand { (pause_form(&signed, connection, &path)) } }))
        @if by_hand {
            div.notice { "It holds the people whom no identity provider owns: imported ones, and those who stayed when their connection was switched off. The first connection that pushes one of them takes them over." }
        }
        @if connection.paused_at.is_some() {
            div.notice { "It is paused: its identity provider is told to come again (503 with Retry-After), and keeps what it could not deliver." }
        }
        div.columns {
            (card("What it is", "", facts(&found)))
            @if !by_hand { (card("Last cycle", "", cycle(&found.requests))) }
        }
        @if !by_hand { (card("Secret Tokens", "", own_tokens(&signed, &found))) }
        (naming(&signed, connection, &path))
        @if !by_hand { (switches(&signed, connection, &path)) }
        @if signed.may(AdminRole::Admin) && !(by_hand && found.people > 0) { (removal(&signed, &found, &path)) }
    };
    signed.page(Section::Connections, &connection.name, body)
}

/// The connection that an address names, by its id alone: names are not unique over organisations.
fn by_id(given: &str, all: Vec<Connection>) -> Result<Connection, Fault> {
    let id = ConnectionId::parse(given);
    let found = all.into_iter().find(|one| Some(one.id) == id);
    found.ok_or_else(|| {
        Fault::not_found("There is no such connection in the organisation. It may have been removed.")
    })
}

fn pause_form(signed: &Signed, connection: &Connection, path: &str) -> Markup {
    html! {
        @if signed.may(AdminRole::Admin) {
            @if connection.paused_at.is_some() {
                (form(signed, &format!("{path}/resume"), "", html! { button.primary type="submit" { "Resume …" } }))
            } @else {
                (form(signed, &format!("{path}/pause"), "", html! { button type="submit" { "Pause …" } }))
            }
        }
    }
}

fn facts(found: &Found) -> Markup {
    let Found { connection, people, groups, .. } = found;
    html! {
        dl.facts {
            dt { "State" } dd { (state(connection)) }
            @if let Some(since) = connection.paused_at { dt { "Paused since" } dd { (moment(since)) } }
            dt { "Owns" } dd { (counted_up_to(COUNTED, *people, "person", "people")) ", " (counted_up_to(COUNTED, *groups, "group", "groups")) }
            dt { "Made" } dd { (moment(connection.created_at)) }
        }
    }
}

fn own_tokens(signed: &Signed, found: &Found) -> Markup {
    let now = signed.console.app.clock.now();
    html! {
        @if found.tokens.is_empty() {
            (empty("No token yet", html! { p { "Without one its identity provider does not get in. " a href=(format!("/console/connect?connection={}", found.connection.id)) { "Connect it step by step" } " or " a href="/console/settings/tokens" { "make a token alone" } "." } }))
        } @else {
            (table("Secret Tokens", &["Name", "Token", "State", "Last use"], html! {
                @for token in found.tokens.iter().rev() {
                    tr {
                        td { a.row-title href="/console/settings/tokens" { (token.name) } span.row-sub { (tokens::good_for(token)) } }
                        td data-label="Token" { code { "rcs_…" (token.hint) } }
                        td data-label="State" { (tokens::state(token.revoked_at, token.expires_at, now)) }
                        td data-label="Last use" { (moment_or(token.last_used_at, "never")) }
                    }
                }
            }))
        }
    }
}

fn naming(signed: &Signed, connection: &Connection, path: &str) -> Markup {
    let may = signed.may(AdminRole::Admin);
    let profiles: Vec<(&str, &str)> = Profile::ALL.iter().map(|one| (one.as_str(), one.as_str())).collect();
    card(
        "Name and reading",
        "Strict is read by the RFCs to the letter; compatible with the habits of identity providers understood.",
        form(
            signed,
            path,
            "fields",
            html! {
                div { label for="name" { "Name" } input #name type="text" name="name" value=(connection.name) required maxlength="100" autocomplete="off" spellcheck="false" disabled[!may]; }
                div { label for="profile" { "Read as" } select #profile name="profile" disabled[!may] { (options(&profiles, connection.profile.as_str())) } }
                @if may { div { button type="submit" { "Save …" } } }
            },
        ),
    )
}

fn switches(signed: &Signed, connection: &Connection, path: &str) -> Markup {
    let may = signed.may(AdminRole::Admin);
    let Switches {
        verified_domains,
        outside_domains,
        upsert_only,
        reactivate_on_group_add,
        lock,
        grace_hours,
        on_conflict,
    } = &connection.switches;
    let check = |name: &str, on: bool, text: &str| html! { label.check { input type="checkbox" name=(name) value="yes" checked[on] disabled[!may]; span { (text) } } };
    card(
        "Switches",
        "They hold from the next request on. Other domains are looked at for everybody of the connection at once.",
        form(
            signed,
            &format!("{path}/switches"),
            "stack",
            html! {
                div.fields {
                    div.wide {
                        label for="verified_domains" { "Verified e-mail domains, one a line; empty: any" }
                        textarea #verified_domains name="verified_domains" rows="3" spellcheck="false" autocomplete="off" placeholder="acme.example" disabled[!may] { (verified_domains.join("\n")) }
                    }
                    div { label for="outside_domains" { "People of other domains" } select #outside_domains name="outside_domains" disabled[!may] { (options(OUTSIDE, outside_domains.as_str())) } }
                    div { label for="on_conflict" { "When another connection owns them" } select #on_conflict name="on_conflict" disabled[!may] { (options(CONFLICT, on_conflict.as_str())) } }
                    div { label for="grace_hours" { "Grace time in hours" } input #grace_hours type="number" name="grace_hours" value=(grace_hours) min="0" max="8784" required disabled[!may]; }
                }
                (check("upsert_only", *upsert_only, "Never removes: what it would take away is held until somebody decides"))
                (check("reactivate_on_group_add", *reactivate_on_group_add, "An inactive person who is added to a group becomes active"))
                (check("lock", *lock, "Lock: what its people have cannot be changed by hand"))
                @if may { button type="submit" { "Save the switches …" } }
            },
        ),
    )
}

fn removal(signed: &Signed, found: &Found, path: &str) -> Markup {
    let owns = (found.people, found.groups) != (0, 0);
    card(
        "Remove the connection",
        "Its tokens go with it.",
        html! {
            @if owns {
                p { "It owns people or groups. Another connection can claim them first (its switch for what another connection owns), or they go their way with it. Its groups go; what you mapped waits on their names." }
                (form(signed, &format!("{path}/delete"), "stack", html! {
                    div {
                        label for="people" { "What becomes of its people" }
                        select #people name="people" { (options(FATES, PeopleFate::Keep.as_str())) }
                    }
                    div { button.danger-quiet type="submit" { "Switch the connection off …" } }
                }))
            } @else {
                div { (form(signed, &format!("{path}/delete"), "", html! { button.danger-quiet type="submit" { "Remove the connection …" } })) }
            }
        },
    )
}

async fn change(signed: Signed) -> Answer {
    let name = signed.form.field("name").trim().to_owned();
    let profile = Profile::ALL.into_iter().find(|one| one.as_str() == signed.form.field("profile"));
    let title = format!("Save the name and reading of {name}?");
    amend(signed, title, "Save", "They are saved.", move |connection, _| {
        connection.name.clone_from(&name);
        connection.profile = profile.ok_or_else(|| Fault::invalid("choose how it shall be read"))?;
        Ok(())
    })
    .await
}

async fn switch(signed: Signed) -> Answer {
    let wanted = wanted_switches(&signed);
    let what = "The switches are saved. They hold from the next request on.";
    amend(signed, "Save these switches?".into(), "Save the switches", what, move |connection, _| {
        connection.switches = wanted.clone()?;
        Ok(())
    })
    .await
}

fn wanted_switches(signed: &Signed) -> Result<Switches, Fault> {
    let form = &signed.form;
    let domains = form.field("verified_domains").split([',', ' ', '\r', '\n', '\t']);
    let hours = form.field("grace_hours").trim();
    Ok(Switches {
        verified_domains: domains.filter(|domain| !domain.is_empty()).map(str::to_owned).collect(),
        outside_domains: form.field("outside_domains").parse::<OutsideDomains>().map_err(Fault::invalid)?,
        on_conflict: form.field("on_conflict").parse::<OnConflict>().map_err(Fault::invalid)?,
        upsert_only: form.ticked("upsert_only"),
        reactivate_on_group_add: form.ticked("reactivate_on_group_add"),
        lock: form.ticked("lock"),
        grace_hours: hours.parse().map_err(|_| {
            Fault::invalid(format!("`{hours}` is no number of hours; give a whole one, 0 for none"))
        })?,
    })
}

async fn pause(signed: Signed) -> Answer {
    let what = "It is paused. Its identity provider is told to come again.";
    amend(signed, "Pause the connection?".into(), "Pause it", what, |connection, act| {
        connections::set_paused(connection, true, act);
        Ok(())
    })
    .await
}

async fn resume(signed: Signed) -> Answer {
    amend(signed, "Let the connection go on?".into(), "Resume it", "It goes on.", |connection, act| {
        connections::set_paused(connection, false, act);
        Ok(())
    })
    .await
}

/// Changes the connection that the address names, as a plan first.
async fn amend(
    signed: Signed,
    title: String,
    button: &'static str,
    what: &'static str,
    amend: impl Fn(&mut Connection, &Act<'_>) -> Result<(), Fault> + Send + 'static,
) -> Answer {
    let given = signed.path("connection").to_owned();
    let back = format!("{HERE}/{given}");
    let ask = Ask { section: Section::Connections, title, button, back: back.clone() };
    let outcome = signed
        .planned(ask, move |tx, act| {
            let mut wanted = by_id(&given, tx.list_connections(act.org)?)?;
            amend(&mut wanted, act)?;
            Ok(connections::change(tx, act, &given, |connection| *connection = wanted)?)
        })
        .await?;
    match outcome {
        Outcome::Show(page) => page,
        Outcome::Done(_) => signed.done(&back, what),
    }
}

async fn delete(signed: Signed) -> Answer {
    let given = signed.path("connection").to_owned();
    let people = match signed.form.field("people") {
        "" => None,
        word => Some(word.parse::<PeopleFate>().map_err(Fault::invalid)?),
    };
    let ask = Ask {
        section: Section::Connections,
        title: "Remove the connection with its tokens?".into(),
        button: "Remove the connection",
        back: format!("{HERE}/{given}"),
    };
    let outcome = signed
        .planned(ask, move |tx, act| {
            by_id(&given, tx.list_connections(act.org)?)?;
            match people {
                Some(people) => Ok(connections::switch_off(tx, act, &given, people)?),
                None => Ok(connections::delete(tx, act, &given)?),
            }
        })
        .await?;
    match outcome {
        Outcome::Show(page) => page,
        Outcome::Done(()) => signed.done(HERE, "The connection is removed."),
    }
}

impl From<ConnectionError> for Fault {
    fn from(problem: ConnectionError) -> Self {
        match problem {
            ConnectionError::Store(error) => error.into(),
            ConnectionError::Unknown { .. } => {
                Self::not_found("There is no such connection in the organisation. It may have been removed.")
            }
            ConnectionError::Owns { name, people, groups } => Self::invalid(format!(
                "connection {name} owns {people} people and {groups} groups; choose what becomes of its people, or let another connection claim them"
            )),
            other => Self::invalid(other),
        }
    }
}
