//! The console in a real Chromium, driven by WebDriver. `cargo xtask test --browser` builds the product, fetches axe-core, and runs
//! `tests/console` with what it needs in these variables.

/// The product's binary.
pub const BINARY: &str = "CONSOLE_TEST_BINARY";
/// axe-core's script, which looks for what keeps people out (WCAG).
pub const AXE: &str = "CONSOLE_TEST_AXE";
/// A folder into which every page's picture goes; none are taken without it.
pub const SHOTS: &str = "CONSOLE_TEST_SHOTS";
