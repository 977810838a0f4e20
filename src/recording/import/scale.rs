//! Units that files do not name: of lengths by the performer's size, of times by the rate that they would mean.

use std::str::FromStr;

/// A unit of length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Metres.
    Metres,
    /// Centimetres.
    Centimetres,
    /// Millimetres.
    Millimetres,
}

impl Unit {
    /// How many metres one is.
    pub fn metres(self) -> f32 {
        match self {
            Self::Metres => 1.0,
            Self::Centimetres => 0.01,
            Self::Millimetres => 0.001,
        }
    }

    /// The unit in which a spine, from hips to head, of this length is a person's: it has about 0.65 m.
    pub(super) fn of_spine(length: f32) -> Self {
        match length {
            l if l < 5.0 => Self::Metres,
            l if l < 200.0 => Self::Centimetres,
            _ => Self::Millimetres,
        }
    }
}

impl FromStr for Unit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "m" | "metres" | "meters" => Ok(Self::Metres),
            "cm" | "centimetres" | "centimeters" => Ok(Self::Centimetres),
            "mm" | "millimetres" | "millimeters" => Ok(Self::Millimetres),
            _ => Err("expected m, cm or mm".to_owned()),
        }
    }
}

/// Seconds of a unit of time.
const SECONDS: [f64; 4] = [1.0, 1e-3, 1e-6, 1e-7];

/// The seconds of the unit in which frames of this distance come at a camera's rate: of seconds, milliseconds,
/// microseconds and the 100 ns ticks of Kinect v2, the one that comes nearest to `fps` a second.
pub(super) fn time_unit(step: f64, fps: f32) -> f64 {
    let distance = |unit: &f64| (step * unit * f64::from(fps)).ln().abs();
    SECONDS
        .into_iter()
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        .unwrap_or(1.0)
}

/// The value in the middle; `None` of none.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_apart() {
        for (spine, unit) in [(0.65, "m"), (0.3, "m"), (62.0, "cm"), (640.0, "mm")] {
            assert_eq!(Ok(Unit::of_spine(spine)), unit.parse());
        }
        assert!("inch".parse::<Unit>().is_err());
        for (step, unit) in [
            (0.0333, 1.0),
            (0.2, 1.0),
            (33.0, 1e-3),
            (8.0, 1e-3),
            (33_333.0, 1e-6),
            (333_333.0, 1e-7),
        ] {
            assert_eq!(time_unit(step, 30.0), unit, "{step}");
        }
    }
}
