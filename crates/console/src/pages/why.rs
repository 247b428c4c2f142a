//! Why somebody can or cannot see a workspace: the question, and the answer as a picture.

use maud::{Markup, html};
use rolecall_domain::{
    ids::{OrgId, UserId},
    name_rule::{NameReader, ReadBy},
    ports::{PeopleSearch, ReadCost, ReadTx, StoreResult, Stretch, WorkspaceSearch},
    records::{Settings, User, Workspace},
    use_cases::{
        explain::{ExplainError, Explanation, PathKind, WorkspaceExplained, explain},
        workspaces::{WorkspaceRef, find_workspace},
    },
};
use rolecall_scim::index::fold;

use crate::{
    fault::{Answer, Fault},
    route::routes,
    view::{Section, address, card, empty, encoded, heading, why},
    visit::Signed,
};

routes! {
    GET "/console/why" auditor => ask;
    GET "/console/people/{user}/why" auditor => show;
}

/// How many are offered to choose from, and how many workspaces are drawn.
const CHOICES: u32 = 20;
const DRAWN: usize = 30;

/// What a name that was typed could mean.
enum Meant<T> {
    Nothing,
    One(T),
    OneOf(Vec<T>),
    Nobody,
}

impl<T> Meant<T> {
    fn of(mut found: Vec<T>) -> Self {
        match found.len() {
            0 => Self::Nobody,
            1 => Self::One(found.remove(0)),
            _ => Self::OneOf(found),
        }
    }
}

async fn ask(signed: Signed) -> Answer {
    let (person, workspace) = (signed.query("person").to_owned(), signed.query("workspace").to_owned());
    let (who, whither) = signed
        .look(ReadCost::Scan, {
            let (person, workspace) = (person.clone(), workspace.clone());
            move |tx, org| Ok((meant_person(tx, org, &person)?, meant_workspace(tx, org, &workspace)?))
        })
        .await?;
    let answer = match (&who, &whither) {
        (Meant::One(user), Meant::One(place)) => Some(why_path(user.id, Some(&place.id.to_string()))),
        (Meant::One(user), Meant::Nothing) => Some(why_path(user.id, None)),
        _ => None,
    };
    if let Some(answer) = answer {
        return Ok(signed.go(&answer));
    }
    let kept = |name: &str, value: &str| format!("/console/why?{name}={}", encoded(value));
    let body = html! {
        (heading(&[], "Why?", "Why somebody can, or cannot, see a workspace: every way to a role, and what stands in it.", html! {}))
        (form(&person, &workspace))
        @match &who {
            Meant::Nobody => { (empty("Nobody is called that", html! { p { "Give the beginning of a displayed name, a userName or an e-mail address. Somebody who was never provisioned is not here: assign them to the application in the identity provider." } })) }
            Meant::OneOf(people) => { (choice("Who is meant?", people.len(), html! {
                @for user in people {
                    li { a href=(format!("{}&workspace={}", kept("person", &user.id.to_string()), encoded(&workspace))) { (user.facts.display_name) } " " span.faint { (address(&user.facts.user_name)) } }
                }
            })) }
            _ => {}
        }
        @match &whither {
            Meant::Nobody => { (empty("No workspace is called that", html! { p { "Give the beginning of its name, or its slug. " a href="/console/workspaces" { "Show all workspaces" } } })) }
            Meant::OneOf(places) => { (choice("Which workspace is meant?", places.len(), html! {
                @for place in places {
                    li { a href=(format!("{}&person={}", kept("workspace", &place.slug), encoded(&person))) { (place.name) } " " span.faint { (place.slug) } }
                }
            })) }
            _ => {}
        }
    };
    signed.page(Section::Why, "Why?", body)
}

fn choice(title: &str, count: usize, links: Markup) -> Markup {
    let about =
        if count >= CHOICES as usize { "The first are shown; type more letters for others." } else { "" };
    card(title, about, html! { ul.sources { (links) } })
}

