//! The provisioning log. Its key begins with the time, so that lists and spans of time are ranges of the key.

use diesel::{
    prelude::*,
    sql_types::{BigInt, Bool, Nullable, SmallInt},
};
use rolecall_domain::{
    ids::{ChangeId, ConnectionId, OrgId, TokenId},
    ports::{ReadRequests, RequestCount, RequestFilter, StoreResult, WriteRequests},
    request_log::{LastRequest, LoggedBodies, LoggedRequest, Refusals, least_id_at},
    secret::SecretHash,
    time::Timestamp,
};
use rolecall_scim::{client::Client, index::fold};
use uuid::Uuid;

use super::{
    super::super::{
        schema::scim_requests,
        types::{self, Id, Key, Text, Uid, Words, words},
    },
    Bind, Db, Prepared, Statement, Transaction, dialect, statement, unsigned,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = scim_requests, check_for_backend(Db))]
struct RequestRow {
    id: ChangeId,
    at: i64,
    connection_id: Option<ConnectionId>,
    token_id: Option<TokenId>,
    refused: Option<i16>,
    status: i16,
    method: String,
    path: String,
    query: Option<String>,
    scim_type: Option<String>,
    detail: Option<String>,
    duration_us: i64,
    remote: Option<String>,
    user_agent: Option<String>,
    idp: Option<String>,
    resource_type: Option<i16>,
    resource_id: Option<Uuid>,
    name: Option<String>,
}

impl RequestRow {
    fn request(self) -> StoreResult<LoggedRequest> {
        Ok(LoggedRequest {
            id: self.id,
            at: Timestamp(self.at),
            connection: self.connection_id,
            token: self.token_id,
            refused: self.refused.map(types::refused).transpose()?,
            method: self.method,
            path: self.path,
            query: self.query,
            status: u16::try_from(self.status).unwrap_or_default(),
            scim_type: self.scim_type,
            detail: self.detail,
            duration_us: self.duration_us,
            remote: self.remote,
            user_agent: self.user_agent,
            // A later version may know more of them.
            idp: self.idp.as_deref().and_then(Client::of_word),
            kind: self.resource_type.map(types::kind).transpose()?,
            resource: self.resource_id,
            name: self.name,
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = scim_requests, treat_none_as_default_value = false)]
pub(crate) struct NewRequest<'r> {
    pub(crate) org_id: i64,
    pub(crate) id: Id,
    pub(crate) at: i64,
    pub(crate) connection_id: Option<Id>,
    pub(crate) token_id: Option<Id>,
    pub(crate) refused: Option<i16>,
    pub(crate) failed: bool,
    pub(crate) status: i16,
    pub(crate) method: Words<'r>,
    pub(crate) path: Words<'r>,
    pub(crate) query: Option<Words<'r>>,
    pub(crate) scim_type: Option<Words<'r>>,
    pub(crate) detail: Option<Words<'r>>,
    pub(crate) duration_us: i64,
    pub(crate) remote: Option<Words<'r>>,
    pub(crate) user_agent: Option<Words<'r>>,
    pub(crate) idp: Option<Words<'r>>,
    pub(crate) resource_type: Option<i16>,
    pub(crate) resource_id: Option<Id>,
    pub(crate) name: Option<Words<'r>>,
    pub(crate) name_key: Option<Words<'r>>,
    pub(crate) request_body: Option<Words<'r>>,
    pub(crate) response_body: Option<Words<'r>>,
}

fn new_row<'r>((org, request, bodies): &'r (OrgId, LoggedRequest, LoggedBodies)) -> NewRequest<'r> {
    fn optional(text: &Option<String>) -> Option<Words<'_>> {
        text.as_deref().map(words)
    }
    NewRequest {
        org_id: org.0,
        id: request.id.key(),
        at: request.at.0,
        connection_id: request.connection.map(Key::key),
        token_id: request.token.map(Key::key),
        refused: request.refused.map(types::refused_number),
        failed: request.failed(),
        status: i16::try_from(request.status).unwrap_or_default(),
        method: words(&request.method),
        path: words(&request.path),
        query: optional(&request.query),
        scim_type: optional(&request.scim_type),
        detail: optional(&request.detail),
        duration_us: request.duration_us,
        remote: optional(&request.remote),
        user_agent: optional(&request.user_agent),
        idp: request.idp.map(|client| words(client.as_str())),
        resource_type: request.kind.map(types::kind_number),
        resource_id: request.resource.map(Key::key),
        name: optional(&request.name),
        name_key: request.name.as_deref().map(|name| words(fold(name))),
        request_body: optional(&bodies.request),
        response_body: optional(&bodies.response),
    }
}

