//! The window: drains what happened into the state, paints the state, does what the user asked for.

use crate::live::{Command, Event, Transport};
use crate::ui::action::{Action, Effect};
use crate::ui::audience::audience_ui;
use crate::ui::awake::Awake;
use crate::ui::backend::Backend;
use crate::ui::confusion::confusion_ui;
use crate::ui::files::{Answer, Desk, Request};
use crate::ui::kept;
use crate::ui::phrase_panel::phrase_panel_ui;
use crate::ui::prediction_panel::prediction_panel_ui;
use crate::ui::settings::{STORAGE_KEY, Stored, TEXT_SIZES, ThemeChoice};
use crate::ui::source_panel::{BAR_ROOM, source_panel_ui};
use crate::ui::stage::{Graphics, stage_ui};
use crate::ui::stage_renderer::StageRenderer;
use crate::ui::state::State;
use crate::ui::timeline::timeline_ui;
use crate::ui::{help, insight, shortcuts, status_bar, theme};
use egui::{CentralPanel, Frame, Margin, Panel, Ui};
use std::collections::VecDeque;
use std::mem::discriminant;
use std::time::{Duration, Instant};

/// The most events taken between two pictures, so that a flood of them does not hold up the screen.
const EVENTS_PER_PICTURE: usize = 512;

/// Settings and phrases are written this often where they changed: a power cut costs no more than the last edit.
const AUTOSAVE: Duration = Duration::from_secs(2);

/// Without news the screen is painted this often, so that what grows old is seen to.
const IDLE_REPAINT: Duration = Duration::from_millis(250);

/// Everything has a place in a window of this size, in points of the text that is shown.
const LEAST_ROOM: [f32; 2] = [640.0, 400.0];

/// A window that is narrower has no room for panels of their usual widths, points.
const NARROW: f32 = 940.0;

/// The same of one that is lower.
const LOW: f32 = 500.0;

/// The window. All that it knows is in its [`State`].
pub struct App {
    state: State,
    backend: Box<dyn Backend>,
    desk: Box<dyn Desk>,
    /// Commands that the session had no room for yet, each with the moment at which it was wanted.
    unsent: VecDeque<(Command, Instant)>,
    graphics: Graphics,
    pictures: PictureRate,
    kept: Kept,
    /// While presenting.
    awake: Option<Awake>,
}

impl App {
    /// A window over a running session.
    pub fn new(
        cc: &eframe::CreationContext<'_>,
        state: State,
        backend: Box<dyn Backend>,
        mut desk: Box<dyn Desk>,
    ) -> Self {
        theme::install(&cc.egui_ctx);
        use_theme(&cc.egui_ctx, state.settings.theme);
        cc.egui_ctx.set_zoom_factor(state.settings.text_size);
        // The size is a setting of ours, which is remembered and can be undone.
        cc.egui_ctx
            .options_mut(|options| options.zoom_with_keyboard = false);
        let graphics = match &cc.wgpu_render_state {
            Some(render) => {
                let renderer = StageRenderer::new(&render.device, render.target_format);
                render.renderer.write().callback_resources.insert(renderer);
                Graphics::Ready
            }
            None => Graphics::Missing,
        };
        if let Some(request) = state.to_read() {
            desk.ask(request);
        }
        Self {
            state,
            backend,
            desk,
            unsent: VecDeque::new(),
            graphics,
            pictures: PictureRate::default(),
            kept: Kept::default(),
            awake: None,
        }
    }

    /// What is shown.
    pub fn state(&self) -> &State {
        &self.state
    }

    fn carry_out(&mut self, ctx: &egui::Context, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send(command) => self.send(command),
                Effect::Ask(request) => self.desk.ask(request),
                Effect::UseTheme(theme) => use_theme(ctx, theme),
                Effect::UseTextSize(_) => self.fit_text(ctx),
                Effect::FullScreen(on) => {
                    self.awake = on.then(Awake::begin);
                    ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(on));
                }
            }
        }
    }

    /// Text of the size that is wanted, or as large as the window has room for.
    fn fit_text(&self, ctx: &egui::Context) {
        let before = ctx.zoom_factor();
        let room = ctx.content_rect().size() * before;
        let most = (room.x / LEAST_ROOM[0]).min(room.y / LEAST_ROOM[1]);
        let size = most.max(*TEXT_SIZES.start());
        let size = self.state.settings.text_size.min(size);
        if (size - before).abs() > 1e-3 {
            ctx.set_zoom_factor(size);
        }
    }

    fn send(&mut self, command: Command) {
        // Of one control that is moved on and on only the newest counts; what was asked for between stays in its place.
        self.unsent
            .pop_back_if(|(before, _)| makes_pointless(&command, before));
        self.unsent.push_back((command, Instant::now()));
        self.send_waiting();
    }

    fn send_waiting(&mut self) {
        while let Some((command, at)) = self.unsent.pop_front() {
            if let Err(command) = self.backend.send(command, at) {
                self.unsent.push_front((command, at));
                break;
            }
        }
    }
}

