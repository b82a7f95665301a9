//! Reads the nodes of the grammar's trees.

use pg_query::protobuf::Node;
use pg_query::{NodeEnum, protobuf};

use crate::text::parse::Name;

/// Returns whether a relation goes with the session.
pub(super) fn is_temporary(relation: Option<&protobuf::RangeVar>) -> bool {
    relation.is_some_and(|relation| relation.relpersistence == "t" || relation.schemaname == "pg_temp")
}

/// Returns the name of a relation; empty for none.
pub(super) fn range_var(relation: Option<&protobuf::RangeVar>) -> Name {
    relation.map_or_else(no_name, |relation| Name {
        schema: Some(relation.schemaname.clone()).filter(|schema| !schema.is_empty()),
        name: relation.relname.clone(),
    })
}

/// Returns the name of nothing.
pub(super) fn no_name() -> Name {
    Name { schema: None, name: String::new() }
}

/// Returns the name that a list of words is.
pub(super) fn name_of_list(node: &Node) -> Name {
    let parts = match &node.node {
        Some(NodeEnum::List(list)) => strings(&list.items),
        _ => Vec::new(),
    };
    let mut parts = parts.into_iter().rev();
    let name = parts.next().unwrap_or_default();
    Name { schema: parts.next(), name }
}

/// Returns the texts of a list.
pub(super) fn strings(nodes: &[Node]) -> Vec<String> {
    nodes
        .iter()
        .filter_map(|node| match &node.node {
            Some(NodeEnum::String(text)) => Some(text.sval.clone()),
            _ => None,
        })
        .collect()
}

/// Returns whether there is an option of that name.
pub(super) fn has_option(options: &[Node], name: &str) -> bool {
    options.iter().any(|option| matches!(&option.node, Some(NodeEnum::DefElem(elem)) if elem.defname == name))
}

/// Returns whether an option of that name is switched off.
pub(super) fn option_is_off(options: &[Node], name: &str) -> bool {
    options.iter().any(|option| match &option.node {
        Some(NodeEnum::DefElem(elem)) if elem.defname == name => elem
            .arg
            .as_ref()
            .and_then(|arg| constant(arg))
            .is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "false" | "off" | "no" | "0")),
        _ => false,
    })
}

/// Returns a constant as text.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the grammar has some 270 kinds of nodes; the others are no constants"
)]
pub(super) fn constant(node: &Node) -> Option<String> {
    use protobuf::a_const::Val;
    match node.node.as_ref()? {
        NodeEnum::String(text) => Some(text.sval.clone()),
        NodeEnum::Integer(number) => Some(number.ival.to_string()),
        NodeEnum::Boolean(flag) => Some(flag.boolval.to_string()),
        NodeEnum::TypeCast(cast) => cast.arg.as_ref().and_then(|arg| constant(arg)),
        NodeEnum::AConst(constant) => match constant.val.as_ref()? {
            Val::Sval(text) => Some(text.sval.clone()),
            Val::Ival(number) => Some(number.ival.to_string()),
            Val::Boolval(flag) => Some(flag.boolval.to_string()),
            Val::Fval(number) => Some(number.fval.clone()),
            Val::Bsval(bits) => Some(bits.bsval.clone()),
        },
        _ => None,
    }
}
