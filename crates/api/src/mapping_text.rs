//! A mapping file as text: the same for the same content, in an order that a person reads.

use std::fmt::Write;

use rolecall_domain::use_cases::mapping_file::MappingFile;

/// The file's text.
pub fn of(file: &MappingFile) -> String {
    let mut text = String::from(
        "# What groups give. `rolecall mappings plan --file …` says what a change of it would do.\n",
    );
    let MappingFile { pattern, rules, workspaces, mappings, roles } = file;
    // An empty section says that there shall be none, and comes before the first table.
    for (name, empty) in [
        ("rules", rules.as_ref().is_some_and(Vec::is_empty)),
        ("workspaces", workspaces.as_ref().is_some_and(Vec::is_empty)),
        ("mappings", mappings.as_ref().is_some_and(Vec::is_empty)),
        ("roles", roles.as_ref().is_some_and(Vec::is_empty)),
    ] {
        if empty {
            line(&mut text, name, Some("[]".to_owned()));
        }
    }
    if let Some(pattern) = pattern {
        text.push_str("\n[pattern]\n");
        line(&mut text, "enabled", pattern.enabled.map(|yes| yes.to_string()));
        line(&mut text, "prefix", pattern.prefix.as_deref().map(quoted));
        line(&mut text, "role_separator", pattern.role_separator.as_deref().map(quoted));
        line(&mut text, "create_workspaces", pattern.create_workspaces.map(|yes| yes.to_string()));
    }
    for rule in rules.iter().flatten() {
        text.push_str("\n[[rules]]\n");
        line(&mut text, "pattern", Some(quoted(&rule.pattern)));
        line(&mut text, "workspace", rule.workspace.as_deref().map(quoted));
        line(&mut text, "role", rule.role.map(|role| quoted(role.as_str())));
    }
    for workspace in workspaces.iter().flatten() {
        text.push_str("\n[[workspaces]]\n");
        line(&mut text, "slug", Some(quoted(&workspace.slug)));
        line(&mut text, "name", Some(quoted(&workspace.name)));
        line(&mut text, "archived", workspace.archived.then(|| "true".to_owned()));
    }
    for mapping in mappings.iter().flatten() {
        text.push_str("\n[[mappings]]\n");
        line(&mut text, "group", Some(quoted(&mapping.group)));
        line(&mut text, "group_id", mapping.group_id.as_deref().map(quoted));
        line(&mut text, "workspace", Some(quoted(&mapping.workspace)));
        line(&mut text, "role", Some(quoted(mapping.role.as_str())));
        line(&mut text, "paused", mapping.paused.then(|| "true".to_owned()));
    }
    for mapping in roles.iter().flatten() {
        text.push_str("\n[[roles]]\n");
        line(&mut text, "group", Some(quoted(&mapping.group)));
        line(&mut text, "group_id", mapping.group_id.as_deref().map(quoted));
        line(&mut text, "role", Some(quoted(mapping.role.as_str())));
        line(&mut text, "paused", mapping.paused.then(|| "true".to_owned()));
    }
    text
}

fn line(text: &mut String, key: &str, value: Option<String>) {
    if let Some(value) = value {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{key} = {value}");
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
