//! Text: names, literals, places, SQL statements. The lowest floor; it knows no server and no file.

pub(crate) mod checksum;
pub(crate) mod dsn;
pub(crate) mod fill;
pub(crate) mod ident;
pub(crate) mod literal;
pub(crate) mod mask;
pub(crate) mod nearest;
pub(crate) mod parse;
pub(crate) mod renamed;
mod reserved;
pub(crate) mod scan;
pub(crate) mod secret;
pub(crate) mod service;
pub(crate) mod span;
pub(crate) mod statements;
pub(crate) mod words;
