//! `cargo xtask codegen`: writes `docs/src/requirements.md`, which tells for each requirement of SCIM, and for each habit
//! of identity providers and each pain that must not happen here, the tests that show it to be met.
//!
//! The requirements are in `docs/src/requirements/checklist.toml`, what is left out on purpose in `notes.toml` beside it,
//! and the tests name theirs in markers (see [`markers`]). To add a requirement, write its line into the checklist and its
//! number above a test.

mod checklist;
mod markers;

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use checklist::{Checklist, Family, Notes};
use markers::Marked;

use crate::command::{Failure, workspace};

const PAGE: &str = "docs/src/requirements.md";
const AGAIN: &str = "run `cargo xtask codegen` and commit the page";

/// What to do.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail when the page would change
    #[arg(long)]
    pub(crate) check: bool,
}

/// Writes the page, or checks it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let folder = workspace().join("docs/src/requirements");
    let checklist = Checklist::read(&folder.join("checklist.toml"))?;
    let notes = Notes::read(&folder.join("notes.toml"))?;
    let marked = markers::scan(workspace(), "crates").map_err(|faults| Failure(faults.join("\n  ")))?;
    let tests = by_number(&marked);
    let faults = gaps(&checklist, &notes, &tests);
    if !faults.is_empty() {
        return Err(Failure(format!("{PAGE} cannot be made:\n  {}", faults.join("\n  "))));
    }
    let page = render(&checklist, &notes, &tests);
    let path = workspace().join(PAGE);
    match arguments.check {
        true if read(&path)? == page => Ok(()),
        true => Err(Failure(format!("{PAGE} is not what the markers of the tests say; {AGAIN}"))),
        false => fs::write(&path, page).map_err(|error| Failure(format!("{PAGE}: {error}"))),
    }
}

/// The tests of each requirement.
type Tests<'m> = BTreeMap<(Family, u32), Vec<&'m str>>;

fn by_number(marked: &[Marked]) -> Tests<'_> {
    let mut tests: Tests<'_> = BTreeMap::new();
    for Marked { family, number, test } in marked {
        tests.entry((*family, *number)).or_default().push(test);
    }
    for names in tests.values_mut() {
        names.sort_unstable();
        names.dedup();
    }
    tests
}

/// Requirements that have neither a test nor a note, and numbers that stand for no requirement.
fn gaps(checklist: &Checklist, notes: &Notes, tests: &Tests<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    for (family, number, requirement) in checklist.requirements() {
        if !tests.contains_key(&(family, number)) && notes.of(family, number).is_none() {
            faults.push(format!("{family} {number} has neither a test nor a note: {}", requirement.text));
        }
    }
    let known = |family, number| checklist.requirements().any(|(f, n, _)| (f, n) == (family, number));
    for ((family, number), names) in tests {
        if !known(*family, *number) {
            faults
                .push(format!("{} names {family} {number}, which is not in the checklist", names.join(", ")));
        }
    }
    for (family, number) in notes.numbers() {
        if !known(family, number) {
            faults.push(format!("a note is about {family} {number}, which is not in the checklist"));
        }
    }
    faults
}

fn render(checklist: &Checklist, notes: &Notes, tests: &Tests<'_>) -> String {
    let mut page = String::from(
        "<!-- Made by `cargo xtask codegen` from requirements/checklist.toml and the markers of the tests. -->\n\n\
         # SCIM, requirement by requirement\n\n\
         Each line of RFC 7643, RFC 7644 and RFC 9865 that Rolecall answers to, in our own words, and the tests that show \
         it; then the habits of identity providers that go beyond the RFCs, and what hurts people elsewhere and must not happen \
         here. A line without a test says why.\n",
    );
    for section in &checklist.sections {
        let _ = write!(
            page,
            "\n## {}\n\n| # | Level | Requirement | Tests |\n|---|---|---|---|\n",
            section.title
        );
        for (number, requirement) in &section.requirements {
            let names = tests.get(&(section.family, *number)).map(Vec::as_slice).unwrap_or_default();
            let mut shown: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            shown.extend(notes.of(section.family, *number).map(|note| format!("*{note}*")));
            let shown = shown.join("<br>");
            let _ = writeln!(page, "| {number} | {} | {} | {shown} |", requirement.level, requirement.text);
        }
    }
    page
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure(format!("{}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKLIST: &str = r#"
        [[section]]
        title = "Create"
        [section.requirements]
        76 = "must: A new resource is answered 201."
        77 = "may: It is answered with a body."
        [[section]]
        title = "Habits"
        family = "dialect"
        [section.requirements]
        1 = "Entra: `op` in any case."
    "#;

    fn marked(family: Family, number: u32, test: &str) -> Marked {
        Marked { family, number, test: test.to_owned() }
    }

    fn faults(notes: &str, marked: &[Marked]) -> Vec<String> {
        let checklist = Checklist::parse(CHECKLIST).expect("the list above is sound");
        gaps(&checklist, &Notes::parse(notes).expect("the notes are sound"), &by_number(marked))
    }

    #[test]
    fn a_requirement_needs_a_test_or_a_note() {
        let tests = [marked(Family::Scim, 76, "a::b"), marked(Family::Dialect, 1, "a::c")];
        let found = faults("", &tests);
        assert_eq!(found, ["scim 77 has neither a test nor a note: It is answered with a body."]);
        assert!(faults("[scim]\n77 = \"we send none\"", &tests).is_empty());
    }

    #[test]
    fn a_number_that_stands_for_nothing_is_told() {
        let tests = [76, 77].map(|number| marked(Family::Scim, number, "a::b"));
        let tests =
            [tests.to_vec(), vec![marked(Family::Dialect, 1, "a"), marked(Family::Dialect, 9, "a::typo")]];
        let found = faults("[scim]\n99 = \"?\"", &tests.concat());
        assert_eq!(
            found,
            [
                "a::typo names dialect 9, which is not in the checklist",
                "a note is about scim 99, which is not in the checklist"
            ]
        );
    }

    #[test]
    fn the_page_has_a_row_for_each_requirement_with_its_tests_in_order() {
        let checklist = Checklist::parse(CHECKLIST).expect("the list above is sound");
        let notes = Notes::parse("[scim]\n77 = \"we send none\"").expect("the note is sound");
        let marked = [
            marked(Family::Scim, 76, "b::z"),
            marked(Family::Scim, 76, "a::y"),
            marked(Family::Scim, 76, "b::z"),
            marked(Family::Dialect, 1, "a::x"),
        ];
        let page = render(&checklist, &notes, &by_number(&marked));
        let rows: Vec<&str> =
            page.lines().filter(|line| line.starts_with("| 7") || line.starts_with("| 1")).collect();
        assert_eq!(
            rows,
            [
                "| 76 | must | A new resource is answered 201. | `a::y`<br>`b::z` |",
                "| 77 | may | It is answered with a body. | *we send none* |",
                "| 1 | Entra | `op` in any case. | `a::x` |",
            ]
        );
    }
}
