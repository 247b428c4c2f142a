//! `cargo xtask deps`: which crate may name which, so that the picture in `docs/src/architecture.md` stays true.
//!
//! Read from `cargo metadata`. Dependencies of tests are free: they ship nothing.

use serde::Deserialize;

use crate::command::{Failure, cargo, read};

/// What one crate may name, and why no more.
struct Arrows {
    from: &'static str,
    /// Crates of this workspace.
    ours: &'static [&'static str],
    others: Others,
    why: &'static str,
}

/// Crates of other people. A name that ends in `*` stands for all that start so.
enum Others {
    /// These and no more.
    Only(&'static [&'static str]),
    /// All but these.
    AllBut(&'static [&'static str]),
}

const ARROWS: [Arrows; 10] = [
    Arrows {
        from: "rolecall-scim",
        ours: &[],
        others: Others::Only(&["serde", "serde_json", "thiserror", "time"]),
        why: "the protocol is plain values that another program could use alone: no I/O, clock, randomness or logging",
    },
    Arrows {
        from: "rolecall-domain",
        ours: &["rolecall-scim"],
        others: Others::Only(&[
            "serde",
            "serde_json",
            "thiserror",
            "time",
            "uuid",
            "sha2",
            "subtle",
            "argon2",
            "regex",
            "mockall (optional)",
        ]),
        why: "rules and use cases reach the outside through ports alone",
    },
    Arrows {
        from: "rolecall-storage",
        ours: &["rolecall-domain", "rolecall-scim"],
        others: Others::AllBut(&["actix*", "hyper*", "reqwest", "ureq", "rand*", "getrandom"]),
        why: "storage answers the domain's questions with SQL and does not know who asks",
    },
    Arrows {
        from: "rolecall-api",
        ours: &["rolecall-domain", "rolecall-scim"],
        others: Others::AllBut(&[
            "diesel*",
            "libsqlite3-sys",
            "rusqlite",
            "pq-sys",
            "r2d2*",
            "sqlx*",
            "rand*",
            "getrandom",
        ]),
        why: "api translates HTTP and reaches the database through the domain's ports",
    },
    Arrows {
        from: "rolecall-console",
        ours: &["rolecall-api", "rolecall-domain", "rolecall-scim"],
        others: Others::AllBut(&[
            "diesel*",
            "libsqlite3-sys",
            "rusqlite",
            "pq-sys",
            "r2d2*",
            "sqlx*",
            "rand*",
            "getrandom",
        ]),
        why: "the console renders what use cases answer and reaches the database through the domain's ports",
    },
    Arrows {
        from: "rolecall",
        ours: &[
            "rolecall-api",
            "rolecall-console",
            "rolecall-domain",
            "rolecall-scim",
            "rolecall-simulate",
            "rolecall-storage",
        ],
        others: Others::AllBut(&["diesel*", "libsqlite3-sys", "rusqlite", "pq-sys", "r2d2*", "sqlx*"]),
        why: "server wires the layers together and leaves SQL to storage",
    },
    Arrows {
        from: "rolecall-simulate",
        ours: &["rolecall-scim"],
        others: Others::AllBut(&["actix*", "diesel*"]),
        why: "the simulated identity provider knows a server by its address alone",
    },
    Arrows {
        from: "xtask",
        ours: &[],
        others: Others::AllBut(&["actix*", "diesel*", "tokio"]),
        why: "chores start quickly and use the product from outside",
    },
    Arrows {
        from: "rolecall-browser",
        ours: &["rolecall-console"],
        others: Others::AllBut(&["actix*", "diesel*"]),
        why: "the browser meets the product as people do; the console only tells it which pages there are",
    },
    Arrows {
        from: "rolecall-bench",
        ours: &[],
        others: Others::AllBut(&[]),
        why: "the floor must not run the code that it is compared with",
    },
];

/// What shared test helpers are called; a crate that ships with them would ship mocks.
const TEST_FEATURE: &str = "testing";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// Absent for what is compiled in, else `build` or `dev`.
    kind: Option<String>,
    optional: bool,
    features: Vec<String>,
}

/// Checks all arrows, and draws them.
pub(crate) fn run() -> Result<(), Failure> {
    let metadata = read(&mut cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Metadata = serde_json::from_slice(&metadata)
        .map_err(|error| Failure(format!("cargo metadata is not as expected: {error}")))?;
    let wrong = wrong_arrows(&metadata);
    if !wrong.is_empty() {
        return Err(Failure(wrong.join("\n       ")));
    }
    for package in &metadata.packages {
        let ours: Vec<&str> =
            shipped(package).map(|to| to.name.as_str()).filter(|name| is_ours(&metadata, name)).collect();
        let ours = if ours.is_empty() { "no other crate of ours".to_owned() } else { ours.join(", ") };
        println!("{:16} → {ours}", package.name);
    }
    Ok(())
}

/// One sentence for each arrow that may not be.
fn wrong_arrows(metadata: &Metadata) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let from = &package.name;
        let Some(arrows) = ARROWS.iter().find(|arrows| arrows.from == *from) else {
            wrong.push(format!("{from} has no line in the table of arrows: say in xtask/src/deps.rs what it may name, and why"));
            continue;
        };
        for dependency in shipped(package) {
            let to = &dependency.name;
            let allowed = if is_ours(metadata, to) {
                arrows.ours.contains(&to.as_str())
            } else {
                arrows.others.allow(dependency)
            };
            if !allowed {
                wrong.push(format!(
                    "{from} may not name {to}: {}; it may name {}",
                    arrows.why,
                    arrows.allowed()
                ));
            }
            if is_ours(metadata, to) && dependency.features.iter().any(|feature| feature == TEST_FEATURE) {
                wrong.push(format!(
                    "{from} ships with the feature `{TEST_FEATURE}` of {to}: that is for tests; name it under [dev-dependencies]"
                ));
            }
        }
    }
    wrong
}

