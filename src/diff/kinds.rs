//! Which module tells the statements for an object of each kind.

use crate::catalog::kind::Kind;
use crate::catalog::object::{Object, ObjectId};
use crate::diff::{Alteration, Changed, Cx, DiffError, Sql};
use crate::diff::{default_privileges, extension, metadata, policy, relation, rule, schema, statistics, trigger, view};

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
        Kind::View | Kind::MaterializedView => view::create(object, inline, cx),
        Kind::ViewColumn => view::create_column(object, cx),
        Kind::Rule => rule::create(object),
        Kind::Trigger => trigger::create(object),
        Kind::Policy => policy::create(object),
        Kind::Statistics => statistics::create(object),
        Kind::Schema => schema::create(object),
        Kind::Extension => extension::create(object),
        Kind::DefaultPrivileges => default_privileges::create(object, cx),
        _ => return unknown(object),
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
        _ => return unknown(object),
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
        Kind::View | Kind::MaterializedView => view::alter(before, after, &own, cx),
        Kind::ViewColumn => view::alter_column(before, after, &own, cx),
        Kind::Rule => rule::alter(after, &own),
        Kind::Trigger => trigger::alter(before, after, &own, cx),
        Kind::Policy => policy::alter(after, &own),
        Kind::Statistics => statistics::alter(after, &own),
        Kind::Extension => extension::alter(before, after, &own),
        _ => return unknown(after),
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
    match object.id.kind {
        Kind::Column | Kind::ViewColumn | Kind::Attribute | Kind::Default => true,
        Kind::Constraint => relation::constraint::is_inline(object),
        Kind::DomainConstraint => true,
        Kind::Sequence => object.find("identity_of").is_some() && cx.to.has(&object.id),
        _ => false,
    }
}

/// Returns whether the server refuses to change the type of a column while this depends on it. Indexes, other constraints
/// and statistics it makes anew itself; a foreign key it would have to do for two columns at once.
pub(super) fn depends_on_type(object: &Object) -> bool {
    match object.id.kind {
        Kind::Constraint => object.find("type") == Some("foreign key"),
        // A generated one.
        Kind::Column => object.find("generated").is_some(),
        kind => matches!(
            kind,
            Kind::View
                | Kind::MaterializedView
                | Kind::ViewColumn
                | Kind::Rule
                | Kind::Trigger
                | Kind::Policy
                | Kind::Function
                | Kind::Procedure
                | Kind::Default
                | Kind::Publication
        ),
    }
}

/// Returns the statements that convert what has a type which is made anew.
///
/// # Errors
/// SQL cannot do it.
pub(super) fn retype(before: &Object, after: &Object, cx: &Cx<'_>) -> Result<Vec<Sql>, DiffError> {
    match after.id.kind {
        Kind::Column => Ok(relation::column::retype(before, after, cx)),
        _ => unknown(after),
    }
}

/// Returns the statements that give a type another name while a new one takes its place.
pub(super) fn put_aside(_object: &Object) -> Vec<Sql> {
    Vec::new()
}

/// Returns the statements that drop what was put aside.
pub(super) fn drop_put_aside(_object: &Object) -> Vec<Sql> {
    Vec::new()
}

/// Returns statements that free an object from others, which run before anything else is done to them. `again`: although it
/// stays tied.
pub(super) fn release(before: &Object, after: &Object, again: bool, cx: &Cx<'_>) -> Option<(Vec<Sql>, Vec<ObjectId>)> {
    match before.id.kind {
        Kind::Table | Kind::ForeignTable => relation::table::release(before, after, again, cx),
        _ => None,
    }
}

/// Returns statements that tie an object to others, and what must be there for them. `before` is None for a new object.
pub(super) fn finish(object: &Object, before: Option<&Object>, cx: &Cx<'_>) -> Option<(Vec<Sql>, Vec<ObjectId>)> {
    match object.id.kind {
        Kind::Table | Kind::ForeignTable => relation::table::finish(object, before, cx),
        Kind::Sequence => relation::sequence::finish(object, before, cx),
        Kind::Index | Kind::Constraint => relation::index::finish(object, before, cx),
        Kind::Trigger => trigger::finish(object, before, cx),
        _ => None,
    }
}

fn unknown<T>(object: &Object) -> Result<T, DiffError> {
    Err(DiffError::Unchangeable { object: object.id.clone(), why: "its kind is not supported".to_owned() })
}
