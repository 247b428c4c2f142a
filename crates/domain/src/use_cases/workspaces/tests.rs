//! What an administrator can rely on.
