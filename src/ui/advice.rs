//! What keeps a body from being seen well, in plain words, and whether a source works as it should.

use crate::live::Stats;
use crate::skeleton::{Body, Joint, Tracking, Upright};
use crate::ui::state::{Play, SourceState, State};

/// Nearer than this the feet or hands leave the picture, metres.
const NEAREST_METRES: f32 = 1.4;

/// Farther than this joints become guesses, metres.
const FARTHEST_METRES: f32 = 4.2;

/// Beyond this share of the distance to the side, a step more leads out of the picture: a Kinect sees 35 degrees to each.
const SIDE_SHARE: f32 = 0.5;

/// A camera that leans more than this should be set upright or levelled, degrees.
const LEANING_DEGREES: f32 = 8.0;

/// How a body stands to the sensor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standing {
    /// The body's tracker id.
    pub id: u64,
    /// From the sensor to the trunk along the floor, metres.
    pub distance: f32,
    /// What is not seen, such as "feet"; empty where all is.
    pub hidden: Vec<&'static str>,
    /// What to do; empty where nothing need be done.
    pub advice: Vec<String>,
}

/// Parts of a body, and the joints that show them.
const PARTS: [(&str, &[Joint]); 6] = [
    ("head", &[Joint::Head]),
    (
        "left hand",
        &[Joint::HandLeft, Joint::WristLeft, Joint::HandTipLeft],
    ),
    (
        "right hand",
        &[Joint::HandRight, Joint::WristRight, Joint::HandTipRight],
    ),
    ("left foot", &[Joint::FootLeft, Joint::AnkleLeft]),
    ("right foot", &[Joint::FootRight, Joint::AnkleRight]),
    ("hips", &[Joint::SpineBase, Joint::HipLeft, Joint::HipRight]),
];

/// Looks at one body.
pub(crate) fn standing(body: &Body) -> Standing {
    let [x, _, z] = body.joint(Joint::SpineBase);
    let distance = x.hypot(z);
    let unseen = |joints: &[Joint]| {
        let seen = |joint: &Joint| body.tracking[*joint as usize] == Tracking::Tracked;
        !joints.iter().any(seen)
    };
    let mut hidden: Vec<&str> = PARTS
        .iter()
        .filter(|(_, joints)| unseen(joints))
        .map(|(name, _)| *name)
        .collect();
    for (both, one, other) in [
        ("hands", "left hand", "right hand"),
        ("feet", "left foot", "right foot"),
    ] {
        if hidden.contains(&one) && hidden.contains(&other) {
            hidden.retain(|part| *part != one && *part != other);
            hidden.push(both);
        }
    }
    let mut advice = Vec::new();
    if distance < NEAREST_METRES {
        advice.push("step back".to_owned());
    } else if distance > FARTHEST_METRES {
        advice.push("come nearer".to_owned());
    }
    if x.abs() > SIDE_SHARE * z.abs() {
        // To the sensor's left is to the right of whoever faces it.
        let side = if x > 0.0 { "left" } else { "right" };
        advice.push(format!("step to your {side}, towards the middle"));
    }
    for part in &hidden {
        advice.push(match *part {
            "feet" if distance < FARTHEST_METRES => {
                "feet not visible: step back, or tilt the camera down".to_owned()
            }
            "head" => "head not visible: step back, or tilt the camera up".to_owned(),
            part => format!("{part} not visible: turn to the camera, or move what is in front"),
        });
    }
    Standing {
        id: body.id,
        distance,
        hidden,
        advice,
    }
}

/// One point of a source's test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// Whether it is as it should be.
    pub fine: bool,
    /// What was found and, where it is not fine, what to do.
    pub words: String,
}

fn check(fine: bool, good: String, bad: String) -> Check {
    Check {
        fine,
        words: if fine { good } else { bad },
    }
}

/// Whether the source that plays works, point by point.
pub(crate) fn checks(state: &State) -> Vec<Check> {
    if let Some(trouble) = &state.source.trouble {
        return vec![check(false, String::new(), trouble.clone())];
    }
    if let Some(failure) = &state.source.failure {
        return vec![check(false, String::new(), failure.clone())];
    }
    if state.source.play != Play::Playing {
        let words = match state.source.play {
            Play::Opening => "The source is being opened",
            Play::Paused => "The source is paused",
            Play::Ended => "The source has come to its end",
            Play::Nothing | Play::Playing => "No source plays",
        };
        return vec![check(false, String::new(), words.to_owned())];
    }
    let mut checks = vec![rate(&state.stats, &state.source)];
    let bodies = state.frame.as_ref().map_or(0, |frame| frame.bodies.len());
    checks.push(check(
        bodies > 0,
        if bodies == 1 {
            "One person is tracked".to_owned()
        } else {
            format!("{bodies} people are tracked")
        },
        "Nobody is tracked: stand two to four metres in front of the camera".to_owned(),
    ));
    let stats = &state.stats;
    let lost = stats.dropped();
    let many = lost > 30 && lost.saturating_mul(20) > stats.captured_frames;
    checks.push(check(
        !many,
        format!("{lost} frames dropped since the start"),
        format!(
            "{lost} frames dropped since the start: this computer is too slow for what runs on it"
        ),
    ));
    if let Some(tilt) = state.tilt_degrees() {
        let levelled = state.settings.levelled;
        let remedy = if levelled {
            "that is too much for levelling: set it upright"
        } else {
            "set it upright, or switch levelling on"
        };
        checks.push(check(
            tilt < LEANING_DEGREES || levelled && Upright::new(state.up).turns(),
            format!("The camera leans by {tilt:.0}°"),
            format!("The camera leans by {tilt:.0}°: {remedy}"),
        ));
    }
    checks
}

