//! Views and materialized views, and their columns.

use crate::catalog::Catalog;
use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::relation::default;
use crate::diff::relation::options::{storage, storage_changes};
use crate::diff::sql::{name, parent};
use crate::diff::{Alteration, Changed, Cx, Sql};
use crate::text::ident::sparing;

/// Creates a view with what its columns have beyond the query.
pub(super) fn create(view: &Object, inline: &[&Object], cx: &Cx<'_>) -> Vec<Sql> {
    let mut statements =
        vec![Sql::new(if is_materialized(view) { materialized(view) } else { definition("CREATE VIEW", view) })];
    for object in inline {
        if object.id.kind == Kind::Default {
            statements.extend(default::create(object, cx));
        } else {
            statements.extend(create_column(object, cx));
        }
    }
    statements
}

/// Makes of the statements that create a view those that give it its query.
pub(super) fn replace_instead(statements: &mut [Sql]) {
    if let Some(first) = statements.first_mut() {
        first.text = first.text.replacen("CREATE VIEW", "CREATE OR REPLACE VIEW", 1);
    }
}

/// Returns the statement for a view of that name and with those columns, and nothing else.
pub(super) fn without_query(start: &str, view: &Object, catalog: &Catalog) -> Sql {
    let column = |column: &Object| {
        let collation = column.get("collation").map(|name| format!(" COLLATE {name}")).unwrap_or_default();
        format!("NULL::{}{collation} AS {}", column.text("type"), sparing(&column.id.name))
    };
    let columns: Vec<String> = columns(catalog, &view.id).into_iter().map(column).collect();
    Sql::new(format!("{start} {} AS\n SELECT {}", name(&view.id), columns.join(",\n    ")))
}

/// Drops a view.
pub(super) fn drop(view: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP {} {}", kind(view), name(&view.id)))]
}

/// Changes a view: the query of an ordinary one in place where it only adds columns at the end.
pub(super) fn alter(before: &Object, after: &Object, changed: &Changed<'_>, cx: &Cx<'_>) -> Alteration {
    let own = |change: &str| Sql::new(format!("ALTER {} {} {change}", kind(after), name(&after.id)));
    if changed.contains("query") {
        let replaceable = !is_materialized(after) && only_adds_columns(cx, &after.id);
        // The options become those of the statement.
        return if replaceable {
            Alteration::InPlace(vec![Sql::new(definition("CREATE OR REPLACE VIEW", after))])
        } else {
            Alteration::Replace
        };
    }
    let mut statements = Vec::new();
    if changed.contains("access_method") {
        statements.push(own(&format!("SET ACCESS METHOD {}", sparing(after.get("access_method").unwrap_or("heap")))));
    }
    if changed.contains("tablespace") {
        statements.push(own(&format!("SET TABLESPACE {}", sparing(after.get("tablespace").unwrap_or("pg_default")))));
    }
    for (attribute, prefix) in [("options", ""), ("toast_options", "toast.")] {
        let changes = storage_changes(&before.list(attribute), &after.list(attribute), prefix);
        statements.extend(changes.iter().map(|change| own(change)));
    }
    Alteration::InPlace(statements)
}

/// What a column of a materialized view has beyond the query.
pub(super) fn create_column(column: &Object, cx: &Cx<'_>) -> Vec<Sql> {
    if !is_materialized_view(cx.to, &column.id) {
        return Vec::new();
    }
    let set = |attribute: &str, words: &str| {
        column.get(attribute).map(|value| own_column(column, &format!("{words} {value}")))
    };
    let mut statements = Vec::new();
    statements.extend(column.get("storage").map(|storage| own_column(column, &set_storage(storage))));
    statements.extend(set("compression", "SET COMPRESSION"));
    statements.extend(set("statistics", "SET STATISTICS"));
    if column.get("options").is_some() {
        statements.push(own_column(column, &format!("SET ({})", storage(&column.list("options"), "").join(", "))));
    }
    statements
}

