//! Other tools' files → revisions.
