//! All talk with the server. The only module that knows the driver.

pub(crate) mod bootstrap;
pub(crate) mod catalog;
pub(crate) mod connect;
mod connect_error;
pub(crate) mod error;
pub(crate) mod facts;
pub(crate) mod glance;
pub(crate) mod ledger;
pub(crate) mod lock;
mod params;
pub(crate) mod pooler;
pub(crate) mod resume;
pub(crate) mod script;
pub(crate) mod session;
pub(crate) mod sketch;
pub(crate) mod state;
pub(crate) mod tls;
