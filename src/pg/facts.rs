//! Facts of a database, for `detect`. Reads only: one snapshot in a read-only transaction.

use postgres::error::SqlState;
use postgres::types::Type;
use postgres::{Client, SimpleQueryMessage};

use crate::detect::history::{self, Reading, Row};
use crate::detect::places::Places;
use crate::detect::platform::{self, DATABASE_OBJECTS, OBJECTS, SCHEMA_PATTERNS};
use crate::detect::shape::{self, TELLING_COLUMNS};
use crate::detect::table::{Column, Table};
use crate::detect::tool::Tool;
use crate::detect::{ForeignLedger, UntrackedFacts};
use crate::pg::error::{QUERY_CANCELED, SqlError};
use crate::pg::session::Session;
use crate::text::fill::fill;
use crate::text::ident::{Ident, Qualified, readable};
use crate::world;

const BEGIN: &str = include_str!("../../sql/facts/begin.sql");
const LEDGER_TABLES: &str = include_str!("../../sql/facts/ledger_tables.sql");
const LEDGER_ROWS: &str = include_str!("../../sql/facts/ledger_rows.sql");
const USER_OBJECTS: &str = include_str!("../../sql/facts/user_objects.sql");
const DATABASE_WIDE: &str = include_str!("../../sql/facts/database_objects.sql");

/// How many objects are named as a sample.
const SAMPLE: usize = 10;

/// What a project counts as its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    /// Setting `schema`, `[[schema]]` and the schemas that revisions create objects in.
    pub(crate) managed: &'a [String],
    /// Whether the setting `schema` says where the project lives. Where it does not, the search path does.
    pub(crate) schema_set: bool,
    /// The name of the version table.
    pub(crate) version_table: &'a str,
    /// Its schema, where a setting says it.
    pub(crate) version_table_schema: Option<&'a str>,
    /// The schema of our ledger.
    pub(crate) ledger_schema: &'a str,
    /// The tables of our ledger, for a ledger schema that holds other things too.
    pub(crate) ledger_tables: &'a [&'a str],
    /// Tables that look like ledgers and are a library's: `table` or `schema.table`.
    pub(crate) ignore_ledgers: &'a [String],
}

/// Reads what there is in the database apart from version rows and journal. The session must be outside a transaction,
/// and is so again afterwards, whatever happens.
///
/// # Errors
/// What the server says. A ledger that the role may not read, or that is locked, is no error: it is reported as such.
pub(crate) fn read(session: &mut Session, scope: &Scope<'_>) -> Result<UntrackedFacts, SqlError> {
    match read_once(session, scope) {
        // A `statement_timeout` of the role has cut off the opening, which takes it away for the rest.
        Err(error) if error.is(QUERY_CANCELED) && world::interrupted().is_none() => {
            session.lift_statement_timeout()?;
            read_once(session, scope)
        }
        outcome => outcome,
    }
}

fn read_once(session: &mut Session, scope: &Scope<'_>) -> Result<UntrackedFacts, SqlError> {
    let client = session.client()?;
    match begin(client).and_then(|search_path| read_all(client, scope, &search_path)) {
        Ok(facts) => {
            client.batch_execute("COMMIT")?;
            Ok(facts)
        }
        Err(error) => {
            // The first error says what happened; where the connection is gone, so is the transaction.
            drop(client.batch_execute("ROLLBACK"));
            Err(SqlError::from(error))
        }
    }
}

/// Opens the transaction and returns the schemas of the session's search path.
fn begin(client: &mut Client) -> Result<Vec<String>, postgres::Error> {
    for message in client.simple_query(BEGIN)? {
        if let SimpleQueryMessage::Row(row) = message {
            let array = row.get(0).unwrap_or("[]");
            return Ok(serde_json::from_str(array).unwrap_or_default());
        }
    }
    Ok(Vec::new())
}

