//! What became of a transaction whose connection broke while it was committed.
//!
//! Its number tells, but only in the life of the server that gave it. After a crash, and on a standby that has taken over, a
//! number of which nothing had reached the disk, or the standby, is given to another transaction: that one's end would be
//! taken for ours, and a write acknowledged that is lost. So the number is kept together with the life it belongs to.

use diesel::{OptionalExtension, QueryResult, RunQueryDsl, sql_types::Nullable};

use super::{
    Conn,
    queries::{Bind, Prepared, Statement, statement},
};
use crate::types::Text;

/// The number of the current transaction.
macro_rules! number {
    () => {
        "CAST(pg_current_xact_id() AS text)"
    };
}

/// When the server was started, and since when it counts: it begins to count anew when it mends itself after one of its
/// processes crashed.
macro_rules! life {
    () => {
        "CONCAT(EXTRACT(epoch FROM pg_postmaster_start_time()), ' ', (SELECT EXTRACT(epoch FROM stats_reset) FROM pg_stat_wal))"
    };
}
pub(super) use {life, number};

/// By what a transaction is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mark {
    pub(super) number: String,
    /// The life of the server in which it has that number.
    pub(super) life: String,
}

/// How a transaction ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    Committed,
    Undone,
    /// Nobody knows.
    Unknown,
}

impl Mark {
    /// Asks; `None` while it goes on.
    pub(super) fn fate(&self, conn: &mut Conn) -> QueryResult<Option<Fate>> {
        let binds = vec![Bind::Text(self.number.clone()), Bind::Text(self.life.clone())];
        let asked: Option<(Option<String>,)> = Ended::with(binds).get_result(conn).optional()?;
        let ended = asked.and_then(|(ended,)| ended);
        Ok(match ended.as_deref() {
            Some("in progress") => None,
            Some("committed") => Some(Fate::Committed),
            Some("aborted") => Some(Fate::Undone),
            _ => Some(Fate::Unknown),
        })
    }
}

statement! {
    /// A number that the server has not given yet is an error, so it is not asked for in another life.
    Ended -> (Nullable<Text>,),
    "SELECT CASE WHEN ", life!(), " = $2 THEN pg_xact_status(CAST($1 AS xid8)) END"
}

#[cfg(test)]
mod tests {
    use diesel::{Connection, connection::SimpleConnection, sql_query, sql_types};

    use super::*;
    use crate::postgres::plans::server;

    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = sql_types::Text)]
        number: String,
        #[diesel(sql_type = sql_types::Text)]
        life: String,
    }

    fn transaction(conn: &mut Conn, end: &str) -> Mark {
        conn.batch_execute("BEGIN").unwrap();
        let asked = format!("SELECT {} AS number, {} AS life", number!(), life!());
        let row: Row = sql_query(asked).get_result(conn).unwrap();
        conn.batch_execute(end).unwrap();
        Mark { number: row.number, life: row.life }
    }

    #[test]
    fn a_commit_whose_answer_was_lost_is_asked_for() {
        let Some(url) = server::url() else { return };
        let mut conn = Conn::establish(url).unwrap();
        let mut other = Conn::establish(url).unwrap();
        let kept = transaction(&mut conn, "COMMIT");
        let undone = transaction(&mut conn, "ROLLBACK");
        let open = transaction(&mut conn, "SELECT 1");
        assert_eq!(kept.fate(&mut other), Ok(Some(Fate::Committed)));
        assert_eq!(undone.fate(&mut other), Ok(Some(Fate::Undone)));
        assert_eq!(open.fate(&mut other), Ok(None));
    }

    #[test]
    fn in_another_life_of_the_server_a_number_says_nothing() {
        let Some(url) = server::url() else { return };
        let mut conn = Conn::establish(url).unwrap();
        let kept = transaction(&mut conn, "COMMIT");
        let elsewhere = Mark { life: "1 2".into(), ..kept.clone() };
        assert_eq!(elsewhere.fate(&mut conn), Ok(Some(Fate::Unknown)));
        let not_given_yet = Mark { number: "4000000000000".into(), ..elsewhere };
        assert_eq!(not_given_yet.fate(&mut conn), Ok(Some(Fate::Unknown)));
        let forgotten = Mark { number: "3".into(), ..kept };
        assert_ne!(forgotten.fate(&mut conn), Ok(None));
    }
}
