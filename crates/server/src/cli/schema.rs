//! `rolecall schema`: attributes of an organisation's own.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use rolecall_domain::{
    ports::{ReadCost, read_now},
    records::SchemaExtension,
    use_cases::{
        orgs,
        schemas::{self, NewSchema},
    },
};
use serde::Serialize;
use serde_json::Value;

use super::{CliError, change::Asked, output};
use crate::{config::Config, wiring};

/// Commands on extension schemas.
#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Add a schema: its attributes are stored, filtered by and shown from the next request on
    Add {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// A JSON file: a schema as in RFC 7643 §7, with "resourceType": "User" or "Group" and, if need be, "required";
        /// `-` is standard input
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        asked: Asked,
    },
    /// List the schemas that an organisation has added, oldest first
    List {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// Print a JSON array, with all attributes
        #[arg(long)]
        json: bool,
    },
    /// Remove a schema: its values are shown no more
    Remove {
        /// Slug of the organisation
        #[arg(long, value_name = "SLUG")]
        org: String,
        /// URN of the schema, as listed
        urn: String,
        #[command(flatten)]
        asked: Asked,
    },
}

pub(super) fn run(command: Command, config: &Config) -> Result<(), CliError> {
    match command {
        Command::Add { org, file, asked } => add(org, &file, asked, config),
        Command::List { org, json } => list(org, json, config),
        Command::Remove { org, urn, asked } => remove(org, urn, asked, config),
    }
}

fn add(org: String, file: &Path, asked: Asked, config: &Config) -> Result<(), CliError> {
    let wanted = NewSchema::parse(read(file)?)?;
    let parts = wiring::open(config, wiring::Schema::AsItIs)?;
    let done = asked
        .run(&parts, org, move |tx, act| schemas::add(tx, act, wanted.clone()).map_err(CliError::from))?;
    match done {
        Some(added) => Ok(output::print(&format!("{}\n", added.schema.id))?),
        None => Ok(()),
    }
}

fn list(org: String, json: bool, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, wiring::Schema::AsItIs)?;
    let all = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        tx.list_schemas(org.id).map_err(CliError::from)
    })?;
    if json {
        return output::print_json(&all.into_iter().map(Shown::from).collect::<Vec<_>>());
    }
    let rows: Vec<_> = all
        .into_iter()
        .map(|one| {
            let required = if one.required { "yes" } else { "no" };
            let attributes = one.schema.attributes.len().to_string();
            let added = one.created_at.to_string();
            [one.schema.id, one.kind.name().to_owned(), required.to_owned(), attributes, added]
        })
        .collect();
    output::print_table(["URN", "RESOURCE TYPE", "REQUIRED", "ATTRIBUTES", "ADDED"], &rows)
}

fn remove(org: String, urn: String, asked: Asked, config: &Config) -> Result<(), CliError> {
    let parts = wiring::open(config, wiring::Schema::AsItIs)?;
    asked.run(&parts, org, move |tx, act| schemas::remove(tx, act, &urn).map_err(CliError::from)).map(drop)
}

fn read(file: &Path) -> Result<Value, CliError> {
    let unreadable = |error: std::io::Error| CliError::Read { file: file.display().to_string(), error };
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(unreadable)?;
        text
    } else {
        std::fs::read_to_string(file).map_err(unreadable)?
    };
    serde_json::from_str(&text)
        .map_err(|error| CliError::NotJson { file: file.display().to_string(), error: error.to_string() })
}

/// A schema as the admin API shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    resource_type: &'static str,
    required: bool,
    #[serde(rename = "created_at")]
    created_at: String,
    #[serde(flatten)]
    schema: rolecall_scim::schema::Schema,
}

impl From<SchemaExtension> for Shown {
    fn from(extension: SchemaExtension) -> Self {
        Self {
            resource_type: extension.kind.name(),
            required: extension.required,
            created_at: extension.created_at.to_string(),
            schema: extension.schema,
        }
    }
}