/// Changes what a column of a materialized view has beyond the query. The rest is the view's, which is replaced for it.
pub(super) fn alter_column(before: &Object, after: &Object, changed: &Changed<'_>, cx: &Cx<'_>) -> Alteration {
    let mut statements = Vec::new();
    if is_materialized_view(cx.to, &after.id) {
        if changed.contains("storage") {
            let storage = after.get("storage").or_else(|| after.find("_type_storage")).unwrap_or("default");
            statements.push(own_column(after, &set_storage(storage)));
        }
        if changed.contains("compression") {
            statements
                .push(own_column(after, &format!("SET COMPRESSION {}", after.get("compression").unwrap_or("default"))));
        }
        if changed.contains("statistics") {
            statements.push(own_column(after, &format!("SET STATISTICS {}", after.get("statistics").unwrap_or("-1"))));
        }
        let changes = storage_changes(&before.list("options"), &after.list("options"), "");
        statements.extend(changes.iter().map(|change| own_column(after, change)));
    }
    Alteration::InPlace(statements)
}

fn definition(start: &str, view: &Object) -> String {
    let options = storage(&view.list("options"), "");
    let with = if options.is_empty() { String::new() } else { format!(" WITH ({})", options.join(", ")) };
    format!("{start} {}{with} AS\n{}", name(&view.id), query(view))
}

fn materialized(view: &Object) -> String {
    let method = view.get("access_method").map(|method| format!("\nUSING {}", sparing(method)));
    let options = [storage(&view.list("options"), ""), storage(&view.list("toast_options"), "toast.")].concat();
    let with = (!options.is_empty()).then(|| format!("\nWITH ({})", options.join(", ")));
    let space = view.get("tablespace").map(|space| format!("\nTABLESPACE {}", sparing(space)));
    let more: String = [method, with, space].into_iter().flatten().collect();
    let filled = if view.is("_populated") { "" } else { "\nWITH NO DATA" };
    format!("CREATE MATERIALIZED VIEW {}{more} AS\n{}{filled}", name(&view.id), query(view))
}

fn query(view: &Object) -> &str {
    view.text("query").trim_end().trim_end_matches(';')
}

fn kind(view: &Object) -> &'static str {
    if is_materialized(view) { "MATERIALIZED VIEW" } else { "VIEW" }
}

fn is_materialized(view: &Object) -> bool {
    view.id.kind == Kind::MaterializedView
}

fn is_materialized_view(catalog: &Catalog, column: &ObjectId) -> bool {
    catalog.has(&ObjectId::new(Kind::MaterializedView, column.schema(), column.parent()))
}

fn own_column(column: &Object, change: &str) -> Sql {
    let name = sparing(&column.id.name);
    Sql::new(format!("ALTER MATERIALIZED VIEW {} ALTER COLUMN {name} {change}", parent(&column.id)))
}

fn set_storage(storage: &str) -> String {
    format!("SET STORAGE {}", storage.to_ascii_uppercase())
}

/// Returns whether the columns that a view has are the first ones that it shall have: what `CREATE OR REPLACE VIEW` asks for.
fn only_adds_columns(cx: &Cx<'_>, view: &ObjectId) -> bool {
    let (before, after) = (columns(cx.from, view), columns(cx.to, view));
    let same = |(before, after): (&&Object, &&Object)| {
        before.id.name == after.id.name
            && ["type", "collation"].iter().all(|attribute| before.get(attribute) == after.get(attribute))
    };
    before.len() <= after.len() && before.iter().zip(&after).all(same)
}

fn columns<'a>(catalog: &'a Catalog, view: &ObjectId) -> Vec<&'a Object> {
    let mut columns: Vec<_> = catalog.children(Kind::ViewColumn, view.schema(), &view.name).collect();
    columns.sort_by_key(|column| column.text("position").parse::<u32>().unwrap_or_default());
    columns
}
