//! Lines for people.

use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::revision::graph::{Graph, Index};
use crate::revision::id::RevisionId;

/// The style of a revision id.
pub(crate) const ID: Style = AnsiColor::Yellow.on_default();
/// The style of what is well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// The style of what is not.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// The style of a name in a list of facts.
pub(crate) const BOLD: Style = Style::new().bold();

/// Returns a duration as people read it: `3.2 ms`, `1.25 s`, `2 min 5 s`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1000.0)
    } else if seconds < 60.0 {
        format!("{seconds:.2} s")
    } else {
        format!("{} min {} s", duration.as_secs() / 60, duration.as_secs() % 60)
    }
}

/// Returns `1 revision`, `2 revisions`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// Returns ids for a sentence: `a, b`, or `base` for none.
pub(crate) fn id_list(ids: &[RevisionId]) -> String {
    if ids.is_empty() { "base".to_owned() } else { ids.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(", ") }
}

/// Returns a revision on one line, as Alembic writes it: `parents -> id (labels) (head) (branchpoint), title`.
pub(crate) fn log_line(graph: &Graph, index: Index, is_current: bool) -> String {
    let revision = graph.get(index);
    let parents = &revision.header.down_revision;
    let parents = if parents.is_empty() { "<base>".to_owned() } else { id_list(parents) };
    let depends = &revision.header.depends_on;
    let depends = if depends.is_empty() { String::new() } else { format!(" ({})", depends.join(", ")) };
    format!("{parents}{depends} -> {}, {}", marked(graph, index, is_current), revision.header.title())
}

/// Returns a revision's id with its marks: `id (labels) (head) (current)`.
pub(crate) fn marked(graph: &Graph, index: Index, is_current: bool) -> String {
    let revision = graph.get(index);
    let mut words = vec![format!("{ID}{}{ID:#}", revision.id())];
    let labels = graph.shown_labels(index);
    if !labels.is_empty() {
        words.push(format!("({})", labels.join(", ")));
    }
    let head = if revision.dependents.is_empty() { "head" } else { "effective head" };
    let marks = [
        (revision.is_head(), head),
        (is_current, "current"),
        (revision.is_branch_point(), "branchpoint"),
        (revision.is_merge_point(), "mergepoint"),
    ];
    for (is, mark) in marks {
        if is {
            words.push(format!("({GOOD}{mark}{GOOD:#})"));
        }
    }
    words.join(" ")
}

/// Returns a revision in full, as Alembic's `show` writes it.
pub(crate) fn log_entry(graph: &Graph, index: Index, is_current: bool) -> Vec<String> {
    let revision = graph.get(index);
    let header = &revision.header;
    let mut lines = vec![format!("Rev: {}", marked(graph, index, is_current))];
    let parent = if revision.is_merge_point() { "Merges" } else { "Parent" };
    let parents = if header.down_revision.is_empty() { "<base>".to_owned() } else { id_list(&header.down_revision) };
    lines.push(format!("{parent}: {parents}"));
    if !header.depends_on.is_empty() {
        lines.push(format!("Also depends on: {}", header.depends_on.join(", ")));
    }
    if revision.is_branch_point() {
        let children: Vec<&str> = revision.children.iter().map(|child| graph.get(*child).id().as_str()).collect();
        lines.push(format!("Branches into: {}", children.join(", ")));
    }
    let labels = graph.shown_labels(index);
    if !labels.is_empty() {
        lines.push(format!("Branch names: {}", labels.join(", ")));
    }
    lines.push(format!("Path: {}", revision.path));
    lines.push(String::new());
    lines.extend(header.message.lines().map(|line| format!("    {line}").trim_end().to_owned()));
    if let Some(date) = &header.create_date {
        lines.push(String::new());
        lines.push(format!("    Create Date: {date}"));
    }
    lines.push(String::new());
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::duration;

    #[test]
    fn durations() {
        assert_eq!(duration(Duration::from_micros(3210)), "3.2 ms");
        assert_eq!(duration(Duration::from_millis(1250)), "1.25 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
    }
}
