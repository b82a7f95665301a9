//! Which module tells the statements for an object of each kind.

use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::operators::{class, family, operator};
use crate::diff::replication::{publication, subscription};
use crate::diff::routines::{aggregate, function};
use crate::diff::types::{base, composite, domain, enums, range};
use crate::diff::{
    Alteration, Changed, Cx, DiffError, Sql, access_method, cast, collation, conversion, default_privileges,
    event_trigger, extension, foreign, language, metadata, policy, relation, rule, schema, search, statistics,
    transform, trigger, types, view,
};

/// Returns the statements that create an object, together with what is created inline with it, and then give it owner,
/// grants and comment.
///
/// # Errors
/// SQL cannot make it.
pub(super) fn create(object: &Object, inline: &[&Object], cx: &Cx<'_>) -> Result<Vec<Sql>, DiffError> {
    let mut statements = match object.id.kind {
        Kind::Table | Kind::ForeignTable => relation::table::create(object, inline, cx),
        Kind::Column => relation::column::create(object, inline, cx),
        Kind::Default => relation::default::create(object, cx),
        Kind::Constraint => relation::constraint::create(object, cx),
        Kind::Index => relation::index::create(object, cx),
        Kind::Sequence => relation::sequence::create(object, cx),
        Kind::Language => language::create(object),
        Kind::Collation => collation::create(object),
        Kind::Conversion => conversion::create(object),
        Kind::Enum => enums::create(object),
        Kind::Domain => domain::create(object, inline),
        Kind::DomainConstraint => domain::create_constraint(object),
        Kind::Composite => composite::create(object, inline),
        Kind::Attribute => composite::create_attribute(object, cx),
        Kind::Range => range::create(object, functions_of(inline)),
        Kind::BaseType => base::create(object, functions_of(inline)),
        Kind::ShellType => base::create_shell(object),
        Kind::Function | Kind::Procedure => function::create(object),
        Kind::Aggregate => aggregate::create(object),
        Kind::Operator => operator::create(object),
        Kind::OperatorFamily => family::create(object),
        Kind::OperatorClass => class::create(object),
        Kind::Cast => cast::create(object),
        Kind::Transform => transform::create(object),
        Kind::AccessMethod => access_method::create(object),
        Kind::TextSearchParser => search::create_parser(object),
        Kind::TextSearchTemplate => search::create_template(object),
        Kind::TextSearchDictionary => search::create_dictionary(object),
        Kind::TextSearchConfiguration => search::create_configuration(object),
        Kind::ForeignDataWrapper => foreign::create_wrapper(object),
        Kind::Server => foreign::create_server(object),
        Kind::UserMapping => foreign::create_mapping(object),
        Kind::EventTrigger => event_trigger::create(object),
        Kind::Publication => publication::create(object),
        Kind::Subscription => subscription::create(object, cx)?,
        Kind::View | Kind::MaterializedView => view::create(object, inline, cx),
        Kind::ViewColumn => view::create_column(object, cx),
        Kind::Rule => rule::create(object),
        Kind::Trigger => trigger::create(object),
        Kind::Policy => policy::create(object),
        Kind::Statistics => statistics::create(object),
        Kind::Schema => schema::create(object),
        Kind::Extension => extension::create(object),
        Kind::DefaultPrivileges => default_privileges::create(object, cx),
    };
    statements.extend(metadata::of_new(object, inline, cx));
    Ok(statements)
}

