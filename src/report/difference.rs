//! Differences between schemas, for people and for programs.

use serde_json::{Value, json};

use crate::catalog::difference::{Change, Difference};
use crate::report::human::{BAD, GOOD};

/// Returns a line or a few for each difference between what is there and what is expected.
pub(crate) fn lines(differences: &[Difference]) -> Vec<String> {
    differences.iter().flat_map(line).collect()
}

fn line(difference: &Difference) -> Vec<String> {
    let object = &difference.object;
    match &difference.change {
        Change::Removed => vec![format!("{BAD}missing{BAD:#}  {object}")],
        Change::Added => vec![format!("{GOOD}extra{GOOD:#}    {object}")],
        Change::Changed { attribute, expected, actual } => {
            let attribute = attribute.replace('_', " ");
            let (expected, actual) = (shown(expected.as_deref()), shown(actual.as_deref()));
            if expected.len() + actual.len() <= 80 && !expected.contains('\n') && !actual.contains('\n') {
                return vec![format!("differs  {object}: {attribute} is {actual}, expected {expected}")];
            }
            let mut lines = vec![format!("differs  {object}: {attribute}")];
            let changes = similar::TextDiff::from_lines(&expected, &actual);
            for change in changes.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal) {
                let value = change.value().trim_end_matches('\n');
                lines.push(match change.tag() {
                    similar::ChangeTag::Delete => format!("         expected  {value}"),
                    similar::ChangeTag::Insert | similar::ChangeTag::Equal => format!("         is        {value}"),
                });
            }
            lines
        }
    }
}

fn shown(value: Option<&str>) -> String {
    value.map_or_else(|| "not set".to_owned(), str::to_owned)
}

/// Returns a difference for programs (DESIGN §7).
pub(crate) fn wire(difference: &Difference) -> Value {
    let (attribute, expected, actual) = match &difference.change {
        Change::Changed { attribute, expected, actual } => (Some(attribute), expected.as_ref(), actual.as_ref()),
        Change::Added | Change::Removed => (None, None, None),
    };
    json!({
        "kind": difference.object.kind.name(), "object": difference.object.path(), "change": difference.change.name(),
        "attribute": attribute, "expected": expected, "actual": actual,
    })
}
