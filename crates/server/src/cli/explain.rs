//! `rolecall explain`: why a person has what they have, as a tree.

mod tree;

use rolecall_domain::{
    ports::{ReadCost, read_now},
    use_cases::{explain::explain, orgs, workspaces::WorkspaceRef},
};

use super::{CliError, output};
use crate::{
    config::Config,
    wiring::{self, Schema},
};

/// Whose access, and where.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Slug of the organisation
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Id or userName of the person
    #[arg(long, value_name = "PERSON")]
    user: String,
    /// Id or slug of a workspace; all that anything speaks for, if not given
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: Arguments, config: &Config) -> Result<(), CliError> {
    let Arguments { org, user, workspace, json } = arguments;
    let parts = wiring::open(config, Schema::AsItIs)?;
    let workspace = workspace.map(WorkspaceRef);
    let told = read_now(&*parts.store, ReadCost::Scan, move |tx| {
        let org = orgs::require(tx, &org)?;
        explain(tx, org.id, &user, workspace.as_ref()).map_err(CliError::from)
    })?;
    if json { output::print_json(&told) } else { Ok(output::print(&tree::of(&told))?) }
}
