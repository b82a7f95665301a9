use crate::detect::table::Table;
use crate::detect::tool::Tool;
use crate::detect::{Direction, Facts, ForeignLedger, Interruption, State, UntrackedFacts, detect, recommendation};

fn known(id: &str) -> bool {
    id.starts_with('a')
}

fn ledger(tool: Tool, applied: &[&str]) -> ForeignLedger {
    let mut ledger = ForeignLedger::of(tool, &Table::default());
    ledger.set(applied.iter().map(|id| (*id).to_owned()).collect());
    ledger
}

fn check(facts: &Facts, name: &str) -> State {
    let state = detect(facts, &known);
    assert_eq!(state.name(), name, "{facts:?}");
    assert!(!recommendation(&state, 1).contains('\n'));
    state
}

#[test]
fn rows_decide_before_anything_else() {
    let untracked =
        UntrackedFacts { objects: 3, ledgers: vec![ledger(Tool::Rails, &["1"])], ..UntrackedFacts::default() };
    let facts = Facts { rows: vec!["a1".to_owned()], interrupted: None, untracked: untracked.clone() };
    check(&facts, "tracked");
    let facts = Facts { rows: vec!["a1".to_owned(), "b2".to_owned()], interrupted: None, untracked };
    assert_eq!(check(&facts, "unknown_revision"), State::UnknownRevision { unknown: vec!["b2".to_owned()] });
}

#[test]
fn an_interruption_wins_over_rows_and_objects() {
    let of = |revision: &str| {
        Some(Interruption { revision: revision.to_owned(), direction: Direction::Up, statement: 1, of: 3 })
    };
    let untracked = UntrackedFacts { objects: 3, ..UntrackedFacts::default() };
    check(&Facts { rows: vec!["a1".to_owned()], interrupted: of("a2"), ..Facts::default() }, "interrupted");
    check(&Facts { interrupted: of("a2"), untracked, ..Facts::default() }, "interrupted");
    check(&Facts { interrupted: of("b2"), ..Facts::default() }, "unknown_revision");
    check(&Facts { rows: vec!["b1".to_owned()], interrupted: of("a2"), ..Facts::default() }, "unknown_revision");
}

#[test]
fn without_rows_ledgers_then_objects_decide() {
    let with = |objects, ledgers| Facts {
        untracked: UntrackedFacts { objects, ledgers, ..UntrackedFacts::default() },
        ..Facts::default()
    };
    check(&with(0, vec![]), "fresh");
    check(&with(1, vec![]), "untracked");
    check(&with(0, vec![ledger(Tool::Goose, &[])]), "fresh");
    check(&with(1, vec![ledger(Tool::Goose, &[])]), "untracked");
    check(&with(0, vec![ledger(Tool::Goose, &["1"])]), "foreign");
    let hidden = ForeignLedger { unreadable: true, ..ledger(Tool::Goose, &[]) };
    check(&with(0, vec![hidden]), "foreign");
    let both = check(&with(1, vec![ledger(Tool::Rails, &["1"]), ledger(Tool::Sequelize, &["2"])]), "foreign");
    assert!(matches!(both, State::Foreign { ledgers } if ledgers.len() == 2));
}

#[test]
fn the_recommendation_names_the_tools_own_repair_first() {
    let mut broken = ledger(Tool::Flyway, &["1"]);
    assert!(recommendation(&State::Foreign { ledgers: vec![broken.clone()] }, 0).contains("import --from flyway"));
    broken.dirty = true;
    assert!(recommendation(&State::Foreign { ledgers: vec![broken] }, 0).contains("flyway repair"));
    let mut hidden = ForeignLedger { unreadable: true, ..ledger(Tool::Flyway, &[]) };
    assert!(recommendation(&State::Foreign { ledgers: vec![hidden.clone()] }, 0).contains("GRANT SELECT"));
    hidden.locked = true;
    assert!(recommendation(&State::Foreign { ledgers: vec![hidden] }, 0).contains("wait"));
    assert_eq!(recommendation(&State::Tracked, 0), "nothing to do");
    assert!(recommendation(&State::Absent { near: vec!["shop_dev".to_owned()] }, 2).contains("shop_dev"));
}
