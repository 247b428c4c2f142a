//! How exchanges become entries of the provisioning log, and how they are found again.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use rolecall_scim::index::fold;
use uuid::Uuid;

use crate::{
    ids::{ChangeId, OrgId, TokenId, UserId},
    ports::{ReadTx, RequestFilter, StoreResult, TokenKey},
    records::Token,
    request_log::{Asker, Exchange, LoggedBodies, LoggedRequest, Presented, RefusedToken, StatusWanted},
    secret::SecretHash,
    time::Timestamp,
};

/// Looking for the maker of a token asks every organisation; a flood of made-up ones must not.
const MOST_LOOKED_FOR: usize = 20;

/// An entry, and to whose log it belongs.
pub type Entry = (OrgId, LoggedRequest, LoggedBodies);

/// Takes the secrets out. It needs no transaction, and is the costly part.
pub fn redact<B: AsRef<[u8]>>(exchanges: Vec<Exchange<B>>) -> Vec<(Asker, LoggedRequest, LoggedBodies)> {
    let recorded = exchanges.into_iter().map(|exchange| {
        let (request, bodies) = exchange.record();
        (exchange.asker, request, bodies)
    });
    recorded.collect()
}

/// Finds out who strangers were and what the resources are called. Strangers at the address of an organisation that is
/// not there are left out: there is nobody to show them to.
pub fn complete(
    tx: &mut (impl ReadTx + ?Sized),
    recorded: Vec<(Asker, LoggedRequest, LoggedBodies)>,
) -> StoreResult<Vec<Entry>> {
    let mut strangers = Strangers::default();
    let mut entries = Vec::with_capacity(recorded.len());
    for (asker, mut request, bodies) in recorded {
        let org = match asker {
            Asker::Known { org, .. } => org,
            Asker::Stranger { slug, presented } => {
                let Some(org) = strangers.find_org(tx, &slug)? else { continue };
                strangers.explain(tx, &slug, &presented, &mut request)?;
                org
            }
        };
        entries.push((org, request, bodies));
    }
    name_resources(tx, &mut entries)?;
    Ok(entries)
}

#[derive(Default)]
struct Strangers {
    orgs: HashMap<String, Option<OrgId>>,
    tokens: HashMap<[u8; 32], bool>,
}

impl Strangers {
    fn find_org(&mut self, tx: &mut (impl ReadTx + ?Sized), slug: &str) -> StoreResult<Option<OrgId>> {
        if let Some(known) = self.orgs.get(slug) {
            return Ok(*known);
        }
        let found = tx.find_org(slug)?.map(|org| org.id);
        self.orgs.insert(slug.to_owned(), found);
        Ok(found)
    }

    fn explain(
        &mut self,
        tx: &mut (impl ReadTx + ?Sized),
        slug: &str,
        presented: &Presented,
        request: &mut LoggedRequest,
    ) -> StoreResult<()> {
        let reason = match presented {
            Presented::Unfit(reason) => *reason,
            Presented::ExpiredAccessToken(id) => {
                Self::name(tx, slug, &TokenKey::Id(*id), request)?;
                RefusedToken::AccessTokenExpired
            }
            // A live one was made in between.
            Presented::Token(key) => self.why(tx, slug, key, RefusedToken::Unknown, request)?,
            Presented::ClientSecret(key) => self.why(tx, slug, key, RefusedToken::ClientId, request)?,
        };
        // Only 401 says that it was for the token; at a wrong address, for example, nobody asks for one.
        request.refused = (request.status == 401).then_some(reason);
        Ok(())
    }

    /// Why that token does not open this organisation; `alive` when it does.
    fn why(
        &mut self,
        tx: &mut (impl ReadTx + ?Sized),
        slug: &str,
        key: &TokenKey,
        alive: RefusedToken,
        request: &mut LoggedRequest,
    ) -> StoreResult<RefusedToken> {
        Ok(match (Self::name(tx, slug, key, request)?, key) {
            (Some(token), _) => why_dead(&token, request.at).unwrap_or(alive),
            (None, TokenKey::Hash(hash)) if self.exists(tx, hash)? => RefusedToken::OtherOrganisation,
            (None, _) => RefusedToken::Unknown,
        })
    }

    /// The token of this organisation, which the log names.
    fn name(
        tx: &mut (impl ReadTx + ?Sized),
        slug: &str,
        key: &TokenKey,
        request: &mut LoggedRequest,
    ) -> StoreResult<Option<Token>> {
        let found = tx.find_token(slug, key)?.map(|(_, token, _)| token);
        if let Some(token) = &found {
            (request.connection, request.token) = (Some(token.connection), Some(token.id));
        }
        Ok(found)
    }

