//! What the name of an NTU RGB+D file says: setup, camera, performer, replication and action.

use std::fmt;
use std::str::FromStr;

/// `SsssCcccPpppRrrrAaaa`, the name of every sample of NTU RGB+D.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleName {
    /// Where the cameras stood, from 1 (17 setups in NTU-60, 32 in NTU-120).
    pub setup: u16,
    /// Which of three cameras, from 1.
    pub camera: u16,
    /// Who performs, from 1.
    pub performer: u16,
    /// The first or the second time.
    pub replication: u16,
    /// What is performed, from 1.
    pub action: u16,
}

/// A name that is none of an NTU RGB+D sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a name like S001C002P003R001A013")]
pub struct NoSampleName;

impl FromStr for SampleName {
    type Err = NoSampleName;

    fn from_str(text: &str) -> Result<Self, NoSampleName> {
        let bytes = text.as_bytes();
        let number = |at: usize, letter: u8| {
            let field = bytes.get(4 * at..4 * at + 4).ok_or(NoSampleName)?;
            let [first, digits @ ..] = field else {
                return Err(NoSampleName);
            };
            if *first != letter || !digits.iter().all(u8::is_ascii_digit) {
                return Err(NoSampleName);
            }
            let value = |sum: u16, digit: &u8| 10 * sum + u16::from(digit - b'0');
            Ok(digits.iter().fold(0, value))
        };
        if bytes.len() != 20 {
            return Err(NoSampleName);
        }
        Ok(Self {
            setup: number(0, b'S')?,
            camera: number(1, b'C')?,
            performer: number(2, b'P')?,
            replication: number(3, b'R')?,
            action: number(4, b'A')?,
        })
    }
}

impl fmt::Display for SampleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "S{:03}C{:03}P{:03}R{:03}A{:03}",
            self.setup, self.camera, self.performer, self.replication, self.action
        )
    }
}

#[cfg(test)]
mod tests {
    use super::SampleName;

    #[test]
    fn names_lead_back_to_themselves() {
        let name: SampleName = "S032C003P106R002A120".parse().unwrap();
        assert_eq!((name.setup, name.camera, name.performer), (32, 3, 106));
        assert_eq!((name.replication, name.action), (2, 120));
        assert_eq!(name.to_string(), "S032C003P106R002A120");
    }

    #[test]
    fn other_names_are_none() {
        for text in [
            "",
            "S001C001P001R001",
            "S001C001P001R001A01",
            "S001C001P001R001A0011",
            "S001C001P001R001B001",
            "s001C001P001R001A001",
            "S001C001P001R001A-01",
            "S001C001P001R001A0é",
        ] {
            assert!(text.parse::<SampleName>().is_err(), "{text}");
        }
    }
}