/// Whether a command leaves nothing of the one right before it.
fn makes_pointless(command: &Command, before: &Command) -> bool {
    match (command, before) {
        (Command::Move(to), Command::Move(before)) => {
            !matches!(to, Transport::Step(_)) && discriminant(to) == discriminant(before)
        }
        (Command::SetPhrases(_) | Command::SetThreshold(_) | Command::OpenSource(_), before) => {
            discriminant(command) == discriminant(before)
        }
        _ => false,
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        // As long as the last picture took, so long will this one.
        let painting =
            Duration::from_secs_f32(frame.info().cpu_usage.unwrap_or(0.0).clamp(0.0, 1.0));
        self.state.tick(ctx.input(|input| input.time));
        self.fit_text(ctx);
        self.send_waiting();
        let now = self.state.now;
        if let Some(command) = self.state.tape.due(now) {
            self.send(command);
        }
        for _ in 0..EVENTS_PER_PICTURE {
            let Some(event) = self.backend.try_event() else {
                break;
            };
            if matches!(event, Event::Prediction(..)) {
                self.state.displayed(self.backend.event_waited(), painting);
            }
            self.state.receive(event);
        }
        if let Some(frame) = self.backend.latest_frame() {
            self.state.see(frame);
        }
        while let Some(answer) = self.desk.try_answer() {
            if let Answer::Kept(written) = &answer
                && !self.kept.heard(written.is_ok())
            {
                continue;
            }
            let effects = self.state.answered(answer);
            self.carry_out(ctx, effects);
        }
        let effects = self.state.keep_presenting();
        self.carry_out(ctx, effects);
        if self.state.presenting.is_some() && ctx.input(|input| input.viewport().close_requested())
        {
            // Whoever stands at the keyboard is not the one who closes the show.
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        }
        ctx.request_repaint_after(IDLE_REPAINT);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.state.render_hz = self.pictures.count(self.state.now);
        let mut actions = Vec::new();
        shortcuts::take(ui.ctx(), &self.state, &mut actions);
        if let Some(presenting) = &self.state.presenting {
            audience_ui(ui, &self.state, presenting, self.graphics, &mut actions);
        } else {
            let dropped = ui.input(|input| input.raw.dropped_files.clone());
            actions.extend(
                dropped
                    .iter()
                    .map(|file| Action::OpenFile(file.path().to_owned())),
            );
            window_ui(ui, &self.state, self.graphics, &mut actions);
            drop_hint_ui(ui.ctx());
        }
        let changed = !actions.is_empty();
        for action in actions {
            let effects = self.state.apply(action);
            self.carry_out(ui.ctx(), effects);
        }
        if changed {
            ui.ctx().request_repaint();
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        let stored = Stored::from_state(&self.state.settings, &self.state.phrases.own_entries());
        if let (Some(path), Some(text)) = (&self.state.kept_file, kept::text(&stored))
            && self.kept.asked.as_ref() != Some(&text)
        {
            self.desk.ask(Request::Keep(path.clone(), text.clone()));
            self.kept.asked = Some(text);
        }
        // Older versions left the list with the toolkit, whose file a power cut may tear. It stays until ours is written.
        if self.kept.is_written && storage.get_string(STORAGE_KEY).is_some() {
            storage.remove_string(STORAGE_KEY);
        }
    }

    fn auto_save_interval(&self) -> Duration {
        AUTOSAVE
    }
}

/// What is known of the file of settings and phrases.
#[derive(Debug, Default)]
struct Kept {
    /// What was last asked to be written.
    asked: Option<String>,
    /// Whether any of it was.
    is_written: bool,
    /// Whether it was told that it cannot be.
    told: bool,
}

impl Kept {
    /// Takes note of what came of writing, which is tried again where it failed. Whether the user is to hear of it: a disk
    /// that is full is told of once.
    fn heard(&mut self, written: bool) -> bool {
        if written {
            (self.is_written, self.told) = (true, false);
            return true;
        }
        self.asked = None;
        !std::mem::replace(&mut self.told, true)
    }
}

/// Lays the panels out.
fn window_ui(ui: &mut Ui, state: &State, graphics: Graphics, actions: &mut Vec<Action>) {
    let fill = ui.visuals().panel_fill;
    let panel = |margin: Margin| Frame::new().fill(fill).inner_margin(margin);
    Panel::bottom("status")
        .exact_size(26.0)
        .resizable(false)
        .frame(panel(Margin::symmetric(12, 0)))
        .show(ui, |ui| {
            status_bar::status_bar_ui(ui, state);
        });
    if !state.problems.is_empty() {
        Panel::bottom("problems")
            .resizable(false)
            .frame(panel(Margin::ZERO))
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                status_bar::problems_ui(ui, state, actions);
            });
    }
    let width = ui.available_width();
    // In a small window, or with the greatest text, each panel gives way a little.
    let is_narrow = width < NARROW;
    let left = Panel::left("sources")
        .default_size((width * 0.15).clamp(if is_narrow { 220.0 } else { 248.0 }, 290.0))
        .size_range(220.0..=360.0);
    let margin = Margin {
        // The rest of it is the scroll bar's.
        right: 12 - BAR_ROOM,
        ..Margin::symmetric(12, 10)
    };
    left.frame(panel(margin))
        .show(ui, |ui| source_panel_ui(ui, state, actions));
    let room = ui.available_height();
    let below = Panel::bottom("phrases")
        .default_size((room * 0.31).clamp(if room < LOW { 130.0 } else { 190.0 }, 340.0))
        .size_range(120.0..=(room * 0.6).max(140.0));
    below
        .frame(panel(Margin::symmetric(12, 10)))
        .show(ui, |ui| phrase_panel_ui(ui, state, actions));
    let right = Panel::right("predictions")
        .default_size((width * 0.225).clamp(if is_narrow { 260.0 } else { 336.0 }, 440.0))
        .size_range(if is_narrow { 250.0 } else { 290.0 }..=560.0);
    right
        .frame(panel(Margin::symmetric(14, 12)))
        .show(ui, |ui| prediction_panel_ui(ui, state, actions));
    if let Some(at) = &state.tape.playback {
        Panel::bottom("timeline")
            .resizable(false)
            .frame(panel(Margin::symmetric(12, 8)))
            .show(ui, |ui| timeline_ui(ui, state, at, actions));
    }
    CentralPanel::no_frame().show(ui, |ui| stage_ui(ui, state, graphics, actions));
    help::overlay_ui(ui.ctx(), state, actions);
    confusion_ui(ui.ctx(), state, actions);
    insight::insight_ui(ui.ctx(), state, actions);
}

