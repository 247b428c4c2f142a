//! What tests of every crate stand on: people and groups by name, a clock that stands still, ids that count up, and a
//! transaction that answers only what it was told.
//!
//! Behind the feature `testing`. Names make ids: `a_user("ada")` is the same person wherever it is written, and
//! [`user_id`]`("ada")` is hers without the record. [`NumberedIds`] count from one, for what a use case makes.
//!
//! A test says what the store knows (`tx.knows_user(&ada)`), what must be written (`tx.expect_update_user()…`), and
//! looks at what became of it ([`MockTx::watch`]). Whatever it did not say is a panic: a use case that writes more
//! than it should cannot pass.

mod builders;
mod machine;
mod mock_tx;

pub use builders::*;
pub use machine::{FixedEntropy, NumberedIds, StandingClock};
pub use mock_tx::{MockTx, Watched};