fn read_all(client: &mut Client, scope: &Scope<'_>, search_path: &[String]) -> Result<UntrackedFacts, postgres::Error> {
    let places = Places::new(scope.managed, scope.schema_set, search_path);
    let tables = ledger_tables(client, scope, &places)?;
    let mut facts = UntrackedFacts::default();
    let mut left_out: Vec<(&str, &str)> =
        scope.ledger_tables.iter().map(|table| (scope.ledger_schema, *table)).collect();
    let mut tools = Vec::new();
    let mut own_schemas = Vec::new();
    for table in &tables {
        if is_ignored(table, scope.ignore_ledgers) {
            left_out.push((&table.schema, &table.name));
            continue;
        }
        if table.has(&["version_num"]) && (table.name == scope.version_table || table.name == "alembic_version") {
            left_out.push((&table.schema, &table.name));
            version_table(client, scope, table, &mut facts.notices)?;
            continue;
        }
        let Some(tool) = shape::identify(table, &tables) else { continue };
        if !places.ledgers.contains(&table.schema) && !tool.is_at_home(&table.schema) {
            continue;
        }
        left_out.push((&table.schema, &table.name));
        left_out.extend(shape::helpers(tool, table, &tables).iter().map(|t| (t.schema.as_str(), t.name.as_str())));
        tools.push(tool);
        let ledger = read_ledger(client, tool, table, &tables)?;
        own_schemas.extend(ledger.own_schemas.iter().cloned());
        if ledger.counts() {
            facts.ledgers.push(ledger);
        } else {
            facts.notices.push(format!("the ledger of {}, {}, is there without entries", tool.label(), plain(table)));
        }
    }
    user_objects(client, scope, &places, &left_out, &own_schemas, &mut facts)?;
    facts.bookkeeping = left_out.iter().map(|(schema, table)| ((*schema).to_owned(), (*table).to_owned())).collect();
    database_objects(client, &tools, &mut facts)?;
    Ok(facts)
}

fn plain(table: &Table) -> String {
    format!("{}.{}", readable(&table.schema), readable(&table.name))
}

fn is_ignored(table: &Table, ignored: &[String]) -> bool {
    ignored
        .iter()
        .any(|name| *name == table.name || *name == format!("{}.{}", table.schema, table.name) || *name == plain(table))
}

/// Returns the tables whose name or columns could be a ledger's, the version table's, or of a table beside them.
fn ledger_tables(client: &mut Client, scope: &Scope<'_>, places: &Places) -> Result<Vec<Table>, postgres::Error> {
    let mut schemas = places.to_search();
    schemas.extend(scope.version_table_schema);
    let mut names: Vec<String> = shape::table_names().into_iter().map(str::to_owned).collect();
    names.push(scope.version_table.to_lowercase());
    names.extend(
        scope.ignore_ledgers.iter().map(|name| {
            name.rsplit_once('.').map_or(name.as_str(), |(_, table)| table).trim_matches('"').to_lowercase()
        }),
    );
    let rows = client.query_typed(
        LEDGER_TABLES,
        &[(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY), (&TELLING_COLUMNS, Type::TEXT_ARRAY)],
    )?;
    rows.iter()
        .map(|row| {
            let names: Vec<String> = row.try_get("names")?;
            let kinds: Vec<String> = row.try_get("types")?;
            let columns = names.into_iter().zip(kinds).map(|(name, kind)| Column { name, kind }).collect();
            Ok(Table {
                schema: row.try_get("schema")?,
                name: row.try_get("name")?,
                owner: row.try_get("owner")?,
                readable: row.try_get("readable")?,
                columns,
            })
        })
        .collect()
}

