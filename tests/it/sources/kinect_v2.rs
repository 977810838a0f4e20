//! A Kinect v2 without an SDK: the answers of `Kinect20.dll` by the calls of the portable trait.

use crate::fakes::waving;
use std::sync::atomic::AtomicBool;
use std::thread::sleep;
use std::time::Duration;
use synse::capture::kinect_v2::{E_PENDING, Hresult, Kinect20, KinectV2, V2Body, V2Frame, V2Joint};
use synse::capture::wire::{Record, SentFrame, StreamReader};
use synse::capture::{CaptureError, Source, Step, Tell};
use synse::live::host::serve::serve;
use synse::skeleton::{Hand, Hands};

/// Two of six bodies are tracked; every other call there is no new frame yet.
#[derive(Debug, Default)]
struct Sensor {
    asked: u64,
    /// Frames after which it is gone, if it is to go.
    goes_after: Option<u64>,
}

impl Kinect20 for Sensor {
    fn is_available(&mut self) -> Result<bool, Hresult> {
        Ok(true)
    }

    fn unique_id(&mut self) -> Option<String> {
        Some("091506243047".to_owned())
    }

    fn wait_for_frame(&mut self, timeout_millis: u32) {
        sleep(Duration::from_millis(timeout_millis.min(2).into()));
    }

    fn acquire_latest_frame(&mut self) -> Result<V2Frame, Hresult> {
        self.asked += 1;
        let index = self.asked / 2;
        if self.goes_after.is_some_and(|last| index > last) {
            return Err(Hresult(-1));
        }
        if self.asked % 2 == 1 {
            return Err(E_PENDING);
        }
        let mut bodies = vec![V2Body::default(); 6];
        for place in [1, 4] {
            let seen = waving(place as u64 + 10, place as f32 * 0.3, index as f32 / 30.0);
            bodies[place] = V2Body {
                is_tracked: 1,
                tracking_id: seen.id,
                joints: std::array::from_fn(|joint| V2Joint {
                    joint_type: i32::try_from(joint).unwrap(),
                    position: seen.joints[joint],
                    tracking_state: 2,
                }),
                hand_left: 2,
                hand_right: if index < 10 { 3 } else { 4 },
            };
        }
        Ok(V2Frame {
            relative_time: i64::try_from(index).unwrap() * 333_330,
            floor_clip_plane: [0.0, 0.96, -0.28, 1.2],
            bodies,
        })
    }
}

/// The sensor as a source.
pub(super) fn source() -> Box<dyn Source> {
    Box::new(KinectV2::start(Sensor::default()).unwrap())
}

#[test]
fn hands_and_floor_go_through_the_host_with_each_frame() {
    let sensor = Sensor {
        goes_after: Some(20),
        ..Sensor::default()
    };
    let mut stream = Vec::new();
    let open =
        |_: Tell<'_>| KinectV2::start(sensor).map(|source| Box::new(source) as Box<dyn Source>);
    let gone = serve(open, &mut stream, false, &AtomicBool::new(false));
    assert!(
        matches!(gone, Err(CaptureError::CameraLost { frames: 20, .. })),
        "{gone:?}"
    );
    let mut reader = StreamReader::new(&stream[..]);
    let (mut frames, mut ups) = (0_u64, 0);
    while let Some(record) = reader.read().unwrap() {
        match record {
            Record::Frame(SentFrame {
                frame,
                floor,
                hands,
                ..
            }) => {
                frames += 1;
                assert_eq!(frame.bodies.len(), 2);
                assert_eq!(floor, Some([0.0, 0.96, -0.28, 1.2]));
                let right = if frames < 10 {
                    Hand::Closed
                } else {
                    Hand::Lasso
                };
                let of = |body| Hands {
                    body,
                    left: Hand::Open,
                    right,
                };
                assert_eq!(hands, [of(11), of(14)], "frame {frames}");
            }
            Record::Up(up) => {
                assert!((up[1] - 0.96).abs() < 1e-6);
                ups += 1;
            }
            _ => {}
        }
    }
    assert_eq!((frames, ups), (20, 1));
}

#[test]
fn a_sensor_that_is_lost_is_waited_for() {
    let mut source = KinectV2::start(Sensor {
        goes_after: Some(3),
        ..Sensor::default()
    })
    .unwrap();
    let mut frames = 0;
    let error = loop {
        match source.step(Duration::from_millis(20)) {
            Ok(Step::Frame(_)) => frames += 1,
            Ok(_) => {}
            Err(error) => break error.to_string(),
        }
    };
    assert!(
        frames == 3 && error.contains("lost after 3 frames"),
        "{error}"
    );
}
