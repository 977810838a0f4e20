//! Bodies put together from OSC packets, as they come and as they do not.

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
    let open = |body| Hands {
        body,
        left: Hand::Open,
        right: Hand::Open,
    };
    assert_eq!(assembly.hands(), [open(7), open(9)]);
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
    assert!(assembly.hands().is_empty());
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

#[test]
fn an_array_of_arrays_does_not_overflow_the_stack() {
    let deep = 32_000;
    let mut packet = b"/a\0\0,".to_vec();
    packet.extend(vec![b'['; deep]);
    packet.extend(vec![b']'; deep]);
    packet.resize(packet.len() / 4 * 4 + 4, 0);
    assert_eq!(Assembly::default().take(&packet, 0), None);
    // All of six people at once, with whatever bytes their places have.
    let place = f32::from_be_bytes([0x3f, b'[', b'[', b'[']);
    let content = (0..MOST_BODIES as u64)
        .flat_map(|id| Joint::ALL.map(|which| joint(id, which, place, "Tracked")))
        .collect();
    let timetag = OscTime::from((0, 1));
    let bundle = OscPacket::Bundle(OscBundle { timetag, content });
    let mut assembly = Assembly::default();
    assembly.take(&encode(&bundle).unwrap(), 0);
    assert_eq!(ids(&assembly.due(10_000).unwrap()).len(), MOST_BODIES);
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
