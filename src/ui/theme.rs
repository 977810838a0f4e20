//! Colours, type and spacing of the window, for dark and for light.

use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin,
    RichText, Stroke, Style, TextStyle, Theme, Ui, Vec2, Visuals,
};
use std::sync::Arc;

/// Space between neighbours, points; every other distance is a multiple of it.
pub(crate) const GAP: f32 = 8.0;

/// Colours that egui's own visuals have no name for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Palette {
    /// Main text.
    pub text: Color32,
    /// Text that explains.
    pub quiet: Color32,
    /// Lines between things.
    pub line: Color32,
    /// Background of a card on a panel, and of empty bars.
    pub card: Color32,
    /// Background of a panel.
    pub panel: Color32,
    /// Background of the 3D view, at the horizon.
    pub stage: Color32,
    /// What the program wants looked at.
    pub accent: Color32,
    /// Something typed by the user: an unseen phrase.
    pub unseen: Color32,
    /// A warning.
    pub warning: Color32,
    /// Bodies and curves, in this order; told apart by people who are colour blind (Okabe and Ito, 2008).
    pub series: [Color32; 6],
}

const DARK: Palette = Palette {
    text: Color32::from_rgb(232, 235, 240),
    quiet: Color32::from_rgb(152, 162, 176),
    line: Color32::from_rgb(48, 54, 63),
    card: Color32::from_rgb(36, 41, 49),
    panel: Color32::from_rgb(24, 27, 33),
    stage: Color32::from_rgb(15, 18, 23),
    accent: Color32::from_rgb(86, 180, 233),
    unseen: Color32::from_rgb(240, 190, 80),
    warning: Color32::from_rgb(255, 140, 90),
    series: [
        Color32::from_rgb(86, 180, 233),
        Color32::from_rgb(230, 159, 0),
        Color32::from_rgb(0, 178, 130),
        Color32::from_rgb(214, 138, 186),
        Color32::from_rgb(232, 112, 50),
        Color32::from_rgb(240, 228, 66),
    ],
};

const LIGHT: Palette = Palette {
    text: Color32::from_rgb(24, 29, 36),
    quiet: Color32::from_rgb(88, 98, 112),
    line: Color32::from_rgb(215, 220, 228),
    card: Color32::from_rgb(237, 240, 245),
    panel: Color32::from_rgb(251, 252, 253),
    stage: Color32::from_rgb(226, 231, 238),
    accent: Color32::from_rgb(0, 104, 172),
    unseen: Color32::from_rgb(148, 88, 0),
    warning: Color32::from_rgb(184, 66, 0),
    series: [
        Color32::from_rgb(0, 114, 178),
        Color32::from_rgb(213, 94, 0),
        Color32::from_rgb(0, 140, 104),
        Color32::from_rgb(176, 84, 140),
        Color32::from_rgb(200, 134, 0),
        Color32::from_rgb(96, 96, 110),
    ],
};

/// The palette of the theme in use.
pub(crate) fn palette(ui: &Ui) -> Palette {
    palette_of(ui.visuals().dark_mode)
}

/// The palette of a theme.
pub(crate) fn palette_of(dark: bool) -> Palette {
    if dark { DARK } else { LIGHT }
}

/// The half-bold family, for headings and answers.
pub(crate) fn strong_family() -> FontFamily {
    FontFamily::Name("strong".into())
}

/// Half-bold text of a size in points.
pub(crate) fn strong(text: impl Into<String>, size: f32) -> RichText {
    RichText::new(text).font(FontId::new(size, strong_family()))
}

/// An answer's letters: smaller where a long phrase would not fit, but no smaller than half.
pub(crate) fn fitting(ui: &Ui, text: &str, size: f32) -> f32 {
    let font = FontId::new(size, strong_family());
    let galley = ui
        .painter()
        .layout_no_wrap(text.to_owned(), font, Color32::WHITE);
    let share = ui.available_width() / galley.size().x.max(1.0);
    // A little less, so that rounding does not cut the last letter.
    size * (share * 0.99).clamp(0.5, 1.0)
}

/// Small text that explains.
pub(crate) fn quiet(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).small().color(palette(ui).quiet)
}

/// The heading of a section of a panel.
pub(crate) fn section(ui: &mut Ui, title: &str) {
    ui.add_space(GAP);
    ui.label(strong(title, 13.0).color(palette(ui).text));
    ui.add_space(2.0);
}

/// `colour` at `share` of its opacity, 0 to 1.
pub(crate) fn faded(colour: Color32, share: f32) -> Color32 {
    colour.gamma_multiply(share.clamp(0.0, 1.0))
}

/// `under` with `share` of `over` mixed in.
pub(crate) fn mixed(under: Color32, over: Color32, share: f32) -> Color32 {
    under.lerp_to_gamma(over, share.clamp(0.0, 1.0))
}

/// Sets fonts and both themes' styles.
pub(crate) fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| {
            restyle(style, palette_of(theme == Theme::Dark), theme);
        });
    }
}

