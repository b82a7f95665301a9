//! The revision graph as lanes in a terminal, newest first.
//!
//! A lane holds the revision that it waits for: the next below on its line. Parents are drawn with solid lanes,
//! dependencies with dotted ones. A lane that ends frees its column for the next that begins, so that the drawing is as
//! wide as the branches that are open side by side, not as all there ever were.

use std::collections::{BTreeSet, HashMap};

use crate::revision::graph::{Graph, Index};

/// Columns that are drawn; more lanes than these are only counted.
const WIDEST: usize = 24;

/// A lane: what it waits for, and whether it is a parent's or only a dependency's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lane {
    waits_for: Index,
    solid: bool,
}

/// The lanes side by side, and where to find them.
#[derive(Default)]
struct Lanes {
    columns: Vec<Option<Lane>>,
    /// The columns that wait for a revision, the leftmost first.
    waiting: HashMap<Index, BTreeSet<usize>>,
    free: BTreeSet<usize>,
    /// Lanes that are too far to the right to be drawn.
    hidden: usize,
}

impl Lanes {
    fn put(&mut self, at: usize, lane: Option<Lane>) {
        if let Some(old) = std::mem::replace(&mut self.columns[at], lane) {
            if let Some(columns) = self.waiting.get_mut(&old.waits_for) {
                columns.remove(&at);
            }
            self.hidden -= usize::from(at >= WIDEST);
        }
        match lane {
            Some(new) => {
                self.waiting.entry(new.waits_for).or_default().insert(at);
                self.free.remove(&at);
                self.hidden += usize::from(at >= WIDEST);
            }
            None => {
                self.free.insert(at);
            }
        }
    }

    /// Returns a column for a new lane. Right below the end of another line, it would look like its continuation.
    fn column(&mut self, ended: Option<usize>) -> usize {
        if let Some(at) = self.free.iter().copied().find(|at| Some(*at) != ended) {
            return at;
        }
        let len = self.columns.len();
        let at = if Some(len) == ended { len + 1 } else { len };
        self.columns.resize(at + 1, None);
        self.free.extend(len..=at);
        at
    }

    /// Takes away the columns at the right that no lane is in.
    fn trim(&mut self) {
        while self.columns.last() == Some(&None) {
            self.columns.pop();
            self.free.remove(&self.columns.len());
        }
    }
}

/// Draws revisions, given newest first, each with its text behind it.
pub(crate) fn drawing(graph: &Graph, order: &[Index], text: &dyn Fn(Index) -> String) -> Vec<String> {
    let mut is_listed = vec![false; graph.len()];
    for index in order {
        is_listed[*index] = true;
    }
    let mut lanes = Lanes::default();
    let mut lines = Vec::new();
    let mut ended = None;
    for index in order {
        let waiting: Vec<usize> = lanes.waiting.remove(index).unwrap_or_default().into_iter().collect();
        let column = waiting.first().copied().unwrap_or_else(|| lanes.column(ended));
        if waiting.len() > 1 {
            lines.push(joined(&lanes.columns, column, &waiting[1..]));
            for at in &waiting[1..] {
                lanes.put(*at, None);
            }
        }
        let hidden = if lanes.hidden > 0 { format!("+{} ", lanes.hidden) } else { String::new() };
        lines.push(format!("{} {hidden}{}", node(&lanes.columns, column), text(*index)));
        let revision = graph.get(*index);
        let mut below: Vec<Lane> = revision
            .needs_normalized()
            .filter(|needed| is_listed[*needed])
            .map(|needed| Lane { waits_for: needed, solid: revision.down.contains(&needed) })
            .collect();
        // What is below on the same line comes first, so that it stays straight.
        below.sort_by_key(|lane| !lane.solid);
        let mut below = below.into_iter();
        let next = below.next();
        lanes.put(column, next);
        let (mut opened, mut met) = (Vec::new(), Vec::new());
        for lane in below {
            let there = lanes.waiting.get(&lane.waits_for).and_then(|columns| columns.first().copied());
            match there {
                Some(at) => {
                    opened.push(at);
                    met.push(at);
                }
                None => {
                    let at = lanes.column(None);
                    lanes.put(at, Some(lane));
                    opened.push(at);
                }
            }
        }
        if !opened.is_empty() {
            lines.push(parted(&lanes.columns, column, &opened, &met));
        }
        ended = next.is_none().then_some(column);
        lanes.trim();
    }
    lines
}

