//! Operator families.

use crate::catalog::object::Object;
use crate::diff::operators::{members, using};
use crate::diff::{Alteration, Sql};

/// Creates an operator family with what belongs to none of its classes.
pub(in crate::diff) fn create(object: &Object) -> Vec<Sql> {
    let mut statements = vec![Sql::new(format!("CREATE OPERATOR FAMILY {}", using(&object.id)))];
    statements.extend(add(object, &object.list("operators"), &object.list("functions")));
    statements
}

fn add(object: &Object, operators: &[String], functions: &[String]) -> Option<Sql> {
    let members = members(operators, functions);
    (!members.is_empty())
        .then(|| Sql::new(format!("ALTER OPERATOR FAMILY {} ADD\n    {}", using(&object.id), members.join(",\n    "))))
}

/// Drops an operator family.
pub(in crate::diff) fn drop(object: &Object) -> Vec<Sql> {
    vec![Sql::new(format!("DROP OPERATOR FAMILY {}", using(&object.id)))]
}

/// Changes the members of an operator family.
pub(in crate::diff) fn alter(before: &Object, after: &Object) -> Alteration {
    let only = |one: &Object, other: &Object, attribute: &str| {
        let others = other.list(attribute);
        one.list(attribute).into_iter().filter(|member| !others.contains(member)).collect::<Vec<_>>()
    };
    let gone: Vec<String> = only(before, after, "operators")
        .iter()
        .filter_map(|member| place_of_operator(member))
        .map(|place| format!("OPERATOR {place}"))
        .chain(
            only(before, after, "functions")
                .iter()
                .filter_map(|member| place_of_function(member))
                .map(|place| format!("FUNCTION {place}")),
        )
        .collect();
    let mut statements = Vec::new();
    if !gone.is_empty() {
        statements.push(Sql::new(format!(
            "ALTER OPERATOR FAMILY {} DROP\n    {}",
            using(&after.id),
            gone.join(",\n    ")
        )));
    }
    statements.extend(add(after, &only(after, before, "operators"), &only(after, before, "functions")));
    Alteration::InPlace(statements)
}

/// Returns `1 (integer, bigint)` of `1 public.<(integer,bigint) FOR ORDER BY …`.
fn place_of_operator(member: &str) -> Option<String> {
    let member = member.split(" FOR ORDER BY ").next()?;
    let (number, _) = member.split_once(' ')?;
    Some(format!("{number} {}", &member[last_open(member)?..]))
}

/// Returns where the last pair of brackets opens, which is at the arguments: types may have brackets of their own.
fn last_open(member: &str) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, letter) in member.char_indices().rev() {
        match letter {
            ')' => depth += 1,
            '(' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => (),
        }
    }
    None
}

/// Returns `1 (integer, bigint)` of `1 (integer, bigint) btint48cmp(integer,bigint)`.
fn place_of_function(member: &str) -> Option<String> {
    let end = member.find(") ")?;
    Some(member[..=end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::{place_of_function, place_of_operator};

    #[test]
    fn members_are_dropped_by_their_place() {
        assert_eq!(place_of_operator("1 a.<(integer,bigint) FOR ORDER BY b.c").unwrap(), "1 (integer,bigint)");
        assert_eq!(place_of_function("1 (integer, bigint) f(integer,bigint)").unwrap(), "1 (integer, bigint)");
    }
}
