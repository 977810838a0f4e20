//! One packet a joint becomes frames of bodies.

use crate::skeleton::{Body, Frame, Hand, Hands, JOINT_COUNT, Joint, Tracking};
use rosc::{OscMessage, OscPacket, OscType};

/// Bodies of one frame that are kept apart; a Kinect v2 tells six.
const MOST_BODIES: usize = 6;

/// A pause this long ends a frame: a frame's packets come within less.
const PAUSE_MICROS: u64 = 4_000;

/// After this long without a packet nobody is in view.
const EMPTY_MICROS: u64 = 300_000;

/// Bundles in one packet; a hostile one could nest thousands, and they are read by recursion.
const MOST_BUNDLES: usize = 32;

/// Arrays in one packet, of which no body's has any: they nest as well, and are dropped by recursion. The byte that begins
/// one may stand in a number too, though.
const MOST_ARRAYS: usize = 512;

/// A body of which packets have come.
#[derive(Clone, Debug)]
struct Partial {
    body: Body,
    seen: [bool; JOINT_COUNT],
    hands: Hands,
    complete: bool,
}

/// Packets become frames; a pure value, so that time is what it is told.
#[derive(Clone, Debug, Default)]
pub(super) struct Assembly {
    bodies: Vec<Partial>,
    /// The newest packet's arrival.
    heard_micros: Option<u64>,
    /// The newest frame's time.
    given_micros: u64,
    /// Nobody is in view, and that has been said.
    empty: bool,
    /// Of the newest frame's bodies.
    hands: Vec<Hands>,
}

impl Assembly {
    /// Takes one datagram; a frame where it begins the next one.
    pub(super) fn take(&mut self, packet: &[u8], now_micros: u64) -> Option<Frame> {
        let bundles = packet.windows(8).filter(|bytes| *bytes == b"#bundle\0");
        let arrays = packet.iter().filter(|byte| **byte == b'[');
        if bundles.count() > MOST_BUNDLES || arrays.count() > MOST_ARRAYS {
            return None;
        }
        let (_, packet) = rosc::decoder::decode_udp(packet).ok()?;
        let mut frame = None;
        self.packet(&packet, now_micros, &mut frame);
        frame
    }

    fn packet(&mut self, packet: &OscPacket, now_micros: u64, frame: &mut Option<Frame>) {
        match packet {
            OscPacket::Message(message) => {
                if let Some(ended) = self.message(message, now_micros) {
                    *frame = Some(ended);
                }
            }
            OscPacket::Bundle(bundle) => {
                for packet in &bundle.content {
                    self.packet(packet, now_micros, frame);
                }
            }
        }
    }

    fn message(&mut self, message: &OscMessage, now_micros: u64) -> Option<Frame> {
        let mut parts = message.addr.split('/').skip(1);
        if parts.next() != Some("bodies") {
            return None;
        }
        let id: u64 = parts.next()?.parse().ok()?;
        let (what, name) = (parts.next()?, parts.next()?);
        let part = match what {
            "joints" => Some(joint_of(name, &message.args)?),
            "hands" => None,
            _ => return None,
        };
        let begun = self.bodies.iter().any(|partial| partial.body.id == id);
        let again = self.bodies.iter().any(|partial| {
            let twice = part.is_some_and(|(joint, ..)| partial.seen[joint as usize]);
            partial.body.id == id && (partial.complete && part.is_some() || twice)
        });
        let frame = if again { self.end(now_micros) } else { None };
        if (again || !begun) && self.bodies.len() < MOST_BODIES {
            self.bodies.push(Partial {
                body: Body {
                    tracking: [Tracking::NotTracked; JOINT_COUNT],
                    ..Body::tracked(id, [[0.0; 3]; JOINT_COUNT])
                },
                seen: [false; JOINT_COUNT],
                hands: Hands {
                    body: id,
                    ..Hands::default()
                },
                complete: false,
            });
        }
        self.heard_micros = Some(now_micros);
        self.empty = false;
        let partial = self.bodies.iter_mut().find(|known| known.body.id == id)?;
        if let Some((joint, place, state)) = part {
            partial.body.joints[joint as usize] = place;
            partial.body.tracking[joint as usize] = state;
            partial.seen[joint as usize] = true;
        } else {
            match name {
                "Left" => partial.hands.left = hand_of(&message.args),
                "Right" => partial.hands.right = hand_of(&message.args),
                _ => {}
            }
            partial.complete |= name == "Right";
        }
        frame
    }

