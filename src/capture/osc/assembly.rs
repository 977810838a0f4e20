//! One packet a joint becomes frames of bodies.

use crate::skeleton::{Body, Frame, JOINT_COUNT, Joint, Tracking};
use rosc::{OscMessage, OscPacket, OscType};

/// Bodies of one frame that are kept apart; a Kinect v2 tells six.
const MOST_BODIES: usize = 6;

/// A pause this long ends a frame: a frame's packets come within less.
const PAUSE_MICROS: u64 = 4_000;

/// After this long without a packet nobody is in view.
const EMPTY_MICROS: u64 = 300_000;

/// Bundles in one packet; a hostile one could nest thousands, and they are read by recursion.
const MOST_BUNDLES: usize = 32;

/// A body of which packets have come.
#[derive(Clone, Debug)]
struct Partial {
    body: Body,
    seen: [bool; JOINT_COUNT],
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
}

impl Assembly {
    /// Takes one datagram; a frame where it begins the next one.
    pub(super) fn take(&mut self, packet: &[u8], now_micros: u64) -> Option<Frame> {
        let bundles = packet.windows(8).filter(|bytes| *bytes == b"#bundle\0");
        if bundles.count() > MOST_BUNDLES {
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
                complete: false,
            });
        }
        self.heard_micros = Some(now_micros);
        self.empty = false;
        let partial = self.bodies.iter_mut().find(|known| known.body.id == id)?;
        match part {
            Some((joint, place, state)) => {
                partial.body.joints[joint as usize] = place;
                partial.body.tracking[joint as usize] = state;
                partial.seen[joint as usize] = true;
            }
            None => partial.complete |= name == "Right",
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

    /// The bodies so far as a frame. A body of which half has been lost on the way is not shown for once.
    fn end(&mut self, now_micros: u64) -> Option<Frame> {
        let bodies: Vec<Body> = self
            .bodies
            .drain(..)
            .filter(|partial| {
                let seen = partial.seen.iter().filter(|seen| **seen).count();
                2 * seen > JOINT_COUNT && partial.seen[Joint::SpineBase as usize]
            })
            .map(Partial::patched)
            .collect();
        (!bodies.is_empty()).then(|| self.frame(bodies, now_micros))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rosc::OscBundle;
    use rosc::OscTime;
    use rosc::encoder::encode;

    fn joint(id: u64, joint: Joint, x: f32, state: &str) -> OscPacket {
        OscPacket::Message(OscMessage {
            addr: format!("/bodies/{id}/joints/{joint:?}"),
            args: vec![
                OscType::Float(x),
                OscType::Float(0.5),
                OscType::Float(2.0),
                OscType::String(state.into()),
            ],
        })
    }

    fn hand(id: u64, side: &str) -> OscPacket {
        OscPacket::Message(OscMessage {
            addr: format!("/bodies/{id}/hands/{side}"),
            args: vec![
                OscType::String("Open".into()),
                OscType::String("High".into()),
            ],
        })
    }

    fn body(id: u64, x: f32) -> Vec<Vec<u8>> {
        let joints = Joint::ALL.map(|which| joint(id, which, x, "Tracked"));
        let hands = [hand(id, "Left"), hand(id, "Right")];
        joints
            .iter()
            .chain(&hands)
            .map(|packet| encode(packet).unwrap())
            .collect()
    }

    fn ids(frame: &Frame) -> Vec<u64> {
        frame.bodies.iter().map(|body| body.id).collect()
    }

    #[test]
    fn a_frame_ends_where_a_body_begins_anew_or_the_sender_pauses() {
        let mut assembly = Assembly::default();
        for (at, packet) in body(7, 0.1).iter().chain(&body(9, 0.9)).enumerate() {
            assert_eq!(assembly.take(packet, at as u64), None);
        }
        let next = body(7, 0.2);
        let frame = assembly.take(&next[0], 33_000).unwrap();
        assert_eq!(ids(&frame), [7, 9]);
        assert_eq!(frame.bodies[1].joint(Joint::Head), [0.9, 0.5, 2.0]);
        for packet in &next[1..] {
            assert_eq!(assembly.take(packet, 33_500), None);
        }
        assert_eq!(assembly.due(33_500 + PAUSE_MICROS - 1), None);
        let frame = assembly.due(33_500 + PAUSE_MICROS).unwrap();
        assert_eq!(ids(&frame), [7]);
        // Then nothing comes: nobody is in view, and that is said once.
        assert_eq!(assembly.due(100_000), None);
        let empty = assembly.due(33_500 + EMPTY_MICROS).unwrap();
        assert!(empty.bodies.is_empty() && empty.timestamp_micros > frame.timestamp_micros);
        assert_eq!(assembly.due(10_000_000), None);
    }

    #[test]
    fn lost_packets_cost_their_joints_and_half_a_body_is_none() {
        let mut assembly = Assembly::default();
        for packet in body(7, 0.1).iter().skip(3) {
            assembly.take(packet, 0);
        }
        assert_eq!(assembly.due(10_000), None, "its trunk is missing");
        for (index, packet) in body(7, 0.1).iter().enumerate() {
            if index != Joint::HandLeft as usize {
                assembly.take(packet, 20_000);
            }
        }
        let frame = assembly.due(30_000).unwrap();
        let hand = Joint::HandLeft as usize;
        assert_eq!(frame.bodies[0].tracking[hand], Tracking::NotTracked);
        assert_eq!(frame.bodies[0].joints[hand][0], 0.1);
    }

    #[test]
    fn what_is_not_of_a_body_is_passed_over() {
        let mut assembly = Assembly::default();
        let message = |addr: &str, args: Vec<OscType>| {
            let addr = addr.to_owned();
            encode(&OscPacket::Message(OscMessage { addr, args })).unwrap()
        };
        let nan = vec![
            OscType::Float(f32::NAN),
            OscType::Float(0.0),
            OscType::Float(0.0),
            OscType::String("Tracked".into()),
        ];
        for packet in [
            message("/bodies/7/joints/Head", nan),
            message("/bodies/7/joints/Tail", Vec::new()),
            message("/bodies/-1/hands/Left", Vec::new()),
            message("/tempo", Vec::new()),
            b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            Vec::new(),
        ] {
            assert_eq!(assembly.take(&packet, 0), None);
        }
        assert!(assembly.bodies.is_empty());
        // More people than a Kinect tells apart cost no memory.
        for id in 0..1000 {
            assembly.take(
                &encode(&joint(id, Joint::Head, 0.0, "Inferred")).unwrap(),
                0,
            );
        }
        assert_eq!(assembly.bodies.len(), MOST_BODIES);
    }

    #[test]
    fn a_bundle_of_bundles_does_not_overflow_the_stack() {
        let mut packet = encode(&joint(1, Joint::Head, 0.0, "Tracked")).unwrap();
        while packet.len() + 20 < 65_536 {
            let mut outer = b"#bundle\0\0\0\0\0\0\0\0\x01".to_vec();
            outer.extend((packet.len() as u32).to_be_bytes());
            outer.extend(&packet);
            packet = outer;
        }
        assert_eq!(Assembly::default().take(&packet, 0), None);
        // A plain one is read.
        let content = body(3, 0.0)
            .iter()
            .map(|bytes| rosc::decoder::decode_udp(bytes).unwrap().1)
            .collect();
        let timetag = OscTime::from((0, 1));
        let bundle = OscPacket::Bundle(OscBundle { timetag, content });
        let mut assembly = Assembly::default();
        assembly.take(&encode(&bundle).unwrap(), 0);
        assert_eq!(ids(&assembly.due(10_000).unwrap()), [3]);
    }

    proptest! {
        #[test]
        fn any_packet_costs_nothing(bytes in prop::collection::vec(any::<u8>(), 0..200), at in any::<u64>()) {
            let mut assembly = Assembly::default();
            assembly.take(&bytes, at);
            prop_assert!(assembly.bodies.len() <= MOST_BODIES);
        }

        // `PROPTEST_CASES` makes it go on for longer.
        #[test]
        fn bent_packets_give_only_sound_bodies(
            bent in prop::collection::vec((0_usize..54, any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..9),
            again in 0_usize..54,
        ) {
            let mut packets = [body(7, 0.1), body(9, 0.9)].concat();
            for (packet, at, byte, cut) in bent {
                let packet = &mut packets[packet];
                let at = at.index(packet.len().max(1));
                if cut {
                    packet.truncate(at);
                } else if let Some(old) = packet.get_mut(at) {
                    *old = byte;
                }
            }
            packets.push(packets[again].clone());
            let mut assembly = Assembly::default();
            let mut frames: Vec<Frame> = Vec::new();
            for (packet, at) in packets.iter().zip((0..).step_by(100)) {
                frames.extend(assembly.take(packet, at));
            }
            frames.extend(assembly.due(1_000_000));
            for frame in frames {
                prop_assert!(frame.bodies.len() <= MOST_BODIES);
                prop_assert!(frame.bodies.iter().all(Body::is_finite));
            }
        }
    }
}