/// Inter, upright and of usual weight (SIL Open Font License, `assets/ui/Inter-LICENSE.txt`).
pub(crate) static REGULAR: &[u8] = include_bytes!("../../assets/ui/Inter-Regular.otf");

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let files: [(&str, &'static [u8]); 2] = [
        ("inter", REGULAR),
        (
            "inter-strong",
            include_bytes!("../../assets/ui/Inter-SemiBold.otf"),
        ),
    ];
    for (name, bytes) in files {
        fonts
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let fallbacks = fonts
        .families
        .get(&FontFamily::Proportional)
        .cloned()
        .unwrap_or_default();
    let family = |first: &str| {
        std::iter::once(first.to_owned())
            .chain(fallbacks.iter().cloned())
            .collect()
    };
    fonts
        .families
        .insert(FontFamily::Proportional, family("inter"));
    fonts
        .families
        .insert(strong_family(), family("inter-strong"));
    fonts
}

fn restyle(style: &mut Style, p: Palette, theme: Theme) {
    style.text_styles = [
        (TextStyle::Small, FontId::proportional(11.5)),
        (TextStyle::Body, FontId::proportional(13.0)),
        (TextStyle::Button, FontId::proportional(13.0)),
        (TextStyle::Monospace, FontId::monospace(12.0)),
        (TextStyle::Heading, FontId::new(18.0, strong_family())),
    ]
    .into();
    style.spacing.item_spacing = Vec2::new(GAP, 6.0);
    style.spacing.button_padding = Vec2::new(9.0, 4.0);
    style.spacing.interact_size = Vec2::new(28.0, 24.0);
    style.spacing.window_margin = Margin::same(16);
    style.spacing.menu_margin = Margin::same(8);
    style.spacing.scroll.floating = true;
    style.spacing.tooltip_width = 320.0;
    style.interaction.selectable_labels = false;
    style.visuals = visuals(p, theme);
}

fn visuals(p: Palette, theme: Theme) -> Visuals {
    let mut v = match theme {
        Theme::Dark => Visuals::dark(),
        Theme::Light => Visuals::light(),
    };
    let dark = theme == Theme::Dark;
    v.panel_fill = p.panel;
    v.window_fill = p.panel;
    v.window_stroke = Stroke::new(1.0, p.line);
    v.extreme_bg_color = if dark {
        Color32::from_rgb(17, 20, 25)
    } else {
        Color32::WHITE
    };
    v.faint_bg_color = mixed(p.panel, p.card, 0.5);
    v.weak_text_color = Some(p.quiet);
    v.hyperlink_color = p.accent;
    v.warn_fg_color = p.warning;
    v.error_fg_color = p.warning;
    v.selection.bg_fill = mixed(p.panel, p.accent, if dark { 0.38 } else { 0.22 });
    v.selection.stroke = Stroke::new(1.0, if dark { p.text } else { p.accent });
    v.slider_trailing_fill = true;
    v.window_corner_radius = CornerRadius::same(10);
    v.menu_corner_radius = CornerRadius::same(8);
    let w = &mut v.widgets;
    w.noninteractive.bg_fill = p.panel;
    w.noninteractive.weak_bg_fill = p.panel;
    w.noninteractive.bg_stroke = Stroke::new(1.0, p.line);
    w.noninteractive.fg_stroke = Stroke::new(1.0, p.text);
    w.inactive.weak_bg_fill = p.card;
    w.inactive.bg_fill = mixed(p.card, p.text, 0.10);
    w.inactive.bg_stroke = Stroke::new(1.0, p.line);
    w.inactive.fg_stroke = Stroke::new(1.0, p.text);
    w.hovered.weak_bg_fill = mixed(p.card, p.text, 0.08);
    w.hovered.bg_fill = mixed(p.card, p.text, 0.16);
    w.hovered.bg_stroke = Stroke::new(1.0, faded(p.accent, 0.7));
    w.hovered.fg_stroke = Stroke::new(1.2, p.text);
    w.active.weak_bg_fill = mixed(p.card, p.accent, 0.25);
    w.active.bg_fill = mixed(p.card, p.accent, 0.35);
    w.active.bg_stroke = Stroke::new(1.0, p.accent);
    w.active.fg_stroke = Stroke::new(1.2, p.text);
    w.open.weak_bg_fill = p.card;
    w.open.bg_stroke = Stroke::new(1.0, p.line);
    w.open.fg_stroke = Stroke::new(1.0, p.text);
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(c: Color32) -> f32 {
        let linear = egui::Rgba::from(c);
        0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
    }

    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn text_is_readable_on_every_background() {
        for p in [DARK, LIGHT] {
            for background in [p.panel, p.card] {
                for ink in [p.text, p.quiet, p.unseen, p.warning, p.accent] {
                    assert!(
                        contrast(ink, background) >= 4.5,
                        "{ink:?} on {background:?}: {}",
                        contrast(ink, background)
                    );
                }
            }
        }
    }

    #[test]
    fn bodies_stand_out_from_the_stage() {
        for p in [DARK, LIGHT] {
            for colour in p.series {
                assert!(
                    contrast(colour, p.stage) >= 2.4,
                    "{colour:?}: {}",
                    contrast(colour, p.stage)
                );
            }
        }
    }
}
