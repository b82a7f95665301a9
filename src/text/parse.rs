//! PostgreSQL's own grammar (libpg_query): where statements begin and end, and what kind each is. The only module that
//! knows the parser crate; what leaves it are values of our own.

mod tree;

use std::ffi::{CStr, CString, c_char, c_int};
use std::ops::Range;

use pg_query::NodeEnum;
use pg_query::protobuf::{self, Node};

use crate::text::parse::tree::{
    constant, has_option, is_temporary, name_of_list, no_name, option_is_off, range_var, strings,
};

/// The newest PostgreSQL whose grammar this is.
pub(crate) const GRAMMAR_MAJOR: u32 = 18;

/// The grammar's refusal of a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct SyntaxError {
    /// What PostgreSQL says.
    pub(crate) message: String,
    /// The byte at which it says so.
    pub(crate) offset: usize,
}

/// What a statement means for the way in which it has to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Runs in a transaction and leaves nothing in the session.
    Ordinary,
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`; with `AND CHAIN`, a new transaction follows.
    Commit { chain: bool },
    /// `ROLLBACK`, `ABORT`.
    Rollback { chain: bool },
    /// `PREPARE TRANSACTION`.
    PrepareTransaction { gid: String },
    /// Cannot run in a transaction block.
    Alone(Alone),
    /// Cannot run in a transaction block in some cases that only the server can tell: `CALL`, `DO` (both may commit),
    /// `CLUSTER` and `REINDEX` of what may be partitioned, `DROP SUBSCRIPTION`. The text says what it is.
    MaybeAlone(&'static str),
    /// `SET` or `RESET` for the session.
    Set { name: String, value: Option<String> },
    /// `SET LOCAL`, `SET TRANSACTION`.
    SetLocal,
    /// Changes who the session is: `SET ROLE`, `SET SESSION AUTHORIZATION`.
    SetRole,
    /// Leaves something else in the session that later statements may depend on. The text says what.
    SessionState(&'static str),
    /// `ALTER TYPE … ADD VALUE`: the type as written and the value.
    AddEnumValue { type_name: String, value: String },
    /// `CREATE INDEX IF NOT EXISTS` in a transaction.
    EnsureIndex { index: String, table: Name },
    /// `COPY … FROM STDIN`.
    CopyIn,
    /// `COPY … TO STDOUT`.
    CopyOut,
    /// Unknown to this grammar.
    Unknown,
}

/// A statement that cannot run in a transaction block, with what tells afterwards whether it ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Alone {
    /// `CREATE INDEX CONCURRENTLY`.
    CreateIndex { index: Option<String>, table: Name },
    /// `DROP INDEX CONCURRENTLY`.
    DropIndex { index: Name },
    /// `REINDEX … CONCURRENTLY`: of an `index`, a `table`, a `schema` or a `database`.
    Reindex { kind: &'static str, name: Name },
    /// `ALTER TABLE … DETACH PARTITION … CONCURRENTLY` or `FINALIZE`.
    Detach { parent: Name, partition: Name },
    /// `CREATE DATABASE`.
    CreateDatabase { name: String },
    /// `DROP DATABASE`.
    DropDatabase { name: String },
    /// `CREATE TABLESPACE`.
    CreateTablespace { name: String },
    /// `DROP TABLESPACE`.
    DropTablespace { name: String },
    /// `CREATE SUBSCRIPTION`.
    CreateSubscription { name: String },
    /// `COMMIT PREPARED` or `ROLLBACK PREPARED`.
    FinishPrepared { gid: String },
    /// Statements that may be repeated: `VACUUM`, `CLUSTER`, `ALTER SYSTEM`, `REINDEX SCHEMA`, …
    Repeatable(&'static str),
}

impl Alone {
    /// Returns the statement's name for people.
    pub(crate) fn what(&self) -> &'static str {
        match self {
            Self::CreateIndex { .. } => "CREATE INDEX CONCURRENTLY",
            Self::DropIndex { .. } => "DROP INDEX CONCURRENTLY",
            Self::Reindex { .. } => "REINDEX CONCURRENTLY",
            Self::Detach { .. } => "DETACH PARTITION CONCURRENTLY",
            Self::CreateDatabase { .. } => "CREATE DATABASE",
            Self::DropDatabase { .. } => "DROP DATABASE",
            Self::CreateTablespace { .. } => "CREATE TABLESPACE",
            Self::DropTablespace { .. } => "DROP TABLESPACE",
            Self::CreateSubscription { .. } => "CREATE SUBSCRIPTION",
            Self::FinishPrepared { .. } => "COMMIT or ROLLBACK PREPARED",
            Self::Repeatable(what) => what,
        }
    }
}

/// A name as written, with its schema where one was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// The schema.
    pub(crate) schema: Option<String>,
    /// The name.
    pub(crate) name: String,
}

#[repr(C)]
struct RawError {
    message: *const c_char,
    funcname: *const c_char,
    filename: *const c_char,
    lineno: c_int,
    cursorpos: c_int,
    context: *const c_char,
}

#[repr(C)]
struct RawStatement {
    stmt_location: c_int,
    stmt_len: c_int,
}

#[repr(C)]
struct RawSplit {
    stmts: *const *const RawStatement,
    n_stmts: c_int,
    stderr_buffer: *const c_char,
    error: *const RawError,
}

#[expect(unsafe_code, reason = "the parser crate drops the position of an error; the C library that it links has it")]
mod shim {
    use std::ffi::c_char;

    unsafe extern "C" {
        pub(super) fn pg_query_split_with_parser(input: *const c_char) -> super::RawSplit;
        pub(super) fn pg_query_free_split_result(result: super::RawSplit);
    }
}

/// Returns the bytes of each statement, without leading white space and comments and without the semicolon.
///
/// # Errors
/// The first syntax error. A NUL character is one.
#[expect(unsafe_code, reason = "reads the C library's result before it is freed; see `shim`")]
pub(crate) fn split(text: &str) -> Result<Vec<Range<usize>>, SyntaxError> {
    let input = CString::new(text)
        .map_err(|nul| SyntaxError { message: "a NUL character in SQL text".to_owned(), offset: nul.nul_position() })?;
    // SAFETY: `input` is a NUL-terminated string that outlives the call. The result is read through pointers that the
    // library has filled (`n_stmts` entries, or an error with a message) and freed once, here.
    unsafe {
        let raw = shim::pg_query_split_with_parser(input.as_ptr());
        let result = if let Some(error) = raw.error.as_ref() {
            let character = usize::try_from(error.cursorpos).unwrap_or(0);
            Err(SyntaxError {
                message: CStr::from_ptr(error.message).to_string_lossy().into_owned(),
                offset: crate::text::span::byte_offset(text, character.max(1)),
            })
        } else {
            let count = usize::try_from(raw.n_stmts).unwrap_or(0);
            Ok((0..count)
                .map(|index| {
                    let statement = &**raw.stmts.add(index);
                    let start = usize::try_from(statement.stmt_location).unwrap_or(0);
                    let length = usize::try_from(statement.stmt_len).unwrap_or(0);
                    start..start + length
                })
                .collect())
        };
        shim::pg_query_free_split_result(raw);
        result
    }
}

/// Returns the schemas that a text names where it creates something in one: tables, views, sequences, types, functions.
pub(crate) fn schemas_created_in(text: &str) -> Vec<String> {
    // A schema that is named has a dot behind it: most texts need no parser.
    if !text.contains('.') {
        return Vec::new();
    }
    let Ok(tree) = pg_query::parse(text, pg_query::ParserOptions::default()) else { return Vec::new() };
    let nodes = tree.protobuf.stmts.into_iter().filter_map(|raw| raw.stmt?.node);
    nodes.filter_map(|node| schema_of_created(&node)).filter(|schema| schema != "pg_temp").collect()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar has some 270 kinds of nodes; the others create nothing in a schema"
)]
fn schema_of_created(node: &NodeEnum) -> Option<String> {
    let named = |names: &[Node]| strings(names).into_iter().rev().nth(1);
    match node {
        NodeEnum::CreateStmt(stmt) => range_var(stmt.relation.as_ref()).schema,
        NodeEnum::CreateForeignTableStmt(stmt) => {
            range_var(stmt.base_stmt.as_ref().and_then(|base| base.relation.as_ref())).schema
        }
        NodeEnum::CreateTableAsStmt(stmt) => range_var(stmt.into.as_ref().and_then(|into| into.rel.as_ref())).schema,
        NodeEnum::ViewStmt(stmt) => range_var(stmt.view.as_ref()).schema,
        NodeEnum::CreateSeqStmt(stmt) => range_var(stmt.sequence.as_ref()).schema,
        NodeEnum::CompositeTypeStmt(stmt) => range_var(stmt.typevar.as_ref()).schema,
        NodeEnum::CreateEnumStmt(stmt) => named(&stmt.type_name),
        NodeEnum::CreateRangeStmt(stmt) => named(&stmt.type_name),
        NodeEnum::CreateDomainStmt(stmt) => named(&stmt.domainname),
        NodeEnum::CreateFunctionStmt(stmt) => named(&stmt.funcname),
        NodeEnum::DefineStmt(stmt) => named(&stmt.defnames),
        _ => None,
    }
}

/// Returns the class of one statement.
pub(crate) fn classify(statement: &str) -> Class {
    if is_plain(statement) {
        return Class::Ordinary;
    }
    let Ok(tree) = pg_query::parse(statement, pg_query::ParserOptions::default()) else { return Class::Unknown };
    let node = tree.protobuf.stmts.into_iter().next().and_then(|raw| raw.stmt).and_then(|stmt| stmt.node);
    match node {
        Some(node) => of_node(&node),
        None => Class::Unknown,
    }
}

/// Returns the schemas that a text creates, as far as the grammar understands it.
pub(crate) fn created_schemas(text: &str) -> Vec<String> {
    if !text.as_bytes().windows(6).any(|word| word.eq_ignore_ascii_case(b"schema")) {
        return Vec::new();
    }
    let Ok(tree) = pg_query::parse(text, pg_query::ParserOptions::default()) else { return Vec::new() };
    let nodes = tree.protobuf.stmts.into_iter().filter_map(|raw| raw.stmt?.node);
    nodes
        .filter_map(|node| {
            let NodeEnum::CreateSchemaStmt(stmt) = node else { return None };
            let of_role = || stmt.authrole.as_ref().map(|role| role.rolename.clone());
            Some(stmt.schemaname.clone()).filter(|name| !name.is_empty()).or_else(of_role)
        })
        .collect()
}

/// What a statement makes, and refuses to make where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// A schema; and whether nothing else is made with it.
    Schema(String, bool),
    /// An extension.
    Extension(String),
}

/// Returns the schema or extension that a statement makes, unless it says `IF NOT EXISTS`.
pub(crate) fn new_base(statement: &str) -> Option<Base> {
    let mut words = statement.split_ascii_whitespace();
    let (first, second) = (words.next()?, words.next()?);
    let is_one = ["schema", "extension"].iter().any(|word| second.eq_ignore_ascii_case(word));
    if !first.eq_ignore_ascii_case("create") || !is_one {
        return None;
    }
    let tree = pg_query::parse(statement, pg_query::ParserOptions::default()).ok()?;
    let node = tree.protobuf.stmts.into_iter().next()?.stmt?.node?;
    if let NodeEnum::CreateSchemaStmt(stmt) = &node {
        let of_role = || stmt.authrole.as_ref().map(|role| role.rolename.clone());
        let name = Some(stmt.schemaname.clone()).filter(|name| !name.is_empty()).or_else(of_role)?;
        return (!stmt.if_not_exists).then_some(Base::Schema(name, stmt.schema_elts.is_empty()));
    }
    let NodeEnum::CreateExtensionStmt(stmt) = node else { return None };
    (!stmt.if_not_exists).then_some(Base::Extension(stmt.extname))
}

/// Returns whether a statement is ordinary by its first words alone, so that the tree of it is not needed: rows that are
/// written, and tables that are made in a schema that is not the session's own.
fn is_plain(statement: &str) -> bool {
    let mut words = statement.split_ascii_whitespace().map(str::to_ascii_lowercase);
    match (words.next().as_deref(), words.next().as_deref()) {
        (Some("insert"), Some("into")) | (Some("delete"), Some("from")) => true,
        (Some("create"), Some("table")) => !statement.to_ascii_lowercase().contains("pg_temp"),
        _ => false,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the grammar has some 270 kinds of nodes; the others are ordinary")]
fn of_node(node: &NodeEnum) -> Class {
    match node {
        NodeEnum::TransactionStmt(stmt) => of_transaction(stmt),
        NodeEnum::VariableSetStmt(stmt) => of_set(stmt),
        NodeEnum::SelectStmt(stmt) => of_select(stmt),
        NodeEnum::CallStmt(_) => Class::MaybeAlone("CALL"),
        NodeEnum::DoStmt(_) => Class::MaybeAlone("DO"),
        NodeEnum::IndexStmt(stmt) if stmt.concurrent => {
            let index = Some(stmt.idxname.clone()).filter(|name| !name.is_empty());
            Class::Alone(Alone::CreateIndex { index, table: range_var(stmt.relation.as_ref()) })
        }
        NodeEnum::IndexStmt(stmt) if stmt.if_not_exists && !stmt.idxname.is_empty() => {
            Class::EnsureIndex { index: stmt.idxname.clone(), table: range_var(stmt.relation.as_ref()) }
        }
        NodeEnum::DropStmt(stmt) if stmt.concurrent => {
            Class::Alone(Alone::DropIndex { index: stmt.objects.first().map(name_of_list).unwrap_or_else(no_name) })
        }
        NodeEnum::ReindexStmt(stmt) => of_reindex(stmt),
        NodeEnum::AlterTableStmt(stmt) => of_alter_table(stmt),
        NodeEnum::VacuumStmt(stmt) if stmt.is_vacuumcmd => Class::Alone(Alone::Repeatable("VACUUM")),
        NodeEnum::ClusterStmt(stmt) if stmt.relation.is_none() => Class::Alone(Alone::Repeatable("CLUSTER")),
        NodeEnum::ClusterStmt(_) => Class::MaybeAlone("CLUSTER"),
        NodeEnum::AlterSystemStmt(_) => Class::Alone(Alone::Repeatable("ALTER SYSTEM")),
        NodeEnum::CreatedbStmt(stmt) => Class::Alone(Alone::CreateDatabase { name: stmt.dbname.clone() }),
        NodeEnum::DropdbStmt(stmt) => Class::Alone(Alone::DropDatabase { name: stmt.dbname.clone() }),
        NodeEnum::AlterDatabaseStmt(stmt) if has_option(&stmt.options, "tablespace") => {
            Class::Alone(Alone::Repeatable("ALTER DATABASE … SET TABLESPACE"))
        }
        NodeEnum::CreateTableSpaceStmt(stmt) => {
            Class::Alone(Alone::CreateTablespace { name: stmt.tablespacename.clone() })
        }
        NodeEnum::DropTableSpaceStmt(stmt) => Class::Alone(Alone::DropTablespace { name: stmt.tablespacename.clone() }),
        NodeEnum::CreateSubscriptionStmt(stmt) => {
            if option_is_off(&stmt.options, "connect") || option_is_off(&stmt.options, "create_slot") {
                Class::Ordinary
            } else {
                Class::Alone(Alone::CreateSubscription { name: stmt.subname.clone() })
            }
        }
        NodeEnum::DropSubscriptionStmt(_) => Class::MaybeAlone("DROP SUBSCRIPTION"),
        NodeEnum::AlterSubscriptionStmt(_) => Class::MaybeAlone("ALTER SUBSCRIPTION"),
        NodeEnum::AlterEnumStmt(stmt) if stmt.old_val.is_empty() && !stmt.new_val.is_empty() => {
            Class::AddEnumValue { type_name: strings(&stmt.type_name).join("."), value: stmt.new_val.clone() }
        }
        NodeEnum::CopyStmt(stmt) if stmt.filename.is_empty() && !stmt.is_program => {
            if stmt.is_from {
                Class::CopyIn
            } else {
                Class::CopyOut
            }
        }
        NodeEnum::CreateStmt(stmt) if is_temporary(stmt.relation.as_ref()) => Class::SessionState("a temporary table"),
        NodeEnum::CreateTableAsStmt(stmt) if stmt.into.as_ref().is_some_and(|into| is_temporary(into.rel.as_ref())) => {
            Class::SessionState("a temporary table")
        }
        NodeEnum::ViewStmt(stmt) if is_temporary(stmt.view.as_ref()) => Class::SessionState("a temporary view"),
        NodeEnum::CreateSeqStmt(stmt) if is_temporary(stmt.sequence.as_ref()) => {
            Class::SessionState("a temporary sequence")
        }
        NodeEnum::PrepareStmt(_) => Class::SessionState("a prepared statement"),
        NodeEnum::ExecuteStmt(_) => Class::SessionState("a prepared statement"),
        NodeEnum::DeclareCursorStmt(_) => Class::SessionState("a cursor"),
        NodeEnum::ListenStmt(_) => Class::SessionState("LISTEN"),
        NodeEnum::LoadStmt(_) => Class::SessionState("LOAD"),
        NodeEnum::DiscardStmt(stmt) if stmt.target() == protobuf::DiscardMode::DiscardAll => {
            Class::Alone(Alone::Repeatable("DISCARD ALL"))
        }
        _ => Class::Ordinary,
    }
}

fn of_transaction(stmt: &protobuf::TransactionStmt) -> Class {
    use protobuf::TransactionStmtKind as Kind;
    match stmt.kind() {
        Kind::TransStmtBegin | Kind::TransStmtStart => Class::Begin,
        Kind::TransStmtCommit => Class::Commit { chain: stmt.chain },
        Kind::TransStmtRollback => Class::Rollback { chain: stmt.chain },
        Kind::TransStmtPrepare => Class::PrepareTransaction { gid: stmt.gid.clone() },
        Kind::TransStmtCommitPrepared | Kind::TransStmtRollbackPrepared => {
            Class::Alone(Alone::FinishPrepared { gid: stmt.gid.clone() })
        }
        Kind::TransStmtSavepoint | Kind::TransStmtRelease | Kind::TransStmtRollbackTo | Kind::Undefined => {
            Class::Ordinary
        }
    }
}

fn of_set(stmt: &protobuf::VariableSetStmt) -> Class {
    use protobuf::VariableSetKind as Kind;
    let name = stmt.name.to_ascii_lowercase();
    if stmt.kind() == Kind::VarSetMulti || stmt.is_local && !is_about_text(&name) {
        return Class::SetLocal;
    }
    if matches!(stmt.name.as_str(), "role" | "session_authorization") {
        return Class::SetRole;
    }
    Class::Set { name, value: stmt.args.first().and_then(constant) }
}

/// Settings that change how statements are read, for however long: a local one is told like any other.
fn is_about_text(name: &str) -> bool {
    matches!(name, "standard_conforming_strings" | "client_encoding")
}

/// `SELECT set_config(…, false)`, as pg_dump writes it, is a SET.
fn of_select(stmt: &protobuf::SelectStmt) -> Class {
    if stmt.into_clause.as_ref().is_some_and(|into| is_temporary(into.rel.as_ref())) {
        return Class::SessionState("a temporary table");
    }
    for target in &stmt.target_list {
        let Some(NodeEnum::ResTarget(target)) = &target.node else { continue };
        let Some(NodeEnum::FuncCall(call)) = target.val.as_ref().and_then(|value| value.node.as_ref()) else {
            continue;
        };
        match strings(&call.funcname).last().map(String::as_str) {
            Some("set_config") => {
                let name = call.args.first().and_then(constant).unwrap_or_default().to_ascii_lowercase();
                let local = call.args.get(2).and_then(constant).is_some_and(|flag| flag == "true");
                let counts = !local || is_about_text(&name);
                let set = Class::Set { name, value: call.args.get(1).and_then(constant) };
                return if counts { set } else { Class::SetLocal };
            }
            Some("pg_advisory_lock" | "pg_try_advisory_lock" | "pg_advisory_lock_shared") => {
                return Class::SessionState("a session's advisory lock");
            }
            _ => (),
        }
    }
    Class::Ordinary
}

fn of_reindex(stmt: &protobuf::ReindexStmt) -> Class {
    use protobuf::ReindexObjectType as Kind;
    if has_option(&stmt.params, "concurrently") && !option_is_off(&stmt.params, "concurrently") {
        let kind = match stmt.kind() {
            Kind::ReindexObjectIndex => "index",
            Kind::ReindexObjectTable => "table",
            Kind::ReindexObjectSchema => "schema",
            Kind::ReindexObjectSystem | Kind::ReindexObjectDatabase | Kind::Undefined => "database",
        };
        let name = match &stmt.relation {
            Some(relation) => range_var(Some(relation)),
            None => Name { schema: None, name: stmt.name.clone() },
        };
        return Class::Alone(Alone::Reindex { kind, name });
    }
    match stmt.kind() {
        Kind::ReindexObjectSchema => Class::Alone(Alone::Repeatable("REINDEX SCHEMA")),
        Kind::ReindexObjectSystem => Class::Alone(Alone::Repeatable("REINDEX SYSTEM")),
        Kind::ReindexObjectDatabase => Class::Alone(Alone::Repeatable("REINDEX DATABASE")),
        Kind::ReindexObjectIndex | Kind::ReindexObjectTable | Kind::Undefined => Class::MaybeAlone("REINDEX"),
    }
}

fn of_alter_table(stmt: &protobuf::AlterTableStmt) -> Class {
    use protobuf::AlterTableType as Kind;
    for command in &stmt.cmds {
        let Some(NodeEnum::AlterTableCmd(command)) = &command.node else { continue };
        let finalize = command.subtype() == Kind::AtDetachPartitionFinalize;
        let Some(NodeEnum::PartitionCmd(partition)) = command.def.as_ref().and_then(|def| def.node.as_ref()) else {
            continue;
        };
        if finalize || (command.subtype() == Kind::AtDetachPartition && partition.concurrent) {
            return Class::Alone(Alone::Detach {
                parent: range_var(stmt.relation.as_ref()),
                partition: range_var(partition.name.as_ref()),
            });
        }
    }
    Class::Ordinary
}

/// Returns whether a statement is an `ALTER TABLE` that only validates constraints.
pub(crate) fn only_validates(statement: &str) -> bool {
    if !statement.to_ascii_lowercase().contains("validate") {
        return false;
    }
    let Ok(tree) = pg_query::parse(statement, pg_query::ParserOptions::default()) else { return false };
    let node = tree.protobuf.stmts.into_iter().next().and_then(|raw| raw.stmt).and_then(|stmt| stmt.node);
    let Some(NodeEnum::AlterTableStmt(stmt)) = node else { return false };
    stmt.cmds.iter().all(|command| {
        matches!(&command.node, Some(NodeEnum::AlterTableCmd(command))
            if command.subtype() == protobuf::AlterTableType::AtValidateConstraint)
    })
}

#[cfg(test)]
mod tests;
