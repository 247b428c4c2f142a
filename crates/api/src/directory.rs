//! Rolecall's own [`Directory`]: the use cases, run as units of work over the store.

use rolecall_domain::{
    event::Actor,
    ids::{ChangeId, GroupId, OrgId, UserId},
    ports::{
        Credentials, Directory, Kind, ReadCost, ReadTx, Refusal, Related, Resource, ResourceBody,
        ResourcePage, ResourceQuery, Slice, StoreResult, Terms, TokenKey, Wanted,
    },
    records::{Group, GroupOfUser, MemberId, User},
    time::Timestamp,
    token_scope::{TokenScope, TokenScopes},
    use_cases::{
        Act, Expected, ResourceError, groups,
        secrets::{IdpCaller, recognise_idp, recognise_idp_with},
        users,
    },
};
use rolecall_scim::{discovery::AuthenticationScheme, members, patch::Operation};
use tracing::info;
use uuid::Uuid;

use crate::{schema_cache::SchemaCache, state::AppState, work};

/// Members are read in pages of so many.
const MEMBERS_PAGE: u32 = 5_000;

/// An IdP that was let in, and the terms that held when it was.
#[derive(Clone, Debug)]
pub struct IdpClient {
    caller: IdpCaller,
    /// What the access token was issued for, where there is one; of that, the token's own scopes count.
    granted: TokenScopes,
    terms: Terms,
}

impl IdpClient {
    fn permit(&self, needed: &[TokenScope]) -> Result<(), Refusal> {
        let Some(missing) = self.caller.scopes.and(self.granted).missing(needed) else { return Ok(()) };
        let narrowed = self.caller.scopes.has(missing);
        Err(Refusal::Scope { missing, needed: needed.to_vec(), narrowed })
    }
}

impl Directory for AppState {
    type Client = IdpClient;

    async fn admit(&self, credentials: &Credentials) -> Result<IdpClient, Refusal> {
        let (ticket, schemas) = (self.ticket(credentials)?, self.schemas.clone());
        let asked = ticket.clone();
        let client = work::read(&*self.store, ReadCost::One, move |tx| let_in(tx, &asked, &schemas)).await?;
        self.note_use(&client, &ticket);
        Ok(client)
    }

