//! `cargo xtask ci`: what must hold before a change lands. Stops at the first step that fails and names it.

use std::time::{Duration, Instant};

use crate::{
    codegen,
    command::{Failure, cargo, run as run_command},
    deps, test,
};

struct Step {
    name: &'static str,
    run: fn() -> Result<(), Failure>,
}

/// The quick ones first. Tests are last, so that their summary closes the output.
const STEPS: [Step; 6] = [
    Step { name: "fmt", run: || run_command(&mut cargo(["fmt", "--all", "--check"])) },
    Step { name: "deps", run: deps::run },
    Step { name: "codegen", run: || codegen::run(&codegen::Arguments { check: true }) },
    Step {
        name: "clippy",
        run: || run_command(&mut cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])),
    },
    Step {
        name: "doc",
        run: || {
            let mut doc = cargo(["doc", "--workspace", "--no-deps"]);
            run_command(doc.env("RUSTDOCFLAGS", "-D warnings"))
        },
    },
    Step { name: "test", run: || test::run(&test::Arguments::default()) },
];

/// Runs the steps.
pub(crate) fn run() -> Result<(), Failure> {
    let mut timings: Vec<String> = Vec::new();
    for (index, step) in STEPS.iter().enumerate() {
        let before =
            if timings.is_empty() { String::new() } else { format!(" (so far: {})", timings.join(", ")) };
        eprintln!("── step {} of {}: {}{before}", index + 1, STEPS.len(), step.name);
        let start = Instant::now();
        let outcome = (step.run)();
        let taken = rounded(start.elapsed());
        outcome
            .map_err(|failure| Failure(format!("step `{}` failed after {taken}: {failure}", step.name)))?;
        timings.push(format!("{} {taken}", step.name));
    }
    Ok(())
}

fn rounded(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
