//! libpq's keyword strings: `host=localhost dbname='my db'` (PostgreSQL manual 34.1.1.1).

use crate::text::dsn::Dsn;
use crate::text::dsn::error::DsnFault;
use crate::text::dsn::params::Dialect;
use crate::text::dsn::url::Collected;

/// Reads a keyword string. Errors come with the byte of the fault.
pub(crate) fn parse(text: &str) -> Result<Dsn, (DsnFault, usize)> {
    let mut collected = Collected::default();
    let mut rest = text.char_indices().peekable();
    loop {
        while rest.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let Some(&(start, _)) = rest.peek() else { break };
        let mut name = String::new();
        while let Some((_, c)) = rest.next_if(|(_, c)| *c != '=' && !c.is_whitespace()) {
            name.push(c);
        }
        while rest.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        if rest.next_if(|(_, c)| *c == '=').is_none() {
            return Err((DsnFault::NoValue, start));
        }
        while rest.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let mut value = String::new();
        if let Some((quote, _)) = rest.next_if(|(_, c)| *c == '\'') {
            loop {
                match rest.next() {
                    Some((_, '\'')) => break,
                    Some((_, '\\')) => value.extend(rest.next().map(|(_, c)| c)),
                    Some((_, c)) => value.push(c),
                    None => return Err((DsnFault::Quote, quote)),
                }
            }
        } else {
            while let Some((_, c)) = rest.next_if(|(_, c)| !c.is_whitespace()) {
                if c == '\\' {
                    value.extend(rest.next().map(|(_, c)| c));
                } else {
                    value.push(c);
                }
            }
        }
        collected.add(&name, value, Dialect::Libpq).map_err(|fault| (fault, start))?;
    }
    collected.finish(Dsn::default()).map_err(|fault| (fault, 0))
}