    fn caller<'c>(&self, client: &'c IdpClient) -> Option<&'c IdpCaller> {
        Some(&client.caller)
    }

    fn terms(&self, client: &IdpClient) -> Terms {
        client.terms.clone()
    }

    fn permit(&self, client: &IdpClient, needed: &[TokenScope]) -> Result<(), Refusal> {
        client.permit(needed)
    }

    fn authentication_schemes(&self, org_slug: &str) -> Vec<AuthenticationScheme> {
        let access_tokens = self.token_endpoint(org_slug);
        let access_tokens = access_tokens.map(|endpoint| AuthenticationScheme::client_credentials(&endpoint));
        std::iter::once(AuthenticationScheme::bearer_token()).chain(access_tokens).collect()
    }

    async fn find(
        &self,
        credentials: &Credentials,
        kind: Kind,
        id: &str,
        wanted: Wanted,
    ) -> Result<(IdpClient, Resource), Refusal> {
        let (ticket, id, schemas) = (self.ticket(credentials)?, id.to_owned(), self.schemas.clone());
        let asked = ticket.clone();
        let cost =
            if kind == Kind::Group && wanted == Wanted::Related { ReadCost::Scan } else { ReadCost::One };
        let (client, resource) = work::read(&*self.store, cost, move |tx| match kind {
            Kind::User => find_user(tx, &asked, &id, wanted, &schemas),
            Kind::Group => find_group(tx, &asked, &id, wanted, &schemas),
        })
        .await?;
        self.note_use(&client, &ticket);
        Ok((client, resource))
    }

    async fn query(
        &self,
        client: &IdpClient,
        kind: Kind,
        query: ResourceQuery,
        wanted: Wanted,
    ) -> Result<ResourcePage<Resource>, Refusal> {
        let org = client.caller.org.id;
        // The match query, which IdPs send before everything else, is a look-up; the rest may be long.
        let cost = match (kind, wanted) {
            _ if !query.is_lookup() => ReadCost::Scan,
            // Each group that is found is asked for its members.
            (Kind::Group, Wanted::Related) => ReadCost::Point,
            _ if query.is_one_value() => ReadCost::One,
            _ => ReadCost::Point,
        };
        work::read(&*self.store, cost, move |tx| match kind {
            Kind::User => query_users(tx, org, &query, wanted),
            Kind::Group => {
                let page = tx.query_groups(org, &query)?;
                // One question for each group of the page where members are shown; Entra asks without them.
                let items = page.items.into_iter().map(|group| group_resource(tx, org, group, wanted));
                let items = items.collect::<Result<Vec<Resource>, Refusal>>()?;
                Ok(ResourcePage { items, total: page.total, next: page.next })
            }
        })
        .await
    }

    async fn members(&self, client: &IdpClient, group: Uuid, after: Uuid) -> Result<Vec<MemberId>, Refusal> {
        let org = client.caller.org.id;
        work::read(&*self.store, ReadCost::Scan, move |tx| {
            let slice = Slice { after: Some(after), limit: MEMBERS_PAGE };
            Ok(tx.members_of(org, GroupId(group), slice)?)
        })
        .await
    }

    async fn create(
        &self,
        client: &IdpClient,
        change: ChangeId,
        body: ResourceBody,
        wanted: Wanted,
    ) -> Result<Resource, Refusal> {
        let (state, client, terms) = (self.clone(), client.clone(), self.terms(client));
        work::write(&*self.store, move |tx| {
            let act = act_of(&state, &client, change);
            match body.clone() {
                ResourceBody::User(document) => {
                    let user =
                        users::create(tx, &act, &terms.user_type, client.caller.connection.id, document)?;
                    user_resource(tx, act.org, user, wanted)
                }
                ResourceBody::Group(body) => {
                    let group =
                        groups::create(tx, &act, &terms.group_type, client.caller.connection.id, body)?;
                    group_resource(tx, act.org, group, wanted)
                }
            }
        })
        .await
    }

    async fn replace(
        &self,
        client: &IdpClient,
        change: ChangeId,
        id: &str,
        body: ResourceBody,
        expected: Expected,
        wanted: Wanted,
    ) -> Result<Resource, Refusal> {
        let (state, client, terms, id) = (self.clone(), client.clone(), self.terms(client), id.to_owned());
        work::write(&*self.store, move |tx| {
            let act = act_of(&state, &client, change);
            match body.clone() {
                ResourceBody::User(document) => {
                    let user =
                        users::replace(tx, &act, &terms.user_type, user_id(&id)?, document, &expected)?;
                    user_resource(tx, act.org, user, wanted)
                }
                ResourceBody::Group(body) => {
                    let group =
                        groups::replace(tx, &act, &terms.group_type, group_id(&id)?, body, &expected)?;
                    group_resource(tx, act.org, group, wanted)
                }
            }
        })
        .await
    }

    async fn patch(
        &self,
        client: &IdpClient,
        change: ChangeId,
        kind: Kind,
        id: &str,
        operations: Vec<Operation>,
        expected: Expected,
        wanted: Wanted,
    ) -> Result<Resource, Refusal> {
        let (state, client, terms, id) = (self.clone(), client.clone(), self.terms(client), id.to_owned());
        let log = (client.caller.org.slug.clone(), id.clone());
        let (resource, ignored) = match kind {
            Kind::User => {
                work::write(&*self.store, move |tx| {
                    let act = act_of(&state, &client, change);
                    let (user, ignored) = users::apply(
                        tx,
                        &act,
                        &terms.user_type,
                        user_id(&id)?,
                        &operations,
                        terms.profile,
                        &expected,
                    )?;
                    Ok::<_, Refusal>((user_resource(tx, act.org, user, wanted)?, ignored))
                })
                .await?
            }
            Kind::Group => {
                let steps = members::split(operations, &terms.group_type, terms.profile)
                    .map_err(ResourceError::from)?;
                work::write(&*self.store, move |tx| {
                    let act = act_of(&state, &client, change);
                    let (group, ignored) = groups::apply(
                        tx,
                        &act,
                        &terms.group_type,
                        group_id(&id)?,
                        &steps,
                        terms.profile,
                        &expected,
                    )?;
                    Ok::<_, Refusal>((group_resource(tx, act.org, group, wanted)?, ignored))
                })
                .await?
            }
        };
        if !ignored.is_empty() {
            // It tells an administrator why an attribute mapping in the IdP has no effect.
            let (org, id) = log;
            let ignored = ignored.join(", ");
            info!(
                org,
                kind = kind.name(),
                id,
                ignored,
                "some attributes are not in the schema and were skipped"
            );
        }
        Ok(resource)
    }

    async fn delete(
        &self,
        client: &IdpClient,
        change: ChangeId,
        kind: Kind,
        id: &str,
        expected: Expected,
    ) -> Result<(), Refusal> {
        let (state, client, id) = (self.clone(), client.clone(), id.to_owned());
        work::write(&*self.store, move |tx| {
            let act = act_of(&state, &client, change);
            match kind {
                Kind::User => users::delete(tx, &act, user_id(&id)?, &expected)?,
                Kind::Group => groups::delete(tx, &act, group_id(&id)?, &expected)?,
            }
            Ok(())
        })
        .await
    }
}

