//! Logical replication.

pub(super) mod publication;
pub(super) mod subscription;
