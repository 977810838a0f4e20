//! What columns are called and cells say, in tables of whatever tool.

use crate::skeleton::Tracking;

/// A column's name: lower case, letters and digits only, without a unit in brackets; and its unit.
pub(super) fn column_name(header: &str) -> (String, Option<&str>) {
    let (name, unit) = match header.split_once(['(', '[']) {
        Some((name, unit)) => (name, Some(unit.trim_end_matches([')', ']']).trim())),
        None => (header, None),
    };
    let plain = name.chars().filter(|c| c.is_alphanumeric());
    (plain.flat_map(char::to_lowercase).collect(), unit)
}

/// What a column of tracking means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TrackingScale {
    /// 0, 1, 2, or their names.
    States,
    /// 0 to 1.
    Confidence,
}

/// The seconds of a column's unit of time, where its name says it.
pub(super) fn time_seconds((name, bracket): &(String, Option<&str>)) -> Option<f64> {
    let is = |words: &[&str]| {
        bracket.is_some_and(|unit| words.contains(&unit))
            || words
                .iter()
                .any(|word| name.len() > word.len() && name.ends_with(word))
    };
    if is(&["ms", "msec"]) {
        Some(1e-3)
    } else if is(&["us", "usec", "µs", "micros"]) {
        Some(1e-6)
    } else if name == "seconds" || name == "times" || is(&["sec"]) || *bracket == Some("s") {
        Some(1.0)
    } else {
        None
    }
}

/// What a cell of time has to be, in words.
pub(super) const TIME: &str = "a time: a number, or a date and time as 2026-11-30T08:48:44.5Z";

/// A cell of time: a number, or an instant of ISO 8601.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Time {
    /// In the file's unit.
    Number(f64),
    /// Seconds since 1970.
    Moment(f64),
}

impl Time {
    /// The value without its meaning.
    pub(super) fn value(self) -> f64 {
        match self {
            Self::Number(value) | Self::Moment(value) => value,
        }
    }

    /// What a cell says; `None` where it is neither.
    pub(super) fn of(cell: &str) -> Option<Self> {
        match cell.parse::<f64>() {
            Ok(value) => value.is_finite().then_some(Self::Number(value)),
            Err(_) => iso_seconds(cell).map(Self::Moment),
        }
    }
}

/// The seconds since 1970 of a date and a time of ISO 8601, with or without dashes and colons; what names no zone counts as
/// UTC, since only differences matter.
fn iso_seconds(text: &str) -> Option<f64> {
    let (date, rest) = text.trim().split_once(['T', 't', ' '])?;
    let (clock, zone) = match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let date = digits(date, '-', 8)?;
    let (whole, fraction) = match clock.trim_end().split_once(['.', ',']) {
        Some((whole, fraction)) if fraction.bytes().all(|byte| byte.is_ascii_digit()) => {
            (whole, format!("0.{fraction}").parse::<f64>().ok()?)
        }
        Some(_) => return None,
        None => (clock.trim_end(), 0.0),
    };
    // Without seconds it is four digits.
    let clock = digits(whole, ':', 6).or_else(|| Some(digits(whole, ':', 4)? * 100))?;
    let (hours, minutes, seconds) = (clock / 10_000, clock / 100 % 100, clock % 100);
    let days = days_since_1970(date / 10_000, date / 100 % 100, date % 100)?;
    // A leap second is 60.
    if hours > 24 || minutes > 59 || seconds > 60 {
        return None;
    }
    let east = match zone.trim() {
        "" | "Z" | "z" => 0,
        offset => {
            let (sign, offset) = (if offset.starts_with('-') { -1 } else { 1 }, &offset[1..]);
            let offset = digits(offset, ':', 4).or_else(|| Some(digits(offset, ':', 2)? * 100))?;
            sign * (offset / 100 * 60 + offset % 100)
        }
    };
    let minutes = days * 24 * 60 + hours * 60 + minutes - east;
    Some((minutes * 60 + seconds) as f64 + fraction)
}

