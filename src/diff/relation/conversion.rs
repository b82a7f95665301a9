//! Values of one type that become values of another.

/// Returns the value of a column as one of another type, where a cast has to be written.
pub(in crate::diff) fn converted(name: &str, old: &str, new: &str) -> Option<String> {
    match conversion(old, new) {
        Conversion::Implicit => None,
        Conversion::Cast => Some(format!("{name}::{new}")),
        Conversion::ByText => Some(format!("{name}::text::{new}")),
    }
}

/// How the values of one type become those of another.
enum Conversion {
    /// By themselves: there is a cast for assignments.
    Implicit,
    /// By a cast that has to be written.
    Cast,
    /// Only as text.
    ByText,
}

fn conversion(old: &str, new: &str) -> Conversion {
    let ((old, _), (new, _)) = (parsed(old), parsed(new));
    if old == new {
        return Conversion::Implicit;
    }
    match (family(&old), family(&new)) {
        (_, Family::Text) => Conversion::Implicit,
        (Family::Text, _) => Conversion::Cast,
        (one, other) if one == other && one != Family::Other => Conversion::Implicit,
        _ => match (&*old, &*new) {
            ("boolean", "integer") | ("integer", "boolean") | ("cidr", "inet") | ("inet", "cidr") => Conversion::Cast,
            ("time without time zone", "interval") | ("interval", "time without time zone") => Conversion::Cast,
            _ => Conversion::ByText,
        },
    }
}

/// Returns whether values of the new type can say less: there may be values of the old one that fail, are cut or rounded.
pub(super) fn is_narrower(old: &str, new: &str) -> bool {
    let ((old, was), (new, is)) = (parsed(old), parsed(new));
    let limit = |limits: &[i64], at: usize| limits.get(at).copied();
    // Without a limit there is room for everything.
    let less = |at: usize| match (limit(&was, at), limit(&is, at)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(was), Some(is)) => is < was,
    };
    match (family(&old), family(&new)) {
        (_, Family::Text) => match (&*old, &*new) {
            (_, "text") => false,
            ("character" | "character varying", _) if new != "name" => less(0),
            _ => !is.is_empty() || new == "name",
        },
        (Family::Number, Family::Number) => match (digits(&old), digits(&new)) {
            (Some(was), Some(is)) => is < was,
            (Some(was), None) if new == "numeric" => {
                limit(&is, 0).is_some_and(|all| all - limit(&is, 1).unwrap_or(0) < was)
            }
            // A float holds 6 digits, a double 15 (PostgreSQL manual 8.1.3).
            (Some(was), None) => was > if new == "real" { 6 } else { 15 },
            (None, Some(_)) => true,
            (None, None) if old == "numeric" && new == "numeric" => {
                let (scale_was, scale_is) = (limit(&was, 1).unwrap_or(0), limit(&is, 1).unwrap_or(0));
                match (limit(&was, 0), limit(&is, 0)) {
                    (_, None) => false,
                    (None, Some(_)) => true,
                    (Some(was), Some(is)) => scale_is < scale_was || is - scale_is < was - scale_was,
                }
            }
            (None, None) => {
                old != new && !(old == "real" && new == "double precision") && !(new == "numeric" && is.is_empty())
            }
        },
        (Family::Time, Family::Time) if old == new => less(0),
        (Family::Time, Family::Time) => new == "date" && old != "date",
        (Family::Json, Family::Json) => false,
        (Family::Bits, Family::Bits) => less(0),
        (Family::Other, Family::Other) => old != new && !matches!((&*old, &*new), ("cidr", "inet")),
        _ => true,
    }
}

