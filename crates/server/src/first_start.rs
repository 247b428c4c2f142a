//! What the very first start makes, and what every start tells: addresses always, secrets once.

use std::{fmt::Write, sync::Arc};

use rolecall_api::scim::tenant_url;
use rolecall_domain::{
    ports::{ReadCost, read_now, write_now},
    records::Org,
    role::OrgRole,
    secret::{Secret, SecretKind},
    use_cases::{
        orgs::{self, DEFAULT_CONNECTION},
        secrets,
    },
};

use crate::{cli::CliError, config::Config, wiring::Parts};

/// What a start has to tell.
pub(crate) struct Welcome {
    /// The organisation whose Tenant URL is shown.
    org: Org,
    /// How many others there are.
    others: usize,
    /// Present on the very first start alone.
    secrets: Option<FirstSecrets>,
}

#[derive(Clone)]
struct FirstSecrets {
    token: Arc<Secret>,
    api_key: Arc<Secret>,
}

/// Makes the first organisation, with a token and an owner's key, when there is none at all. An operator who has
/// already made one by hand wants no other, so the question is for any organisation and not for this slug.
pub(crate) fn welcome(parts: &Parts, config: &Config) -> Result<Welcome, CliError> {
    let orgs = read_now(&*parts.store, ReadCost::Scan, |tx| tx.list_orgs().map_err(CliError::from))?;
    if let Some(welcome) = with_existing(orgs, &config.first_org) {
        return Ok(welcome);
    }
    let secrets = FirstSecrets {
        token: Arc::new(Secret::new(SecretKind::Scim, parts.entropy.bytes())),
        api_key: Arc::new(Secret::new(SecretKind::ApiKey, parts.entropy.bytes())),
    };
    let (operator, slug) = (parts.operator(), config.first_org.clone());
    write_now(&*parts.store, move |tx| {
        // Asked again inside: two servers may start on an empty database at the same time.
        if let Some(welcome) = with_existing(tx.list_orgs()?, &slug) {
            return Ok(welcome);
        }
        let now = operator.now();
        let org = orgs::create(tx, operator.ids(), &slug, None, now)?;
        let act = operator.act(org.id);
        secrets::create_token(tx, &act, DEFAULT_CONNECTION, FIRST, &secrets.token, None)?;
        secrets::create_api_key(tx, &act, FIRST, OrgRole::Owner, &secrets.api_key, None)?;
        Ok(Welcome { org, others: 0, secrets: Some(secrets.clone()) })
    })
}

/// What the first token and the first key are called in lists.
const FIRST: &str = "made at the first start";

fn with_existing(orgs: Vec<Org>, preferred: &str) -> Option<Welcome> {
    let others = orgs.len().checked_sub(1)?;
    let at = orgs.iter().position(|org| org.slug == preferred).unwrap_or(0);
    let org = orgs.into_iter().nth(at)?;
    Some(Welcome { org, others, secrets: None })
}

impl Welcome {
    /// Whether this is the one time.
    pub(crate) fn shows_secrets(&self) -> bool {
        self.secrets.is_some()
    }

    /// The text for standard output. Scripts read the lines that begin with `Console:`, `Tenant URL:`, `Secret Token:`
    /// and `API key:`; the value stands alone behind the blanks.
    pub(crate) fn render(&self, public_url: &str) -> String {
        let Self { org, others, secrets } = self;
        let slug = &org.slug;
        let mut text = String::new();
        if secrets.is_some() {
            let _ = write!(
                text,
                "First start: organisation `{slug}` was made.\n\
                 The Secret Token and the API key are shown this once; only their hashes are kept.\n\n"
            );
        }
        let _ = write!(
            text,
            "Console:      {public_url}/console/\n\
             Tenant URL:   {}\n",
            tenant_url(public_url, slug)
        );
        if let Some(secrets) = secrets {
            let _ = write!(
                text,
                "Secret Token: {}\n\
                 API key:      {}\n\n\
                 Paste the Tenant URL and the Secret Token into the identity provider. The API key opens {public_url}/v1.\n",
                secrets.token.reveal(),
                secrets.api_key.reveal(),
            );
        }
        if *others > 0 {
            let _ = writeln!(text, "({others} more: `rolecall org list`)");
        }
        text
    }
}
