//! Where in the list of all people (or of all pushed groups) a page begins, and how many there are, without counting rows.
//!
//! The list is in id order. `positions` cuts it into blocks: one begins at `first_id`, ends where the next begins, and
//! holds `count` of them, at most [`FULL`]. The sum over the blocks before one is the place where it begins; a million
//! people are a thousand blocks. The statements that add and remove rows call [`add`] and [`remove`], always in the same
//! transaction, so that the counts are never off. Blocks are not merged, since one that has become small costs no more
//! to read than a full one; those that are empty go.

use rolecall_domain::{
    ids::OrgId,
    ports::{StoreError, StoreResult},
};
use uuid::Uuid;

use super::super::super::types::{Key, Uid};
use super::{Bind, Conn, Failure, Prepared, Statement, resource::Resource, statement, unsigned};
use diesel::{OptionalExtension, RunQueryDsl, sql_types::BigInt};

/// The most that a block holds, which is also the most rows that are skipped to reach a place in it.
const FULL: i64 = 1024;

statement! {
    /// Counts one more in its block, unless that is full; the usual case.
    CountOne,
    "UPDATE positions SET count = count + 1
     WHERE org_id = $1 AND kind = $2 AND count < $4
       AND first_id = (SELECT p.first_id FROM positions p WHERE p.org_id = $1 AND p.kind = $2 AND p.first_id <= $3
                         ORDER BY p.first_id DESC LIMIT 1)"
}

statement! {
    /// Counts one less in its block, and answers with the block.
    CountOneLess -> (Uid, BigInt),
    "UPDATE positions SET count = count - 1
     WHERE org_id = $1 AND kind = $2
       AND first_id = (SELECT p.first_id FROM positions p WHERE p.org_id = $1 AND p.kind = $2 AND p.first_id <= $3
                         ORDER BY p.first_id DESC LIMIT 1)
     RETURNING first_id, count"
}

statement! {
    /// The block in which an id belongs; none for one before all others.
    BlockOf -> (Uid, BigInt),
    "SELECT p.first_id, p.count FROM positions p
     WHERE p.org_id = $1 AND p.kind = $2 AND p.first_id <= $3
     ORDER BY p.first_id DESC LIMIT 1"
}

statement! {
    FirstBlock -> (Uid, BigInt),
    "SELECT p.first_id, p.count FROM positions p WHERE p.org_id = $1 AND p.kind = $2 ORDER BY p.first_id LIMIT 1"
}

statement! {
    NewBlock,
    "INSERT INTO positions (org_id, kind, first_id, count) VALUES ($1, $2, $3, $4)"
}

statement! {
    /// Gives a block another beginning and count.
    ChangeBlock,
    "UPDATE positions SET first_id = $4, count = $5 WHERE org_id = $1 AND kind = $2 AND first_id = $3"
}

statement! {
    DropBlock,
    "DELETE FROM positions WHERE org_id = $1 AND kind = $2 AND first_id = $3"
}

statement! {
    /// The person that stands so many places after an id.
    UserAt -> Uid,
    "SELECT u.id FROM users u WHERE u.org_id = $1 AND u.id >= $2 AND u.gone_at IS NULL ORDER BY u.id LIMIT 1 OFFSET $3"
}

statement! {
    /// The pushed group that stands so many places after an id.
    GroupAt -> Uid,
    "SELECT g.id FROM groups g
     WHERE g.org_id = $1 AND g.id >= $2 AND g.connection_id IS NOT NULL ORDER BY g.id LIMIT 1 OFFSET $3"
}

statement! {
    /// All blocks, a thousand for a million rows. They are summed outside, which is faster than a window function.
    Blocks -> (Uid, BigInt),
    "SELECT p.first_id, p.count FROM positions p WHERE p.org_id = $1 AND p.kind = $2 ORDER BY p.first_id"
}

statement! {
    Total -> BigInt,
    "SELECT CAST(coalesce(sum(p.count), 0) AS BIGINT) FROM positions p WHERE p.org_id = $1 AND p.kind = $2"
}

/// Where a page begins.
pub(crate) struct Place {
    /// How many there are in all.
    pub(crate) total: u64,
    /// Read on from this id, after skipping so many; `None` behind the end.
    pub(crate) from: Option<(Uuid, i64)>,
}

