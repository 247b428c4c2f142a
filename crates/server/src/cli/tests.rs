//! What holds for every command.

use std::collections::BTreeSet;

use super::*;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

/// Commands that only look.
const LOOKING: &[&str] = &[
    "access-review",
    "admin list",
    "api-key list",
    "completions",
    "config",
    "connection list",
    "doctor",
    "explain",
    "findings",
    "history",
    "holds list",
    "log",
    "man",
    "mappings export",
    "matches list",
    "matches refused",
    "org list",
    "schema list",
    "setup-link list",
    "token list",
];

/// Commands that change something and cannot be planned, and why not.
const NEVER_PLANNED: &[(&str, &str)] = &[
    ("serve", "it runs until it is stopped"),
    ("migrate", "it changes the schema, and nobody's access"),
    ("db copy", "it fills another database and leaves this one as it is"),
    ("db check", "without --repair it says what it would mend"),
    ("org create", "an organisation that is not there yet has nobody whose access could change"),
    ("token create", "it prints a secret; what the identity provider does with it is not known"),
    ("api-key create", "it prints a secret; what the program does with it is not known"),
    ("setup-link create", "it prints a secret; it leads to one page"),
    ("setup-link revoke", "a link is nobody's access"),
    ("admin create", "administrators are not people of the organisation; each command prints what it did"),
    ("admin reset", "as above"),
    ("admin disable", "as above"),
    ("admin enable", "as above"),
    ("mappings plan", "it is the plan of `mappings apply`"),
    ("simulate", "it changes what another server holds"),
];

/// Every command that does something by itself, by its words.
fn commands(command: &clap::Command, words: &str) -> Vec<(String, clap::Command)> {
    let below = command.get_subcommands().filter(|one| one.get_name() != "help");
    let below: Vec<_> = below.flat_map(|one| commands(one, &format!("{words} {}", one.get_name()))).collect();
    if below.is_empty() { vec![(words.trim().to_owned(), command.clone())] } else { below }
}

#[test]
fn every_command_that_changes_something_can_be_planned_or_says_why_not() {
    let mut unplanned = BTreeSet::new();
    for (words, command) in commands(&Cli::command(), "") {
        let flags: BTreeSet<&str> = command.get_arguments().filter_map(|one| one.get_long()).collect();
        if flags.contains("plan") {
            assert!(flags.contains("as-planned"), "`{words}` is done as planned, too");
            assert!(!LOOKING.contains(&words.as_str()), "`{words}` changes something");
        } else {
            unplanned.insert(words);
        }
    }
    let excused = NEVER_PLANNED.iter().map(|(words, _)| *words);
    let known: BTreeSet<String> = LOOKING.iter().copied().chain(excused).map(str::to_owned).collect();
    assert_eq!(
        unplanned, known,
        "a command that changes something takes --plan, or is listed above with the reason"
    );
}
