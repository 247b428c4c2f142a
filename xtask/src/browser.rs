//! `cargo xtask test --browser`: the console in a real Chromium.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use crate::command::{Failure, cargo, run, succeeds, workspace};

/// The version of axe-core whose rules hold.
const AXE: &str = "axe-core@4.10.3";

/// Runs them. `shots` is a folder for pictures, `runner` what else the runner is given.
pub(crate) fn test(shots: Option<&Path>, runner: &[String]) -> Result<(), Failure> {
    for program in ["chromedriver", "npm"] {
        if !succeeds(Command::new(program).arg("--version")) {
            return Err(Failure(format!(
                "{program} is missing: `apt-get install chromium chromium-driver npm`, or another way to Chromium, ChromeDriver and npm"
            )));
        }
    }
    run(&mut cargo(["build", "--package", "rolecall"]))?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from);
    let axe = axe(&target.join("browser"))?;
    let mut tests =
        cargo(["test", "--package", "rolecall-browser", "--features", "browser", "--test", "console"]);
    tests.env("CONSOLE_TEST_BINARY", target.join("debug/rolecall")).env("CONSOLE_TEST_AXE", axe);
    if let Some(folder) = shots {
        let folder =
            std::path::absolute(folder).map_err(|error| Failure(format!("{}: {error}", folder.display())))?;
        tests.env("CONSOLE_TEST_SHOTS", folder);
    }
    // A browser each: two at a time are enough for any machine.
    run(tests.args(["--", "--test-threads", "2"]).args(runner))
}

/// axe-core's script. It is fetched and not kept here, since its licence is another one (MPL-2.0).
fn axe(folder: &Path) -> Result<PathBuf, Failure> {
    let script = folder.join("node_modules/axe-core/axe.min.js");
    if !script.is_file() {
        let arguments = ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"];
        run(Command::new("npm").args(arguments).arg(folder).arg(AXE))?;
    }
    Ok(script)
}
