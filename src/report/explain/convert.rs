//! Errors of `convert`: another tool's files.

use crate::convert::Tool;
use crate::convert::error::{ConvertError, Spot};
use crate::convert::place::PlaceError;
use crate::report::diagnostic::{Diagnostic, Exit, Place};
use crate::revision::id::RevisionId;
use crate::workspace::tree::TreeError;

impl From<Spot> for Place {
    fn from(spot: Spot) -> Self {
        Self { file: spot.path, source: spot.source, span: spot.span }
    }
}

impl From<ConvertError> for Diagnostic {
    fn from(error: ConvertError) -> Self {
        let mut shown = Self::from_error("file", Exit::Failed, &error);
        match error {
            ConvertError::NothingFound { tool, root, seen, files, likely, python } => {
                shown = shown.note(format!("{tool} has {}", tool.layout()));
                shown = match (files, seen.len()) {
                    (0, _) => shown.note("the directory is empty"),
                    (files, listed) if files > listed => {
                        shown.note(format!("there are {files} files, among them {}", quoted(&seen)))
                    }
                    _ => shown.note(format!("there is {}", quoted(&seen))),
                };
                match likely {
                    Some((tool, at)) => {
                        let root = if root.is_empty() { ".".to_owned() } else { root };
                        let at = if at.is_empty() { root } else { at };
                        let or = if tool == Tool::GolangMigrate { " (or sqlx, which has the same names)" } else { "" };
                        shown.help(format!("this looks like {tool}{or}: `pgkeel import --from {tool} {at}`"))
                    }
                    None if python => shown.help(format!(
                        "migrations written in Python cannot be imported; {}; Alembic's database can be used as it is, \
                         since the version table is the same",
                        understood()
                    )),
                    None => shown.help(format!("name the directory that holds the migrations; {}", understood())),
                }
            }
            ConvertError::OtherTool { theirs, spot, .. } => {
                shown.at((*spot).into()).help(format!("import it with `--from {theirs}`"))
            }
            ConvertError::NotUtf8 { path, .. } => {
                shown.help(format!("convert the file, for example with `iconv -f latin1 -t utf-8 {path}`"))
            }
            ConvertError::DuplicateVersion { .. } => {
                shown.help("rename one of them, so that their order is known, and import again")
            }
            ConvertError::BadVersion { tool, .. } => {
                shown.help(format!("rename the file as {tool} would take it: {}", tool.layout()))
            }
            ConvertError::DownWithoutUp { .. } => shown.help("add the file that goes up, or take this one away"),
            ConvertError::NoUp { tool, marker, .. } => shown
                .help(format!("write `{marker}` before the statements, as {tool} needs it"))
                .help(format!("if these are not {tool}'s files, say whose with `--from`; {}", understood())),
            ConvertError::Marker { spot, .. } => {
                shown.at((*spot).into()).help("correct the file as its own tool would need it, and import again")
            }
            ConvertError::Placeholder { tool, spot, .. } => {
                let shown = shown.at((*spot).into()).help("write the value into the file, and import again");
                match tool {
                    Tool::Flyway => shown.help("`--keep-placeholders` takes `${…}` as text"),
                    Tool::Diesel | Tool::Sqlx | Tool::GolangMigrate | Tool::Dbmate | Tool::Goose | Tool::Prisma => {
                        shown
                    }
                }
            }
            ConvertError::OtherDatabase { .. } => shown.help("name the directory of the PostgreSQL migrations"),
            ConvertError::Settings { .. } => shown.help("correct the file, and import again"),
            ConvertError::Sql { spot, .. } => shown
                .at((*spot).into())
                .help("only SQL can be imported; correct the file, and import again: nothing was written"),
            ConvertError::IdCollision { .. } => shown.help("rename one of them, and import again"),
        }
    }
}

impl From<PlaceError> for Diagnostic {
    fn from(error: PlaceError) -> Self {
        let shown = Self::from_error("refused", Exit::Refused, &error);
        let after = |heads: &[RevisionId]| match heads {
            [head] => format!("`--after head` puts them after {head}, the newest revision"),
            heads => {
                let heads: Vec<_> = heads.iter().map(RevisionId::to_string).collect();
                format!("`--after REVISION` says after which; the heads are {}", heads.join(", "))
            }
        };
        match error {
            PlaceError::Unsaid { heads } | PlaceError::GoneOn { heads, .. } => shown.help(after(&heads)),
            PlaceError::Earlier { .. } => shown
                .note("databases may be at later revisions already, which would never run it")
                .help("give the new file a later version, or write it with `pgkeel revision`"),
        }
    }
}

impl From<TreeError> for Diagnostic {
    fn from(error: TreeError) -> Self {
        let shown = Self::from_error("file", Exit::Failed, &error);
        match error {
            TreeError::Missing { .. } => shown.help("name the directory that holds the other tool's migrations"),
            TreeError::NotADirectory { path } => {
                let above = path.parent().filter(|above| !above.as_os_str().is_empty());
                shown.help(format!("name the directory: `{}`", above.unwrap_or(std::path::Path::new(".")).display()))
            }
            TreeError::Read { .. } => shown.help("make it readable, and import again"),
        }
    }
}

fn understood() -> String {
    let names: Vec<_> = Tool::ALL.iter().map(|tool| tool.name()).collect();
    format!("`--from` takes {}", names.join(", "))
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use crate::convert::{Request, SourceFile, Tool, convert};
    use crate::report::diagnostic::{Diagnostic, Exit};

    fn explain(tool: Tool, list: &[(&str, &str)]) -> Diagnostic {
        let files: Vec<_> = list
            .iter()
            .map(|(path, text)| SourceFile { path: (*path).into(), content: text.as_bytes().to_vec() })
            .collect();
        convert(&Request { tool, root: "old", files: &files, keep_placeholders: false }).unwrap_err().into()
    }

    #[test]
    fn every_error_names_the_next_move() {
        for (tool, list) in [
            (Tool::Sqlx, vec![("V1__a.sql", "")]),
            (Tool::Sqlx, vec![]),
            (Tool::Sqlx, vec![("a.py", "")]),
            (Tool::Sqlx, vec![("1_a.sql", "-- migrate:up")]),
            (Tool::Sqlx, vec![("1_a.sql", ""), ("01_b.sql", "")]),
            (Tool::Sqlx, vec![("99999999999999999999_b.sql", "")]),
            (Tool::Sqlx, vec![("1_a.down.sql", "")]),
            (Tool::Sqlx, vec![("1_a.sql", "\\i x")]),
            (Tool::Dbmate, vec![("1_a.sql", "select 1;")]),
            (Tool::Dbmate, vec![("1_a.sql", "select 1;\n-- migrate:up")]),
            (Tool::Flyway, vec![("V1__a.sql", "${x}")]),
            (Tool::Prisma, vec![("1_a/migration.sql", ""), ("migration_lock.toml", "provider = 'mysql'")]),
            (Tool::Prisma, vec![("1_a/migration.sql", ""), ("migration_lock.toml", "=")]),
        ] {
            let shown = explain(tool, &list);
            assert!(!shown.help.is_empty(), "{shown:?}");
            assert_eq!((shown.exit, shown.code), (Exit::Failed, "file"));
        }
        let shown = explain(Tool::Sqlx, &[("db/V1__a.sql", "")]);
        assert_eq!(shown.help, ["this looks like flyway: `pgkeel import --from flyway old/db`"]);
    }
}
