//! NTU RGB+D `.skeleton` files, read and written.
//!
//! A frame count; per frame a body count; per body a line of its id and nine numbers, a line `25`, and 25 lines of
//! `x y z depthX depthY colorX colorY qw qx qy qz state`.

use crate::capture::CaptureError;
use crate::skeleton::{Body, Frame, JOINT_COUNT, Joint, Tracking};
use std::fmt::Write as _;
use std::iter::Enumerate;
use std::path::Path;
use std::str::Lines;

/// The sensor's rate; the files hold no times.
pub const FPS: f32 = 30.0;

/// Kinect v2 tracks six people at most.
const MAX_BODIES: usize = 6;

/// Numbers on a body's line: id, clipped edges, two hands' confidence and state, restricted, lean x and y, state.
const BODY_NUMBERS: usize = 10;

/// Numbers on a joint's line.
const JOINT_NUMBERS: usize = 12;

/// Whether a file is one by its name.
pub fn is_one(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("skeleton"))
}

/// Reads all frames, the empty ones too, timed at [`FPS`] from 0.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<Frame>, CaptureError> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).map_err(CaptureError::file("open", path))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()]
            .split(|byte| *byte == b'\n')
            .count();
        wrong(path, line, "text", "bytes that are none".to_owned())
    })?;
    // Editors of one system put a mark before the text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut file = File {
        path,
        lines: text.lines().enumerate(),
        line: 0,
    };
    let count: usize = file.number("the number of frames")?;
    // A wrong count must not reserve memory for frames that are not there.
    let mut frames = Vec::with_capacity(count.min(bytes.len() / 2));
    for index in 0..count {
        let bodies: usize = file.number(&format!("the number of bodies of frame {index}"))?;
        if bodies > MAX_BODIES {
            return Err(file.wrong("at most 6 bodies", bodies.to_string()));
        }
        let bodies = (0..bodies).map(|_| file.body()).collect::<Result<_, _>>()?;
        frames.push(Frame {
            timestamp_micros: (index as f64 * 1e6 / f64::from(FPS)).round() as u64,
            bodies,
        });
    }
    if let Some((line, text)) = file.lines.find(|(_, text)| !text.trim().is_empty()) {
        let expected = format!("the end of the file after {count} frames");
        return Err(wrong(path, line + 1, &expected, quoted(text)));
    }
    Ok(frames)
}

/// Writes frames; colour and depth positions and orientations, which a [`Frame`] has not, are zero.
pub fn write(path: impl AsRef<Path>, frames: &[Frame]) -> Result<(), CaptureError> {
    let path = path.as_ref();
    let mut text = String::new();
    let mut line = |line: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        text.write_fmt(line)
            .and_then(|()| text.write_char('\n'))
            .is_ok()
    };
    line(format_args!("{}", frames.len()));
    for (index, frame) in frames.iter().enumerate() {
        let unwritable = |problem: String| CaptureError::Unwritable {
            path: path.to_path_buf(),
            place: format!("frame {index}"),
            problem,
        };
        if frame.bodies.len() > MAX_BODIES {
            return Err(unwritable(format!(
                "{} bodies, the format has 6",
                frame.bodies.len()
            )));
        }
        line(format_args!("{}", frame.bodies.len()));
        for body in &frame.bodies {
            line(format_args!("{} 0 1 1 1 1 0 0 0 2", body.id));
            line(format_args!("{JOINT_COUNT}"));
            for (index, ([x, y, z], state)) in body.joints.iter().zip(body.tracking).enumerate() {
                if !(x.is_finite() && y.is_finite() && z.is_finite()) {
                    let joint = Joint::ALL[index];
                    return Err(unwritable(format!(
                        "joint {joint:?} of body {} is not a number",
                        body.id
                    )));
                }
                line(format_args!("{x} {y} {z} 0 0 0 0 0 0 0 0 {}", state as u8));
            }
        }
    }
    std::fs::write(path, text).map_err(CaptureError::file("write", path))
}

/// A file being read; it knows its line for the errors.
struct File<'a> {
    path: &'a Path,
    lines: Enumerate<Lines<'a>>,
    /// The line read last, from 1.
    line: usize,
}

impl<'a> File<'a> {
    fn wrong(&self, expected: &str, found: String) -> CaptureError {
        wrong(self.path, self.line, expected, found)
    }

    fn next(&mut self, expected: &str) -> Result<&'a str, CaptureError> {
        // Other tools leave blank lines between frames and bodies.
        let mut filled = self
            .lines
            .by_ref()
            .filter(|(_, text)| !text.trim().is_empty());
        let Some((index, text)) = filled.next() else {
            self.line += 1;
            return Err(self.wrong(expected, "the end of the file".to_owned()));
        };
        self.line = index + 1;
        Ok(text)
    }

    /// A line of one whole number.
    fn number(&mut self, expected: &str) -> Result<usize, CaptureError> {
        let text = self.next(expected)?;
        text.trim()
            .parse()
            .map_err(|_error| self.wrong(expected, quoted(text)))
    }

    /// A line of so many numbers.
    fn fields<const COUNT: usize>(
        &mut self,
        expected: &str,
    ) -> Result<[&'a str; COUNT], CaptureError> {
        let text = self.next(expected)?;
        // Data sets are tens of gigabytes of such lines: no memory is asked for on the way.
        let mut fields = [""; COUNT];
        let mut count = 0;
        for field in text.split_ascii_whitespace() {
            if let Some(place) = fields.get_mut(count) {
                *place = field;
            }
            count += 1;
        }
        if count == COUNT {
            return Ok(fields);
        }
        Err(self.wrong(expected, format!("{count} of them: {}", quoted(text))))
    }

    fn body(&mut self) -> Result<Body, CaptureError> {
        let [id, ..] = self.fields::<BODY_NUMBERS>("a body's id and nine numbers")?;
        let id = id
            .parse()
            .map_err(|_error| self.wrong("a body's id, a whole number", quoted(id)))?;
        let count = self.number("a body's joint count, 25")?;
        if count != JOINT_COUNT {
            return Err(self.wrong("25 joints", count.to_string()));
        }
        let mut body = Body::tracked(id, [[0.0; 3]; JOINT_COUNT]);
        for index in 0..JOINT_COUNT {
            let fields = self.fields::<JOINT_NUMBERS>("a joint's 12 numbers")?;
            for (value, field) in body.joints[index].iter_mut().zip(fields) {
                *value = field
                    .parse()
                    .ok()
                    .filter(|value: &f32| value.is_finite())
                    .ok_or_else(|| self.wrong("a position in metres", quoted(field)))?;
            }
            let state = fields[JOINT_NUMBERS - 1];
            body.tracking[index] = match state {
                "0" => Tracking::NotTracked,
                "1" => Tracking::Inferred,
                "2" => Tracking::Tracked,
                _ => return Err(self.wrong("a tracking state 0, 1 or 2", quoted(state))),
            };
        }
        Ok(body)
    }
}

fn wrong(path: &Path, line: usize, expected: &str, found: String) -> CaptureError {
    CaptureError::Format {
        path: path.to_path_buf(),
        place: format!("line {line}"),
        expected: expected.to_owned(),
        found,
    }
}

/// What is there, short enough for a message.
fn quoted(text: &str) -> String {
    let mut short: String = text.trim().chars().take(40).collect();
    if short.len() < text.trim().len() {
        short.push_str("...");
    }
    format!("\"{short}\"")
}