fn passing(lane: Option<Lane>) -> char {
    match lane {
        Some(Lane { solid: true, .. }) => '│',
        Some(Lane { solid: false, .. }) => '┊',
        None => ' ',
    }
}

fn node(lanes: &[Option<Lane>], column: usize) -> String {
    let drawn = (0..lanes.len().min(WIDEST)).map(|at| if at == column { '●' } else { passing(lanes[at]) });
    let mut line = spaced(drawn.map(String::from));
    if column >= WIDEST {
        line.push_str(" ●");
    }
    line
}

/// The line on which lanes that wait for the same revision become one.
fn joined(lanes: &[Option<Lane>], column: usize, ends: &[usize]) -> String {
    crossing(lanes, column, ends, &[], ['╯', '╰', '┴'])
}

/// The line on which a revision's further lanes begin, or meet one that is there.
fn parted(lanes: &[Option<Lane>], column: usize, begins: &[usize], met: &[usize]) -> String {
    crossing(lanes, column, begins, met, ['╮', '╭', '┬'])
}

/// A line that leads from a column to others, of which those in `met` go on above and below. `turns` are the turn at the
/// right end, the one at the left end, and one in between.
fn crossing(lanes: &[Option<Lane>], column: usize, others: &[usize], met: &[usize], turns: [char; 3]) -> String {
    let first = others.iter().copied().fold(column, usize::min);
    let last = others.iter().copied().fold(column, usize::max);
    let mut line = String::new();
    for (at, lane) in lanes.iter().enumerate().take(WIDEST) {
        let mark = if at == column {
            match (first < column, last > column) {
                (false, _) => '├',
                (true, false) => '┤',
                (true, true) => '┼',
            }
        } else if others.contains(&at) {
            match at {
                _ if met.contains(&at) && at == last => '┤',
                _ if met.contains(&at) && at == first => '├',
                _ if met.contains(&at) => '┼',
                _ if at == last => turns[0],
                _ if at == first => turns[1],
                _ => turns[2],
            }
        } else if at > first && at < last {
            if lane.is_some() { '┼' } else { '─' }
        } else {
            passing(*lane)
        };
        line.push(mark);
        line.push(if at >= first && at < last { '─' } else { ' ' });
    }
    line.trim_end().to_owned()
}

fn spaced(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(" ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::drawing;
    use crate::revision::graph::tests::graph;
    use crate::revision::order::newest_first;

    fn drawn(notation: &str) -> String {
        let graph = graph(notation).unwrap();
        let heads = graph.real_heads();
        let order = newest_first(&graph, &graph.with_ancestors(heads.iter().copied()), &heads);
        let lines = drawing(&graph, &order, &|index| graph.get(index).id().to_string());
        format!("\n{}\n", lines.join("\n"))
    }

    #[test]
    fn a_line() {
        assert_eq!(drawn("a; b<-a; c<-b"), "\n● c\n● b\n● a\n");
    }

    #[test]
    fn branches_and_a_merge() {
        assert_eq!(
            drawn("a; b1<-a; b2<-a; c2<-b2; m<-b1,c2; n<-m"),
            "
● n
● m
├─╮
● │ b1
│ ● c2
│ ● b2
├─╯
● a
"
        );
    }

    #[test]
    fn two_heads_and_a_dependency() {
        assert_eq!(
            drawn("y1; x1; y2<-y1 {x1}; x2<-x1"),
            "
● y2
├─╮
● ┊ y1
  ┊ ● x2
  ├─╯
  ● x1
"
        );
    }

    #[test]
    fn lanes_cross() {
        assert_eq!(
            drawn("a; b<-a; c<-a; d<-a; e<-b,d; f<-c,e"),
            "
● f
├─╮
● │ c
│ ● e
│ ├─╮
│ ● │ b
│ │ ● d
├─┴─╯
● a
"
        );
    }

    #[test]
    fn a_column_is_used_again() {
        let wide: String = (0..40).map(|n| format!("; b{n}<-a; c{n}<-b{n}")).collect();
        let lines = drawn(&format!("a{wide}"));
        let widest = lines.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest < 70, "{widest}\n{lines}");
    }
}
