//! Tables: ordinary, partitioned, partitions, children, typed and foreign ones.

use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::relation::index::without_index;
use crate::diff::relation::options::{foreign, foreign_changes, storage, storage_changes};
use crate::diff::relation::{column, constraint, parents};
use crate::diff::sql::{name, parts};
use crate::diff::{Alteration, Changed, Cx, Sql};
use crate::text::ident::sparing;

/// Creates a table with its columns and what else is inline.
pub(in crate::diff) fn create(table: &Object, inline: &[&Object], cx: &Cx<'_>) -> Vec<Sql> {
    let of = |kind: Kind| inline.iter().copied().filter(move |object| object.id.kind == kind);
    let mut columns: Vec<&Object> = of(Kind::Column).collect();
    columns.sort_by_key(|column| column.text("position").parse::<usize>().unwrap_or_default());
    let inherits = table.list("inherits");
    let typed = table.get("of_type");
    // A partition is made whole, and then attached: so that its indexes keep their names.
    let comes_by_itself = |column: &Object| !inherits.is_empty() && column::is_only_inherited(column);
    let mut elements = Vec::new();
    let mut after = Vec::new();
    for column in &columns {
        let default = of(Kind::Default).find(|default| default.id.name == column.id.name);
        let sequence = of(Kind::Sequence).find(|sequence| column::is_identity_of(sequence, column));
        if comes_by_itself(column) {
            after.extend(column::beyond_inherited(column, cx));
            continue;
        }
        match typed {
            Some(_) => elements.extend(column::with_options(column, default, sequence, cx)),
            None => elements.push(column::definition(column, default, sequence, cx)),
        }
        after.extend(column::extras(column, cx));
    }
    let mut constraints: Vec<&Object> = of(Kind::Constraint)
        .filter(|constraint| inherits.is_empty() || !constraint::is_only_inherited(constraint))
        .collect();
    constraints.sort_by_key(|constraint| (constraint.text("type") != "primary key", &constraint.id.name));
    elements.extend(constraints.iter().map(|constraint| constraint::clause(constraint)));
    after.extend(constraints.iter().flat_map(|constraint| constraint::extras(constraint)));

    let is_foreign = table.id.kind == Kind::ForeignTable;
    let what = if is_foreign {
        "FOREIGN TABLE"
    } else if table.get("persistence").is_some() {
        "UNLOGGED TABLE"
    } else {
        "TABLE"
    };
    let mut text = vec![format!("CREATE {what} {}", name(&table.id))];
    if let Some(typed) = typed {
        text.push(format!(" OF {typed}"));
    }
    if !elements.is_empty() {
        text.push(format!(" (\n    {}\n)", elements.join(",\n    ")));
    } else if typed.is_none() {
        text.push(" ()".to_owned());
    }
    if !inherits.is_empty() {
        text.push(format!("\nINHERITS ({})", inherits.join(", ")));
    }
    if let Some(key) = table.get("partition_key") {
        text.push(format!("\nPARTITION BY {key}"));
    }
    if let Some(method) = table.get("access_method") {
        text.push(format!("\nUSING {}", sparing(method)));
    }
    let options = [storage(&table.list("options"), ""), storage(&table.list("toast_options"), "toast.")].concat();
    if !options.is_empty() {
        text.push(format!("\nWITH ({})", options.join(", ")));
    }
    if let Some(space) = table.get("tablespace") {
        text.push(format!("\nTABLESPACE {}", sparing(space)));
    }
    if let Some(server) = table.get("server") {
        text.push(format!("\nSERVER {}{}", sparing(server), foreign(&table.list("foreign_options"))));
    }
    let mut statements = vec![Sql::new(text.concat())];
    statements.extend(after);
    let own = |change: &str| Sql::new(format!("ALTER TABLE {} {change}", name(&table.id)));
    if table.is("row_security") {
        statements.push(own("ENABLE ROW LEVEL SECURITY"));
    }
    if table.is("force_row_security") {
        statements.push(own("FORCE ROW LEVEL SECURITY"));
    }
    statements.extend(replica_identity(table).filter(|_| table.get("replica_identity").is_some()));
    statements
}

/// Drops a table.
pub(in crate::diff) fn drop(table: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    let mut statements = Vec::new();
    // What a foreign key refers to is not dropped before the server knows that no row of it is referred to.
    if let Some(parent) = table.get("partition_of")
        && parents(cx.to, table).iter().any(|parent| cx.from.has(&parent.id))
        && cx.from.of_kind(Kind::Constraint).any(|constraint| constraint.get("references") == Some(parent))
    {
        statements.push(Sql::new(format!("ALTER TABLE {parent} DETACH PARTITION {}", name(&table.id))));
    }
    let statement = Sql::new(format!("DROP {} {}", kind(table), name(&table.id)));
    let keeps_rows = table.id.kind == Kind::ForeignTable || table.get("partition_key").is_some();
    statements.push(if keeps_rows { statement } else { statement.losing(format!("the rows of {}", table.id.path())) });
    statements
}

fn kind(table: &Object) -> &'static str {
    if table.id.kind == Kind::ForeignTable { "FOREIGN TABLE" } else { "TABLE" }
}

/// The identity that is none of an index: an index says so itself.
fn replica_identity(table: &Object) -> impl Iterator<Item = Sql> {
    let how = match table.get("replica_identity") {
        None => Some("DEFAULT"),
        Some("nothing") => Some("NOTHING"),
        Some("full") => Some("FULL"),
        Some(_) => None,
    };
    how.map(|how| Sql::new(format!("ALTER TABLE {} REPLICA IDENTITY {how}", name(&table.id)))).into_iter()
}