/// The question. It is asked on the overview and on the pages of people and workspaces, too.
pub(super) fn form(person: &str, workspace: &str) -> Markup {
    html! {
        form.filters role="search" aria-label="Why?" action="/console/why" {
            div.grow {
                label for="why-person" { "Person" }
                input #why-person type="search" name="person" value=(person) required placeholder="Name, userName or e-mail address" autocomplete="off" spellcheck="false" list="why-people" data-suggest="/console/people";
                datalist #why-people {}
            }
            div.grow { (workspace_field(workspace)) }
            button.primary type="submit" { "Explain" }
        }
    }
}

pub(super) fn workspace_field(value: &str) -> Markup {
    html! {
        label for="why-workspace" { "Workspace" }
        input #why-workspace type="search" name="workspace" value=(value) placeholder="Name or slug; all, if empty" autocomplete="off" spellcheck="false" list="why-workspaces" data-suggest="/console/workspaces";
        datalist #why-workspaces {}
    }
}

/// The same about a known person.
pub(super) fn form_about(user: UserId, workspace: &str) -> Markup {
    html! {
        form.filters role="search" aria-label="Why?" action="/console/why" {
            input type="hidden" name="person" value=(user);
            div.grow { (workspace_field(workspace)) }
            button.primary type="submit" { "Explain" }
        }
    }
}

/// Where the answer is.
pub(super) fn why_path(user: UserId, workspace: Option<&str>) -> String {
    let path = format!("/console/people/{user}/why");
    workspace.map_or_else(|| path.clone(), |workspace| format!("{path}?workspace={}", encoded(workspace)))
}

fn meant_person(tx: &mut dyn ReadTx, org: OrgId, given: &str) -> StoreResult<Meant<User>> {
    let key = fold(given);
    if key.is_empty() {
        return Ok(Meant::Nothing);
    }
    let exactly = match UserId::parse(given) {
        Some(id) => tx.find_user(org, id)?,
        None => tx.find_user_by_name(org, &key)?,
    };
    match exactly {
        Some(user) => Ok(Meant::One(user)),
        None => {
            let search = PeopleSearch { prefix: key, ..PeopleSearch::default() };
            Ok(Meant::of(tx.search_users(org, &search, &Stretch::new(None, CHOICES))?.rows))
        }
    }
}

/// The one workspace that a name, slug or id means; `None` when nothing was given.
pub(super) fn one_workspace(
    tx: &mut dyn ReadTx,
    org: OrgId,
    given: &str,
) -> Result<Option<Workspace>, Fault> {
    match meant_workspace(tx, org, given)? {
        Meant::Nothing => Ok(None),
        Meant::One(workspace) => Ok(Some(workspace)),
        Meant::Nobody => Err(Fault::not_found(format!("No workspace is called `{given}`."))),
        Meant::OneOf(several) => {
            let slugs: Vec<&str> = several.iter().map(|one| one.slug.as_str()).collect();
            Err(Fault::invalid(format!(
                "several workspaces begin with `{given}`; give one of: {}",
                slugs.join(", ")
            )))
        }
    }
}

fn meant_workspace(tx: &mut dyn ReadTx, org: OrgId, given: &str) -> StoreResult<Meant<Workspace>> {
    let key = fold(given);
    if key.is_empty() {
        return Ok(Meant::Nothing);
    }
    let exactly = match find_workspace(tx, org, &WorkspaceRef(given.to_owned()))? {
        Some(found) => Some(found),
        None => tx.find_workspace_by_key(org, &key)?,
    };
    match exactly {
        Some(found) => Ok(Meant::One(found)),
        None => {
            let search = WorkspaceSearch { prefix: key, ..WorkspaceSearch::default() };
            let found = tx.search_workspaces(org, &search, &Stretch::new(None, CHOICES))?.rows;
            Ok(Meant::of(found.into_iter().map(|(workspace, _)| workspace).collect()))
        }
    }
}

