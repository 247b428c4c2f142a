//! Held removals: who has access still that the directory took away, and what shall become of it.

use std::collections::HashMap;

use maud::{Markup, html};
use rolecall_domain::{
    guard::Guard,
    ids::{ChangeId, UserId, WorkspaceId},
    ports::{Names, ReadCost, Tx},
    records::{Hold, HoldReason, Kept},
    request_log::LoggedRequest,
    role::{AdminRole, OrgRole, WorkspaceRole},
    use_cases::{
        Act,
        holds::{self, Decision, Held},
    },
};

use crate::{
    fault::{Answer, Fault},
    paging::{Cursor, Page},
    planned::{Ask, Outcome},
    route::routes,
    view::{
        Section, Tone, address, badge, card, counted, empty, form, heading, moment, number, options, pages,
        role_badge, table,
    },
    visit::Signed,
};

use super::{guard, requests::shortened};

routes! {
    GET "/console/holds" auditor => list;
    POST "/console/holds/approve" admin => approve;
    POST "/console/holds/reject" admin => reject;
}

pub(super) const HERE: &str = "/console/holds";
const STATES: &[(&str, &str)] = &[("", "Waiting for a review"), ("kept", "Decided: they keep it")];

struct Found {
    page: Page<Held>,
    total: u64,
    names: Names,
    guard: Guard,
    /// Those that took something away from the people of this page, as far as the log has them.
    requests: HashMap<ChangeId, LoggedRequest>,
}

