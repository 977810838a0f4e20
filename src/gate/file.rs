//! A gate as a TOML file, checked when it is read and before it is written.

use super::likeness::INPUTS;
use super::{Gate, GateError, GateProfile};
use crate::whole_file::{self, Readers};
use std::path::Path;

impl Gate {
    /// Reads a gate from a TOML file.
    pub fn load(path: &Path) -> Result<Self, GateError> {
        let text = std::fs::read_to_string(path).map_err(|source| GateError::File {
            path: path.to_owned(),
            source,
        })?;
        let wrong = |reason: String| GateError::Format {
            path: path.to_owned(),
            reason,
        };
        let gate: Self = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        gate.check().map_err(|error| wrong(error.to_string()))?;
        Ok(gate)
    }

    /// Writes the gate to a TOML file, whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), GateError> {
        self.check()?;
        let text = toml::to_string(self).map_err(|error| GateError::Invalid(error.to_string()))?;
        whole_file::write(path, text, Readers::Everybody).map_err(|source| GateError::File {
            path: path.to_owned(),
            source,
        })
    }

    /// Refuses values that make no gate.
    pub fn check(&self) -> Result<(), GateError> {
        let invalid = |reason: String| Err(GateError::Invalid(reason));
        self.check_inputs()?;
        let positive = |x: f32| x.is_finite() && x > 0.0;
        if !positive(self.temperature) || !positive(self.seen_temperature) {
            let found = (self.temperature, self.seen_temperature);
            return invalid(format!(
                "temperatures must be above 0, found {} and {}",
                found.0, found.1
            ));
        }
        if !(0.0..=1.0).contains(&self.threshold) {
            return invalid(format!(
                "threshold {} is not between 0 and 1",
                self.threshold
            ));
        }
        if !self
            .weights
            .iter()
            .chain([&self.intercept])
            .all(|x| x.is_finite())
        {
            return invalid("a weight is not a finite number".to_owned());
        }
        Ok(())
    }

    /// Refuses a gate that looks at something else than this program shows it.
    fn check_inputs(&self) -> Result<(), GateError> {
        let (expected, weights): (&[&str], usize) = match self.profile {
            GateProfile::Ours => (&INPUTS, INPUTS.len()),
            GateProfile::Reference => (&[], 2 * self.top),
        };
        if self.inputs != expected {
            return Err(GateError::Invalid(format!(
                "made for the inputs [{}], this program's are [{}]; train the bundle again",
                self.inputs.join(", "),
                expected.join(", ")
            )));
        }
        if weights == 0 || self.weights.len() != weights {
            return Err(GateError::Invalid(format!(
                "{} weights, expected {weights}, one for each input; top = {}",
                self.weights.len(),
                self.top
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::gate::Gate;
    use crate::gate::tests::{ours, reference};

    #[test]
    fn survives_its_file_and_refuses_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gate.toml");
        let damaged = |gate: &Gate, damages: &[(&str, &str, &str)]| {
            gate.save(&path).unwrap();
            assert_eq!(Gate::load(&path).unwrap(), *gate);
            let text = std::fs::read_to_string(&path).unwrap();
            for (from, to, reason) in damages {
                assert!(text.contains(from), "{from}: {text}");
                std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
                let error = Gate::load(&path).unwrap_err().to_string();
                assert!(error.contains("gate.toml"), "{error}");
                assert!(error.contains(reason), "{from} -> {to}: {error}");
            }
        };
        damaged(
            &reference(),
            &[
                ("top = 2", "top = 3", "4 weights, expected 6"),
                ("top = 2", "top = 0", "expected 0"),
                ("temperature = 1.0", "temperature = nan", "temperatures"),
                ("threshold = 0.5", "threshold = 1.5", "threshold 1.5"),
                ("intercept = 0.0", "", "intercept"),
                ("weights", "waits", "waits"),
                ("\"reference\"", "\"ours\"", "train the bundle again"),
            ],
        );
        damaged(
            &ours(),
            &[
                ("\"phrase_cosine\", ", "", "made for the inputs"),
                ("seen_margin", "seen_margins", "this program's are"),
                ("[-9.0, ", "[", "6 weights, expected 7"),
                ("\"ours\"", "\"reference\"", "made for the inputs"),
            ],
        );
        assert!(
            Gate::load(&folder.path().join("none.toml"))
                .unwrap_err()
                .to_string()
                .contains("none.toml")
        );
    }
}
