//! Which way was up at each time of a session.

use super::SessionError;
use super::course::Change;
use super::effect::Effects;
use super::file::SessionFile;

/// Which way was up when, and whether bodies were turned by it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ways {
    /// In the order of their times.
    ways: Vec<Way>,
}

/// What holds after a log time: whether bodies are turned, and which way is up as far as the camera knows.
type Way = (u64, bool, Option<[f32; 3]>);

impl Ways {
    /// Reads the ways up of a whole session.
    pub fn read(file: &mut SessionFile) -> Result<Self, SessionError> {
        let changes = Effects::read(file)?.into_iter();
        let ways = changes.filter_map(|record| match record.change {
            Change::Upright { levelled, up } => Some((record.after_nanos, levelled, up)),
            _ => None,
        });
        Ok(Self {
            ways: ways.collect(),
        })
    }

    /// What held for the frame of that log time: whether bodies were turned, and which way was up. Where nothing is known of it,
    /// they were, if there was a way up.
    pub fn at(&self, nanos: u64) -> (bool, Option<[f32; 3]>) {
        let passed = self.ways.partition_point(|(after, ..)| *after < nanos);
        let held = passed.checked_sub(1).and_then(|last| self.ways.get(last));
        held.map_or((true, None), |(_, levelled, up)| (*levelled, *up))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_up_holds_until_the_next() {
        let up = Some([0.0, 0.6, 0.8]);
        let ways = Ways {
            ways: vec![(0, true, None), (10, true, up), (20, false, up)],
        };
        assert_eq!(ways.at(10), (true, None));
        assert_eq!(ways.at(11), (true, up));
        assert_eq!(ways.at(21), (false, up));
        assert_eq!(Ways::default().at(5), (true, None));
    }
}