/// Credentials that can be looked up.
#[derive(Clone)]
struct Ticket {
    org_slug: String,
    key: TokenKey,
    granted: TokenScopes,
    now: Timestamp,
}

impl AppState {
    fn ticket(&self, credentials: &Credentials) -> Result<Ticket, Refusal> {
        let now = self.clock.now();
        let (key, granted) = self.token_key(credentials, now).ok_or(Refusal::Unauthorized)?;
        self.rate_limit.take(&key, now)?;
        Ok(Ticket { org_slug: credentials.org_slug.clone(), key, granted, now })
    }

    fn note_use(&self, client: &IdpClient, ticket: &Ticket) {
        self.token_use.note(&client.caller, ticket.now);
        self.rate_limit.note(&ticket.key, client.caller.token);
    }
}

fn let_in(
    tx: &mut (impl ReadTx + ?Sized),
    ticket: &Ticket,
    schemas: &SchemaCache,
) -> Result<IdpClient, Refusal> {
    let recognised = recognise_idp(tx, &ticket.org_slug, &ticket.key, ticket.now)?;
    client(tx, recognised, ticket, schemas)
}

/// A caller who was recognised, as a client, unless its connection takes nothing now.
fn client(
    tx: &mut (impl ReadTx + ?Sized),
    recognised: Option<IdpCaller>,
    ticket: &Ticket,
    schemas: &SchemaCache,
) -> Result<IdpClient, Refusal> {
    let caller = recognised.ok_or(Refusal::Unauthorized)?;
    if caller.connection.paused_at.is_some() {
        return Err(Refusal::Paused { connection: caller.connection.name.clone() });
    }
    let terms = schemas.terms(tx, &caller)?;
    Ok(IdpClient { caller, granted: ticket.granted, terms })
}

/// Who asks and the person asked for, in one statement: nobody learns of the person who is not let in, or may not read people.
fn find_user(
    tx: &mut (impl ReadTx + ?Sized),
    ticket: &Ticket,
    id: &str,
    wanted: Wanted,
    schemas: &SchemaCache,
) -> Result<(IdpClient, Resource), Refusal> {
    const NEEDED: TokenScope = TokenScope::UsersRead;
    let Some(user_id) = UserId::parse(id).filter(|_| ticket.granted.has(NEEDED)) else {
        let_in(tx, ticket, schemas)?.permit(&[NEEDED])?;
        return Err(not_found(Kind::User, id).into());
    };
    let found = recognise_idp_with(&ticket.key, ticket.now, |key| {
        tx.find_user_by_token(&ticket.org_slug, key, user_id, wanted)
    })?;
    let (caller, user) = found.unzip();
    let client = client(tx, caller, ticket, schemas)?;
    client.permit(&[NEEDED])?;
    let user = user.flatten().filter(|(user, _)| user.gone_at.is_none());
    let (user, groups) = user.ok_or_else(|| not_found(Kind::User, id))?;
    Ok((client, to_resource(user, related(groups, wanted))))
}

