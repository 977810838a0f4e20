//! Units that files do not name: of lengths by the performer's size, of times by the rate that they would mean.

use std::fmt::{self, Display, Formatter};
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
    /// Inches.
    Inches,
    /// Feet.
    Feet,
    /// The unit of CMU's motion capture library, of which 0.45 are an inch.
    Cmu,
}

/// What a spine, from hips to head, is long, metres.
const SPINE_METRES: f32 = 0.65;

impl Unit {
    /// How many metres one is.
    pub fn metres(self) -> f32 {
        match self {
            Self::Metres => 1.0,
            Self::Centimetres => 0.01,
            Self::Millimetres => 0.001,
            Self::Inches => 0.0254,
            Self::Feet => 0.3048,
            Self::Cmu => 0.0254 / 0.45,
        }
    }

    const ALL: [Self; 6] = [
        Self::Metres,
        Self::Centimetres,
        Self::Millimetres,
        Self::Inches,
        Self::Feet,
        Self::Cmu,
    ];

    /// The unit in which a spine, from hips to head, of this length is nearest to a person's, as a ratio; metres of one that
    /// has no length.
    pub(super) fn of_spine(length: f32) -> Self {
        let distance = |unit: &Self| (length * unit.metres() / SPINE_METRES).ln().abs();
        Self::ALL
            .into_iter()
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .filter(|_| length > 0.0)
            .unwrap_or(Self::Metres)
    }
}

impl Display for Unit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Metres => "metres",
            Self::Centimetres => "centimetres",
            Self::Millimetres => "millimetres",
            Self::Inches => "inches",
            Self::Feet => "feet",
            Self::Cmu => "units of CMU's motion capture library (5.64 cm)",
        })
    }
}

impl FromStr for Unit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "m" | "metres" | "meters" => Ok(Self::Metres),
            "cm" | "centimetres" | "centimeters" => Ok(Self::Centimetres),
            "mm" | "millimetres" | "millimeters" => Ok(Self::Millimetres),
            "in" | "inch" | "inches" => Ok(Self::Inches),
            "ft" | "foot" | "feet" => Ok(Self::Feet),
            "cmu" => Ok(Self::Cmu),
            _ => Err("expected m, cm, mm, in, ft or cmu".to_owned()),
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
        for (spine, unit) in [
            (0.65, "m"),
            (0.3, "m"),
            (0.0, "m"),
            (62.0, "cm"),
            (640.0, "mm"),
            (24.0, "in"),
            (2.1, "ft"),
            (11.0, "cmu"),
        ] {
            assert_eq!(Ok(Unit::of_spine(spine)), unit.parse(), "{spine}");
        }
        for unit in ["m", "cm", "mm", "in", "ft", "cmu"] {
            let unit: Unit = unit.parse().unwrap();
            for metres in [0.55, 0.65, 0.75] {
                let spine = metres / unit.metres();
                assert_eq!(Unit::of_spine(spine), unit, "{metres} m");
            }
        }
        assert!("ell".parse::<Unit>().is_err());
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