/// Finds the place after `offset` others.
pub(crate) fn locate(conn: &mut Conn, org: OrgId, resource: Resource, offset: i64) -> Result<Place, Failure> {
    let blocks: Vec<(Uuid, i64)> = Blocks::with(binds(org, resource, [])).load(conn)?;
    let (mut total, mut from) = (0, None);
    for (first, count) in blocks {
        if (total..total + count).contains(&offset) {
            from = Some((first, offset - total));
        }
        total += count;
    }
    Ok(Place { total: unsigned(total), from })
}

/// How many there are.
pub(crate) fn total(conn: &mut Conn, org: OrgId, resource: Resource) -> Result<u64, Failure> {
    Ok(unsigned(Total::with(binds(org, resource, [])).get_result(conn)?))
}

/// Notes that a row is there that was not before.
pub(crate) fn add(
    conn: &mut Conn,
    org: OrgId,
    resource: Resource,
    id: impl Key + Copy,
) -> Result<(), Failure> {
    let id = id.key().0;
    if CountOne::with(binds(org, resource, [Bind::id(id), Bind::Int(FULL)])).execute(conn)? > 0 {
        return Ok(());
    }
    let block: Option<(Uuid, i64)> =
        BlockOf::with(binds(org, resource, [Bind::id(id)])).get_result(conn).optional()?;
    match block {
        Some((first, _)) => add_to_full(conn, org, resource, first, id),
        None => add_before_all(conn, org, resource, id),
    }
}

/// Ids rise with time, so this is the clock set back, or ids made elsewhere.
fn add_before_all(conn: &mut Conn, org: OrgId, resource: Resource, id: Uuid) -> Result<(), Failure> {
    let first = FirstBlock::with(binds(org, resource, [])).get_result::<(Uuid, i64)>(conn).optional()?;
    match first {
        Some((first, count)) if count < FULL => change(conn, org, resource, first, (id, count + 1)),
        _ => begin(conn, org, resource, (id, 1)),
    }
}

/// A row that ends its block begins the next, so that blocks which are filled in order are full. One in the midst
/// splits it. Either happens once in hundreds of rows, for which the block is read through.
fn add_to_full(
    conn: &mut Conn,
    org: OrgId,
    resource: Resource,
    first: Uuid,
    id: Uuid,
) -> Result<(), Failure> {
    if at(conn, org, resource, first, FULL)? == id {
        return begin(conn, org, resource, (id, 1));
    }
    let half = FULL / 2;
    let middle = at(conn, org, resource, first, half)?;
    change(conn, org, resource, first, (first, half))?;
    begin(conn, org, resource, (middle, FULL + 1 - half))
}

/// Notes that a row is gone.
pub(crate) fn remove(
    conn: &mut Conn,
    org: OrgId,
    resource: Resource,
    id: impl Key + Copy,
) -> Result<(), Failure> {
    let left: StoreResult<(Uuid, i64)> = CountOneLess::with(binds(org, resource, [Bind::id(id)]))
        .get_result(conn)
        .optional()?
        .ok_or_else(lost);
    if let (first, 0) = left? {
        DropBlock::with(binds(org, resource, [Bind::id(first)])).execute(conn)?;
    }
    Ok(())
}

fn begin(
    conn: &mut Conn,
    org: OrgId,
    resource: Resource,
    (first, count): (Uuid, i64),
) -> Result<(), Failure> {
    NewBlock::with(binds(org, resource, [Bind::id(first), Bind::Int(count)])).execute(conn)?;
    Ok(())
}

fn change(
    conn: &mut Conn,
    org: OrgId,
    resource: Resource,
    block: Uuid,
    (first, count): (Uuid, i64),
) -> Result<(), Failure> {
    let values = [Bind::id(block), Bind::id(first), Bind::Int(count)];
    ChangeBlock::with(binds(org, resource, values)).execute(conn)?;
    Ok(())
}

fn at(conn: &mut Conn, org: OrgId, resource: Resource, first: Uuid, place: i64) -> Result<Uuid, Failure> {
    let binds = vec![Bind::Int(org.0), Bind::id(first), Bind::Int(place)];
    let found = match resource {
        Resource::User => UserAt::with(binds).get_result(conn),
        Resource::Group => GroupAt::with(binds).get_result(conn),
    };
    found.optional()?.ok_or_else(|| lost().into())
}

fn lost() -> StoreError {
    StoreError::Failed("the positions of the organisation do not agree with its rows".into())
}

fn binds<const N: usize>(org: OrgId, resource: Resource, more: [Bind; N]) -> Vec<Bind> {
    let kind = match resource {
        Resource::User => 1,
        Resource::Group => 2,
    };
    [Bind::Int(org.0), Bind::Small(kind)].into_iter().chain(more).collect()
}
