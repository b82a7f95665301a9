//! The worked examples of ALEMBIC.md.

use crate::revision::graph::Graph;
use crate::revision::graph::tests::graph;
use crate::revision::target::downward::downgrade;
use crate::revision::target::lookup::{known, revisions};
use crate::revision::target::range::{Range, history};
use crate::revision::target::upward::upgrade;
use crate::revision::target::{Target, TargetError};

const TWO: &str = "a; b<-a; c1<-b [one]; d1<-c1; c2<-b [two]; d2<-c2";

fn names(graph: &Graph, indexes: &[usize]) -> String {
    let ids: Vec<&str> = indexes.iter().map(|index| graph.get(*index).id().as_str()).collect();
    ids.join(" ")
}

fn at(graph: &Graph, rows: &[&str]) -> Vec<usize> {
    rows.iter().map(|row| known(graph, row).unwrap()).collect()
}

fn up(notation: &str, rows: &[&str], target: &str) -> Result<String, TargetError> {
    let graph = graph(notation).unwrap();
    upgrade(&graph, &at(&graph, rows), &Target::from(target)).map(|found| names(&graph, &found))
}

fn down(notation: &str, rows: &[&str], target: &str) -> Result<String, TargetError> {
    let graph = graph(notation).unwrap();
    downgrade(&graph, &at(&graph, rows), &Target::from(target)).map(|found| {
        let to: Vec<usize> = found.to.into_iter().collect();
        format!("{} | {}", names(&graph, &to), names(&graph, &found.roots))
    })
}

#[test]
fn partial_ids_as_alembic_finds_them() {
    let graph = graph("abc1234; abc1299<-abc1234; abd<-abc1299; ab; abcd<-ab [abc9]").unwrap();
    let find = |asked: &str| revisions(&graph, &Target::from(asked)).map(|found| names(&graph, &found));
    assert_eq!(find("ab").unwrap(), "ab");
    assert_eq!(find("abd").unwrap(), "abd");
    assert_eq!(find("abc123").unwrap(), "abc1234");
    assert_eq!(find("abc9").unwrap(), "abcd");
    for asked in ["abc1", "abc", "a"] {
        assert!(matches!(find(asked), Err(TargetError::Ambiguous { .. })), "{asked}");
    }
    assert!(matches!(find("zzz"), Err(TargetError::NotFound { .. })));
    assert!(matches!(find("nope@ab"), Err(TargetError::NoSuchBranch { .. })));
    assert!(matches!(find("abd@ab"), Err(TargetError::NotInBranch { .. })));
    assert_eq!(find("nope@base").unwrap(), "");
    assert_eq!(find("abc9@heads").unwrap(), "abcd");
    assert_eq!(find("-1").unwrap(), "abc1299 ab");
    assert!(matches!(find("-2"), Err(TargetError::TooFar { .. })));
}

#[test]
fn upgrades() {
    assert!(matches!(up(TWO, &["b"], "head"), Err(TargetError::MultipleHeads { .. })));
    assert_eq!(up(TWO, &["b"], "heads").unwrap(), "d1 d2");
    for target in ["one@head", "one@heads", "one@base+4", "one@b+2"] {
        assert_eq!(up(TWO, &["b"], target).unwrap(), "d1", "{target}");
    }
    for target in ["one@head-1", "d1-1", "one@+1", "one@b+1"] {
        assert_eq!(up(TWO, &["b"], target).unwrap(), "c1", "{target}");
    }
    for target in ["+1", "b+1", "base+4"] {
        assert!(matches!(up(TWO, &["b"], target), Err(TargetError::AmbiguousWalk { .. })), "{target}");
    }
    for target in ["-1", "one@-1"] {
        assert!(matches!(up(TWO, &["b"], target), Err(TargetError::WrongDirection { .. })), "{target}");
    }
    assert!(matches!(up(TWO, &["d1", "d2"], "+1"), Err(TargetError::ManyRows { .. })));
    assert!(matches!(up(TWO, &["b"], "+0"), Err(TargetError::TooFar { .. })));
    assert!(matches!(up(TWO, &["d1"], "one@+1"), Err(TargetError::TooFar { .. })));
    assert!(matches!(up(TWO, &[], "d1+1"), Err(TargetError::TooFar { .. })));
    let overlapping = "a [l]; b {a} [m]; c<-a {b}";
    assert_eq!(up(overlapping, &[], "l@heads").unwrap(), "c");
}

#[test]
fn downgrades() {
    let rows = ["d1", "d2"];
    assert_eq!(down(TWO, &rows, "one@base").unwrap(), " | a");
    assert_eq!(down(TWO, &rows, "b").unwrap(), "b | c1 c2");
    for target in ["one@b", "c1@b"] {
        assert_eq!(down(TWO, &rows, target).unwrap(), "b | c1", "{target}");
    }
    assert_eq!(down(TWO, &rows, "one@base+2").unwrap(), "b | c1");
    assert_eq!(down(TWO, &rows, "one@-1").unwrap(), "c1 | d1");
    assert!(matches!(down(TWO, &rows, "-1"), Err(TargetError::ManyRows { .. })));
    assert_eq!(down(TWO, &["d1"], "-3").unwrap(), "a | b");
    assert_eq!(down(TWO, &["d1"], "-2").unwrap(), "b | c1");
    assert_eq!(down(TWO, &["d1"], "-4").unwrap(), " | a");
    assert!(matches!(down(TWO, &["d1"], "-5"), Err(TargetError::TooFar { .. })));
    assert!(matches!(down(TWO, &rows, "heads"), Err(TargetError::MultipleHeads { .. })));
    assert!(matches!(down(TWO, &rows, "+1"), Err(TargetError::WrongDirection { .. })));
}

#[test]
fn histories() {
    let graph = graph(TWO).unwrap();
    let listed = |text: &str, rows: &[usize]| {
        Range::parse(text).and_then(|range| history(&graph, &range, rows)).map(|found| names(&graph, &found))
    };
    assert_eq!(listed("b:d1", &[]).unwrap(), "d1 c1 b");
    assert_eq!(listed("one@base:", &[]).unwrap(), "d1 c1 b a");
    assert_eq!(listed("-1:d1", &[]).unwrap_err(), TargetError::NoLine { lower: "-1".into(), upper: "d1".into() });
    assert_eq!(listed("-9:d1", &[]).unwrap(), "d1 c1 b a");
    assert_eq!(listed(":current", &[2]).unwrap(), "c1 b a");
    assert_eq!(listed("current:", &[2]).unwrap(), "d1 c1");
    assert_eq!(listed("a:+1", &[]).unwrap(), "b a");
    assert!(matches!(listed("d1:d2", &[]), Err(TargetError::NoLine { .. })));
    assert!(matches!(listed("b", &[]), Err(TargetError::NotARange { .. })));
}
