//! A tracker that crashes or hangs in the process that calls it, and how long a step of a camera waits.

use super::child::Report;
use super::{Play, fakes};
use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

#[test]
fn a_crash_takes_the_child_alone() {
    let Some(fakes) = fakes() else { return };
    for seed in 0..100 {
        let script = format!("crash_after=0-30 seed={seed}");
        let played = Play::new(fakes, "azure-kinect").script(&script).run();
        assert_eq!(played.status.signal(), Some(11), "{:?}", played.status);
        assert!(played.frames().len() <= 31);
        assert!(played.errors().is_empty());
    }
}

#[test]
fn a_hang_in_pop_result_is_one_that_only_a_kill_ends() {
    let Some(fakes) = fakes() else { return };
    let mut playing = Play::new(fakes, "azure-kinect")
        .script("hang_after=5")
        .start();
    let end = Instant::now() + Duration::from_secs(20);
    let frames = |reports: &[Report]| {
        reports
            .iter()
            .filter(|report| matches!(report, Report::Frame(_)))
            .count()
    };
    while frames(&playing.reports()) < 5 {
        assert!(Instant::now() < end && playing.is_alive());
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    assert!(playing.is_alive());
    let played = playing.kill();
    assert_eq!(played.status.signal(), Some(9));
    assert_eq!(played.frames().len(), 5);
}

#[test]
fn a_step_waits_no_longer_than_it_may() {
    let Some(fakes) = fakes() else { return };
    let waits = |source: &str, script: &str| {
        let play = Play::new(fakes, source)
            .script(script)
            .frames(1000, 1)
            .patience(150);
        let played = play.run();
        played.is_clean();
        let waits: Vec<u64> = played
            .reports
            .iter()
            .filter_map(|report| match report {
                Report::Waited(millis) => Some(*millis),
                _ => None,
            })
            .collect();
        assert!(
            waits.iter().all(|millis| *millis < 1000),
            "{source}, {script}: {waits:?}"
        );
        (waits.len(), played)
    };
    // The camera is silent for 2 s before it is given up, the tracker for 10 s on a clock ten times as fast.
    let (count, played) = waits("azure-kinect", "silent_after=3");
    assert!(
        (12..=14).contains(&count) && played.error().contains("no image"),
        "{count}"
    );
    let (count, played) = waits("azure-kinect", "deaf_after=3 clock=10");
    assert!(
        (65..=68).contains(&count) && played.error().contains("no bodies"),
        "{count}"
    );
    let (count, played) = waits("azure-kinect", "full=1 clock=10");
    assert!(
        (55..=65).contains(&count) && played.error().contains("queue stays full"),
        "{count}"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mkv");
    std::fs::write(&path, "fake mkv captures=9 ").unwrap();
    let mkv = format!("mkv:{}", path.display());
    let (count, played) = waits(&mkv, "deaf_after=3 clock=10");
    assert!(
        (65..=68).contains(&count) && played.error().contains("no bodies"),
        "{count}"
    );
    let (_, played) = waits(&mkv, "full=1 clock=10");
    assert!(
        played.error().contains("queue stays full"),
        "{}",
        played.error()
    );
}