    fn exists(&mut self, tx: &mut (impl ReadTx + ?Sized), hash: &SecretHash) -> StoreResult<bool> {
        match self.tokens.get(&hash.0) {
            Some(known) => Ok(*known),
            None if self.tokens.len() >= MOST_LOOKED_FOR => Ok(false),
            None => {
                let found = tx.token_exists(hash)?;
                self.tokens.insert(hash.0, found);
                Ok(found)
            }
        }
    }
}

fn why_dead(token: &Token, at: Timestamp) -> Option<RefusedToken> {
    match token.revoked_at {
        Some(_) => Some(RefusedToken::Revoked),
        None => token.expires_at.is_some_and(|until| until <= at).then_some(RefusedToken::Expired),
    }
}

/// What a request does not name is called what the directory calls it; what is gone, by the event of its going.
fn name_resources(tx: &mut (impl ReadTx + ?Sized), entries: &mut [Entry]) -> StoreResult<()> {
    let mut wanted: HashMap<OrgId, Vec<Uuid>> = HashMap::new();
    for (org, request, _) in entries.iter() {
        if let (None, Some(id)) = (&request.name, request.resource) {
            wanted.entry(*org).or_default().push(id);
        }
    }
    let mut names: HashMap<(OrgId, Uuid), String> = HashMap::new();
    for (org, ids) in &mut wanted {
        ids.sort_unstable();
        ids.dedup();
        names.extend(tx.resource_names(*org, ids)?.into_iter().map(|(id, name)| ((*org, id), name)));
    }
    for (org, request, _) in entries.iter_mut().filter(|(_, request, _)| request.name.is_none()) {
        let Some(id) = request.resource else { continue };
        request.name = names.get(&(*org, id)).cloned();
        if request.name.is_none() && request.method == "DELETE" && !request.failed() {
            let events = tx.events_of(*org, request.id, 100)?;
            request.name = events
                .into_iter()
                .find(|event| ["user.deleted", "group.deleted"].contains(&event.kind.as_str()))
                .and_then(|event| event.subject);
        }
    }
    Ok(())
}

/// What an administrator asks the log. All that is given must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Question {
    /// A person or group: an id, a `userName` or a `displayName`.
    pub about: Option<String>,
    /// What was answered.
    pub status: Option<StatusWanted>,
    /// A token: an id or a name.
    pub token: Option<String>,
    /// A method, in any case of letters.
    pub method: Option<String>,
    /// At this moment or later.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// Requests that answer the question, the newest first, from before `before` on.
pub fn search(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    question: &Question,
    before: Option<ChangeId>,
    limit: u32,
) -> StoreResult<Vec<LoggedRequest>> {
    let mut filter = RequestFilter {
        status: question.status.map(|wanted| (wanted.from, wanted.to)),
        method: question.method.as_deref().map(str::to_ascii_uppercase),
        since: question.since,
        until: question.until,
        ..RequestFilter::default()
    };
    if let Some(given) = &question.token {
        let Some(token) = find_token(tx, org, given)? else { return Ok(Vec::new()) };
        filter.token = Some(token);
    }
    let Some(about) = &question.about else { return tx.list_requests(org, &filter, before, limit) };
    // By each of its ids and by its name: who was renamed, was refused, or is gone is found, too.
    let mut found = Vec::new();
    for resource in ids_of(tx, org, about)? {
        let filter = RequestFilter { resource: Some(resource), ..filter.clone() };
        found.extend(tx.list_requests(org, &filter, before, limit)?);
    }
    let filter = RequestFilter { name_key: Some(fold(about)), ..filter };
    found.extend(tx.list_requests(org, &filter, before, limit)?);
    found.sort_by_key(|request| std::cmp::Reverse(request.id));
    found.dedup_by_key(|request| request.id);
    found.truncate(limit as usize);
    Ok(found)
}

fn find_token(tx: &mut (impl ReadTx + ?Sized), org: OrgId, given: &str) -> StoreResult<Option<TokenId>> {
    let tokens = tx.list_tokens(org)?;
    let id = TokenId::parse(given);
    // Of several with one name the last, which is the one in use.
    let found = tokens.iter().rev().find(|token| Some(token.id) == id || token.name == given);
    Ok(found.map(|token| token.id))
}

fn ids_of(tx: &mut (impl ReadTx + ?Sized), org: OrgId, about: &str) -> StoreResult<Vec<Uuid>> {
    if let Some(id) = UserId::parse(about) {
        return Ok(vec![id.0]);
    }
    let key = fold(about);
    let person = tx.find_user_by_name(org, &key)?.map(|user| user.id.0);
    let groups = tx.find_groups_by_name(org, &key)?.into_iter().map(|group| group.id.0);
    Ok(person.into_iter().chain(groups).collect())
}
