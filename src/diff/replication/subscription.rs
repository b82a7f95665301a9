//! Subscriptions. Nothing here connects to the publisher: that is for people, when both sides are ready.

use crate::catalog::object::Object;
use crate::diff::sql::name;
use crate::diff::{Alteration, Changed, Cx, DiffError, Sql};
use crate::text::ident::sparing;
use crate::text::literal::Literal;

/// Attributes, the options that they are, and what those are where nobody says anything.
const OPTIONS: [(&str, &str, &str); 9] = [
    ("binary", "binary", "false"),
    ("streaming", "streaming", "off"),
    ("synchronous_commit", "synchronous_commit", "off"),
    ("disable_on_error", "disable_on_error", "false"),
    ("two_phase", "two_phase", "false"),
    ("origin", "origin", "any"),
    ("password_required", "password_required", "true"),
    ("run_as_owner", "run_as_owner", "false"),
    ("failover", "failover", "false"),
];

/// Creates a subscription.
///
/// # Errors
/// How it connects is not known: it holds a password, or the role may not read it.
pub(in crate::diff) fn create(object: &Object, cx: &Cx<'_>) -> Result<Vec<Sql>, DiffError> {
    let connection = connection(object)?;
    let mut options = vec!["connect = false".to_owned()];
    match object.get("slot") {
        None => options.push("slot_name = NONE".to_owned()),
        Some(slot) if *slot != *object.id.name => options.push(format!("slot_name = {}", Literal(slot))),
        Some(_) => (),
    }
    // 18 streams in parallel where nobody says anything.
    let is_said = |attribute: &str| attribute == "streaming" && cx.major >= 18;
    for (attribute, option, usual) in OPTIONS {
        match object.find(attribute) {
            Some(value) => options.push(format!("{option} = {value}")),
            None if is_said(attribute) => options.push(format!("{option} = {usual}")),
            None => (),
        }
    }
    let mut statements = vec![Sql::new(format!(
        "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} WITH ({})",
        name(&object.id),
        Literal(connection),
        publications(object),
        options.join(", ")
    ))];
    if object.is("enabled") {
        statements.push(own(object, "ENABLE"));
    }
    Ok(statements)
}

fn connection(object: &Object) -> Result<&str, DiffError> {
    let why = match object.find("connection") {
        Some(connection) if !connection.contains("***") => return Ok(connection),
        Some(_) => "how it connects holds a password, which is not read",
        None => "how it connects can be read by superusers only",
    };
    Err(DiffError::Unchangeable { object: object.id.clone(), why: why.to_owned() })
}

fn publications(object: &Object) -> String {
    object.list("_publications").iter().map(|name| sparing(name)).collect::<Vec<_>>().join(", ")
}

fn own(object: &Object, change: &str) -> Sql {
    Sql::new(format!("ALTER SUBSCRIPTION {} {change}", name(&object.id)))
}

/// Drops a subscription, and leaves the slot: to drop that one as well, the server would have to reach the publisher, outside
/// of a transaction.
pub(in crate::diff) fn drop(object: &Object) -> Vec<Sql> {
    let mut statements = Vec::new();
    if object.is("enabled") {
        statements.push(own(object, "DISABLE"));
    }
    let text = format!("DROP SUBSCRIPTION {}", name(&object.id));
    match object.get("slot") {
        Some(slot) => {
            statements.push(own(object, "SET (slot_name = NONE)"));
            let loses = format!("the place in the stream: the slot {slot} at the publisher is to be dropped there");
            statements.push(Sql::new(text).losing(loses));
        }
        None => statements.push(Sql::new(text)),
    }
    statements
}

/// Changes a subscription.
///
/// # Errors
/// How it connects shall change, and is not known.
pub(in crate::diff) fn alter(
    before: &Object,
    after: &Object,
    changed: &Changed<'_>,
    cx: &Cx<'_>,
) -> Result<Alteration, DiffError> {
    // Only 18 lets prepared transactions be switched off and on again; and both are the slot's.
    let has_slot = before.get("slot").is_some() && after.get("slot").is_some();
    if changed.contains("two_phase") && (cx.major < 18 || !has_slot) || changed.contains("failover") && !has_slot {
        return Ok(Alteration::Replace);
    }
    let mut statements = Vec::new();
    // What is enabled cannot change its slot, nor some other options.
    let pauses = before.is("enabled") && ["slot", "two_phase", "failover"].iter().any(|name| changed.contains(name));
    if pauses || changed.contains("enabled") && !after.is("enabled") {
        statements.push(own(after, "DISABLE"));
    }
    if changed.contains("connection") {
        statements.push(own(after, &format!("CONNECTION {}", Literal(connection(after)?))));
    }
    if changed.contains("publications") {
        statements.push(own(after, &format!("SET PUBLICATION {} WITH (refresh = false)", publications(after))));
    }
    let mut options = Vec::new();
    if changed.contains("slot") {
        options.push(match after.get("slot") {
            Some(slot) => format!("slot_name = {}", Literal(slot)),
            None => "slot_name = NONE".to_owned(),
        });
    }
    for (attribute, option, usual) in OPTIONS {
        if changed.contains(attribute) {
            options.push(format!("{option} = {}", after.find(attribute).unwrap_or(usual)));
        }
    }
    if !options.is_empty() {
        statements.push(own(after, &format!("SET ({})", options.join(", "))));
    }
    if after.is("enabled") && (pauses || changed.contains("enabled")) {
        statements.push(own(after, "ENABLE"));
    }
    Ok(Alteration::InPlace(statements))
}