/// A number of so many digits, where marks between two of them do not count.
fn digits(text: &str, mark: char, count: usize) -> Option<i64> {
    let plain: String = text.split(mark).collect();
    let is_number = plain.len() == count && plain.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| plain.parse().ok()).flatten()
}

/// Days from 1970 to a date of the Gregorian calendar; years begin in March here, so that a leap day ends one.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468)
}

/// Whether a cell says that there is no value.
fn is_nothing(cell: &str) -> bool {
    cell.is_empty()
        || ["nan", "null", "none", "na"]
            .iter()
            .any(|n| cell.eq_ignore_ascii_case(n))
}

/// Whether a row has no position: one of its three cells says so, or all of them are missing. A row that ends in the midst
/// of them is another thing: it was cut off.
pub(super) fn has_no_position(cells: &[String], axes: [usize; 3]) -> bool {
    let mut says_so = axes.iter().filter_map(|axis| cells.get(*axis));
    says_so.any(|cell| is_nothing(cell)) || axes.iter().all(|axis| cells.get(*axis).is_none())
}

/// A coordinate: finite, and no farther away than a kilometre in millimetres.
pub(super) fn position(cell: &str) -> Option<f32> {
    cell.parse().ok().filter(|value: &f32| value.abs() <= 1e6)
}

/// A whole number, even where a tool wrote it with a point.
pub(super) fn whole_number(text: &str) -> Option<u64> {
    text.parse().ok().or_else(|| {
        let value: f64 = text.parse().ok()?;
        // Beyond this a float has no units place.
        (value.fract() == 0.0 && (0.0..9e15).contains(&value)).then_some(value as u64)
    })
}

/// What a cell says of tracking; nothing stands for tracked.
pub(super) fn tracking(cell: &str, scale: TrackingScale) -> Option<Tracking> {
    let plain: String = cell.chars().filter(|c| !" _-".contains(*c)).collect();
    match plain.to_ascii_lowercase().as_str() {
        "" | "tracked" => return Some(Tracking::Tracked),
        "inferred" => return Some(Tracking::Inferred),
        "nottracked" => return Some(Tracking::NotTracked),
        _ => {}
    }
    let value: f32 = plain.parse().ok()?;
    match scale {
        TrackingScale::States if value == 0.0 => Some(Tracking::NotTracked),
        TrackingScale::States if value == 1.0 => Some(Tracking::Inferred),
        TrackingScale::States if value == 2.0 => Some(Tracking::Tracked),
        TrackingScale::States => None,
        TrackingScale::Confidence if value <= 0.0 => Some(Tracking::NotTracked),
        TrackingScale::Confidence if value < 0.75 => Some(Tracking::Inferred),
        TrackingScale::Confidence => value.is_finite().then_some(Tracking::Tracked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_every_way_that_iso_8601_writes_them() {
        for text in [
            "2026-11-30T08:48:44.5Z",
            "2026-11-30T08:48:44.500",
            "2026-11-30 08:48:44.5",
            "2026-11-30T08:48:44,5+00:00",
            "2026-11-30T10:18:44.5+01:30",
            "2026-11-30T03:48:44.5-0500",
            "2026-11-30 09:48:44.5 +01",
            "20261130T084844.5Z",
        ] {
            assert_eq!(
                Time::of(text),
                Some(Time::Moment(1_796_028_524.5)),
                "{text}"
            );
        }
        assert_eq!(Time::of("1970-01-01T00:00Z"), Some(Time::Moment(0.0)));
        assert_eq!(
            Time::of("2024-03-01T00:00:00Z").map(Time::value),
            Time::of("2024-02-29T00:00:00Z").map(|time| time.value() + 86_400.0),
        );
        assert_eq!(Time::of("33.25"), Some(Time::Number(33.25)));
        for text in [
            "",
            "soon",
            "NaN",
            "2026-11-30",
            "2026-13-30T08:48:44",
            "2026-11-30T08:61:44",
            "2026-11-30T08:48:44+1",
            "2026-11-30T08:48:44+\u{e9}",
            "30.11.2026 08:48:44",
        ] {
            assert_eq!(Time::of(text), None, "{text}");
        }
    }
}
