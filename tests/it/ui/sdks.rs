//! The camera's window on SDKs: what is found of them, and folders that the user chooses.

use super::performer::{Script, opening_state};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use synse::capture::azure::{Part, Places, SdkFolders};
use synse::capture::sdks::look;
use synse::live::Command;
use synse::ui::App;
use synse::ui::files::{Answer, Desk, Request};
use synse::ui::sdk_folders::{SdkAnswer, SdkRequest, Sdks};
use synse::ui::settings::Settings;

/// A desk of a machine without SDKs, at which every dialog is answered by one folder.
#[derive(Clone, Default)]
struct Bare {
    picked: PathBuf,
    folders: Rc<RefCell<SdkFolders>>,
    ready: Rc<RefCell<Vec<Answer>>>,
}

impl Desk for Bare {
    fn ask(&mut self, request: Request) {
        let Request::Sdk(request) = request else {
            return;
        };
        let answer = match request {
            SdkRequest::Pick(part) => SdkAnswer::Picked(part, self.picked.clone()),
            SdkRequest::Look => self.seen(false),
            SdkRequest::Use(part, folder) => {
                self.folders.borrow_mut().set(part, folder);
                self.seen(true)
            }
        };
        self.ready.borrow_mut().push(Answer::Sdk(answer));
    }

    fn try_answer(&mut self) -> Option<Answer> {
        self.ready.borrow_mut().pop()
    }
}

impl Bare {
    fn seen(&self, changed: bool) -> SdkAnswer {
        let folders = self.folders.borrow().clone();
        let findings = look(&Places {
            sensor: folders.sensor.clone(),
            tracker: folders.tracker.clone(),
            folders: Vec::new(),
        });
        let sdks = Sdks {
            folders,
            overruled_by: vec!["SYNSE_K4ABT_DIR"],
            findings,
        };
        SdkAnswer::Seen(sdks, changed)
    }
}

fn says(window: &Harness<'_, App>, words: &str) -> bool {
    window.query_all_by_label_contains(words).count() > 0
}

/// Clicks the first of what is called so, which may have to be scrolled to.
fn click(window: &mut Harness<'_, App>, label: &str) {
    window
        .get_all_by_label(label)
        .next()
        .unwrap()
        .scroll_to_me();
    window.run_steps(8);
    window.get_all_by_label(label).next().unwrap().click();
    window.run_steps(4);
}

#[test]
fn an_sdks_folder_is_chosen_and_what_is_in_it_is_told() {
    let place = tempfile::tempdir().unwrap();
    let orbbec = b"\x7fELF\0libk4a.so.1.4\0k4a_depth_engine_helper_create\0";
    std::fs::write(place.path().join("libk4a.so.1.4"), orbbec).unwrap();
    let desk = Bare {
        picked: place.path().to_owned(),
        ..Bare::default()
    };
    let script = Script::default();
    let state = opening_state(Settings::default(), &[]);
    let (backend, window_desk) = (script.clone(), desk.clone());
    let builder = Harness::builder().with_size([1280.0, 800.0]);
    let mut window = builder
        .build_eframe(move |cc| App::new(cc, state, Box::new(backend), Box::new(window_desk)));
    window.run_steps(2);
    window.key_press(egui::Key::C);
    window.run_steps(3);
    assert!(says(
        &window,
        "Azure Kinect Sensor SDK (k4a): for an Azure Kinect install"
    ));
    assert!(says(&window, "SYNSE_K4ABT_DIR is set"));
    window.get_by_label("Azure Kinect or Femto").click();
    window.run_steps(2);
    let sent = script.sent();

    click(&mut window, "Browse…");
    let folders = || desk.folders.borrow().clone();
    assert_eq!(folders().of(Part::Sensor), Some(place.path()));
    if cfg!(target_os = "linux") {
        assert!(says(&window, "(Orbbec, 1.4) is loaded"));
    }
    // The camera that is waited for is tried again.
    assert_eq!(script.sent(), sent + 1);
    assert!(
        matches!(script.last_sent(), Some(Command::OpenSource(source)) if source == "azure-kinect")
    );

    let field = |window: &Harness<'_, App>, press: &dyn Fn(&egui_kittest::Node<'_>)| {
        press(&window.get_by_role_and_label(Role::TextInput, "Body tracking SDK's folder"));
    };
    field(&window, &|node| node.focus());
    window.run_steps(2);
    field(&window, &|node| node.type_text("/no/such/tracker"));
    window.run_steps(2);
    window.key_press(egui::Key::Enter);
    window.run_steps(2);
    assert!(says(
        &window,
        "none that can be used in /no/such/tracker; install"
    ));

    click(&mut window, "Default places");
    assert_eq!(folders().of(Part::Sensor), None);
    assert_eq!(
        folders().of(Part::Tracker),
        Some(std::path::Path::new("/no/such/tracker"))
    );
}