fn rate(stats: &Stats, source: &SourceState) -> Check {
    let fps = source.fps;
    let found = format!("{:.0} of {fps:.0} frames a second", stats.capture_hz);
    check(
        stats.capture_hz > 0.8 * fps,
        format!("{found} arrive"),
        if stats.capture_hz < 0.5 && source.spec.starts_with("osc:") {
            "Nothing arrives: does KinectV2-OSC run, and does its ip.txt name this computer?"
                .to_owned()
        } else if stats.capture_hz < 0.5 {
            "No frames arrive: is the camera plugged in, and has it power?".to_owned()
        } else {
            format!(
                "Only {found} arrive: use a USB 3 port of its own, close what uses the graphics card"
            )
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skeleton::JOINT_COUNT;

    fn body(x: f32, z: f32) -> Body {
        Body::tracked(1, [[x, 0.0, z]; JOINT_COUNT])
    }

    #[test]
    fn who_stands_well_is_left_alone() {
        let found = standing(&body(0.2, 2.5));
        assert!(
            found.hidden.is_empty() && found.advice.is_empty(),
            "{found:?}"
        );
        assert!((found.distance - 2.508).abs() < 1e-3);
    }

    #[test]
    fn who_stands_badly_is_told_what_to_do() {
        assert_eq!(standing(&body(0.0, 1.0)).advice, ["step back"]);
        assert_eq!(standing(&body(0.0, 5.0)).advice, ["come nearer"]);
        let aside = standing(&body(1.5, 2.0)).advice;
        assert_eq!(aside, ["step to your left, towards the middle"]);
        let mut footless = body(0.0, 2.0);
        for joint in [
            Joint::FootLeft,
            Joint::AnkleLeft,
            Joint::FootRight,
            Joint::AnkleRight,
        ] {
            footless.tracking[joint as usize] = Tracking::Inferred;
        }
        footless.tracking[Joint::Head as usize] = Tracking::NotTracked;
        let found = standing(&footless);
        assert_eq!(found.hidden, ["head", "feet"]);
        assert!(found.advice[1].starts_with("feet not visible"), "{found:?}");
    }

    #[test]
    fn a_source_is_well_or_says_why_not() {
        let mut state = State {
            source: SourceState {
                play: Play::Playing,
                fps: 30.0,
                ..SourceState::default()
            },
            ..State::default()
        };
        let bad = checks(&state);
        assert!(bad[0].words.contains("plugged in") && !bad[0].fine);
        assert!(bad[1].words.contains("Nobody"));
        state.source.spec = "osc:12345".to_owned();
        assert!(checks(&state)[0].words.contains("ip.txt"));
        state.stats.capture_hz = 29.6;
        state.stats.captured_frames = 1000;
        state.frame = Some(crate::skeleton::Frame {
            timestamp_micros: 0,
            bodies: vec![body(0.0, 2.0)],
        });
        assert!(checks(&state).iter().all(|check| check.fine));
        // Looking down by 20 degrees, and lying on its side, which nothing levels.
        for (up, levelled, fine, words) in [
            ([0.0, 0.94, -0.34], true, true, "leans by 20°"),
            ([0.0, 0.94, -0.34], false, false, "switch levelling on"),
            ([1.0, 0.0, 0.0], true, false, "too much for levelling"),
        ] {
            state.up = Some(up);
            state.settings.levelled = levelled;
            let checks = checks(&state);
            let lean = checks.last().unwrap();
            assert!(lean.fine == fine && lean.words.contains(words), "{lean:?}");
        }
        state.up = None;
        state.stats.dropped_by_tracker = 400;
        assert!(
            checks(&state)
                .iter()
                .any(|check| check.words.contains("too slow"))
        );
        state.source.trouble = Some("it is gone".to_owned());
        assert_eq!(checks(&state)[0].words, "it is gone");
        state.source.trouble = None;
        state.source.play = Play::Ended;
        state.source.failure = Some("it is not installed".to_owned());
        assert_eq!(checks(&state)[0].words, "it is not installed");
    }
}
