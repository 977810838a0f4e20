//! File dialogs, which are made where they are asked for and waited for elsewhere.

use crate::ui::files::{Answer, Request};
use crate::ui::sdk_folders::{SdkAnswer, SdkRequest};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};
use std::{env, fs};

/// Endings of recordings that can be opened.
const RECORDINGS: [&str; 7] = [
    "mcap",
    "safetensors",
    "csv",
    "skeleton",
    "bvh",
    "parquet",
    "json",
];

/// A dialog that the user has before them.
pub(crate) type PendingDialog = std::pin::Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Opens the dialog that a request asks for; `None` where it asks for none.
pub(crate) fn open_dialog(request: &Request) -> Option<PendingDialog> {
    let dialog = rfd::AsyncFileDialog::new();
    Some(match request {
        Request::PickRecording => {
            let dialog = dialog
                .set_title("Open a recording")
                .add_filter("Recordings", &RECORDINGS);
            answered(dialog.pick_file(), Answer::Picked)
        }
        Request::PickPhrases => {
            let dialog = dialog
                .set_title("Load a phrase list")
                .add_filter("Phrase lists", &["txt", "tsv"]);
            answered(dialog.pick_file(), Answer::Picked)
        }
        Request::PickBundle => answered(
            dialog.set_title("Load a model bundle").pick_folder(),
            Answer::Bundle,
        ),
        Request::PickAgainBundle => answered(
            dialog
                .set_title("Answer again by a model bundle")
                .pick_folder(),
            Answer::AgainBundle,
        ),
        Request::PickPhrasesTarget => {
            let dialog = dialog
                .set_title("Save the phrase list")
                .set_file_name("phrases.txt");
            answered(dialog.save_file(), Answer::PhrasesTarget)
        }
        Request::PickClipsTarget => {
            let dialog = dialog.set_title("Save the segments as clips");
            answered(
                dialog.set_file_name("clips.safetensors").save_file(),
                Answer::ClipsTarget,
            )
        }
        Request::PickConfusionTarget(ending) => {
            let dialog = dialog.set_title("Save the matrix");
            let name = format!("confusion.{ending}");
            answered(
                dialog.set_file_name(name).save_file(),
                Answer::ConfusionTarget,
            )
        }
        Request::PickExportFolder(job) => {
            let job = job.clone();
            let dialog = dialog.set_title("Export into a folder");
            answered(dialog.pick_folder(), move |folder| {
                Answer::ExportFolder(job, folder)
            })
        }
        Request::Sdk(SdkRequest::Pick(part)) => {
            let part = *part;
            let dialog = dialog.set_title(part.name());
            answered(dialog.pick_folder(), move |folder| {
                Answer::Sdk(SdkAnswer::Picked(part, folder))
            })
        }
        Request::Sdk(_)
        | Request::ReadClips(_)
        | Request::ReadPhrases(_)
        | Request::WritePhrases(..)
        | Request::ReadSession(_)
        | Request::WriteMarks(..)
        | Request::ReadTakes(..)
        | Request::WriteClips(..)
        | Request::WriteConfusion(..)
        | Request::Study(_)
        | Request::Keep(..)
        | Request::Export(..) => return None,
    })
}

fn answered(
    dialog: impl Future<Output = Option<rfd::FileHandle>> + Send + 'static,
    answer: impl FnOnce(PathBuf) -> Answer + Send + 'static,
) -> PendingDialog {
    answered_with(Helpers::found, dialog, answer)
}

fn answered_with(
    helpers: impl FnOnce() -> Helpers + Send + 'static,
    dialog: impl Future<Output = Option<rfd::FileHandle>> + Send + 'static,
    answer: impl FnOnce(PathBuf) -> Answer + Send + 'static,
) -> PendingDialog {
    Box::pin(async move {
        let asked = Instant::now();
        if let Some(file) = dialog.await {
            return answer(file.path().to_owned());
        }
        let after = asked.elapsed();
        if has_failed(helpers(), after) {
            Answer::Failed(NO_DIALOG.to_owned())
        } else {
            Answer::Nothing
        }
    })
}

/// Why no dialog came, and what helps.
const NO_DIALOG: &str = "No file dialog can be opened: neither zenity nor a desktop portal is there to show one. Install \
                         zenity, or xdg-desktop-portal with a backend (xdg-desktop-portal-gtk). Files can also be \
                         dropped onto the window.";