/// Returns whether values of the old type are values of the new one as they stand in the file of their table: the same type
/// with wider limits, or text without any (PostgreSQL manual, `ALTER TABLE`, "Notes").
pub(in crate::diff) fn keeps_the_bytes(old: &str, new: &str) -> bool {
    let ((one, was), (other, is)) = (parsed(old), parsed(new));
    match (&*one, &*other) {
        ("text" | "character varying", "text") => true,
        ("text" | "character varying", "character varying") | ("bit varying", "bit varying") => {
            is.is_empty() || one == other && !was.is_empty() && was[0] <= is[0]
        }
        ("numeric", "numeric") => {
            is.is_empty() || was.len() == 2 && is.len() == 2 && was[1] == is[1] && was[0] <= is[0]
        }
        _ => false,
    }
}

/// Returns the name of a type without its limits, and those.
fn parsed(name: &str) -> (String, Vec<i64>) {
    let Some((start, rest)) = name.split_once('(') else { return (name.to_owned(), Vec::new()) };
    let (limits, end) = rest.split_once(')').unwrap_or((rest, ""));
    let limits = limits.split(',').filter_map(|limit| limit.trim().parse().ok()).collect();
    (format!("{}{end}", start.trim_end()), limits)
}

/// The decimal digits that every value of the type can have at most, of whole numbers.
fn digits(name: &str) -> Option<i64> {
    match name {
        "smallint" => Some(5),
        "integer" => Some(10),
        "bigint" => Some(19),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Number,
    Text,
    Time,
    Json,
    Bits,
    Other,
}

fn family(name: &str) -> Family {
    match name {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => Family::Number,
        "character varying" | "text" | "character" | "name" => Family::Text,
        "date" => Family::Time,
        "json" | "jsonb" => Family::Json,
        "bit" | "bit varying" => Family::Bits,
        _ if name.starts_with("timestamp ") => Family::Time,
        _ => Family::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_narrower, keeps_the_bytes};

    #[test]
    fn wider_limits_keep_the_bytes() {
        for (old, new) in [
            ("character varying(10)", "character varying(20)"),
            ("character varying(10)", "text"),
            ("text", "character varying"),
            ("numeric(10,2)", "numeric(12,2)"),
            ("bit varying(3)", "bit varying"),
        ] {
            assert!(keeps_the_bytes(old, new), "{old} to {new}");
        }
        for (old, new) in [
            ("character varying(20)", "character varying(10)"),
            ("text", "character varying(10)"),
            ("character(10)", "text"),
            ("numeric(10,2)", "numeric(12,3)"),
            ("character varying(10)[]", "character varying(20)[]"),
            ("integer", "bigint"),
        ] {
            assert!(!keeps_the_bytes(old, new), "{old} to {new}");
        }
    }

    #[test]
    fn what_says_less_is_narrower() {
        for (old, new) in [
            ("character varying(20)", "character varying(10)"),
            ("text", "character varying(10)"),
            ("bigint", "integer"),
            ("integer", "real"),
            ("integer", "numeric(10,2)"),
            ("numeric(10,3)", "numeric(10,2)"),
            ("numeric(10,2)", "numeric(10,3)"),
            ("numeric", "numeric(30,10)"),
            ("numeric(4,0)", "integer"),
            ("timestamp with time zone", "date"),
            ("timestamp(6) without time zone", "timestamp(0) without time zone"),
            ("text", "integer"),
            ("uuid", "character varying(10)"),
            ("bit varying", "bit(3)"),
            ("uuid", "bytea"),
        ] {
            assert!(is_narrower(old, new), "{old} to {new}");
        }
        for (old, new) in [
            ("character varying(10)", "character varying(20)"),
            ("character varying(10)", "text"),
            ("integer", "bigint"),
            ("integer", "numeric"),
            ("integer", "numeric(12,2)"),
            ("smallint", "real"),
            ("real", "double precision"),
            ("numeric(10,2)", "numeric(11,3)"),
            ("numeric(10,2)", "numeric"),
            ("date", "timestamp with time zone"),
            ("timestamp(0) with time zone", "timestamp with time zone"),
            ("json", "jsonb"),
            ("uuid", "text"),
            ("cidr", "inet"),
        ] {
            assert!(!is_narrower(old, new), "{old} to {new}");
        }
    }
}
