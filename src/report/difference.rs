//! Differences between schemas, for people and for programs.

use serde_json::{Value, json};

use crate::catalog::difference::{Change, Difference};
use crate::catalog::dump::DumpDifference;
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
            lines.extend(by_line(&expected, &actual));
            lines
        }
    }
}

/// Returns the lines in which two texts differ.
fn by_line(expected: &str, actual: &str) -> Vec<String> {
    let changes = similar::TextDiff::from_lines(expected, actual);
    let changes = changes.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
    changes
        .map(|change| {
            let value = change.value().trim_end_matches('\n');
            match change.tag() {
                similar::ChangeTag::Delete => format!("         expected  {value}"),
                similar::ChangeTag::Insert | similar::ChangeTag::Equal => format!("         is        {value}"),
            }
        })
        .collect()
}

/// Returns lines for each entry that `pg_dump` prints otherwise.
pub(crate) fn dump_lines(differences: &[DumpDifference]) -> Vec<String> {
    let of_entry = |it: &DumpDifference| match (&it.expected, &it.actual) {
        (Some(expected), Some(actual)) => {
            let mut lines = vec![format!("differs  {}", it.what)];
            lines.extend(by_line(expected, actual));
            lines
        }
        (Some(_), None) => vec![format!("{BAD}missing{BAD:#}  {}", it.what)],
        (None, _) => vec![format!("{GOOD}extra{GOOD:#}    {}", it.what)],
    };
    differences.iter().flat_map(of_entry).collect()
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
