//! What happens beside requests. Each worker is safe with many replicas.

mod due;
mod outdated;
mod request_log;
mod token_use;

pub(crate) use due::end_due;
pub(crate) use outdated::drop_outdated;
pub(crate) use request_log::{remove_old_requests, write_request_log};
pub(crate) use token_use::flush_token_use;