async fn list(signed: Signed) -> Answer {
    let (cursor, kept) = (Cursor::of(&signed), signed.query("state") == "kept");
    let mut found = signed
        .look(ReadCost::Scan, move |tx, org| {
            let held = holds::list(tx, org, Some(kept), cursor.slice(UserId))?;
            let page = Page::cut(held, |one| one.user.id.0);
            let mut places: Vec<WorkspaceId> =
                page.rows.iter().flat_map(|held| &held.keeps).filter_map(|kept| kept.workspace).collect();
            places.sort_unstable();
            places.dedup();
            let mut changes: Vec<ChangeId> = page.rows.iter().map(|held| held.hold.change).collect();
            changes.sort_unstable();
            changes.dedup();
            let mut requests = HashMap::new();
            // A page is of few requests, mostly of one.
            for change in changes {
                if let Some((request, _)) = tx.find_request(org, change)? {
                    requests.insert(change, request);
                }
            }
            Ok(Found {
                names: tx.names_of(org, &[], &places)?,
                total: tx.count_holds(org, Some(kept))?,
                guard: tx.settings(org)?.guard,
                requests,
                page,
            })
        })
        .await?;
    forget_idle(&signed, &mut found).await?;
    let body = html! {
        (heading(&[], "Held removals", "People who keep access that the directory took away, until somebody has looked.", html! {}))
        form.filters action=(HERE) {
            div { label for="state" { "Show" } select #state name="state" { (options(STATES, signed.query("state"))) } }
            button type="submit" { "Show" }
        }
        @if found.page.rows.is_empty() { (nobody(kept)) } @else { (people(&signed, &found, kept, cursor)) }
        (guard::card(&signed, &found.guard))
    };
    signed.page(Section::Holds, "Held removals", body)
}

/// A hold that keeps nothing any more is no question to anybody: it is not shown, and ended by who may.
async fn forget_idle(signed: &Signed, found: &mut Found) -> Result<(), Fault> {
    let idle: Vec<UserId> =
        found.page.rows.iter().filter(|held| held.idle()).map(|held| held.user.id).collect();
    if idle.is_empty() {
        return Ok(());
    }
    found.total = found.total.saturating_sub(idle.len() as u64);
    found.page.rows.retain(|held| !held.idle());
    if signed.may(AdminRole::Admin) {
        signed.change(move |tx, act| Ok(holds::end_idle(tx, act, &idle)?)).await?;
    }
    Ok(())
}

fn nobody(kept: bool) -> Markup {
    if kept {
        return empty(
            "Nobody keeps access by a decision",
            html! { p { a href=(HERE) { "Show those that wait" } } },
        );
    }
    empty(
        "Nothing waits for a review",
        html! {
            p { "When the directory takes away too much at once, or the last owner, the people appear here." }
            p { "The brake below says what is too much." }
        },
    )
}

fn people(signed: &Signed, found: &Found, kept: bool, cursor: Cursor) -> Markup {
    let may = signed.may(AdminRole::Admin);
    let (title, about) = if kept {
        ("They keep it", "Somebody decided so. Approve a removal after all, and they lose it.")
    } else {
        ("Waiting", "Approve: they lose what the directory took away. Reject: they keep it.")
    };
    let rows = html! {
        (table(title, if may { HEADINGS } else { &HEADINGS[..4] }, html! {
            @for held in &found.page.rows { (row(held, &found.names, may, kept)) }
        }))
    };
    let state = if kept { "kept" } else { "" };
    html! {
        (card(title, about, html! {
            p.list-note { (counted(found.total, "person", "people")) }
            @if may { (form(signed, &format!("{HERE}/approve"), "review", html! { (rows) (decisions(kept)) })) } @else { (rows) }
        }))
        @if may && !kept { (requests(signed, found)) }
        (pages(HERE, &[("state", state)], cursor.is_first(), found.page.next.as_deref()))
    }
}

const HEADINGS: &[&str] = &["Person", "Why", "Would lose", "Since", ""];

/// The requests that took something away from the people of this page, each to be settled as a whole. Nothing where that is the
/// same as settling everybody.
fn requests(signed: &Signed, found: &Found) -> Markup {
    let mut requests: Vec<(&Hold, u64)> = Vec::new();
    for Held { hold, .. } in &found.page.rows {
        match requests.iter_mut().find(|(known, _)| known.change == hold.change) {
            Some((_, count)) => *count += 1,
            None => requests.push((hold, 1)),
        }
    }
    if requests.len() < 2 && found.page.next.is_none() {
        return html! {};
    }
    card(
        "By request",
        "Settle everybody from whom one request of the directory took something away, those on other pages included.",
        table(
            "By request",
            &["Request", "Why", "People on this page", ""],
            html! {
                @for (hold, count) in requests {
                    tr {
                        td {
                            @match found.requests.get(&hold.change) {
                                Some(request) => {
                                    a.row-title href=(format!("/console/requests/{}", hold.change)) { (request.method) " " (shortened(&request.path)) }
                                    span.row-sub { @if let Some(name) = &request.name { (name) ", " } (moment(hold.since)) }
                                }
                                None => { span.row-title { "A change of " (moment(hold.since)) } }
                            }
                        }
                        td data-label="Why" { (why(hold.reason)) }
                        td data-label="People here" { (number(count)) }
                        td.end {
                            (form(signed, &format!("{HERE}/approve"), "inline", html! {
                                input type="hidden" name="request" value=(hold.change);
                                button type="submit" { "Approve …" }
                                button type="submit" formaction=(format!("{HERE}/reject")) { "Reject …" }
                            }))
                        }
                    }
                }
            },
        ),
    )
}

/// The buttons under the list. The next page shows what each does.
fn decisions(kept: bool) -> Markup {
    let reject = format!("{HERE}/reject");
    html! {
        div.inline {
            button.primary type="submit" name="which" value="ticked" { "Approve ticked …" }
            @if !kept {
                button type="submit" name="which" value="ticked" formaction=(reject) { "Reject ticked …" }
                button type="submit" name="which" value="all" { "Approve all …" }
                button type="submit" name="which" value="all" formaction=(reject) { "Reject all …" }
            }
        }
    }
}

fn row(held: &Held, names: &Names, may: bool, kept: bool) -> Markup {
    let Held { hold, user, keeps } = held;
    let name = &user.facts.user_name;
    html! {
        tr {
            td.who-cell {
                @if may {
                    label.check {
                        input type="checkbox" name="user" value=(user.id) aria-label=(format!("Tick {name}"));
                        (person(held))
                    }
                } @else { (person(held)) }
            }
            td data-label="Why" { (why(hold.reason)) }
            td data-label="Would lose" { (losses(keeps, names)) }
            td data-label="Since" {
                span {
                    (moment(hold.since)) " " a href=(format!("/console/requests/{}", hold.change)) { "request" }
                    @if let Some(until) = hold.until { span.row-sub { "ends by itself " (moment(until)) } }
                }
            }
            @if may {
                td.end {
                    div.inline {
                        button type="submit" name="one" value=(user.id) aria-label=(format!("Approve for {name}")) { "Approve …" }
                        @if !kept {
                            button type="submit" name="one" value=(user.id) formaction=(format!("{HERE}/reject")) aria-label=(format!("Reject for {name}")) { "Reject …" }
                        }
                    }
                }
            }
        }
    }
}

fn person(held: &Held) -> Markup {
    let Held { user, .. } = held;
    html! {
        span {
            a.row-title href=(format!("/console/people/{}", user.id)) { (address(&user.facts.user_name)) }
            @if user.gone_at.is_some() { " " (badge("deleted by the directory", Tone::Bad)) }
            @else if !user.facts.active { " " (badge("inactive", Tone::Warning)) }
        }
    }
}

fn why(reason: HoldReason) -> &'static str {
    match reason {
        HoldReason::Brake => "Too many at once",
        HoldReason::LastOwner => "The last owner",
        HoldReason::Grace => "Grace time",
        HoldReason::UpsertOnly => "This connection never removes",
    }
}

