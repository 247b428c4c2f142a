//! What happens beside requests. Each worker is safe with many replicas.

mod token_use;

pub(crate) use token_use::flush_token_use;
