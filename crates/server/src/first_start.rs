//! What the very first start makes, and what every start tells: addresses always, secrets once.

use std::{fmt::Write, sync::Arc};

use rolecall_api::scim::tenant_url;
use rolecall_domain::{
    ports::{ReadCost, ReadTx, read_now, write_now},
    records::Org,
    role::OrgRole,
    secret::{Secret, SecretKind},
    token_scope::TokenScopes,
    use_cases::{
        administrators::{self, LINK_DAYS},
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
    /// Whether anybody can sign in to the organisation's console, or has a link to.
    administered: bool,
}

#[derive(Clone)]
struct FirstSecrets {
    token: Arc<Secret>,
    api_key: Arc<Secret>,
    set_up: Arc<Secret>,
}

/// Makes the first organisation, with a token and an owner's key, when there is none at all. An operator who has
/// already made one by hand wants no other, so the question is for any organisation and not for this slug.
pub(crate) fn welcome(parts: &Parts, config: &Config) -> Result<Welcome, CliError> {
    let slug = config.first_org.clone();
    let existing = read_now(&*parts.store, ReadCost::Scan, move |tx| with_existing(tx, &slug))?;
    if let Some(welcome) = existing {
        return Ok(welcome);
    }
    let secrets = FirstSecrets {
        token: Arc::new(Secret::new(SecretKind::Scim, parts.entropy.bytes())),
        api_key: Arc::new(Secret::new(SecretKind::ApiKey, parts.entropy.bytes())),
        set_up: Arc::new(Secret::new(SecretKind::SetUpLink, parts.entropy.bytes())),
    };
    let (operator, slug) = (parts.operator(), config.first_org.clone());
    write_now(&*parts.store, move |tx| {
        // Asked again inside: two servers may start on an empty database at the same time.
        if let Some(welcome) = with_existing(tx, &slug)? {
            return Ok(welcome);
        }
        let now = operator.now();
        let org = orgs::create(tx, operator.ids(), &slug, None, now)?;
        let act = operator.act(org.id);
        secrets::create_token(tx, &act, DEFAULT_CONNECTION, FIRST, TokenScopes::ALL, &secrets.token, None)?;
        secrets::create_api_key(tx, &act, FIRST, OrgRole::Owner, &secrets.api_key, None)?;
        administrators::invite_first_owner(tx, &act, &secrets.set_up)?;
        Ok(Welcome { org, others: 0, secrets: Some(secrets.clone()), administered: true })
    })
}

/// What the first token and the first key are called in lists.
const FIRST: &str = "made at the first start";

fn with_existing(tx: &mut (impl ReadTx + ?Sized), preferred: &str) -> Result<Option<Welcome>, CliError> {
    let mut orgs = tx.list_orgs()?;
    if orgs.is_empty() {
        return Ok(None);
    }
    let at = orgs.iter().position(|org| org.slug == preferred).unwrap_or(0);
    let org = orgs.swap_remove(at);
    let administered = !tx.list_administrators(org.id)?.is_empty();
    Ok(Some(Welcome { org, others: orgs.len(), secrets: None, administered }))
}

impl Welcome {
    /// Whether this is the one time.
    pub(crate) fn shows_secrets(&self) -> bool {
        self.secrets.is_some()
    }

    /// The text for standard output. Scripts read the lines that begin with `Console:`, `First sign-in:`, `Tenant URL:`,
    /// `Secret Token:` and `API key:`; the value stands alone behind the blanks.
    pub(crate) fn render(&self, public_url: &str) -> String {
        let Self { org, others, secrets, administered } = self;
        let slug = &org.slug;
        let mut text = String::new();
        if secrets.is_some() {
            let _ = write!(
                text,
                "First start: organisation `{slug}` was made.\n\
                 The link, the Secret Token and the API key are shown this once; only their hashes are kept.\n\n"
            );
        }
        let _ = writeln!(text, "Console:       {public_url}/console/");
        if let Some(secrets) = secrets {
            let _ = writeln!(text, "First sign-in: {}", set_up_url(public_url, slug, &secrets.set_up));
        }
        let _ = writeln!(text, "Tenant URL:    {}", tenant_url(public_url, slug));
        if let Some(secrets) = secrets {
            let _ = write!(
                text,
                "Secret Token:  {}\n\
                 API key:       {}\n\n\
                 Open the first sign-in in a browser and choose a password; the link works once, for {LINK_DAYS} days.\n\
                 Paste the Tenant URL and the Secret Token into the identity provider. The API key opens {public_url}/v1.\n",
                secrets.token.reveal(),
                secrets.api_key.reveal(),
            );
        }
        if !administered {
            let _ = writeln!(
                text,
                "Nobody can sign in to the console yet: `rolecall admin create --org {slug} --email YOURS` makes a link."
            );
        }
        if *others > 0 {
            let _ = writeln!(text, "({others} more: `rolecall org list`)");
        }
        text
    }
}

/// The address at which the holder of a link chooses a password.
pub(crate) fn set_up_url(public_url: &str, org_slug: &str, secret: &Secret) -> String {
    format!("{public_url}/console/set-up?org={org_slug}&link={}", secret.reveal())
}
