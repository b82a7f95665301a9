//! What the server's text of an object says that no other attribute of it tells.

use std::borrow::Cow;

use crate::catalog::attribute::DEFINITION;
use crate::catalog::kind::Kind;
use crate::catalog::object::Object;
use crate::catalog::printed::same;
use crate::text::ident::sparing;

/// What stands at the end of a constraint and is an attribute of its own.
const FLAGS: [&str; 5] = [" NOT VALID", " INITIALLY DEFERRED", " DEFERRABLE", " NO INHERIT", " NOT DEFERRABLE"];

/// Returns whether the texts of an object differ in something that its other attributes do not tell: the condition of a
/// trigger, what a foreign key does when a row goes. Where that is not known, the other attributes tell enough.
pub(crate) fn differs_beyond(expected: &Object, actual: &Object) -> bool {
    let rest = |object| rest(object).map(Cow::into_owned);
    let is_index = actual.id.kind == Kind::Index;
    // The order of the columns of an index stands beside their names.
    let tells_columns = is_index && ["columns", "method"].iter().any(|it| expected.find(it) != actual.find(it));
    match (rest(expected), rest(actual)) {
        (Some(expected), Some(actual)) if !tells_columns => !same(Some(&expected), Some(&actual)),
        _ => false,
    }
}

/// Returns the part of the text that no other attribute tells. None: nothing is known of such a part.
fn rest(object: &Object) -> Option<Cow<'_, str>> {
    let text = object.find(DEFINITION)?;
    if object.id.kind == Kind::Trigger {
        // CREATE TRIGGER … ON … REFERENCING … FOR EACH ROW WHEN (…) EXECUTE FUNCTION name(…)
        let (head, tail) = text.split_once(" FOR EACH ")?;
        let (_, tail) = tail.split_once(' ')?;
        let (condition, call) = tail.split_once("EXECUTE ")?;
        let (_, arguments) = call.split_once('(')?;
        let tables = head.split_once(" REFERENCING ").map(|(_, tables)| tables).unwrap_or_default();
        Some(format!("{tables} {condition}{arguments}").into())
    } else if object.id.kind == Kind::Rule {
        // CREATE RULE … AS ON … TO … WHERE … DO INSTEAD …
        let (head, action) = text.split_once(" DO ")?;
        let condition = head.split_once(" WHERE ").map(|(_, condition)| condition).unwrap_or_default();
        let action = action.trim_start();
        Some(format!("{condition} {}", action.strip_prefix("INSTEAD").unwrap_or(action).trim_start()).into())
    } else if object.id.kind == Kind::Constraint {
        let text = without_flags(text);
        match object.find("type")? {
            "foreign key" => {
                let (_, text) = text.split_once(" REFERENCES ")?;
                let columns = text.find('(')?;
                Some(text[columns..].into())
            }
            // The names of its columns are what an attribute tells, and no more than a part of it.
            "check" | "exclusion" => Some(numbered(text, &object.list("columns")).into()),
            _ => text.split_once(')').map(|(_, rest)| rest.into()),
        }
    } else if object.id.kind == Kind::DomainConstraint {
        Some(without_flags(text).into())
    } else if object.id.kind == Kind::Index {
        let (_, text) = text.split_once(" USING ")?;
        let list = &text[text.find('(')?..];
        let end = [" INCLUDE (", " NULLS NOT DISTINCT", " WITH (", " TABLESPACE ", " WHERE "];
        let end = end.iter().filter_map(|word| list.find(word)).min().unwrap_or(list.len());
        Some(list[..end].into())
    } else {
        None
    }
}

/// Returns an expression with the numbers of columns in the place of their names.
fn numbered(text: &str, columns: &[String]) -> String {
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '$');
    let mut words = Vec::new();
    for word in text.split_inclusive(|c| !is_of_name(c)) {
        let own = word.trim_end_matches(|c| !is_of_name(c));
        match columns.iter().position(|column| !own.is_empty() && sparing(column) == own) {
            Some(at) => words.push(format!("{{{at}}}{}", &word[own.len()..])),
            None => words.push(word.to_owned()),
        }
    }
    words.concat()
}

