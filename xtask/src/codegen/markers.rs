//! Finds the markers in the tests: a comment directly above a test function that names what the test shows.
//!
//! ```text
//! // scim: 76, 81
//! // dialect: 20
//! #[test]
//! fn a_new_resource_is_answered_whole_with_its_address_and_version() { … }
//! ```
//!
//! The cases of the storage contract (`tests/contract/`) are plain functions that a macro makes tests of; they are marked
//! in the same way.

use std::{fs, path::Path};

use super::checklist::Family;

/// One number of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) family: Family,
    pub(super) number: u32,
    /// `server::protocol::create::a_value_in_use_is_a_conflict_that_names_the_attribute`
    pub(super) test: String,
}

/// All markers in the Rust files below a folder of the workspace, in the order of their paths; or every fault.
pub(super) fn scan(workspace: &Path, folder: &str) -> Result<Vec<Marked>, Vec<String>> {
    let (mut marked, mut faults) = (Vec::new(), Vec::new());
    for path in rust_files(&workspace.join(folder)).map_err(|error| vec![format!("{folder}: {error}")])? {
        let shown = path.strip_prefix(workspace).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        match fs::read_to_string(&path) {
            Ok(text) => match read(&shown, &text) {
                Ok(found) => marked.extend(found),
                Err(fault) => faults.push(fault),
            },
            Err(error) => faults.push(format!("{shown}: {error}")),
        }
    }
    if faults.is_empty() { Ok(marked) } else { Err(faults) }
}

fn rust_files(folder: &Path) -> std::io::Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            // Nobody's tests are below a folder of built things.
            if path.file_name().is_none_or(|name| name != "target") {
                files.extend(rust_files(&path)?);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(files)
}

/// The markers of one file. `path` is relative to the workspace.
fn read(path: &str, text: &str) -> Result<Vec<Marked>, String> {
    let mut marked = Vec::new();
    let mut waiting: Vec<(Family, u32)> = Vec::new();
    let mut is_test = path.contains("/tests/contract/");
    for (index, line) in text.lines().enumerate() {
        let fault = |what: &str| Err(format!("{path}:{}: {what}", index + 1));
        let line = line.trim();
        if let Some((family, numbers)) = marker(line) {
            for number in numbers.split(',') {
                match number.trim().parse() {
                    Ok(number) => waiting.push((family, number)),
                    Err(_) => return fault(&format!("`{}` is not a number of a requirement", number.trim())),
                }
            }
        } else if waiting.is_empty() || line.starts_with("//") {
            // Most lines; and what is said between a marker and its test.
        } else if let Some(attribute) = line.strip_prefix("#[") {
            is_test |= attribute.contains("test");
        } else if let Some(name) = function(line) {
            if !is_test {
                return fault(&format!("the marker above `{name}` stands above no test"));
            }
            let test = format!("{}::{name}", module(path));
            marked.extend(waiting.drain(..).map(|(family, number)| Marked {
                family,
                number,
                test: test.clone(),
            }));
            is_test = path.contains("/tests/contract/");
        } else {
            return fault("the marker above stands above no test");
        }
    }
    if waiting.is_empty() { Ok(marked) } else { Err(format!("{path}: the last marker stands above no test")) }
}

/// `// scim: 76, 81` is of the family `scim`.
fn marker(line: &str) -> Option<(Family, &str)> {
    let (name, numbers) = line.strip_prefix("// ")?.split_once(": ")?;
    // A sentence may begin so, too; a number does not.
    numbers.starts_with(|first: char| first.is_ascii_digit()).then_some((Family::parse(name)?, numbers))
}

/// The name of the function that begins on this line.
fn function(line: &str) -> Option<&str> {
    let before = line.split_once("fn ")?;
    let words = ["pub", "pub(crate)", "pub(super)", "async"];
    if !before.0.split_whitespace().all(|word| words.contains(&word)) {
        return None;
    }
    let end = before.1.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    Some(&before.1[..end])
}

/// The crate's folder and the modules of a file, without those that are only there to hold tests.
fn module(path: &str) -> String {
    let inside = path.strip_prefix("crates/").unwrap_or(path).trim_end_matches(".rs");
    let passed_over = ["src", "tests", "mod", "main", "lib"];
    inside.split('/').filter(|part| !passed_over.contains(part)).collect::<Vec<_>>().join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Result<Vec<String>, String> {
        let shown = |marked: Marked| format!("{} {} {}", marked.family, marked.number, marked.test);
        read(path, text).map(|all| all.into_iter().map(shown).collect())
    }

    #[test]
    fn a_test_has_the_numbers_above_it() {
        let text = "use x;\n\n// scim: 76, 81\n// dialect: 20\n// Okta needs this.\n#[test]\nfn it_works() {\n}\n\n\
            #[test]\nfn nobody_asked() {}\n\n    // scim: 7\n    #[test]\n    fn any_text(text in any::<String>()) {}\n";
        assert_eq!(
            found("crates/server/tests/protocol/create.rs", text).unwrap(),
            [
                "scim 76 server::protocol::create::it_works",
                "scim 81 server::protocol::create::it_works",
                "dialect 20 server::protocol::create::it_works",
                "scim 7 server::protocol::create::any_text",
            ]
        );
    }

    #[test]
    fn the_place_of_a_test_is_told_without_the_folders_that_hold_tests() {
        for (path, place) in [
            ("crates/scim/src/filter/tests/grammar.rs", "scim::filter::grammar"),
            ("crates/scim/src/filter/tests.rs", "scim::filter"),
            ("crates/scim/src/instant.rs", "scim::instant"),
            ("crates/domain/src/membership/mod.rs", "domain::membership"),
            ("crates/server/tests/lifecycle.rs", "server::lifecycle"),
            ("crates/server/tests/replay/main.rs", "server::replay"),
        ] {
            assert_eq!(module(path), place);
        }
    }

    #[test]
    fn a_case_of_the_storage_contract_is_a_test_without_saying_so() {
        let text = "// scim: 115\npub(crate) fn people_are_found(subject: &Subject) {}\n";
        assert_eq!(
            found("crates/storage/tests/contract/users.rs", text).unwrap(),
            ["scim 115 storage::contract::users::people_are_found"]
        );
        assert!(found("crates/storage/src/users.rs", text).is_err());
    }

    #[test]
    fn a_marker_that_marks_nothing_is_told_with_its_place() {
        for (text, fault) in [
            ("// scim: 1\nstruct X;\n", "a.rs:2: the marker above stands above no test"),
            ("// scim: 1\n\n#[test]\nfn x() {}\n", "a.rs:2: the marker above stands above no test"),
            ("// scim: 1\nfn helper() {}\n", "a.rs:2: the marker above `helper` stands above no test"),
            ("#[test]\nfn x() {}\n// scim: 1\n", "a.rs: the last marker stands above no test"),
            ("// scim: 1, two\n#[test]\nfn x() {}\n", "a.rs:1: `two` is not a number of a requirement"),
        ] {
            assert_eq!(found("a.rs", text).unwrap_err(), fault);
        }
    }

    #[test]
    fn a_comment_that_only_begins_like_a_marker_is_none() {
        assert_eq!(found("a.rs", "// scim: the crate\n// todo: 7\nfn x() {}\n").unwrap(), [""; 0]);
    }
}
