//! Results on standard output: lines, tables for people, JSON for programs. Remarks on standard error.

use std::io::{self, Write};

use serde::Serialize;

use super::CliError;

/// Writes a text as it is. Unlike `print!`, it does not panic when the reader has gone.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes a secret alone on its line; `what` names it should that fail.
pub(crate) fn print_secret(secret: &str, what: impl FnOnce() -> String) -> Result<(), CliError> {
    print(&format!("{secret}\n")).map_err(|error| CliError::SecretLost { what: what(), error })
}

/// Tells the operator something on standard error that is no result. Nothing is lost when nobody can read it.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Writes a list as a JSON array.
pub(crate) fn print_json<T: Serialize + ?Sized>(value: &T) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
    Ok(print(&format!("{text}\n"))?)
}

/// Writes rows under headings, each column as wide as its widest cell.
pub(crate) fn print_table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Result<(), CliError> {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |cells: &[String; N]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    let text: String = std::iter::once(&headings.map(str::to_owned)).chain(rows).map(line).collect();
    Ok(print(&text)?)
}
