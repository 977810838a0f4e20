//! The capture host's stream: frames of a camera from one process to another, be it a child's pipe or `ssh`.
//!
//! All numbers are little-endian. A stream begins with [`MAGIC`] (8 bytes) and the format's version as u16 (this is
//! version 2), then comes record after record until the sender closes it:
//!
//! ```text
//! record    u8 0xB5, u8 0x5E, u8 kind, u8 0, u32 length, then length bytes (at most 8192)
//! text      u16 length, then so many bytes of UTF-8
//!
//! kind 1    hello      f32 frames per second, u8 1 if live and 0 if a recording, text name, text lasting name (may be empty)
//! kind 2    frame      u64 device clock in microseconds, u32 microseconds from the pictures' arrival at the camera's
//!                      computer to sending (all ones: unknown), u64 frames that camera and tracker dropped since the
//!                      start, f32 x, y, z, w of the floor's plane (all zero: none is seen), u8 bodies (at most 16), each
//!                      body 335 bytes: u64 tracker id, 25 times f32 x, y, z, 25 times u8 tracking state, u8 left hand,
//!                      u8 right hand
//! kind 3    notice     u8 0 lost, 1 back, 2 said, 3 preparing; text
//! kind 4    heartbeat  nothing
//! kind 5    up         f32 x, y, z: which way is up in the joints' axes, as floor or gravity tell
//! kind 6    error      text: why there is no more
//! kind 7    end        nothing: the recording is over
//! kind 8    absent     text: why the camera is not there; it may be plugged in, and should be asked for again
//! ```
//!
//! Joints are in the order of [`Joint`](crate::skeleton::Joint), in metres and Kinect v2 axes; a tracking state is 0 not
//! tracked, 1 inferred, 2 tracked, as NTU RGB+D counts them; a hand 0 unknown, 1 not seen, 2 open, 3 closed, 4 two
//! fingers out. The plane is that of the points with `x X + y Y + z Z + w = 0`. The hello is the first record. A sender
//! gives a sign of life twice a second at least, a heartbeat where there is no frame: one that is silent for seconds
//! counts as hung, whatever it sends of a record that does not end. A reader passes over kinds that it does not know,
//! so that more may be added without a new version; a record of a known kind is held to its exact length. Version 1 had
//! neither floor nor hands. A stream that stops with neither error, absent nor end was cut off. Before the hello
//! nothing may come but notices, heartbeats, and why there will be none.

mod read;
mod write;

pub use self::read::StreamReader;
pub use self::write::StreamWriter;

use crate::skeleton::{Frame, Hands, JOINT_COUNT, Plane};

/// The first bytes of every stream.
pub const MAGIC: [u8; 8] = *b"SYNSECAP";

/// The version that is written, and the only one that is read.
pub const VERSION: u16 = 2;

/// The most bodies in a frame.
pub const MOST_BODIES: usize = 16;

/// The most bytes of a record, its eight of header not counted; no reader ever holds more than one record.
pub const LONGEST_RECORD: usize = 8192;

/// The first two bytes of every record: what is lost in garbage shows at once.
const MARK: [u8; 2] = [0xB5, 0x5E];

/// Bytes before a record's own.
const HEADER_BYTES: usize = 8;

/// Bytes of a body: id, joints, tracking states, hands.
const BODY_BYTES: usize = 8 + JOINT_COUNT * 12 + JOINT_COUNT + 2;

/// Bytes of a frame of nobody.
const FRAME_BYTES: usize = 8 + 4 + 8 + 16 + 1;

/// The most bytes of a text; what is longer is cut off by the writer.
const LONGEST_TEXT: usize = 4000;

/// Stands for a delay that nobody knows.
const UNKNOWN_DELAY: u32 = u32::MAX;

/// What sends: the first record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hello {
    /// What plays, as the user would name it.
    pub name: String,
    /// The name by which the same camera is asked for again, such as `azure-kinect:serial=000123412112`.
    pub lasting: Option<String>,
    /// Nominal frames per second.
    pub fps: f32,
    /// Whether frames are sent when they happen; a recording's are sent as fast as they are taken.
    pub live: bool,
}

/// What a word of the host is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum NoticeKind {
    /// Frames stopped coming, and are waited for.
    Lost,
    /// They come again.
    Back,
    /// Something worth knowing that changes nothing.
    Said,
    /// Before the first frame there is work to be done that takes minutes.
    Preparing,
}

/// A word of a source on how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// In plain words.
    pub text: String,
}

/// A frame with what is known of its way so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SentFrame {
    /// The frame.
    pub frame: Frame,
    /// From the pictures' arrival at the camera's computer to sending, microseconds.
    pub delay_micros: Option<u32>,
    /// Frames that camera and tracker dropped since the start.
    pub dropped: u64,
    /// The floor, where it is seen.
    pub floor: Option<Plane>,
    /// What is known of hands; bodies of which nothing is known are not among them.
    pub hands: Vec<Hands>,
}

/// One record of a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// What sends.
    Hello(Hello),
    /// A frame.
    Frame(SentFrame),
    /// A word on how the source is.
    Notice(Notice),
    /// Nothing but a sign of life.
    Heartbeat,
    /// Which way is up, a unit vector in the joints' axes.
    Up([f32; 3]),
    /// Why there is no more.
    Error(String),
    /// The recording is over.
    End,
    /// Why the camera is not there; it may be plugged in.
    Absent(String),
}

/// Kinds of records as they are numbered.
mod kind {
    pub(super) const HELLO: u8 = 1;
    pub(super) const FRAME: u8 = 2;
    pub(super) const NOTICE: u8 = 3;
    pub(super) const HEARTBEAT: u8 = 4;
    pub(super) const UP: u8 = 5;
    pub(super) const ERROR: u8 = 6;
    pub(super) const END: u8 = 7;
    pub(super) const ABSENT: u8 = 8;
}