/// Says what a person should know of a version table: the project's own, or one of Alembic that the settings don't name.
fn version_table(
    client: &mut Client,
    scope: &Scope<'_>,
    table: &Table,
    notices: &mut Vec<String>,
) -> Result<(), postgres::Error> {
    let ours =
        table.name == scope.version_table && scope.version_table_schema.is_none_or(|schema| schema == table.schema);
    match rows_of(client, table, history::reading(Tool::Alembic))? {
        Rows::Read(rows) if rows.is_empty() => {
            notices.push(format!("the version table {} is there without rows", plain(table)));
        }
        Rows::Read(rows) if !ours => {
            notices.push(format!(
                "{} holds {} rows, and the settings name another version table",
                plain(table),
                rows.len()
            ));
        }
        Rows::Read(_) | Rows::Denied | Rows::Locked => (),
    }
    Ok(())
}

fn read_ledger(
    client: &mut Client,
    tool: Tool,
    table: &Table,
    all: &[Table],
) -> Result<ForeignLedger, postgres::Error> {
    let rows = match rows_of(client, table, history::reading(tool))? {
        Rows::Read(rows) => rows,
        Rows::Denied => return Ok(history::unreadable(tool, table)),
        Rows::Locked => {
            let notes = vec!["another session holds the table locked, so nothing of it could be read".to_owned()];
            return Ok(ForeignLedger { notes, locked: true, dirty: true, ..history::unreadable(tool, table) });
        }
    };
    let mut beside = Vec::new();
    let mut unread = Vec::new();
    for wanted in history::beside(tool) {
        let helpers = shape::helpers(tool, table, all);
        let Some(helper) = helpers.iter().find(|helper| helper.name.eq_ignore_ascii_case(wanted.table)) else {
            continue;
        };
        match rows_of(client, helper, wanted.reading)? {
            Rows::Read(rows) => beside.push((wanted.table, rows)),
            Rows::Denied | Rows::Locked => unread.push(plain(helper)),
        }
    }
    let mut ledger = history::judge(tool, table, &rows, &beside);
    ledger.notes.extend(unread.into_iter().map(|name| format!("{name} could not be read")));
    Ok(ledger)
}

/// What came of reading a table.
enum Rows {
    Read(Vec<Row>),
    /// The role may not read it.
    Denied,
    /// Another session holds it, longer than `lock_timeout`.
    Locked,
}

/// Reads a table's columns as text. A savepoint keeps the transaction usable where reading is refused after all.
fn rows_of(client: &mut Client, table: &Table, reading: Reading) -> Result<Rows, postgres::Error> {
    let Some(select) = select(table, reading).filter(|_| table.readable) else { return Ok(Rows::Denied) };
    match client.simple_query(&select) {
        Ok(messages) => Ok(Rows::Read(
            messages
                .iter()
                .filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => {
                        Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
                    }
                    SimpleQueryMessage::CommandComplete(_) | SimpleQueryMessage::RowDescription(_) | _ => None,
                })
                .collect(),
        )),
        Err(error) => {
            let refused = match error.code() {
                Some(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE => Rows::Denied,
                Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => Rows::Locked,
                _ => return Err(error),
            };
            client.batch_execute("ROLLBACK TO SAVEPOINT ledger")?;
            Ok(refused)
        }
    }
}

/// Returns the query that reads these columns; a column that the table lacks is NULL. Nothing for names that cannot be
/// quoted, which a server does not give.
fn select(table: &Table, reading: Reading) -> Option<String> {
    let quoted = |name: &&str| table.column(name).and_then(|column| Ident::parse(&column.name).ok());
    let columns: Vec<String> =
        reading.columns.iter().map(|name| quoted(name).map_or("NULL".to_owned(), |ident| ident.to_string())).collect();
    let order: Vec<String> = reading.order.iter().filter_map(quoted).map(|ident| ident.to_string()).collect();
    let order = if order.is_empty() { "1".to_owned() } else { order.join(", ") };
    let table = Qualified { schema: Ident::parse(&table.schema).ok()?, name: Ident::parse(&table.name).ok()? };
    let columns = columns.join(", ");
    Some(fill(LEDGER_ROWS, &[("$columns", &columns), ("$table", &table), ("$order", &order)]))
}