fn find_group(
    tx: &mut (impl ReadTx + ?Sized),
    ticket: &Ticket,
    id: &str,
    wanted: Wanted,
    schemas: &SchemaCache,
) -> Result<(IdpClient, Resource), Refusal> {
    const NEEDED: TokenScope = TokenScope::GroupsRead;
    let Some(group_id) = GroupId::parse(id).filter(|_| ticket.granted.has(NEEDED)) else {
        let_in(tx, ticket, schemas)?.permit(&[NEEDED])?;
        return Err(not_found(Kind::Group, id).into());
    };
    let found = recognise_idp_with(&ticket.key, ticket.now, |key| {
        tx.find_group_by_token(&ticket.org_slug, key, group_id)
    })?;
    let (caller, group) = found.unzip();
    let client = client(tx, caller, ticket, schemas)?;
    client.permit(&[NEEDED])?;
    let group = group.flatten().filter(Group::pushed).ok_or_else(|| not_found(Kind::Group, id))?;
    let resource = group_resource(tx, client.caller.org.id, group, wanted)?;
    Ok((client, resource))
}

/// An act of the client's IdP, with the switches of its connection.
fn act_of<'a>(state: &'a AppState, client: &'a IdpClient, change: ChangeId) -> Act<'a> {
    let IdpCaller { org, connection, token, .. } = &client.caller;
    let actor = Actor::Idp { connection: connection.id, token: *token };
    Act { switches: &connection.switches, ..state.act(org.id, actor, change) }
}

fn query_users(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    query: &ResourceQuery,
    wanted: Wanted,
) -> Result<ResourcePage<Resource>, Refusal> {
    let (items, total, next) = match wanted {
        Wanted::Related => {
            let page = tx.query_users_in_groups(org, query)?;
            let resource = |(user, groups)| to_resource(user, Related::Groups(groups));
            (page.items.into_iter().map(resource).collect(), page.total, page.next)
        }
        Wanted::TextAlone => {
            let page = tx.query_users(org, query)?;
            let resource = |user| to_resource(user, Related::Unread);
            (page.items.into_iter().map(resource).collect(), page.total, page.next)
        }
    };
    Ok(ResourcePage { items, total, next })
}

fn related(groups: Vec<GroupOfUser>, wanted: Wanted) -> Related {
    match wanted {
        Wanted::TextAlone => Related::Unread,
        Wanted::Related => Related::Groups(groups),
    }
}

fn user_resource(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    user: User,
    wanted: Wanted,
) -> Result<Resource, Refusal> {
    let related = match wanted {
        Wanted::TextAlone => Related::Unread,
        Wanted::Related => {
            Related::Groups(tx.groups_of(org, &[user.id])?.into_iter().map(|(_, group)| group).collect())
        }
    };
    Ok(to_resource(user, related))
}

fn to_resource(user: User, related: Related) -> Resource {
    Resource {
        kind: Kind::User,
        id: user.id.0,
        document: user.document,
        composed_display_name: user.facts.display_name_composed.then_some(user.facts.display_name),
        related,
    }
}

fn group_resource(
    tx: &mut (impl ReadTx + ?Sized),
    org: OrgId,
    group: Group,
    wanted: Wanted,
) -> Result<Resource, Refusal> {
    let related = match wanted {
        Wanted::TextAlone => Related::Unread,
        Wanted::Related => first_members(tx, org, group.id)?,
    };
    Ok(Resource {
        kind: Kind::Group,
        id: group.id.0,
        document: group.document,
        composed_display_name: None,
        related,
    })
}

fn first_members(tx: &mut (impl ReadTx + ?Sized), org: OrgId, group: GroupId) -> StoreResult<Related> {
    let first = tx.members_of(org, group, Slice { after: None, limit: MEMBERS_PAGE })?;
    let more = first.len() == MEMBERS_PAGE as usize;
    Ok(Related::Members { first, more })
}

/// An id that could not be ours is not found, like any other that is not there.
fn user_id(id: &str) -> Result<UserId, ResourceError> {
    UserId::parse(id).ok_or_else(|| not_found(Kind::User, id))
}

fn group_id(id: &str) -> Result<GroupId, ResourceError> {
    GroupId::parse(id).ok_or_else(|| not_found(Kind::Group, id))
}

fn not_found(kind: Kind, id: &str) -> ResourceError {
    ResourceError::NotFound { kind: kind.name(), id: id.to_owned() }
}
