//! A day of a show: visitors who type, people who come and go, a source that breaks off, and nobody who starts the program
//! anew.

use super::performer;
use super::speed::Bare;
use crate::alone::passes_alone;
use egui::{Event, Key, Modifiers};
use synse::live::{Command, Event as Told};
use synse::ui::presenting::Presenting;

/// As long as a trade fair is open.
const HOURS: usize = 8;

/// Pictures a second: fewer than a screen makes, for a day of them is as many as a screen makes in half an hour.
const RATE: usize = 2;

/// Phrases that visitors type, one each minute.
const VISITORS: [&str; 4] = ["swim", "play the violin", "chop wood", "row a boat"];

/// What this process has in memory, bytes.
#[cfg(target_os = "linux")]
fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}

fn typed(text: &str) -> Vec<Event> {
    let key = |pressed| Event::Key {
        key: Key::Enter,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    vec![Event::Text(text.to_owned()), key(true), key(false)]
}

#[test]
#[cfg(target_os = "linux")]
fn a_day_of_a_show_takes_no_more_memory_than_its_first_hour_and_no_more_time() {
    // In a process of its own, or the memory of the other tests would count.
    passes_alone("ui::day::show");
}

#[test]
#[cfg(target_os = "linux")]
#[ignore = "started by a_day_of_a_show_takes_no_more_memory_than_its_first_hour_and_no_more_time"]
#[expect(clippy::print_stderr, reason = "says what was measured")]
fn show() {
    let mut show = Bare::new(|state| state.presenting = Some(Presenting::default()));
    show.rate = RATE;
    let (mut after, mut typed_in, mut opened_again) = (Vec::new(), 0, 0);
    for hour in 0..HOURS {
        let mut spent = std::time::Duration::ZERO;
        for minute in 0..60 {
            let visit = (hour * 60 + minute) as u64;
            // Somebody else is there every minute.
            show.bodies = [2 * visit + 1, 2 * visit + 2];
            if minute % 20 == 10 {
                let why = "the camera is gone".to_owned();
                show.script.push(Told::SourceFailed(why));
            }
            for second in 0..60 {
                for picture in 0..RATE {
                    let events = if (second, picture) == (7, 0) {
                        typed(VISITORS[visit as usize % VISITORS.len()])
                    } else {
                        Vec::new()
                    };
                    spent += show.picture(events).1;
                }
                if let Some(Command::OpenSource(source)) = show.script.last_sent() {
                    // It is there again, and says so once.
                    if !show
                        .app
                        .state()
                        .source
                        .play
                        .eq(&synse::ui::state::Play::Playing)
                    {
                        opened_again += 1;
                        show.script.push(performer::opened(&source));
                    }
                }
            }
            // The test's own memory is none of the show's.
            show.script.forget_sent();
            let listed = show.app.state().phrases.entries();
            typed_in += usize::from(listed.iter().any(|entry| VISITORS.contains(&&*entry.text)));
            // A hundred of the operator's, and no more visitors' than the last five minutes'.
            assert!(listed.len() <= 106, "{}", listed.len());
        }
        let millis = spent.as_secs_f64() * 1e3 / (3600 * RATE) as f64;
        let bytes = resident_bytes();
        eprintln!(
            "hour {}: {:.1} MB, {millis:.2} ms a picture",
            hour + 1,
            bytes as f64 * 1e-6
        );
        after.push((bytes, millis));
    }
    assert!(show.app.state().presenting.is_some());
    assert_eq!(
        typed_in,
        HOURS * 60,
        "each visitor's phrase was in the list"
    );
    assert_eq!(
        opened_again,
        HOURS * 3,
        "the source was opened anew each time"
    );
    assert!(after[HOURS - 1].0 < after[0].0 + (3 << 20), "{after:?}");
    // Whoever else works on this machine does not do so for all of four hours, nor in none of them.
    let millis = |hours: &[(u64, f64)]| hours.iter().map(|(_, millis)| *millis).collect::<Vec<_>>();
    let (before, later) = (millis(&after[..HOURS / 2]), millis(&after[HOURS / 2..]));
    let slowest = before.into_iter().fold(0.0, f64::max);
    let quickest = later.into_iter().fold(f64::INFINITY, f64::min);
    assert!(quickest < 1.5 * slowest, "{after:?}");
}