fn user_objects(
    client: &mut Client,
    scope: &Scope<'_>,
    places: &Places,
    left_out: &[(&str, &str)],
    own_schemas: &[String],
    facts: &mut UntrackedFacts,
) -> Result<(), postgres::Error> {
    let mut skipped = platform::schemas();
    skipped.push(scope.ledger_schema);
    skipped.extend(own_schemas.iter().map(String::as_str));
    let (schemas, names): (Vec<&str>, Vec<&str>) = left_out.iter().copied().unzip();
    let patterns: Vec<&str> = OBJECTS.iter().map(|object| object.pattern).collect();
    let kinds: Vec<&str> = OBJECTS.iter().map(|object| object.kinds).collect();
    let owners: Vec<Option<&str>> = OBJECTS.iter().map(|object| object.owner).collect();
    let any_pattern = patterns.join("|");
    let managed: Vec<&str> =
        places.managed.iter().map(String::as_str).filter(|schema| !is_ledger_alone(schema, scope)).collect();
    let rows = client.query_typed(
        USER_OBJECTS,
        &[
            (&managed, Type::TEXT_ARRAY),
            (&places.visible, Type::TEXT_ARRAY),
            (&skipped, Type::TEXT_ARRAY),
            (&SCHEMA_PATTERNS, Type::TEXT_ARRAY),
            (&schemas, Type::TEXT_ARRAY),
            (&names, Type::TEXT_ARRAY),
            (&patterns, Type::TEXT_ARRAY),
            (&kinds, Type::TEXT_ARRAY),
            (&owners, Type::TEXT_ARRAY),
            (&any_pattern, Type::TEXT),
        ],
    )?;
    let mut last = None;
    for row in &rows {
        let schema: String = row.try_get("schema")?;
        let objects = u64::try_from(row.try_get::<_, i64>("objects")?).unwrap_or_default();
        let counted: bool = row.try_get("counted")?;
        if last.as_ref() != Some(&schema) {
            if counted {
                facts.objects += objects;
            } else {
                facts.other_schemas.push((schema.clone(), objects));
            }
        }
        if counted && facts.sample.len() < SAMPLE {
            let (kind, name): (String, String) = (row.try_get("kind")?, row.try_get("name")?);
            facts.sample.push(format!("{kind} {}.{}", readable(&schema), readable(&name)));
        }
        last = Some(schema);
    }
    if !facts.other_schemas.is_empty() {
        facts.notices.push(others(&facts.other_schemas));
    }
    Ok(())
}

/// A ledger schema that revisions or settings name too counts; one that they don't holds nothing of the user's.
fn is_ledger_alone(schema: &str, scope: &Scope<'_>) -> bool {
    schema == scope.ledger_schema && !scope.managed.iter().any(|managed| managed == schema)
}

fn others(schemas: &[(String, u64)]) -> String {
    const SHOWN: usize = 5;
    let list: Vec<String> =
        schemas.iter().take(SHOWN).map(|(schema, objects)| format!("{} ({objects})", readable(schema))).collect();
    let more = schemas.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("schemas that are not managed hold objects too: {}{more}", list.join(", "))
}

/// Counts event triggers and publications that the project made.
fn database_objects(client: &mut Client, tools: &[Tool], facts: &mut UntrackedFacts) -> Result<(), postgres::Error> {
    let of_tools: Vec<&str> = tools.iter().flat_map(|tool| platform::database_objects_of(*tool)).copied().collect();
    let rows =
        client.query_typed(DATABASE_WIDE, &[(&DATABASE_OBJECTS, Type::TEXT_ARRAY), (&of_tools, Type::TEXT_ARRAY)])?;
    for row in &rows {
        facts.objects += 1;
        if facts.sample.len() < SAMPLE {
            let (kind, name): (String, String) = (row.try_get("kind")?, row.try_get("name")?);
            facts.sample.push(format!("{kind} {}", readable(&name)));
        }
    }
    Ok(())
}