/// Returns the statements that drop an object.
///
/// # Errors
/// SQL cannot drop it.
pub(super) fn drop(object: &Object, cx: &Cx<'_>) -> Result<Vec<Sql>, DiffError> {
    Ok(match object.id.kind {
        Kind::Table | Kind::ForeignTable => relation::table::drop(object, cx),
        Kind::Column => relation::column::drop(object, cx),
        Kind::Default => relation::default::drop(object, cx),
        Kind::Constraint => relation::constraint::drop(object, cx),
        Kind::Index => relation::index::drop(object, cx),
        Kind::Sequence => relation::sequence::drop(object),
        Kind::Language => language::drop(object),
        Kind::Collation => collation::drop(object),
        Kind::Conversion => conversion::drop(object),
        Kind::Enum => enums::drop(object),
        Kind::Domain => domain::drop(object),
        Kind::DomainConstraint => domain::drop_constraint(object),
        Kind::Composite => composite::drop(object),
        Kind::Attribute => composite::drop_attribute(object, cx),
        Kind::Range => range::drop(object),
        Kind::BaseType => base::drop(object),
        Kind::ShellType => base::drop_shell(object),
        Kind::Function | Kind::Procedure => function::drop(object),
        Kind::Aggregate => aggregate::drop(object),
        Kind::Operator => operator::drop(object),
        Kind::OperatorFamily => family::drop(object),
        Kind::OperatorClass => class::drop(object),
        Kind::Cast => cast::drop(object),
        Kind::Transform => transform::drop(object),
        Kind::AccessMethod => access_method::drop(object),
        Kind::TextSearchParser
        | Kind::TextSearchTemplate
        | Kind::TextSearchDictionary
        | Kind::TextSearchConfiguration => search::drop(object),
        Kind::ForeignDataWrapper => foreign::drop_wrapper(object),
        Kind::Server => foreign::drop_server(object),
        Kind::UserMapping => foreign::drop_mapping(object),
        Kind::EventTrigger => event_trigger::drop(object),
        Kind::Publication => publication::drop(object),
        Kind::Subscription => subscription::drop(object),
        Kind::View | Kind::MaterializedView => view::drop(object),
        // It goes with its view.
        Kind::ViewColumn => Vec::new(),
        Kind::Rule => rule::drop(object),
        Kind::Trigger => trigger::drop(object),
        Kind::Policy => policy::drop(object),
        Kind::Statistics => statistics::drop(object),
        Kind::Schema => schema::drop(object),
        Kind::Extension => extension::drop(object),
        Kind::DefaultPrivileges => default_privileges::drop(object, cx),
    })
}

/// Returns how an object is changed.
///
/// # Errors
/// SQL cannot change it.
pub(super) fn alter(
    before: &Object,
    after: &Object,
    changed: &Changed<'_>,
    cx: &Cx<'_>,
) -> Result<Alteration, DiffError> {
    let own: Changed<'_> = changed.iter().copied().filter(|name| !metadata::ATTRIBUTES.contains(name)).collect();
    let alteration = match after.id.kind {
        _ if own.is_empty() => Alteration::InPlace(Vec::new()),
        Kind::Table | Kind::ForeignTable => relation::table::alter(before, after, &own, cx),
        Kind::Column => relation::column::alter(before, after, &own, cx),
        Kind::Default => relation::default::alter(after, cx),
        Kind::Constraint => relation::constraint::alter(before, after, &own, cx),
        Kind::Index => relation::index::alter(before, after, &own, cx),
        Kind::Sequence => relation::sequence::alter(before, after, &own, cx),
        Kind::Language => language::alter(after),
        Kind::Collation => types::renewed(&after.id, cx),
        Kind::Enum => enums::alter(before, after, cx),
        Kind::Domain => domain::alter(before, after, &own, cx),
        Kind::DomainConstraint => domain::alter_constraint(before, after),
        Kind::Attribute => composite::alter_attribute(after, &own, cx),
        Kind::Range => range::alter(after, cx),
        Kind::BaseType => base::alter(after, &own, cx)?,
        Kind::Function | Kind::Procedure => function::alter(before, after, &own),
        Kind::Aggregate => aggregate::alter(before, after, &own),
        Kind::Operator => operator::alter(before, after, &own, cx),
        Kind::OperatorFamily => family::alter(before, after),
        Kind::Transform => transform::alter(after),
        Kind::TextSearchDictionary => search::alter_dictionary(before, after, &own),
        Kind::TextSearchConfiguration => search::alter_configuration(before, after, &own),
        Kind::ForeignDataWrapper => foreign::alter_wrapper(before, after, &own),
        Kind::Server => foreign::alter_server(before, after, &own),
        Kind::UserMapping => foreign::alter_mapping(before, after, &own),
        Kind::EventTrigger => event_trigger::alter(after, &own),
        Kind::Publication => publication::alter(before, after, &own),
        Kind::Subscription => subscription::alter(before, after, &own, cx)?,
        // No statement changes these.
        Kind::Conversion
        | Kind::Composite
        | Kind::ShellType
        | Kind::OperatorClass
        | Kind::Cast
        | Kind::AccessMethod
        | Kind::TextSearchParser
        | Kind::TextSearchTemplate => Alteration::Replace,
        Kind::View | Kind::MaterializedView => view::alter(before, after, &own, cx),
        Kind::ViewColumn => view::alter_column(before, after, &own, cx),
        Kind::Rule => rule::alter(after, &own),
        Kind::Trigger => trigger::alter(before, after, &own, cx),
        Kind::Policy => policy::alter(after, &own),
        Kind::Statistics => statistics::alter(after, &own),
        Kind::Extension => extension::alter(before, after, &own, cx)?,
        // They have nothing but what every object has.
        Kind::Schema => Alteration::InPlace(Vec::new()),
        Kind::DefaultPrivileges => return unknown(after),
    };
    let metadata = metadata::alter(before, after, changed, cx);
    Ok(match alteration {
        Alteration::InPlace(statements) => Alteration::InPlace([statements, metadata].concat()),
        Alteration::Disturbing(statements, disturbs) => {
            Alteration::Disturbing([statements, metadata].concat(), disturbs)
        }
        // What is made anew gets them anyway.
        Alteration::Replace => Alteration::Replace,
        Alteration::Swap => Alteration::Swap,
    })
}

