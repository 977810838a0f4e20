//! The window that explains answers: the latent map, what the model sees, and how alike the phrases are.

use crate::recognizer::decisions::PhraseMap;
use crate::ui::action::Action;
use crate::ui::chip;
use crate::ui::map_view::map_ui;
use crate::ui::motion_view::motion_view_ui;
use crate::ui::similarity_view::similarity_ui;
use crate::ui::state::{Overlay, State};
use crate::ui::theme::{self, GAP};
use egui::{Align, Context, Layout, Ui, Vec2};

/// From this probability of taking one phrase for the other on, two phrases are nearly the same to the model.
///
/// It is of perfect performances, and 0.5 where it cannot tell them apart at all. “Wave” and “wave hand” have 0.16 in the default
/// bundle, “play golf” and “swing a golf club” 0.17, “sit down” and “bow” 0.08; real performances are less clear.
pub const NEARLY_THE_SAME: f32 = 0.15;

/// Which page of the window is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The latent map, and beside it what the model sees.
    #[default]
    Map,
    /// The phrases against each other.
    Similarity,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Insight {
    /// The page.
    pub page: Page,
    /// The entry whose card stands beside what the model sees; `None` stands for that of the answer.
    pub phrase: Option<u64>,
}

/// How alike a map's phrases are to the model: worked out once for a map, for there are thousands of pairs of a hundred
/// phrases, and a picture has no time for that.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alike {
    count: usize,
    /// `[row][column]`, -1 to 1.
    similarities: Vec<f32>,
    twins: Vec<(usize, usize, f32)>,
}

impl Alike {
    /// Compares each phrase with every other.
    pub fn of(map: &PhraseMap) -> Self {
        let count = map.labels.len();
        let mut similarities = vec![1.0; count * count];
        let mut twins = Vec::new();
        for a in 0..count {
            for b in a + 1..count {
                let similarity = map.map.similarity(a, b);
                similarities[a * count + b] = similarity;
                similarities[b * count + a] = similarity;
                let confusion = map.map.confusion(a, b);
                if confusion >= NEARLY_THE_SAME {
                    twins.push((a, b, confusion));
                }
            }
        }
        twins.sort_by(|a, b| b.2.total_cmp(&a.2));
        Self {
            count,
            similarities,
            twins,
        }
    }

    /// How many phrases there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How alike two phrases are, -1 to 1, by their places in the map.
    pub fn similarity(&self, row: usize, column: usize) -> f32 {
        let known = self.similarities.get(row * self.count + column);
        known.copied().unwrap_or_default()
    }

    /// The pairs that are nearly the same to the model, the most alike first: places in the map, and the probability of
    /// taking one for the other.
    pub fn twins(&self) -> &[(usize, usize, f32)] {
        &self.twins
    }
}

/// The window, while it is open.
pub(crate) fn insight_ui(ctx: &Context, state: &State, actions: &mut Vec<Action>) {
    if state.overlay != Overlay::Insight {
        return;
    }
    let mut open = true;
    let room = ctx.content_rect();
    let size = Vec2::new(1040.0, 620.0).min(room.size() - Vec2::new(60.0, 90.0));
    egui::Window::new("What the model sees")
        .open(&mut open)
        .collapsible(false)
        .default_size(size)
        .max_size(room.size() - Vec2::new(20.0, 50.0))
        .default_pos(room.center() - size / 2.0 - Vec2::new(0.0, 20.0))
        .show(ctx, |ui| content_ui(ui, state, actions));
    if !open {
        actions.push(Action::Show(Overlay::Nothing));
    }
}

fn content_ui(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let pages = [
        (
            Page::Map,
            "Map",
            "Where phrases and performers lie in the latent space",
        ),
        (
            Page::Similarity,
            "Similarity",
            "How alike the phrases are to the model",
        ),
    ];
    ui.scope(|ui| {
        ui.set_max_width(260.0);
        if let Some(page) = chip::segments(ui, "Page", state.insight.page, &pages) {
            actions.push(Action::Inspect(Insight {
                page,
                ..state.insight
            }));
        }
    });
    ui.add_space(GAP);
    let Some(map) = &state.map else {
        ui.label(theme::strong("Nothing to show yet", 18.0));
        ui.label(theme::quiet(
            ui,
            "Type two phrases or more: each has a place in what the model learned.",
        ));
        ui.allocate_space(ui.available_size());
        return;
    };
    match state.insight.page {
        Page::Similarity => similarity_ui(ui, map, &state.alike),
        Page::Map => {
            let room = ui.available_size();
            let left = (room.x * 0.56).max(240.0);
            let down = Layout::top_down(Align::Min);
            ui.horizontal_top(|ui| {
                let size = Vec2::new(left, room.y);
                ui.allocate_ui_with_layout(size, down, |ui| map_ui(ui, state, map));
                ui.add_space(GAP);
                let size = Vec2::new(ui.available_width(), room.y);
                ui.allocate_ui_with_layout(size, down, |ui| {
                    motion_view_ui(ui, state, map, actions);
                });
            });
        }
    }
}