    /// A frame that is over by now, or the one that says that nobody is in view.
    pub(super) fn due(&mut self, now_micros: u64) -> Option<Frame> {
        let quiet = now_micros.saturating_sub(self.heard_micros?);
        if !self.bodies.is_empty() && quiet >= PAUSE_MICROS {
            return self.end(now_micros);
        }
        if !self.empty && quiet >= EMPTY_MICROS {
            self.empty = true;
            self.hands.clear();
            return Some(self.frame(Vec::new(), now_micros));
        }
        None
    }

    /// How long until there may be something due.
    pub(super) fn wait_micros(&self, now_micros: u64) -> u64 {
        let quiet = self
            .heard_micros
            .map_or(0, |heard| now_micros.saturating_sub(heard));
        let limit = if self.bodies.is_empty() {
            EMPTY_MICROS
        } else {
            PAUSE_MICROS
        };
        limit.saturating_sub(quiet)
    }

    /// What the hands in the newest frame do.
    pub(super) fn hands(&self) -> &[Hands] {
        &self.hands
    }

    /// The bodies so far as a frame. A body of which half has been lost on the way is not shown for once.
    fn end(&mut self, now_micros: u64) -> Option<Frame> {
        let shown = |partial: &Partial| {
            let seen = partial.seen.iter().filter(|seen| **seen).count();
            2 * seen > JOINT_COUNT && partial.seen[Joint::SpineBase as usize]
        };
        let whole: Vec<Partial> = self.bodies.drain(..).filter(shown).collect();
        if whole.is_empty() {
            return None;
        }
        self.hands = whole.iter().map(|partial| partial.hands).collect();
        let bodies = whole.into_iter().map(Partial::patched).collect();
        Some(self.frame(bodies, now_micros))
    }

    fn frame(&mut self, bodies: Vec<Body>, now_micros: u64) -> Frame {
        // Two frames of one moment would be one too many.
        self.given_micros = now_micros.max(self.given_micros + 1);
        Frame {
            timestamp_micros: self.given_micros,
            bodies,
        }
    }
}

impl Partial {
    /// Joints whose packet was lost are where the trunk is, and known not to be tracked.
    fn patched(mut self) -> Body {
        let base = self.body.joint(Joint::SpineBase);
        for (index, seen) in self.seen.into_iter().enumerate() {
            if !seen {
                self.body.joints[index] = base;
            }
        }
        self.body
    }
}

/// A joint's packet: which, where in metres, and how it came about.
fn joint_of(name: &str, args: &[OscType]) -> Option<(Joint, [f32; 3], Tracking)> {
    let joint = Joint::ALL
        .into_iter()
        .find(|joint| format!("{joint:?}") == name)?;
    let [x, y, z, state] = args else { return None };
    let number = |arg: &OscType| match arg {
        OscType::Float(value) => Some(*value),
        OscType::Double(value) => Some(*value as f32),
        _ => None,
    };
    let place = [number(x)?, number(y)?, number(z)?];
    let state = match state {
        OscType::String(state) if state == "Tracked" => Tracking::Tracked,
        OscType::String(state) if state == "Inferred" => Tracking::Inferred,
        OscType::String(state) if state == "NotTracked" => Tracking::NotTracked,
        _ => return None,
    };
    let finite = place.iter().all(|value| value.is_finite());
    finite.then_some((joint, place, state))
}

/// What a hand's packet says that it does.
fn hand_of(args: &[OscType]) -> Hand {
    match args {
        [OscType::String(state), ..] => match state.as_str() {
            "NotTracked" => Hand::NotTracked,
            "Open" => Hand::Open,
            "Closed" => Hand::Closed,
            "Lasso" => Hand::Lasso,
            _ => Hand::Unknown,
        },
        _ => Hand::Unknown,
    }
}

#[cfg(test)]
#[path = "assembly_tests.rs"]
mod tests;
