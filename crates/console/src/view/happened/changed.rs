//! What became of a thing's fields, a line for each: `archived: no → yes`.

use std::collections::BTreeSet;

use maud::{Markup, html};
use rolecall_domain::{
    event::{Changed, Event},
    ids::GroupId,
    role::{OrgRole, WorkspaceRole},
};
use serde_json::{Map, Value};

use super::Called;

/// So many lines stand in the list of events itself; more are opened.
const SHOWN: usize = 3;

/// Longer values are opened, too.
const LONG: usize = 160;

/// A field before and after.
#[derive(PartialEq, Eq, Debug)]
struct Line {
    field: String,
    before: String,
    after: String,
}

impl Line {
    fn length(&self) -> usize {
        self.before.chars().count().max(self.after.chars().count())
    }
}

/// The lines of an event; nothing where none of its fields is told.
pub(super) fn changes(event: &Event, called: &Called) -> Markup {
    let mut lines: Vec<Line> = role(event).into_iter().collect();
    if let Some(changed) = &event.changed {
        lines.extend(fields(changed, |id| called.groups.get(&id).cloned()));
    }
    let list = html! {
        ul.changes {
            @for Line { field, before, after } in &lines {
                li { (field) ": " span.before { (before) } " → " span.after { (after) } }
            }
        }
    };
    html! {
        @if lines.len() > SHOWN || lines.iter().any(|line| line.length() > LONG) {
            details.more { summary { @if lines.len() == 1 { "1 field" } @else { (lines.len()) " fields" } } (list) }
        } @else if !lines.is_empty() {
            (list)
        }
    }
}

/// The groups that an event's fields name.
pub(super) fn groups(event: &Event) -> impl Iterator<Item = GroupId> + '_ {
    let said = event.changed.iter().flat_map(|changed| [&changed.before, &changed.after]);
    said.filter_map(|fields| GroupId::parse(fields.get(GROUP)?.as_str()?))
}

const GROUP: &str = "group_id";

/// What made it so, which is no field of the thing: what an undo of a hold's end asks for.
const CAUSE: &str = "change_id";

/// The role that a mapping or a grant gives, if it gave another.
fn role(event: &Event) -> Option<Line> {
    let (old, new) = (event.old_role?, event.new_role?);
    let word: fn(i16) -> Option<&'static str> = match event.kind.as_str() {
        "mapping.updated" | "grant.updated" => {
            |rank| WorkspaceRole::from_rank(rank).map(WorkspaceRole::as_str)
        }
        "role_mapping.updated" => |rank| OrgRole::from_rank(rank).map(OrgRole::as_str),
        _ => return None,
    };
    let (before, after) = (word(old)?.to_owned(), word(new)?.to_owned());
    (before != after).then(|| Line { field: "role".to_owned(), before, after })
}

fn fields(changed: &Changed, name: impl Fn(GroupId) -> Option<String>) -> Vec<Line> {
    let mut lines = Vec::new();
    compare("", &changed.before, &changed.after, &mut lines);
    for line in lines.iter_mut().filter(|line| line.field == label(GROUP)) {
        for said in [&mut line.before, &mut line.after] {
            if let Some(id) = GroupId::parse(said) {
                *said = name(id).unwrap_or_else(|| "a group that is gone".to_owned());
            }
        }
    }
    lines
}

/// What has fields of its own is told field by field, and only those that differ.
fn compare(within: &str, before: &Map<String, Value>, after: &Map<String, Value>, lines: &mut Vec<Line>) {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let field = format!("{within}{}", label(name));
        match (before.get(name), after.get(name)) {
            (old, new) if old == new || name == CAUSE => {}
            (Some(Value::Object(old)), Some(Value::Object(new))) => {
                compare(&format!("{field} › "), old, new, lines);
            }
            (old, new) => lines.push(Line { field, before: words(old), after: words(new) }),
        }
    }
}

/// A field as the console calls it.
fn label(name: &str) -> String {
    match name {
        GROUP => "group".to_owned(),
        "pattern" => "name pattern".to_owned(),
        "brake" => "mass-removal brake".to_owned(),
        "expires_at" => "until".to_owned(),
        "then_role" => "and then".to_owned(),
        other => other.replace('_', " "),
    }
}

/// A value as it is read.
fn words(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "none".to_owned(),
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(Value::String(text)) if text.is_empty() => "empty".to_owned(),
        Some(Value::String(text)) => moment(text).unwrap_or_else(|| text.clone()),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Array(values)) if values.is_empty() => "none".to_owned(),
        Some(Value::Array(values)) => {
            let apart = if values.iter().any(Value::is_object) { "; " } else { ", " };
            values.iter().map(|value| words(Some(value))).collect::<Vec<_>>().join(apart)
        }
        Some(Value::Object(fields)) => {
            let told =
                fields.iter().map(|(name, value)| format!("{} {}", label_within(name), words(Some(value))));
            told.collect::<Vec<_>>().join(", ")
        }
    }
}

/// A moment as events write it, to the minute.
fn moment(text: &str) -> Option<String> {
    rolecall_scim::instant::parse(text).filter(|_| text.len() == "2026-03-01T09:30:00.000Z".len())?;
    Some(format!("{} UTC", text.get(..16)?.replace('T', " ")))
}

/// A field of what stands in a list: the `pattern` of a rule is no name pattern.
fn label_within(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(before: Value, after: Value) -> Vec<String> {
        let changed = Changed::between(before, after).expect("they differ");
        let name = |_: GroupId| Some("Sales <all>".to_owned());
        let lines = fields(&changed, name).into_iter();
        lines.map(|Line { field, before, after }| format!("{field}: {before} → {after}")).collect()
    }

    #[test]
    fn the_end_of_a_grant_is_told_as_people_write_it() {
        let after = json!({"expires_at": "2026-12-05T17:00:00.000Z", "then_role": "member"});
        assert_eq!(told(json!({}), after), ["until: none → 2026-12-05 17:00 UTC", "and then: none → member"]);
    }

    #[test]
    fn a_field_is_told_before_and_after() {
        let told = told(
            json!({"archived": false, "name": "Sales", "verified_domains": []}),
            json!({"archived": true, "name": "", "verified_domains": ["acme.example", "acme.test"]}),
        );
        assert_eq!(
            told,
            ["archived: no → yes", "name: Sales → empty", "verified domains: none → acme.example, acme.test"]
        );
    }

    #[test]
    fn of_a_setting_only_what_differs_is_told() {
        let told = told(
            json!({"pattern": {"enabled": true, "prefix": "ws-"}, "guard": {"brake": {"max_people": 50}}}),
            json!({"pattern": {"enabled": true, "prefix": "team-"}, "guard": {"brake": {"max_people": 20}}}),
        );
        assert_eq!(
            told,
            ["guard › mass-removal brake › max people: 50 → 20", "name pattern › prefix: ws- → team-"]
        );
    }

    #[test]
    fn a_rule_is_told_in_a_line_and_a_group_by_its_name() {
        let rule = json!({"pattern": "^eng-(.*)$", "role": "member"});
        assert_eq!(
            told(json!({"rules": []}), json!({"rules": [rule, rule]})),
            ["rules: none → pattern ^eng-(.*)$, role member; pattern ^eng-(.*)$, role member"]
        );
        let (one, other) = (json!({"group_id": uuid::Uuid::nil()}), json!({"group_id": uuid::Uuid::max()}));
        assert_eq!(told(one, other), ["group: Sales <all> → Sales <all>"]);
        assert!(told(json!({"change_id": uuid::Uuid::nil()}), json!({"change_id": null})).is_empty());
    }
}
