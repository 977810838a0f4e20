//! File dialogs, which are made where they are asked for and waited for elsewhere.

use crate::ui::files::{Answer, Request};
use crate::ui::sdk_folders::{SdkAnswer, SdkRequest};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

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
    Box::pin(async move {
        dialog
            .await
            .map_or(Answer::Nothing, |file| answer(file.path().to_owned()))
    })
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
