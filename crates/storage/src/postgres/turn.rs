//! An organisation's writes follow each other.
//!
//! At the first question about an organisation a write takes the organisation's row (`FOR NO KEY UPDATE`) and holds it to
//! the end of its transaction. Whatever it has read before it, it reads anew: each statement at READ COMMITTED sees what
//! was committed before the statement, and nobody else commits to that organisation meanwhile, on any replica.

use std::sync::Arc;

use diesel::{
    OptionalExtension, RunQueryDsl,
    connection::SimpleConnection,
    result::{DatabaseErrorKind, Error},
};
use rolecall_domain::{ids::OrgId, ports::StoreError};

use super::{
    Conn,
    desk::Desk,
    dialect,
    fate::{Mark, life, number},
    queries::{Bind, Failure, Prepared, Statement, statement},
};
use crate::types::Text;

statement! {
    /// Waits for the organisation. Answers the number of the transaction, by which its end can be asked for.
    Take -> (Text, Text),
    "SELECT ", number!(), ", ", life!(), " FROM orgs WHERE id = $1 FOR NO KEY UPDATE"
}

statement! {
    /// The same, or nothing when another transaction has it.
    TakeIfFree -> (Text, Text),
    "SELECT ", number!(), ", ", life!(), " FROM orgs WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED"
}

/// Begins a transaction that writes to an organisation alone, once that is its turn.
pub(crate) fn begin_turn(conn: &mut Conn, org: OrgId) -> diesel::QueryResult<()> {
    conn.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")?;
    Take::with(vec![Bind::Int(org.0)]).get_result::<(String, String)>(conn).optional().map(|_| ())
}

/// What comes before a question. A read has nothing to wait for.
#[derive(Default)]
pub(crate) struct Turn {
    writing: Option<Writing>,
}

/// A write's part in its transaction.
pub(super) struct Writing {
    pub(super) desk: Arc<Desk>,
    /// The organisations that the transaction holds, this unit's own last.
    pub(super) held: Vec<OrgId>,
    /// Whether it may wait for an organisation that another process holds: only where it holds nothing that the other
    /// might wait for.
    pub(super) patient: bool,
    /// Whether a statement that an index may refuse stands in a savepoint, so that the unit can go on after it.
    pub(super) careful: bool,
    /// By which the transaction's end can be asked for, once it has a number.
    pub(super) mark: Option<Mark>,
    /// Why the unit has to be run again.
    pub(super) again: Option<Again>,
    /// An index refused a statement, after which the database answers nothing in this transaction.
    pub(super) refused: bool,
}

/// Why a unit is run again. None of it is seen by its caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Again {
    /// Another thread of this process writes to the organisation, and takes this unit along.
    Behind(OrgId),
    /// Another process does, and this unit shares its transaction with others: it has to wait on its own.
    Alone,
    /// It goes on after a statement was refused.
    Careful,
    /// Two transactions collided.
    Collided,
}

impl Turn {
    pub(super) fn of(writing: Writing) -> Self {
        Self { writing: Some(writing) }
    }

    pub(super) fn into_writing(self) -> Option<Writing> {
        self.writing
    }

    /// Waits for the organisation, if need be.
    pub(crate) fn come(&mut self, conn: &mut Conn, org: Option<OrgId>) -> Result<(), Failure> {
        let Some(writing) = &mut self.writing else { return Ok(()) };
        if writing.refused {
            return Err(writing.run_again(Again::Careful));
        }
        match org {
            Some(org) if !writing.held.contains(&org) => writing.take(conn, org),
            _ => Ok(()),
        }
    }

    pub(crate) fn ask<T>(
        &mut self,
        conn: &mut Conn,
        may_be_refused: bool,
        question: impl FnOnce(&mut Conn) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Some(writing) = &mut self.writing else { return question(conn) };
        let guarded = may_be_refused && writing.careful;
        if guarded {
            conn.batch_execute("SAVEPOINT question")?;
        }
        let asked = question(conn);
        if guarded {
            conn.batch_execute(match &asked {
                Err(Failure::Query(_)) => "ROLLBACK TO SAVEPOINT question; RELEASE SAVEPOINT question",
                _ => "RELEASE SAVEPOINT question",
            })?;
        }
        if let Err(Failure::Query(error)) = &asked {
            if dialect::is_collision(error) {
                writing.again = Some(Again::Collided);
            }
            let refused = matches!(error, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _));
            writing.refused = refused && !guarded;
        }
        asked
    }
}

impl Writing {
    fn take(&mut self, conn: &mut Conn, org: OrgId) -> Result<(), Failure> {
        if !self.desk.claim(org) {
            return Err(self.run_again(Again::Behind(org)));
        }
        let id = vec![Bind::Int(org.0)];
        let row: Result<Option<(String, String)>, Error> = if self.patient {
            Take::with(id).get_result(conn).optional()
        } else {
            TakeIfFree::with(id).get_result(conn).optional()
        };
        match row {
            Ok(Some((number, life))) => self.mark = Some(Mark { number, life }),
            // There is no such organisation, so there is nothing to keep apart; or the one who waits will find out.
            Ok(None) if self.patient => {}
            Ok(None) => {
                self.desk.release(&[org]);
                return Err(self.run_again(Again::Alone));
            }
            Err(error) => {
                self.desk.release(&[org]);
                if dialect::is_collision(&error) {
                    self.again = Some(Again::Collided);
                }
                return Err(error.into());
            }
        }
        self.held.push(org);
        // Having one, it does not wait for another.
        self.patient = false;
        Ok(())
    }

    /// The unit gets an error, which nobody else will see, so that it stops.
    fn run_again(&mut self, again: Again) -> Failure {
        self.again = Some(again);
        Failure::Store(StoreError::Unavailable("the unit of work is run again".into()))
    }
}
