//! What differs between databases, and nothing else: how a connection is set up, a list is passed, JSON is read, an
//! error is understood. Each module here has the same names; a backend module takes one of them as its `dialect`.

pub(crate) mod postgres;
pub(crate) mod sqlite;
