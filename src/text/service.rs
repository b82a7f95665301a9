//! libpq's service files: connection parameters under a name (PostgreSQL manual 34.17).

use std::ops::Range;

/// One parameter of a service.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: String,
    /// The bytes of the file where it stands.
    pub(crate) span: Range<usize>,
}

/// What is wrong with a service file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ServiceFault {
    /// A line that is no parameter.
    #[error("this is no `name=value`")]
    NoValue { span: Range<usize> },
    /// A service that names a service.
    #[error("a service can't name another service")]
    Nested { span: Range<usize> },
    /// A parameter that comes from a directory server.
    #[error("parameters from an LDAP server are not supported")]
    Ldap { span: Range<usize> },
}

impl ServiceFault {
    /// Returns the bytes of the file that are meant.
    pub(crate) fn span(&self) -> Range<usize> {
        match self {
            Self::NoValue { span } | Self::Nested { span } | Self::Ldap { span } => span.clone(),
        }
    }
}

/// Returns the names of the services in a file.
pub(crate) fn names(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.trim().strip_prefix('[')?.split_once(']')).map(|(name, _)| name).collect()
}

/// Returns the parameters of a service, none if the file does not have it.
///
/// # Errors
/// The first line of the service that can't be used.
pub(crate) fn entries(text: &str, service: &str) -> Result<Option<Vec<Entry>>, ServiceFault> {
    let mut found: Option<Vec<Entry>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at + line.len() - line.trim_start().len();
        let content = line.trim();
        at += line.len();
        let span = start..start + content.len();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if let Some(header) = content.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            let is_it = header.split_once(']').is_some_and(|(name, _)| name == service);
            found = is_it.then(Vec::new);
            continue;
        }
        let Some(entries) = &mut found else { continue };
        if content.starts_with("ldap") {
            return Err(ServiceFault::Ldap { span });
        }
        let Some((name, value)) = content.split_once('=') else { return Err(ServiceFault::NoValue { span }) };
        if name == "service" {
            return Err(ServiceFault::Nested { span });
        }
        entries.push(Entry { name: name.to_owned(), value: value.to_owned(), span });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{ServiceFault, entries, names};

    #[test]
    fn finds_the_parameters_of_a_service() {
        let text = "# c\n[a]\nhost=one\n\n[b]\r\n host=two\r\nport=5433\npassword=a=b\n[a]\nhost=three\n";
        let of = |service| {
            let found = entries(text, service).unwrap();
            found.map(|list| list.iter().map(|it| format!("{} {}", it.name, it.value)).collect::<Vec<_>>())
        };
        assert_eq!(of("a").unwrap(), ["host one"]);
        assert_eq!(of("b").unwrap(), ["host two", "port 5433", "password a=b"]);
        assert_eq!(of("c"), None);
        assert_eq!(names(text), ["a", "b", "a"]);
        assert_eq!(&text[entries(text, "b").unwrap().unwrap()[1].span.clone()], "port=5433");
    }

    #[test]
    fn refuses_what_libpq_refuses_and_what_is_not_supported() {
        assert_eq!(entries("[a]\nservice=b\n", "a").err(), Some(ServiceFault::Nested { span: 4..13 }));
        assert_eq!(entries("[a]\nnonsense\n", "a").err(), Some(ServiceFault::NoValue { span: 4..12 }));
        assert!(matches!(entries("[a]\nldap://x\n", "a"), Err(ServiceFault::Ldap { .. })));
        assert_eq!(entries("[b]\nnonsense\n[a]\n", "a").unwrap().map(|list| list.len()), Some(0));
    }
}
