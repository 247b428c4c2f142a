//! Writing many rows of the provisioning log: one by one, by a statement that stays prepared. The database is in this process,
//! so there is nothing to be saved by sending them together, while a text for all of them would be read anew each time.

use diesel::{QueryResult, RunQueryDsl};

use crate::{
    schema::scim_requests,
    sqlite::{Conn, queries::requests::NewRequest},
};

pub(crate) fn insert(conn: &mut Conn, rows: Vec<NewRequest<'_>>) -> QueryResult<()> {
    for row in &rows {
        diesel::insert_into(scim_requests::table).values(row).execute(conn)?;
    }
    Ok(())
}
