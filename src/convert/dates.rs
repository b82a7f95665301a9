//! Dates of revisions: from versions that are one, and in the order of application for all.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// 2000-01-01T00:00:00Z.
const START: Timestamp = Timestamp::constant(946_684_800, 0);

/// Returns the time that a version stands for: `YYYYMMDDHHMMSS`, `YYYYMMDDHHMM`, `YYYYMMDD` (what follows them in longer
/// versions is left out), or the seconds since 1970 in ten digits. Times before 1990 or after 2100 are numbers, no times.
pub(super) fn of_version(version: &str) -> Option<Timestamp> {
    let end = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    let digits = &version[..end];
    let number = |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<i16>().ok());
    let small = |range| number(range).and_then(|number| i8::try_from(number).ok());
    let time = match digits.len() {
        10 if !digits.starts_with('0') => {
            let time = Timestamp::from_second(digits.parse().ok()?).ok()?;
            return Some(time).filter(|time| (1990..=2100).contains(&time.to_zoned(TimeZone::UTC).year()));
        }
        8 => DateTime::new(number(0..4)?, small(4..6)?, small(6..8)?, 0, 0, 0, 0).ok()?,
        12 => DateTime::new(number(0..4)?, small(4..6)?, small(6..8)?, small(8..10)?, small(10..12)?, 0, 0).ok()?,
        14..=20 => {
            let (hour, minute, second) = (small(8..10)?, small(10..12)?, small(12..14)?);
            DateTime::new(number(0..4)?, small(4..6)?, small(6..8)?, hour, minute, second, 0).ok()?
        }
        _ => return None,
    };
    let time = Some(time).filter(|time| (1990..=2100).contains(&time.year()))?;
    time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Gives every revision a date, each in a later minute than the one before: file names begin with the minute, and their
/// byte order should be the order of application. What has no date of its own counts up by minutes, from the neighbour
/// before or from the year 2000. What comes later never changes a date, so that a directory that has grown gives the old
/// files again.
pub(crate) fn in_order(written: &[Option<Timestamp>]) -> Vec<Timestamp> {
    let mut dates: Vec<Timestamp> = Vec::with_capacity(written.len());
    for time in written {
        let earliest = dates.last().map_or(START, |last| minute_after(*last));
        dates.push(time.filter(|time| *time >= earliest || dates.is_empty()).unwrap_or(earliest));
    }
    dates
}

/// The beginning of the next minute. At the end of the calendar it stays where it is.
fn minute_after(time: Timestamp) -> Timestamp {
    let minute = time.as_second().div_euclid(60) * 60;
    Timestamp::from_second(minute + 60).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::{in_order, of_version};

    #[test]
    fn versions_that_are_times() {
        for (version, expected) in [
            ("20240115103045", Some("2024-01-15T10:30:45Z")),
            ("20240115103045123", Some("2024-01-15T10:30:45Z")),
            ("20240115103045_init", Some("2024-01-15T10:30:45Z")),
            ("202401151030", Some("2024-01-15T10:30:00Z")),
            ("20240115", Some("2024-01-15T00:00:00Z")),
            ("1510262030", Some("2017-11-09T21:13:50Z")),
            ("00000000000000", None),
            ("20241315000000", None),
            ("0000000001", None),
            ("1", None),
            ("1.2.3", None),
            ("", None),
        ] {
            assert_eq!(of_version(version).map(|time| time.to_string()).as_deref(), expected, "{version}");
        }
    }

    fn dates(versions: &[&str]) -> Vec<String> {
        let written: Vec<_> = versions.iter().map(|version| of_version(version)).collect();
        in_order(&written).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_date_is_in_a_later_minute() {
        assert_eq!(
            dates(&["0", "1", "20240115103045", "20240115103059", "20240115103101", "2", "20240115110000"]),
            [
                "2000-01-01T00:00:00Z",
                "2000-01-01T00:01:00Z",
                "2024-01-15T10:30:45Z",
                "2024-01-15T10:31:00Z",
                "2024-01-15T10:32:00Z",
                "2024-01-15T10:33:00Z",
                "2024-01-15T11:00:00Z",
            ]
        );
        assert_eq!(dates(&["19950101000000", "1"]), ["1995-01-01T00:00:00Z", "1995-01-01T00:01:00Z"]);
        assert_eq!(dates(&["1", "2"]), ["2000-01-01T00:00:00Z", "2000-01-01T00:01:00Z"]);
        assert!(dates(&[]).is_empty());
    }
}
