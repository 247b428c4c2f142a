//! Groups that map themselves by their names: the name pattern, and rules of one's own, with a preview over the groups that exist.

use std::collections::HashSet;

use maud::{Markup, html};
use rolecall_domain::{
    ids::{GroupId, OrgId},
    name_rule::{self, MAX_CHARS, MAX_RULES, NameReader, NameRule, ReadBy},
    pattern::{Match, NamePattern},
    ports::{ReadTx, Slice, StoreResult},
    records::{Group, MappingOrigin, Settings},
    role::AdminRole,
    use_cases::settings,
};

use crate::{
    fault::{Answer, Fault, sentence},
    planned::Outcome,
    route::routes,
    view::{Tone, badge, counted, empty, form_token, options, role_badge, table},
    visit::Signed,
};

use super::{mappings::ask, provisioning::HERE};

routes! {
    POST "/console/settings/scim/pattern" admin => change;
}

/// How many groups the preview reads.
const PREVIEWED: u32 = 200;
const ROLES: &[(&str, &str)] =
    &[("", "by the expression"), ("member", "Member"), ("manager", "Manager"), ("admin", "Admin")];

/// How names are read, and which there are.
pub(super) struct NamingFound {
    settings: Settings,
    groups: Vec<Group>,
    count: u64,
    /// Groups that an administrator has mapped: their names are not read.
    by_hand: HashSet<GroupId>,
}

impl NamingFound {
    pub(super) fn read(tx: &mut dyn ReadTx, org: OrgId) -> StoreResult<Self> {
        let mut groups = tx.list_groups(org, Slice { after: None, limit: PREVIEWED })?;
        groups.retain(Group::pushed);
        let ids: Vec<GroupId> = groups.iter().map(|group| group.id).collect();
        let mappings = tx.mappings_of_all(org, &ids)?;
        let by_hand = mappings.iter().filter(|one| one.origin == MappingOrigin::Admin).map(|one| one.group);
        Ok(Self {
            by_hand: by_hand.collect(),
            settings: tx.settings(org)?,
            count: tx.count_groups(org)?,
            groups,
        })
    }
}

/// How names shall be read, as a form or an address says it.
struct Wanted {
    pattern: NamePattern,
    rules: Vec<NameRule>,
}

impl Wanted {
    fn read<'a>(field: impl Fn(&str) -> &'a str) -> Result<Self, Fault> {
        let mut rules = Vec::new();
        for number in 1..=MAX_RULES + 1 {
            let of = |what: &str| field(&format!("rule-{number}-{what}"));
            let (pattern, workspace, role) = (of("pattern"), of("workspace").trim(), of("role"));
            if pattern.trim().is_empty() {
                continue;
            }
            let place: usize = of("place").trim().parse().unwrap_or(number);
            let role = (!role.is_empty()).then(|| role.parse()).transpose().map_err(Fault::invalid)?;
            let workspace = (!workspace.is_empty()).then(|| workspace.to_owned());
            rules.push((place, NameRule { pattern: pattern.to_owned(), workspace, role }));
        }
        rules.sort_by_key(|(place, _)| *place);
        Ok(Self {
            pattern: NamePattern {
                enabled: !field("enabled").is_empty(),
                prefix: field("prefix").to_owned(),
                role_separator: field("role_separator").to_owned(),
                create_workspaces: !field("create_workspaces").is_empty(),
            },
            rules: rules.into_iter().map(|(_, rule)| rule).collect(),
        })
    }

    fn put(&self, settings: &mut Settings) {
        settings.pattern.clone_from(&self.pattern);
        settings.rules.clone_from(&self.rules);
    }

    /// Why it cannot be used.
    fn check(&self) -> Result<(), String> {
        self.pattern.check().map_err(|error| error.to_string())?;
        name_rule::check(&self.rules).map_err(|error| error.to_string())
    }
}

