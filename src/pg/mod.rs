//! All talk with the server.
