//! `rolecall config`: what is in force, and where each value came from.

use serde_json::{Map, Value, json};

use super::{CliError, output};
use crate::config::{Config, Entry};

/// Arguments of `config`.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Print JSON: each setting with its value and where it came from
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, config: &Config) -> Result<(), CliError> {
    let entries = config.entries();
    if arguments.json {
        let settings = entries
            .into_iter()
            .map(|entry| (entry.key.to_owned(), json!({ "value": entry.value, "from": entry.from })));
        return output::print_json(&settings.collect::<Map<String, Value>>());
    }
    Ok(output::print(&toml(&entries))?)
}

/// A file that could be used as it is, but for masked secrets.
fn toml(entries: &[Entry]) -> String {
    let mut text = String::new();
    let mut table = "";
    for entry in entries {
        let (of, name) = entry.key.rsplit_once('.').unwrap_or(("", entry.key));
        if of != table {
            text.push_str(&format!("\n[{of}]\n"));
            table = of;
        }
        // JSON's strings and numbers are TOML's, too.
        let setting = format!("{name} = {}", entry.value);
        text.push_str(&format!("{setting:<48} # {}\n", entry.from));
    }
    text
}
