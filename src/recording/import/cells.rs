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

/// Whether a cell says that there is no value.
pub(super) fn is_nothing(cell: &str) -> bool {
    cell.is_empty()
        || ["nan", "null", "none", "na"]
            .iter()
            .any(|n| cell.eq_ignore_ascii_case(n))
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