/// What is asked about: as the address has it, or what is in force.
fn asked(signed: &Signed, now: &Settings) -> Result<Wanted, Fault> {
    if signed.query("preview").is_empty() {
        return Ok(Wanted { pattern: now.pattern.clone(), rules: now.rules.clone() });
    }
    Wanted::read(|name| signed.query(name))
}

pub(super) fn naming(signed: &Signed, found: &NamingFound) -> Markup {
    let now = || Wanted { pattern: found.settings.pattern.clone(), rules: found.settings.rules.clone() };
    let (asked, wrong) = match asked(signed, &found.settings) {
        Ok(asked) => (asked, None),
        Err(fault) => (now(), Some(fault.text())),
    };
    let may = signed.may(AdminRole::Admin);
    let NamePattern { enabled, prefix, role_separator, create_workspaces } = &asked.pattern;
    html! {
        section.card #pattern {
            header {
                h2 { "Name pattern and rules" }
                p { "A group named " code { (prefix) "{workspace}" (role_separator) "{role}" } " maps itself, for example " code { (prefix) "Sales" (role_separator) "admin" } ". Roles are member, manager and admin. A group in the list above is not also read by its name." }
            }
            form.stack method="get" action=(HERE) data-live="pattern-preview" data-address="keep" {
                input type="hidden" name="preview" value="yes";
                div.fields {
                    div { label for="prefix" { "Prefix" } input #prefix type="text" name="prefix" value=(prefix) maxlength="64" autocomplete="off" spellcheck="false" disabled[!may]; }
                    div { label for="role_separator" { "Role separator" } input #role_separator type="text" name="role_separator" value=(role_separator) required maxlength="64" autocomplete="off" spellcheck="false" disabled[!may]; }
                }
                label.check { input type="checkbox" name="enabled" value="yes" checked[*enabled] disabled[!may]; "Read groups' names by this pattern" }
                label.check { input type="checkbox" name="create_workspaces" value="yes" checked[*create_workspaces] disabled[!may]; "Make a workspace that a name asks for and that does not exist" }
                (rules(&asked.rules, may))
                @if may {
                    (form_token(signed))
                    div.inline {
                        button type="submit" { "Preview" }
                        button.primary type="submit" formmethod="post" formaction="/console/settings/scim/pattern" { "Save …" }
                    }
                }
            }
            (preview(&asked, wrong, found))
        }
    }
}

fn rules(rules: &[NameRule], may: bool) -> Markup {
    let blank = NameRule { pattern: String::new(), workspace: None, role: None };
    // One more than there are, to write another one into.
    let more = may && rules.len() < MAX_RULES;
    html! {
        div.rules {
            h3 { "Regular expressions" }
            p.hint {
                "For names of any other shape: read after the pattern, in their order; the first that matches the whole name counts. Workspace and role are named by the expression, as in "
                code { "eng-(?<workspace>.+)-(?<role>admin|member)" } ", or chosen beside it. An empty expression is no rule."
            }
            @if rules.is_empty() && !more { p.faint { "None." } }
            @for (number, rule) in (1..).zip(rules.iter().chain(more.then_some(&blank))) { (rule_fields(number, rule, may)) }
        }
    }
}

fn rule_fields(number: usize, rule: &NameRule, may: bool) -> Markup {
    let name = |what: &str| format!("rule-{number}-{what}");
    let role = rule.role.map_or("", |role| role.as_str());
    html! {
        fieldset.rule {
            legend.hidden { "Rule " (number) }
            div { label for=(name("place")) { "Order" } input id=(name("place")) type="number" name=(name("place")) value=(number) min="1" max="99" disabled[!may]; }
            div { label for=(name("pattern")) { "Expression" } input.mono id=(name("pattern")) type="text" name=(name("pattern")) value=(rule.pattern) maxlength=(MAX_CHARS) autocomplete="off" spellcheck="false" disabled[!may]; }
            div { label for=(name("workspace")) { "Workspace" } input id=(name("workspace")) type="text" name=(name("workspace")) value=(rule.workspace.as_deref().unwrap_or_default()) placeholder="by the expression" autocomplete="off" spellcheck="false" disabled[!may]; }
            div { label for=(name("role")) { "Role" } select id=(name("role")) name=(name("role")) disabled[!may] { (options(ROLES, role)) } }
        }
    }
}

/// A group whose name asks for something, now or by what is asked about.
struct Row<'a> {
    group: &'a Group,
    wanted: Option<(Match, ReadBy)>,
    change: Option<(&'static str, Tone)>,
}

fn rows<'a>(asked: &Wanted, found: &'a NamingFound) -> Vec<Row<'a>> {
    let mut then = found.settings.clone();
    asked.put(&mut then);
    let (reader, before) = (NameReader::new(&then), NameReader::new(&found.settings));
    let row = |group: &'a Group| {
        let name = &group.facts.display_name;
        let (wanted, had) = (reader.read(name), before.read(name));
        let change = match (&had, &wanted) {
            (None, None) => return None,
            _ if found.by_hand.contains(&group.id) => Some(("not read: it is mapped above", Tone::Quiet)),
            (None, Some(_)) => Some(("new", Tone::Good)),
            (Some(_), None) => Some(("no longer", Tone::Bad)),
            (Some((had, _)), Some((wanted, _))) if had != wanted => Some(("changes", Tone::Warning)),
            (Some(_), Some(_)) => None,
        };
        Some(Row { group, wanted, change })
    };
    found.groups.iter().filter_map(row).collect()
}