statement! {
    /// Ranges of the key, and of the index of the failed ones, each read as far as the limit.
    CountRequests -> (Uid, BigInt, BigInt),
    "WITH given(id) AS ($2),
     span(first, past) AS (SELECT id, lead(id) OVER (ORDER BY id) FROM given)
     SELECT span.first,
            (SELECT count(*) FROM (
               SELECT 1 FROM scim_requests r
               WHERE r.org_id = $1 AND r.id >= span.first AND r.id < span.past LIMIT $3) f),
            (SELECT count(*) FROM (
               SELECT 1 FROM scim_requests r
               WHERE r.org_id = $1 AND r.failed = $4 AND r.id >= span.first AND r.id < span.past LIMIT $3) f)
     FROM span WHERE span.past IS NOT NULL ORDER BY 1"
}

statement! {
    /// Refused ones are a part of the failed ones, which an index has in order of time.
    RefusalsSince -> (Nullable<SmallInt>, Nullable<Uid>, BigInt, BigInt),
    "SELECT refused, token_id, count(*), max(at) FROM scim_requests
     WHERE org_id = $1 AND failed = $2 AND id >= $3 AND refused IS NOT NULL
     GROUP BY refused, token_id ORDER BY refused, token_id"
}

statement! {
    /// The newest by each token's own index; there are few tokens.
    LastRequests -> (Uid, Uid, Nullable<BigInt>),
    "SELECT t.connection_id, t.id,
            (SELECT r.at FROM scim_requests r
             WHERE r.org_id = t.org_id AND r.token_id = t.id AND r.refused IS NULL
             ORDER BY r.id DESC LIMIT 1)
     FROM scim_tokens t WHERE t.org_id = $1 ORDER BY t.id"
}

statement! {
    /// Ids of people and groups never coincide.
    NamesOf -> (Uid, Text),
    "SELECT u.id, u.user_name FROM users u WHERE u.org_id = $1 AND u.id IN ($2)
     UNION ALL SELECT g.id, g.display_name FROM groups g WHERE g.org_id = $1 AND g.id IN ($2)"
}

statement! {
    /// A hash is indexed in its organisation, so each is asked.
    TokenExists -> (Bool,),
    "SELECT EXISTS (SELECT 1 FROM orgs o CROSS JOIN scim_tokens t ON t.org_id = o.id AND t.hash = $1)"
}

statement! {
    DeleteBefore,
    "DELETE FROM scim_requests WHERE org_id = $1 AND id IN (
         SELECT r.id FROM scim_requests r WHERE r.org_id = $1 AND r.id < $2 ORDER BY r.id LIMIT $3)"
}

