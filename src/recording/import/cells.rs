//! What columns are called and cells say, in tables of whatever tool.

use crate::skeleton::Tracking;
use chrono::DateTime;

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

/// ISO 8601, with or without dashes, colons and seconds.
const INSTANTS: [&str; 8] = [
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%dT%H%M%S%.f%#z",
    "%Y-%m-%dT%H:%M%#z",
    "%Y-%m-%dT%H%M%#z",
    "%Y%m%dT%H:%M:%S%.f%#z",
    "%Y%m%dT%H%M%S%.f%#z",
    "%Y%m%dT%H:%M%#z",
    "%Y%m%dT%H%M%#z",
];

/// The seconds since 1970 of a date and a time of ISO 8601; what names no zone counts as UTC, since only differences matter.
fn iso_seconds(text: &str) -> Option<f64> {
    let (date, clock) = text.trim().split_once(['T', 't', ' '])?;
    let clock = clock.replace(' ', "").replacen(',', ".", 1);
    let zone = if clock.contains(['Z', 'z', '+', '-']) {
        ""
    } else {
        "Z"
    };
    let text = format!("{date}T{clock}{zone}");
    let read = |form: &&str| DateTime::parse_from_str(&text, form).ok();
    let moment = INSTANTS.iter().find_map(read)?;
    Some(moment.timestamp() as f64 + f64::from(moment.timestamp_subsec_nanos()) * 1e-9)
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