fn preview(asked: &Wanted, wrong: Option<String>, found: &NamingFound) -> Markup {
    let wrong = wrong.or_else(|| asked.check().err().map(|error| sentence(&error)));
    let rows = if wrong.is_none() { rows(asked, found) } else { Vec::new() };
    let follow = rows.iter().filter(|row| row.wanted.is_some()).count();
    let all = found.count as usize <= PREVIEWED as usize;
    html! {
        div #pattern-preview aria-live="polite" {
            @if let Some(wrong) = &wrong {
                div.flash.refused { (wrong) }
            } @else if follow == 0 {
                (empty("No group follows this pattern or a rule", html! {
                    @if !asked.pattern.enabled && asked.rules.is_empty() { p { "Names are not read." } }
                    @else if !all { p { "Of the first " (PREVIEWED) " of " (found.count) " groups." } }
                }))
            } @else {
                h3 { "Preview: " (counted(follow as u64, "group follows", "groups follow")) " it"
                    @if !all { " of the first " (PREVIEWED) " of " (found.count) } }
            }
            @if !rows.is_empty() {
                div.scroll tabindex="0" role="region" aria-label="Preview of how names are read" {
                    (table("Preview", &["Group", "Workspace", "Role", "Read by", "Change"], html! {
                        @for row in &rows { (preview_row(row)) }
                    }))
                }
            }
        }
    }
}

fn preview_row(row: &Row<'_>) -> Markup {
    let Row { group, wanted, change } = row;
    html! {
        tr {
            td { a.row-title href=(format!("/console/groups/{}", group.id)) { (group.facts.display_name) } }
            @match wanted {
                Some((asked, by)) => {
                    td data-label="Workspace" { (asked.workspace) }
                    td data-label="Role" { (role_badge(asked.role.as_str())) }
                    td data-label="Read by" { @match by { ReadBy::Pattern => { "pattern" } ReadBy::Rule(place) => { "rule " (place + 1) } } }
                }
                None => { td {} td {} td {} }
            }
            td { @if let Some((word, tone)) = change { (badge(word, *tone)) } }
        }
    }
}

async fn change(signed: Signed) -> Answer {
    let wanted = Wanted::read(|name| signed.form.field(name))?;
    let ask = ask("Change how names are read?", "Change it");
    let outcome = signed
        .planned(ask, move |tx, act| Ok(settings::change(tx, act, |settings| wanted.put(settings))?))
        .await?;
    match outcome {
        Outcome::Show(page) => page,
        Outcome::Done(_) => signed.done(HERE, "Names are read so now, and memberships follow."),
    }
}