/// No person closes a dialog within this time of asking for it: a portal's has not even appeared by then.
const QUICKEST: Duration = Duration::from_millis(300);

/// What there is to show a dialog with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Helpers {
    /// The program that is asked where no portal answers, or a system that has dialogs of its own.
    zenity: bool,
    /// A desktop portal that can choose files, as far as what is installed says.
    portal: bool,
}

impl Helpers {
    /// What this machine has.
    fn found() -> Self {
        if !cfg!(all(unix, not(target_os = "macos"))) {
            return Self {
                zenity: true,
                portal: false,
            };
        }
        let folders = |name: &str, default: &str| -> Vec<PathBuf> {
            let value = env::var_os(name).filter(|value| !value.is_empty());
            env::split_paths(&value.unwrap_or_else(|| default.into())).collect()
        };
        let mut data = folders("XDG_DATA_DIRS", "/usr/local/share:/usr/share");
        if let Some(own) = directories::BaseDirs::new() {
            data.push(own.data_dir().to_owned());
        }
        let on_a_bus = env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
            || env::var_os("XDG_RUNTIME_DIR")
                .is_some_and(|folder| PathBuf::from(folder).join("bus").exists());
        Self {
            zenity: folders("PATH", "")
                .iter()
                .any(|f| f.join("zenity").is_file()),
            portal: on_a_bus && data.iter().any(|folder| chooses_files(folder)),
        }
    }
}

/// Whether a folder of shared data names a portal's backend that can choose files.
fn chooses_files(data: &Path) -> bool {
    let Ok(entries) = fs::read_dir(data.join("xdg-desktop-portal/portals")) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let text = fs::read_to_string(entry.path());
        text.is_ok_and(|text| text.contains("org.freedesktop.impl.portal.FileChooser"))
    })
}

/// Whether a dialog without an answer was never shown; otherwise the user closed it. The library tells them apart in its log
/// alone.
fn has_failed(helpers: Helpers, after: Duration) -> bool {
    !helpers.zenity && (!helpers.portal || after < QUICKEST)
}

/// Waits for a dialog on a thread that has nothing else to do.
pub(crate) fn wait_for<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_that_never_came_is_not_one_that_was_closed() {
        let helpers = |zenity, portal| Helpers { zenity, portal };
        let (at_once, later) = (Duration::from_millis(20), Duration::from_secs(3));
        for (helpers, after, failed) in [
            (helpers(false, false), at_once, true),
            // A bus that nobody answers on lets one wait.
            (helpers(false, false), later, true),
            // It is installed, but does not run.
            (helpers(false, true), at_once, true),
            (helpers(false, true), later, false),
            (helpers(true, false), at_once, false),
            (helpers(true, true), later, false),
        ] {
            assert_eq!(has_failed(helpers, after), failed, "{helpers:?} {after:?}");
        }
        let words = ["zenity", "xdg-desktop-portal", "dropped onto the window"];
        assert!(
            words.iter().all(|word| NO_DIALOG.contains(word)),
            "{NO_DIALOG}"
        );
    }

    #[test]
    fn what_was_chosen_is_the_answer_and_silence_is_explained() {
        let closed = |zenity| {
            let helpers = move || Helpers {
                zenity,
                portal: false,
            };
            wait_for(answered_with(helpers, async { None }, Answer::Picked))
        };
        assert_eq!(closed(false), Answer::Failed(NO_DIALOG.to_owned()));
        assert_eq!(closed(true), Answer::Nothing);
        let file = rfd::FileHandle::from(PathBuf::from("/a/b.csv"));
        let chosen = answered(async { Some(file) }, Answer::Picked);
        assert_eq!(wait_for(chosen), Answer::Picked("/a/b.csv".into()));
    }

    #[test]
    fn only_a_portal_with_a_file_chooser_counts() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!chooses_files(folder.path()), "there is none");
        let portals = folder.path().join("xdg-desktop-portal/portals");
        fs::create_dir_all(&portals).unwrap();
        let write = |name: &str, interface: &str| {
            let text = format!("[portal]\nInterfaces=org.freedesktop.impl.portal.{interface};\n");
            fs::write(portals.join(name), text).unwrap();
        };
        write("wlr.portal", "Screenshot");
        assert!(!chooses_files(folder.path()));
        write("gtk.portal", "FileChooser");
        assert!(chooses_files(folder.path()));
    }
}