/// Returns whether an object is created by the statement that creates what it belongs to.
pub(super) fn is_inline(object: &Object, cx: &Cx<'_>) -> bool {
    // Of functions, those that a type is made of.
    const ALWAYS: [Kind; 6] =
        [Kind::Column, Kind::ViewColumn, Kind::Attribute, Kind::Default, Kind::DomainConstraint, Kind::Function];
    let kind = object.id.kind;
    ALWAYS.contains(&kind)
        || kind == Kind::Constraint && relation::constraint::is_inline(object)
        || kind == Kind::Sequence && object.find("identity_of").is_some() && cx.to.has(&object.id)
}

/// Returns whether the server refuses to change the type of a column while this depends on it. Indexes, other constraints
/// and statistics it makes anew itself; a foreign key it would have to do for two columns at once.
pub(super) fn depends_on_type(object: &Object) -> bool {
    const ALWAYS: [Kind; 10] = [
        Kind::View,
        Kind::MaterializedView,
        Kind::ViewColumn,
        Kind::Rule,
        Kind::Trigger,
        Kind::Policy,
        Kind::Function,
        Kind::Procedure,
        Kind::Default,
        Kind::Publication,
    ];
    let kind = object.id.kind;
    let is_generated = || object.find("generated").is_some();
    ALWAYS.contains(&kind)
        || kind == Kind::Constraint && object.find("type") == Some("foreign key")
        || kind == Kind::Column && is_generated()
}

/// Returns the statements that convert what has a type which is made anew.
///
/// # Errors
/// SQL cannot do it.
pub(super) fn retype(before: &Object, after: &Object, cx: &Cx<'_>) -> Result<Vec<Sql>, DiffError> {
    let mut statements = if after.id.kind == Kind::Column {
        relation::column::retype(before, after, cx)
    } else if after.id.kind == Kind::Attribute {
        composite::retype(after, cx)
    } else {
        return unknown(after);
    };
    let differs: Changed<'_> = crate::diff::changed(before, after, cx.scope);
    statements.extend(metadata::alter(before, after, &differs, cx));
    Ok(statements)
}

/// Returns the functions that are made together with a type.
fn functions_of(inline: &[&Object]) -> Vec<Sql> {
    inline
        .iter()
        .filter(|object| object.id.kind == Kind::Function)
        .flat_map(|object| function::create(object))
        .collect()
}

/// Returns statements that free an object from others, which run before anything else is done to them. `again`: although it
/// stays tied.
pub(super) fn release(before: &Object, after: &Object, again: bool, cx: &Cx<'_>) -> Option<(Vec<Sql>, Vec<ObjectId>)> {
    let is_table = matches!(before.id.kind, Kind::Table | Kind::ForeignTable);
    if is_table { relation::table::release(before, after, again, cx) } else { None }
}

/// Returns statements that tie an object to others, and what must be there for them. `before` is None for a new object.
pub(super) fn finish(object: &Object, before: Option<&Object>, cx: &Cx<'_>) -> Option<(Vec<Sql>, Vec<ObjectId>)> {
    let kind = object.id.kind;
    if matches!(kind, Kind::Table | Kind::ForeignTable) {
        relation::table::finish(object, before, cx)
    } else if kind == Kind::Sequence {
        relation::sequence::finish(object, before, cx)
    } else if matches!(kind, Kind::Index | Kind::Constraint) {
        relation::index::finish(object, before, cx)
    } else if kind == Kind::Trigger {
        trigger::finish(object, before, cx)
    } else {
        None
    }
}

fn unknown<T>(object: &Object) -> Result<T, DiffError> {
    Err(DiffError::Unchangeable { object: object.id.clone(), why: "its kind is not supported".to_owned() })
}