fn without_flags(mut text: &str) -> &str {
    while let Some(rest) = FLAGS.iter().find_map(|flag| text.strip_suffix(flag)) {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::differs_beyond;
    use crate::catalog::kind::Kind;
    use crate::catalog::object::{Object, ObjectId};

    fn object(kind: Kind, definition: &str, kind_of_constraint: &str) -> Object {
        let columns = if definition.contains("a > ") { "[\"a\"]" } else { "[\"b\"]" };
        let columns = if kind == Kind::Index { "[]" } else { columns };
        let attributes = [("type", kind_of_constraint), ("columns", columns), ("definition", definition)];
        let attributes = attributes.iter().map(|(name, value)| (Arc::from(*name), Some(Arc::from(*value)))).collect();
        Object::new(ObjectId::of(kind, "s", "t", "o"), attributes)
    }

    #[track_caller]
    fn check(kind: Kind, kind_of_constraint: &str, one: &str, other: &str, differs: bool) {
        let (one, other) = (object(kind, one, kind_of_constraint), object(kind, other, kind_of_constraint));
        assert_eq!(differs_beyond(&one, &other), differs);
    }

    #[test]
    fn triggers_have_conditions_arguments_and_tables() {
        let text = "CREATE TRIGGER o BEFORE INSERT ON s.t FOR EACH ROW WHEN ((new.a > 1)) EXECUTE FUNCTION f('x')";
        let check = |other: &str, differs| check(Kind::Trigger, "", text, other, differs);
        check(&text.replace("INSERT", "INSERT OR DELETE").replace("BEFORE", "AFTER"), false);
        check(&text.replace("FUNCTION f(", "FUNCTION g("), false);
        check(&text.replace("> 1", "> 2"), true);
        check(&text.replace(" WHEN ((new.a > 1))", ""), true);
        check(&text.replace("'x'", "'y'"), true);
        check(&text.replace(" FOR EACH", " REFERENCING NEW TABLE AS n FOR EACH"), true);
    }

    #[test]
    fn rules_have_conditions_and_actions() {
        let text = "CREATE RULE o AS\n    ON UPDATE TO s.t\n   WHERE (new.a > 1) DO INSTEAD  SELECT 1";
        let check = |other: &str, differs| check(Kind::Rule, "", text, other, differs);
        check(&text.replace("UPDATE", "INSERT").replace("INSTEAD ", ""), false);
        check(&text.replace("> 1", "> 2"), true);
        check(&text.replace("SELECT 1", "SELECT 2"), true);
    }

    #[test]
    fn constraints_have_actions_and_expressions() {
        let text = "FOREIGN KEY (a) REFERENCES s.u(id) ON DELETE CASCADE DEFERRABLE";
        let key = |other: &str, differs| check(Kind::Constraint, "foreign key", text, other, differs);
        key("FOREIGN KEY (b) REFERENCES s.v(id) ON DELETE CASCADE", false);
        key(&text.replace("CASCADE", "SET NULL"), true);
        key(&text.replace("(id)", "(number)"), true);
        check(Kind::Constraint, "check", "CHECK ((a > 1)) NOT VALID", "CHECK ((a > 1))", false);
        check(Kind::Constraint, "check", "CHECK ((a > 1))", "CHECK ((b > 1)) NO INHERIT", false);
        check(Kind::Constraint, "check", "CHECK ((a > 1))", "CHECK ((b > 2))", true);
        check(Kind::Constraint, "unique", "UNIQUE (a)", "UNIQUE (b) DEFERRABLE", false);
        check(Kind::Constraint, "unique", "UNIQUE (a)", "UNIQUE (b) INCLUDE (c)", true);
    }

    #[test]
    fn indexes_have_orders() {
        let text = "CREATE INDEX o ON s.t USING btree (a DESC) WHERE (a > 1)";
        let check = |other: &str, differs| check(Kind::Index, "", text, other, differs);
        check(&text.replace("CREATE", "CREATE UNIQUE").replace("> 1", "> 2"), false);
        check(&text.replace(" DESC", ""), true);
    }
}