fn shipped(package: &Package) -> impl Iterator<Item = &Dependency> {
    package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"))
}

fn is_ours(metadata: &Metadata, name: &str) -> bool {
    metadata.packages.iter().any(|package| package.name == name)
}

impl Arrows {
    fn allowed(&self) -> String {
        let ours = if self.ours.is_empty() { "no crate of ours".to_owned() } else { self.ours.join(", ") };
        match &self.others {
            Others::Only(others) => format!("{ours}, and {}", others.join(", ")),
            Others::AllBut([]) => format!("{ours}, and everything else"),
            Others::AllBut(others) => format!("{ours}, and everything else but {}", others.join(", ")),
        }
    }
}

impl Others {
    fn allow(&self, dependency: &Dependency) -> bool {
        match self {
            Self::Only(names) => names.iter().any(|name| match name.strip_suffix(" (optional)") {
                Some(name) => dependency.optional && dependency.name == name,
                None => dependency.name == *name,
            }),
            Self::AllBut(names) => !names.iter().any(|name| match name.strip_suffix('*') {
                Some(start) => dependency.name.starts_with(start),
                None => dependency.name == *name,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The workspace as it should be, with further dependencies of one crate.
    fn wrong_when(from: &str, further: &[Value]) -> Vec<String> {
        let normal = |name: &str| json!({"name": name, "kind": null, "optional": false, "features": []});
        let packages: Vec<Value> = ARROWS
            .iter()
            .map(|arrows| {
                let mut dependencies: Vec<Value> = arrows.ours.iter().map(|name| normal(name)).collect();
                dependencies.push(normal("serde"));
                if arrows.from == from {
                    dependencies.extend_from_slice(further);
                }
                json!({"name": arrows.from, "dependencies": dependencies})
            })
            .collect();
        wrong_arrows(&serde_json::from_value(json!({ "packages": packages })).unwrap())
    }

    fn dependency(name: &str) -> Value {
        json!({"name": name, "kind": null, "optional": false, "features": []})
    }

    #[test]
    fn the_arrows_of_the_picture_are_allowed() {
        assert_eq!(wrong_when("", &[]), Vec::<String>::new());
        let mockall = json!({"name": "mockall", "kind": null, "optional": true, "features": []});
        assert_eq!(wrong_when("rolecall-domain", &[mockall]), Vec::<String>::new());
    }

    #[test]
    fn an_arrow_drawn_the_wrong_way_fails_and_says_which_rule() {
        for (from, to) in [
            ("rolecall-scim", "rolecall-domain"),
            ("rolecall-scim", "tokio"),
            ("rolecall-scim", "getrandom"),
            ("rolecall-scim", "tracing"),
            ("rolecall-domain", "rolecall-storage"),
            ("rolecall-domain", "diesel"),
            ("rolecall-domain", "mockall"),
            ("rolecall-storage", "rolecall-api"),
            ("rolecall-storage", "actix-web"),
            ("rolecall-api", "rolecall-storage"),
            ("rolecall-api", "diesel_migrations"),
            ("rolecall-api", "rolecall"),
            ("rolecall-api", "rolecall-console"),
            ("rolecall-console", "rolecall-storage"),
            ("rolecall-console", "diesel"),
            ("rolecall", "diesel"),
            ("xtask", "rolecall-domain"),
            ("rolecall-bench", "rolecall-storage"),
        ] {
            let wrong = wrong_when(from, &[dependency(to)]);
            assert_eq!(wrong.len(), 1, "{from} → {to}: {wrong:?}");
            let rule = ARROWS.iter().find(|arrows| arrows.from == from).unwrap();
            assert!(wrong[0].starts_with(&format!("{from} may not name {to}: {}", rule.why)), "{}", wrong[0]);
        }
    }

    #[test]
    fn build_scripts_count_and_tests_are_free() {
        let as_kind =
            |kind: &str| json!({"name": "rolecall-storage", "kind": kind, "optional": false, "features": []});
        assert_eq!(wrong_when("rolecall-api", &[as_kind("build")]).len(), 1);
        assert_eq!(wrong_when("rolecall-api", &[as_kind("dev")]).len(), 0);
    }

    #[test]
    fn test_helpers_do_not_ship() {
        let testing = |kind: Value| json!({"name": "rolecall-domain", "kind": kind, "optional": false, "features": ["testing"]});
        let wrong = wrong_when("rolecall-api", &[testing(Value::Null)]);
        assert!(wrong[0].contains("[dev-dependencies]"), "{wrong:?}");
        assert_eq!(wrong_when("rolecall-api", &[testing(json!("dev"))]).len(), 0);
    }

    #[test]
    fn a_new_crate_needs_a_line_in_the_table() {
        let metadata =
            serde_json::from_value(json!({"packages": [{"name": "rolecall-new", "dependencies": []}]}));
        let wrong = wrong_arrows(&metadata.unwrap());
        assert!(wrong[0].starts_with("rolecall-new has no line in the table"), "{wrong:?}");
    }
}