/// While files are held over the window: what may be dropped.
fn drop_hint_ui(ctx: &egui::Context) {
    if ctx.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    egui::Area::new(egui::Id::unique("drop"))
        .order(egui::Order::Foreground)
        .anchor(egui::Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .interactable(false)
        .show(ctx, |ui| {
            Frame::popup(ui.style()).inner_margin(24).show(ui, |ui| {
                ui.label(theme::strong("Drop to open", 22.0));
                ui.label("A recording, a clip store, a phrase list or a model bundle");
            });
        });
}

fn use_theme(ctx: &egui::Context, theme: ThemeChoice) {
    ctx.set_theme(match theme {
        ThemeChoice::System => egui::ThemePreference::System,
        ThemeChoice::Light => egui::ThemePreference::Light,
        ThemeChoice::Dark => egui::ThemePreference::Dark,
    });
}

/// Pictures per second over the last second.
#[derive(Debug, Default)]
struct PictureRate {
    times: VecDeque<f64>,
}

impl PictureRate {
    fn count(&mut self, now: f64) -> f32 {
        self.times.push_back(now);
        while self
            .times
            .front()
            .is_some_and(|first| !(now - 1.0..=now).contains(first))
        {
            self.times.pop_front();
        }
        let span = now - self.times.front().copied().unwrap_or(now);
        if span > 0.0 {
            ((self.times.len() - 1) as f64 / span) as f32
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_pictures_of_the_last_second() {
        let mut rate = PictureRate::default();
        let mut last = 0.0;
        for i in 0..200 {
            last = rate.count(f64::from(i) * 0.02);
        }
        assert!((last - 50.0).abs() < 0.5, "{last}");
        assert_eq!(rate.count(0.0), 0.0);
    }
}