fn losses(keeps: &[Kept], names: &Names) -> Markup {
    let word = |kept: &Kept, rank: i16| match kept.workspace {
        Some(_) => WorkspaceRole::from_rank(rank).map_or("", WorkspaceRole::as_str),
        None => OrgRole::from_rank(rank).map_or("", OrgRole::as_str),
    };
    html! {
        @if keeps.is_empty() { span.faint { "the role of owner" } }
        ul.sources {
            @for kept in keeps {
                li {
                    (role_badge(word(kept, kept.has))) " "
                    @match kept.workspace {
                        Some(id) => { a href=(format!("/console/workspaces/{id}")) { (names.workspaces.get(&id).map_or("a workspace", |place| &place.name)) } }
                        None => { "the organisation" }
                    }
                    @if let Some(left) = kept.would_have { ", " (word(kept, left)) " is left" }
                }
            }
        }
    }
}

async fn approve(signed: Signed) -> Answer {
    settle(signed, Decision::Approve).await
}

async fn reject(signed: Signed) -> Answer {
    settle(signed, Decision::Reject).await
}

/// Whose holds are settled.
#[derive(Clone)]
enum Whose {
    All,
    /// Everybody from whom this request took something away.
    Request(ChangeId),
    People(Vec<UserId>),
}

impl Whose {
    /// As the pressed button says: one person, one request, those who are ticked, or all.
    fn of(signed: &Signed) -> Result<Self, Fault> {
        let form = &signed.form;
        if !form.field("request").is_empty() {
            let request = ChangeId::parse(form.field("request"));
            return request.map(Self::Request).ok_or_else(|| Fault::invalid("that is no id of a request"));
        }
        if !form.field("one").is_empty() {
            let one = UserId::parse(form.field("one"));
            return Ok(Self::People(vec![one.ok_or_else(|| Fault::invalid("that is no id of a person"))?]));
        }
        if form.field("which") == "all" {
            return Ok(Self::All);
        }
        let ticked: Vec<UserId> = form
            .fields()
            .filter(|(name, _)| *name == "user")
            .filter_map(|(_, id)| UserId::parse(id))
            .collect();
        if ticked.is_empty() {
            return Err(Fault::invalid("tick at least one person"));
        }
        Ok(Self::People(ticked))
    }

    fn in_words(&self) -> String {
        match self {
            Self::All => "everybody who waits".to_owned(),
            Self::Request(_) => "everybody of this request".to_owned(),
            Self::People(people) => counted(people.len() as u64, "person", "people"),
        }
    }
}

async fn settle(signed: Signed, decision: Decision) -> Answer {
    let settled = Whose::of(&signed)?;
    let whose = settled.in_words();
    let (title, button) = match decision {
        Decision::Approve => (format!("Approve the removal of {whose}?"), "Approve"),
        Decision::Reject => (format!("Reject the removal of {whose}?"), "Reject"),
    };
    let ask = Ask { section: Section::Holds, title, button, back: HERE.into() };
    let outcome = signed
        .planned(ask, move |tx, act| match &settled {
            Whose::All => Ok(holds::settle_all(tx, act, None, decision)?),
            Whose::Request(change) => Ok(holds::settle_all(tx, act, Some(*change), decision)?),
            Whose::People(people) => settle_each(tx, act, people, decision),
        })
        .await?;
    let count = match outcome {
        Outcome::Show(page) => return page,
        Outcome::Done(count) => counted(count, "person", "people"),
    };
    let what = match decision {
        Decision::Approve => format!("Approved for {count}: what the directory took away is gone."),
        Decision::Reject => format!("Rejected for {count}: they keep what they have."),
    };
    signed.done(HERE, what)
}

/// Whoever is under no hold any more was settled by somebody else meanwhile.
fn settle_each(tx: &mut dyn Tx, act: &Act<'_>, people: &[UserId], decision: Decision) -> Result<u64, Fault> {
    let mut count = 0;
    for person in people {
        if tx.find_hold(act.org, *person)?.is_some() {
            holds::settle(tx, act, &person.to_string(), decision)?;
            count += 1;
        }
    }
    match count {
        0 => Err(Fault::invalid("none of them is under a hold any more; somebody else has decided")),
        count => Ok(count),
    }
}