async fn show(signed: Signed) -> Answer {
    let user = signed.path("user").to_owned();
    let asked = Some(signed.query("workspace").to_owned()).filter(|asked| !asked.is_empty());
    let reference = asked.clone().map(WorkspaceRef);
    let (told, rules) = signed
        .look(ReadCost::Scan, move |tx, org| {
            let told = explain(tx, org, &user, reference.as_ref())?;
            let rules = rules_of(&told, &tx.settings(org)?);
            Ok((told, rules))
        })
        .await?;
    let name = &told.user.display_name;
    let one = told.workspaces.first().filter(|_| asked.is_some());
    let title = one.map_or_else(|| format!("Why: {name}"), |place| format!("Why: {name} in {}", place.name));
    let person = format!("/console/people/{}", told.user.id);
    let body = html! {
        (heading(&[("People", "/console/people"), (name, &person)], &title, address(&told.user.user_name), html! {
            @if one.is_some() { a.button href=(why_path(told.user.id, None)) { "Everything they have" } }
        }))
        (form_about(told.user.id, one.map_or("", |place| place.slug.as_str())))
        @match one {
            Some(place) => { (answered(&told, place, &rules)) }
            None => { (everything(&told, &rules, &signed.who.org.name)) }
        }
        (idle_groups(&told))
    };
    signed.page(Section::Why, &title, body)
}

fn answered(told: &Explanation, place: &WorkspaceExplained, rules: &why::Rules) -> Markup {
    let remedies = why::remedies(place);
    html! {
        section.card {
            header { h2 { "The answer" } }
            (why::answer(told, place))
            (why::workspace(told, place, rules))
        }
        @if !remedies.is_empty() {
            (card("What would help", "", html! { ul.steps { @for remedy in &remedies { li { (remedy) } } } }))
        }
    }
}

fn everything(told: &Explanation, rules: &why::Rules, org: &str) -> Markup {
    html! {
        (card("Role in the organisation", "The highest of what the SCIM attribute says and what mapped groups give.", why::organisation(told, org)))
        @if told.workspaces.is_empty() {
            (empty("Nothing leads to any workspace", html! { p { "No group of theirs is mapped, and nothing is given by hand. Ask about a workspace above to see what would help." } }))
        }
        @for place in told.workspaces.iter().take(DRAWN) {
            section.card {
                header { h2 { (place.name) } }
                (why::answer(told, place))
                (why::workspace(told, place, rules))
            }
        }
        @if told.workspaces.len() > DRAWN {
            p.list-note { "The first " (DRAWN) " of " (told.workspaces.len()) " workspaces are drawn. Ask about another above." }
        }
    }
}

fn idle_groups(told: &Explanation) -> Markup {
    if told.groups_without_effect.is_empty() {
        return html! {};
    }
    card(
        "Groups that give nothing",
        "They are in these groups, which no mapping names and whose names map nothing.",
        html! {
            ul.sources {
                @for group in &told.groups_without_effect {
                    li {
                        @for (place, step) in group.through.iter().enumerate() {
                            @if place > 0 { " in " }
                            a href=(format!("/console/groups/{}", step.group_id)) { (step.group) }
                        }
                    }
                }
            }
        },
    )
}

/// By which rule the names of groups were read that the pattern does not read.
fn rules_of(told: &Explanation, settings: &Settings) -> why::Rules {
    let reader = NameReader::new(settings);
    let by_name = told.workspaces.iter().flat_map(|place| {
        let paths = place.paths.iter().filter(|path| path.kind == PathKind::Pattern);
        let on_the_way =
            paths.filter_map(|path| path.through.last()).map(|step| (step.group_id, step.group.as_str()));
        on_the_way.chain(place.would_help.iter().map(|help| (help.group_id, help.group.as_str())))
    });
    let ruled = by_name.filter_map(|(id, name)| match reader.read(name)?.1 {
        ReadBy::Pattern => None,
        ReadBy::Rule(place) => Some((id, format!("Rule {}", place + 1))),
    });
    ruled.collect()
}

impl From<ExplainError> for Fault {
    fn from(problem: ExplainError) -> Self {
        match problem {
            ExplainError::Store(error) => error.into(),
            ExplainError::UnknownUser { .. } => {
                Self::not_found("There is nobody of this id in the organisation. They may have been deleted.")
            }
            ExplainError::UnknownWorkspace { .. } => {
                Self::not_found("There is no such workspace in the organisation. It may have been removed.")
            }
        }
    }
}
