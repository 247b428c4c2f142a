//! An explanation as a person reads it.

use std::fmt::Write;

use rolecall_domain::{
    membership::Obstacle,
    time::Timestamp,
    use_cases::explain::{
        Explanation, OrgRoleExplained, Origin, OutcomeWord, PathExplained, PathKind, Step, WorkspaceExplained,
    },
};

/// The tree, one fact a line.
pub(super) fn of(told: &Explanation) -> String {
    let mut out = format!("{} ({})", told.user.user_name, told.user.display_name);
    let standing = told.standing;
    for (is_so, word) in [
        (!standing.active, "inactive"),
        (standing.gone, "removed by the directory"),
        (standing.outside, "outside the verified domains"),
        (standing.held, "under a hold"),
    ] {
        if is_so {
            let _ = write!(out, " · {word}");
        }
    }
    out.push('\n');
    if let Some(hold) = &told.hold {
        let _ = writeln!(out, "  held since {} ({}){}", hold.since, hold.reason, by(&hold.cause));
    }
    org_role(&mut out, &told.org_role);
    if told.workspaces.is_empty() {
        out.push_str("└ in no workspace: nothing speaks for it\n");
    }
    for place in &told.workspaces {
        workspace(&mut out, place);
    }
    if !told.groups_without_effect.is_empty() {
        out.push_str("groups that give nothing\n");
        for group in &told.groups_without_effect {
            let _ = writeln!(out, "  · {}: no mapping, and no name that maps itself", chain(&group.through));
        }
    }
    out
}

fn org_role(out: &mut String, told: &OrgRoleExplained) {
    let held = if told.by_hold { ", kept by the hold" } else { "" };
    let _ = writeln!(out, "organisation: {}{held}", told.role);
    let _ = writeln!(out, "  · `roles` say {}", told.given);
    for mapping in &told.mappings {
        let _ = writeln!(
            out,
            "  {} {} gives {}{}",
            mark(mapping.outcome),
            chain(&mapping.through),
            mapping.role,
            why_not(mapping.outcome, &mapping.obstacles, None)
        );
    }
}

fn workspace(out: &mut String, place: &WorkspaceExplained) {
    let role = place.role.map_or("no access", |role| role.as_str());
    let held = if place.by_hold { ", kept by the hold" } else { "" };
    let archived = place.archived_at.map(|at| format!(", archived since {at}")).unwrap_or_default();
    let _ = writeln!(out, "{} ({}): {role}{held}{archived}", place.name, place.slug);
    for path in &place.paths {
        let outranked = path.outranked_by.map(|by| by.as_str());
        let _ = writeln!(
            out,
            "  {} {} as {}{}",
            mark(path.outcome),
            origin(path),
            path.role,
            why_not(path.outcome, &path.obstacles, outranked)
        );
        steps(out, path);
    }
    if place.paths.is_empty() {
        out.push_str("  · nothing speaks for it\n");
    }
    for group in &place.would_help {
        let paused = if group.paused { ", once its mapping is resumed" } else { "" };
        let _ = writeln!(out, "  + joining {} would give {}{paused}", group.group, group.role);
    }
}

fn origin(path: &PathExplained) -> String {
    match path.kind {
        PathKind::Grant => "given by hand".into(),
        PathKind::Mapping => format!("{} is mapped", chain(&path.through)),
        PathKind::Pattern => format!("{} maps itself by its name", chain(&path.through)),
    }
}

/// When each part came about, and by whom.
fn steps(out: &mut String, path: &PathExplained) {
    for step in &path.through {
        let _ = writeln!(out, "      in {} since {}{}", step.group, day(step.since), by(&step.cause));
    }
    let what = if path.kind == PathKind::Grant { "given" } else { "mapped" };
    let until = path.expires_at.map_or_else(String::new, |at| match path.then_role {
        Some(then) => format!(" until {at}, then {then}"),
        None => format!(" until {at}"),
    });
    let _ = writeln!(out, "      {what} since {}{}{until}", day(path.since), by(&path.cause));
}

fn mark(outcome: OutcomeWord) -> char {
    match outcome {
        OutcomeWord::Decides => '✓',
        OutcomeWord::Outranked => '<',
        OutcomeWord::Stopped => '✗',
    }
}

fn why_not(outcome: OutcomeWord, obstacles: &[Obstacle], by: Option<&str>) -> String {
    match outcome {
        OutcomeWord::Decides => String::new(),
        OutcomeWord::Outranked => {
            by.map_or(", which is less".to_owned(), |by| format!(", outranked by {by}"))
        }
        OutcomeWord::Stopped => {
            let words: Vec<&str> = obstacles.iter().map(|obstacle| word(*obstacle)).collect();
            format!(", but {}", words.join(" and "))
        }
    }
}

fn word(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Gone => "the directory removed the person",
        Obstacle::Inactive => "the person is inactive",
        Obstacle::UnverifiedDomain => "the person's e-mail domain is not verified",
        Obstacle::PausedMapping => "the mapping is paused",
        Obstacle::ArchivedWorkspace => "the workspace is archived",
    }
}

fn chain(through: &[Step]) -> String {
    through.iter().map(|step| step.group.as_str()).collect::<Vec<_>>().join(" → ")
}

fn by(cause: &Option<Origin>) -> String {
    cause
        .as_ref()
        .map(|cause| format!(", by {} (request {})", cause.by.words(), cause.change_id))
        .unwrap_or_default()
}

/// To the minute, which is enough to find it in a log.
fn day(at: Timestamp) -> String {
    let text = at.to_string();
    text.get(..16).map_or(text.clone(), |minute| format!("{} UTC", minute.replace('T', " ")))
}
