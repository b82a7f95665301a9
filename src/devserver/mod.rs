//! The private development server.