impl ReadRequests for Transaction<'_> {
    fn list_requests(
        &mut self,
        org: OrgId,
        filter: &RequestFilter,
        before: Option<ChangeId>,
        limit: u32,
    ) -> StoreResult<Vec<LoggedRequest>> {
        self.ask(org, |conn| {
            let mut rows = scim_requests::table
                .filter(scim_requests::org_id.eq(org.0))
                .select(RequestRow::as_select())
                .order(scim_requests::id.desc())
                .limit(i64::from(limit))
                .into_boxed::<Db>();
            let until = filter.until.map(least_id_at);
            if let Some(before) = before.into_iter().chain(until).min() {
                rows = rows.filter(scim_requests::id.lt(before.key()));
            }
            if let Some(since) = filter.since {
                rows = rows.filter(scim_requests::id.ge(least_id_at(since).key()));
            }
            if let Some(resource) = filter.resource {
                rows = rows.filter(scim_requests::resource_id.eq(resource.key()));
            }
            if let Some(key) = &filter.name_key {
                rows = rows.filter(scim_requests::name_key.eq(words(key)));
            }
            // A status says on which side it is, and the side has an index.
            let side = filter
                .status
                .and_then(|(from, to)| if from >= 400 { Some(true) } else { (to < 400).then_some(false) });
            if let Some(failed) = filter.failed.or(side) {
                rows = rows.filter(scim_requests::failed.eq(failed));
            }
            if let Some((from, to)) = filter.status {
                let bound = |status| i16::try_from(status).unwrap_or(i16::MAX);
                rows = rows.filter(scim_requests::status.between(bound(from), bound(to)));
            }
            if let Some(token) = filter.token {
                rows = rows.filter(scim_requests::token_id.eq(token.key()));
            }
            if let Some(method) = &filter.method {
                rows = rows.filter(scim_requests::method.eq(words(method)));
            }
            let rows = rows.load(conn)?;
            Ok(rows.into_iter().map(RequestRow::request).collect::<StoreResult<_>>()?)
        })
    }

    fn find_request(
        &mut self,
        org: OrgId,
        id: ChangeId,
    ) -> StoreResult<Option<(LoggedRequest, LoggedBodies)>> {
        self.ask(org, |conn| {
            let row: Option<(RequestRow, Option<String>, Option<String>)> = scim_requests::table
                .filter(scim_requests::org_id.eq(org.0).and(scim_requests::id.eq(id.key())))
                .select((RequestRow::as_select(), scim_requests::request_body, scim_requests::response_body))
                .first(conn)
                .optional()?;
            row.map(|(row, request, response)| Ok((row.request()?, LoggedBodies { request, response })))
                .transpose()
        })
    }

    fn count_requests(
        &mut self,
        org: OrgId,
        moments: &[Timestamp],
        most: u32,
    ) -> StoreResult<Vec<RequestCount>> {
        self.ask(org, |conn| {
            let bounds = Bind::ids(moments.iter().map(|moment| least_id_at(*moment).0));
            let binds = vec![Bind::Int(org.0), bounds, Bind::Int(i64::from(most)), Bind::Bool(true)];
            let rows: Vec<(Uuid, i64, i64)> = CountRequests::with(binds).load(conn)?;
            let count = |(_, all, failed)| RequestCount { all: unsigned(all), failed: unsigned(failed) };
            Ok(rows.into_iter().map(count).collect())
        })
    }

    fn refusals_since(&mut self, org: OrgId, since: Timestamp) -> StoreResult<Vec<Refusals>> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::Bool(true), Bind::id(least_id_at(since))];
            let rows: Vec<(Option<i16>, Option<TokenId>, i64, i64)> =
                RefusalsSince::with(binds).load(conn)?;
            let refusals = rows.into_iter().filter_map(|(reason, token, count, last)| {
                let refusals =
                    |reason| Refusals { reason, token, count: unsigned(count), last: Timestamp(last) };
                Some(types::refused(reason?).map(refusals))
            });
            Ok(refusals.collect::<StoreResult<_>>()?)
        })
    }

    fn last_requests(&mut self, org: OrgId) -> StoreResult<Vec<LastRequest>> {
        self.ask(org, |conn| {
            let rows: Vec<(ConnectionId, TokenId, Option<i64>)> =
                LastRequests::with(vec![Bind::Int(org.0)]).load(conn)?;
            let last = |(connection, token, at): (_, _, Option<i64>)| LastRequest {
                connection,
                token,
                at: at.map(Timestamp),
            };
            Ok(rows.into_iter().map(last).collect())
        })
    }

    fn resource_names(&mut self, org: OrgId, ids: &[Uuid]) -> StoreResult<Vec<(Uuid, String)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::ids(ids.iter().copied())];
            Ok(NamesOf::with(binds).load(conn)?)
        })
    }

    fn token_exists(&mut self, hash: &SecretHash) -> StoreResult<bool> {
        self.ask(None, |conn| {
            let (found,): (bool,) = TokenExists::with(vec![Bind::Bytes(hash.0.to_vec())]).get_result(conn)?;
            Ok(found)
        })
    }
}

impl WriteRequests for Transaction<'_> {
    fn insert_requests(&mut self, requests: &[(OrgId, LoggedRequest, LoggedBodies)]) -> StoreResult<()> {
        self.ask(None, |conn| {
            let rows: Vec<NewRequest<'_>> = requests.iter().map(new_row).collect();
            Ok(dialect::requests::insert(conn, rows)?)
        })
    }

    fn delete_requests_before(&mut self, org: OrgId, moment: Timestamp, limit: u32) -> StoreResult<u64> {
        self.ask(None, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::id(least_id_at(moment)), Bind::Int(i64::from(limit))];
            Ok(DeleteBefore::with(binds).execute(conn)? as u64)
        })
    }
}