/// Changes a table.
pub(in crate::diff) fn alter(before: &Object, after: &Object, changed: &Changed<'_>, _cx: &Cx<'_>) -> Alteration {
    if ["partition_key", "server"].iter().any(|attribute| changed.contains(attribute)) {
        return Alteration::Replace;
    }
    let own = |change: String| Sql::new(format!("ALTER {} {} {change}", kind(after), name(&after.id)));
    let mut statements = Vec::new();
    let yes = |attribute: &str, on: &str, off: &str| {
        changed.contains(attribute).then(|| own(if after.is(attribute) { on } else { off }.to_owned()))
    };
    if changed.contains("of_type") {
        statements.push(own(match after.get("of_type") {
            Some(typed) => format!("OF {typed}"),
            None => "NOT OF".to_owned(),
        }));
    }
    if changed.contains("persistence") {
        statements.push(own(if after.get("persistence").is_some() { "SET UNLOGGED" } else { "SET LOGGED" }.to_owned()));
    }
    if changed.contains("access_method") {
        statements.push(own(format!("SET ACCESS METHOD {}", sparing(after.get("access_method").unwrap_or("heap")))));
    }
    if changed.contains("tablespace") {
        statements.push(own(format!("SET TABLESPACE {}", sparing(after.get("tablespace").unwrap_or("pg_default")))));
    }
    for (attribute, prefix) in [("options", ""), ("toast_options", "toast.")] {
        let changes = storage_changes(&before.list(attribute), &after.list(attribute), prefix);
        statements.extend(changes.into_iter().filter(|_| changed.contains(attribute)).map(own));
    }
    if changed.contains("foreign_options") {
        statements.push(own(foreign_changes(&before.list("foreign_options"), &after.list("foreign_options"))));
    }
    statements.extend(yes("row_security", "ENABLE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY"));
    statements.extend(yes("force_row_security", "FORCE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"));
    if changed.contains("replica_identity") {
        statements.extend(replica_identity(after));
    }
    Alteration::InPlace(statements)
}

/// The end of being a partition or a child, and the tables which that concerns.
pub(in crate::diff) fn release(
    before: &Object,
    after: &Object,
    again: bool,
    cx: &Cx<'_>,
) -> Option<(Vec<Sql>, Vec<ObjectId>)> {
    let mut statements = Vec::new();
    let table = name(&before.id);
    let moved = before.get("partition_of") != after.get("partition_of")
        || before.get("partition_bound") != after.get("partition_bound");
    if let Some(parent) = before.get("partition_of").filter(|_| moved || again) {
        statements.push(Sql::new(format!("ALTER TABLE {parent} DETACH PARTITION {table}")));
        // The foreign keys that it had from its table stay with it.
        for constraint in cx.from.children(Kind::Constraint, before.id.schema(), &before.id.name) {
            let stays = cx.to.get(&constraint.id).is_some_and(|after| {
                ["definition", "deferrable", "deferred"].iter().all(|it| after.find(it) == constraint.find(it))
            });
            if constraint.get("cloned").is_some() && !stays {
                statements
                    .push(Sql::new(format!("ALTER TABLE {table} DROP CONSTRAINT {}", sparing(&constraint.id.name))));
            }
        }
    }
    let kept = after.list("inherits");
    for parent in before.list("inherits").iter().filter(|parent| again || !kept.contains(parent)) {
        statements.push(Sql::new(format!("ALTER TABLE {table} NO INHERIT {parent}")));
    }
    let left = before.get("partition_of").map(str::to_owned).into_iter().chain(before.list("inherits"));
    let mut tables = vec![before.id.clone()];
    for parent in left {
        if let [schema, name] = parts(&parent).as_slice() {
            tables.push(ObjectId::new(Kind::Table, schema, name));
        }
    }
    (!statements.is_empty()).then_some((statements, tables))
}

/// Makes a table a partition or a child, after all that the parent demands of it is there.
pub(in crate::diff) fn finish(
    table: &Object,
    before: Option<&Object>,
    cx: &Cx<'_>,
) -> Option<(Vec<Sql>, Vec<ObjectId>)> {
    let own = name(&table.id);
    let mut statements = Vec::new();
    let is_as_before = |attribute: &str| before.is_some_and(|before| before.get(attribute) == table.get(attribute));
    if let Some(parent) = table.get("partition_of")
        && !(is_as_before("partition_of") && is_as_before("partition_bound"))
    {
        let bound = table.text("partition_bound");
        statements.push(Sql::new(format!("ALTER TABLE {parent} ATTACH PARTITION {own} {bound}")));
    }
    // A new table says INHERITS itself.
    if let Some(before) = before {
        let had = before.list("inherits");
        for parent in table.list("inherits").iter().filter(|parent| !had.contains(parent)) {
            statements.push(Sql::new(format!("ALTER TABLE {own} INHERIT {parent}")));
        }
    }
    if statements.is_empty() {
        return None;
    }
    let mut after = vec![table.id.clone()];
    let families: Vec<&ObjectId> =
        std::iter::once(&table.id).chain(parents(cx.to, table).into_iter().map(|parent| &parent.id)).collect();
    for member in families {
        after.push(member.clone());
        for kind in [Kind::Column, Kind::Constraint, Kind::Index] {
            let children = cx.to.children(kind, member.schema(), &member.name);
            // An index that only some partitions have is made when they are attached.
            let comes_before = |it: &&Object| *member == table.id || without_index(it, cx).is_empty();
            after.extend(children.filter(comes_before).map(|object| object.id.clone()));
        }
    }
    Some((statements, after))
}
