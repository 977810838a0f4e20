//! A program for Windows that plays the Kinect v2 and says what it sees: `client FRAMES`. A lost sensor is asked again.

#[path = "SOURCES/capture/mod.rs"]
pub mod capture;
#[path = "SOURCES/skeleton/mod.rs"]
pub mod skeleton;
#[path = "SOURCES/whole_file.rs"]
pub mod whole_file;

fn main() {
    let frames: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let mut source = match capture::open(&capture::SourceSpec::KinectV2) {
        Ok(source) => source,
        Err(error) => return println!("error {error}"),
    };
    println!("opened {}", source.name());
    let mut seen = 0;
    while seen < frames {
        match source.next_frame() {
            Ok(frame) => {
                seen += 1;
                let frame = frame.unwrap();
                let bodies: Vec<String> = frame
                    .bodies
                    .iter()
                    .map(|body| format!("{} {:?} {:?}", body.id, body.joints[24], body.tracking[23]))
                    .collect();
                let hands: Vec<String> = source
                    .hands()
                    .iter()
                    .map(|hands| format!("{} and {}", hands.left, hands.right))
                    .collect();
                println!(
                    "frame {} {:?} {} height {:?} hands {}",
                    frame.timestamp_micros,
                    source.up(),
                    bodies.join(" "),
                    source.floor().map(|floor| floor[3]),
                    hands.join(", ")
                );
            }
            Err(error) => println!("lost {error}"),
        }
    }
}
