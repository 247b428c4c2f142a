//! Why a command did not do what was asked: one sentence for the operator, and the exit code.

use std::{io, process::ExitCode};

use rolecall_domain::{
    password::PasswordError,
    ports::StoreError,
    use_cases::{
        administrators::AdministratorError, connect_links::ConnectLinkError, connections::ConnectionError,
        explain::ExplainError, history::HistoryError, holds::HoldError, matches::MatchError, orgs::OrgError,
        schemas::ExtensionError, secrets::SecretError, undo::UndoError, workspaces::WorkspaceError,
    },
};

use rolecall_storage::{CopyError, MigrateError, OpenError};

use crate::config::Faults;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// The configuration is wrong.
    #[error(transparent)]
    Configuration(#[from] Faults),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The migrations failed.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// Nothing was copied from one database to another.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// A check found differences, and has told them.
    #[error("{0}; `rolecall db check --repair` mends them")]
    Differs(String),
    /// The database is of an older version.
    #[error(
        "the database lacks {pending} migration{} of this version; run `rolecall migrate`, or start the server of this \
         version, which does it",
        if *.pending == 1 { "" } else { "s" }
    )]
    NotMigrated {
        /// How many are missing.
        pending: usize,
    },
    /// Something about an organisation.
    #[error(transparent)]
    Org(#[from] OrgError),
    /// Something about a token or key.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Something about a workspace, or a role given by hand there.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// Something about a setup link.
    #[error(transparent)]
    SetupLink(#[from] ConnectLinkError),
    /// Something about an administrator.
    #[error(transparent)]
    Administrator(#[from] AdministratorError),
    /// A password that is refused.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Something about a connection.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// Nobody to explain, or nowhere.
    #[error(transparent)]
    Explain(#[from] ExplainError),
    /// Something about a hold.
    #[error(transparent)]
    Hold(#[from] HoldError),
    /// Something about two people who may be one.
    #[error(transparent)]
    Match(#[from] MatchError),
    /// Something about an extension schema.
    #[error(transparent)]
    Extension(#[from] ExtensionError),
    /// Something about an undo.
    #[error(transparent)]
    Undo(#[from] UndoError),
    /// Something about the history.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// Nobody of a file was brought in.
    #[error(transparent)]
    Import(#[from] rolecall_api::import::ImportFailure),
    /// A change would no longer do what was planned.
    #[error("{0}")]
    Moved(String),
    /// A file cannot be read.
    #[error("cannot read {file}: {error}")]
    Read {
        /// As given.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// A file is no JSON.
    #[error("{file} is not JSON: {error}")]
    NotJson {
        /// As given.
        file: String,
        /// Where and why.
        error: String,
    },
    /// A file is not as it must be.
    #[error("{file} cannot be used: {error}")]
    BadFile {
        /// As given.
        file: String,
        /// Where and why.
        error: String,
    },
    /// A step of a mapping file cannot be taken.
    #[error("{0}; nothing was changed")]
    Step(rolecall_domain::use_cases::mapping_file::StepError),
    /// The database is there and could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address to listen on is taken, or none of this machine.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// As configured.
        address: String,
        /// What is wrong and what would work.
        reason: String,
    },
    /// The server ended by itself.
    #[error("the server ended: {0}")]
    Server(io::Error),
    /// A second signal came while requests were in flight.
    #[error("stopped at once by a second signal; requests in flight were cut off")]
    StoppedByForce,
    /// A file of the man pages cannot be written.
    #[error("cannot write to {folder}: {error}")]
    Write {
        /// Where.
        folder: String,
        /// Why.
        error: io::Error,
    },
    /// The simulated identity provider could not do its work.
    #[error(transparent)]
    Simulate(#[from] rolecall_simulate::SimulateError),
    /// The simulated identity provider needs a secret, and there is no terminal to ask at.
    #[error("the Secret Token cannot be asked for here ({0}); give it as ROLECALL_SCIM_TOKEN")]
    NoSecretGiven(io::Error),
    /// It did, and the server holds something else.
    #[error("the server does not hold what was pushed; the differences are listed above")]
    NotInStep,
    /// Standard output is closed or full.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
    /// A secret was made and could not be shown.
    #[error(
        "the secret of {what} could not be written to standard output ({error}) and is lost: revoke it and make another"
    )]
    SecretLost {
        /// `token 0198…`
        what: String,
        /// Why.
        error: io::Error,
    },
    /// The first start made secrets that could not be shown.
    #[error(
        "the first Secret Token and API key could not be written to standard output ({error}) and are lost: make others \
         with `rolecall token create` and `rolecall api-key create`, and start again"
    )]
    FirstSecretsLost {
        /// Why.
        error: io::Error,
    },
    /// `doctor` found something wrong, and has said so.
    #[error("doctor found something wrong")]
    Unhealthy,
}

impl CliError {
    /// What to tell, unless everything is said.
    pub(crate) fn message(&self) -> Option<String> {
        match self {
            Self::Unhealthy => None,
            // `rolecall org list | head -1`: the reader has seen enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => None,
            other => Some(other.to_string()),
        }
    }

    /// 2 when what was typed or configured can never work, 1 for all else.
    pub(crate) fn exit_code(&self) -> ExitCode {
        let wrong_as_typed = matches!(
            self,
            Self::Configuration(_)
                | Self::Open(
                    OpenError::UnknownScheme { .. } | OpenError::NoTls { .. } | OpenError::NoFile { .. }
                )
                | Self::Copy(CopyError::SameDatabase)
                | Self::Org(OrgError::BadSlug { .. } | OrgError::BadName)
                | Self::Password(_)
                | Self::Administrator(AdministratorError::BadEmail { .. })
                | Self::SetupLink(ConnectLinkError::BadName | ConnectLinkError::BadExpiry { .. })
                | Self::Secret(SecretError::BadName | SecretError::BadRole)
        );
        ExitCode::from(if wrong_as_typed { 2 } else { 1 })
    }
}
