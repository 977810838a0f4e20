//! The latent map: every phrase's cloud of generated latents, and the performers moving through it.

use crate::recognizer::decisions::PhraseMap;
use crate::ui::state::State;
use crate::ui::theme::{self, Palette};
use egui::{
    Align2, Color32, ColorImage, Context, CornerRadius, FontId, Id, Mesh, Painter, Pos2, Rect,
    Role, Sense, Shape, Stroke, TextStyle, TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo,
};

/// How far back a trail reaches, seconds.
const TRAIL_SECONDS: f64 = 6.0;

/// How near the pointer must be to something, points.
const REACH: f32 = 16.0;

/// More names than this stand in each other's way: then only those near a performer or the pointer are written.
const MOST_NAMES: usize = 24;

/// How many phrases are named as the nearest.
const NEAREST: usize = 5;

/// Radius of a generated latent's dot, points.
const DOT: f32 = 1.8;

/// Side of a dot's texture, texels.
const DISC: usize = 16;

/// From the plane to the screen, alike in both directions so that distances are what they look like.
struct Scale {
    from: [f32; 2],
    to: Pos2,
    points: f32,
}

impl Scale {
    fn of(rect: Rect, places: impl Iterator<Item = [f32; 2]>) -> Self {
        let mut bounds: Option<[[f32; 2]; 2]> = None;
        for [x, y] in places {
            let [min, max] = bounds.unwrap_or([[x, y]; 2]);
            bounds = Some([
                [min[0].min(x), min[1].min(y)],
                [max[0].max(x), max[1].max(y)],
            ]);
        }
        let [min, max] = bounds.unwrap_or_default();
        let span = |axis: usize| (max[axis] - min[axis]).max(1e-3) * 1.12;
        Self {
            from: [min[0].midpoint(max[0]), min[1].midpoint(max[1])],
            to: rect.center(),
            points: (rect.width() / span(0)).min(rect.height() / span(1)),
        }
    }

    fn at(&self, [x, y]: [f32; 2]) -> Pos2 {
        self.to + Vec2::new(x - self.from[0], self.from[1] - y) * self.points
    }
}

/// A performer on the map.
struct Performer {
    name: String,
    colour: Color32,
    /// Where it went lately, the newest last; with its age, 0 to 1.
    trail: Vec<([f32; 2], f32)>,
    /// Phrases from the nearest on: place in the map, distance.
    nearest: Vec<(usize, f32)>,
}

/// The map, and under it who is near to what.
pub(crate) fn map_ui(ui: &mut Ui, state: &State, map: &PhraseMap) {
    let p = theme::palette(ui);
    let performers = performers(state, map, &p);
    // Less than the lines below take, and the window would grow with every picture.
    let lines = 1 + performers.len().clamp(1, 3);
    let line = ui.text_style_height(&TextStyle::Body).ceil() + ui.spacing().item_spacing.y;
    let size = Vec2::new(
        ui.available_width(),
        (ui.available_height() - line * lines as f32).max(120.0),
    );
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let described = format!("Latent map: {} phrases", map.labels.len());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, described.clone()));
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect(
        rect,
        CornerRadius::same(6),
        p.stage,
        Stroke::new(1.0, p.line),
        egui::StrokeKind::Inside,
    );
    let clouds = map.map.clouds.iter();
    let places = clouds.flat_map(|cloud| cloud.points.iter().chain([&cloud.centre]).copied());
    let trails = performers
        .iter()
        .flat_map(|one| one.trail.iter().map(|(at, _)| *at));
    let scale = Scale::of(rect.shrink(14.0), places.chain(trails));
    clouds_ui(&painter, map, &scale, &p);
    let pointed = response
        .hover_pos()
        .and_then(|pointer| pointed_at(pointer, map, &performers, &scale));
    names_ui(&painter, map, &performers, pointed, &scale, &p);
    for performer in &performers {
        performer_ui(&painter, performer, &scale, &p);
    }
    if let Some(pointed) = pointed {
        response.on_hover_ui_at_pointer(|ui| {
            ui.label(theme::strong(pointed.title(map, &performers), 13.0));
            for line in pointed.lines(map, &performers) {
                ui.label(line);
            }
        });
    }
    let shares = map.map.explained.map(|share| share * 100.0);
    let spread = ui.label(theme::quiet(
        ui,
        format!(
            "Two principal components, {:.0} % and {:.0} % of the clouds' spread; near is alike to the model",
            shares[0], shares[1]
        ),
    ));
    spread.on_hover_text(
        "A mark is a phrase's mean, a dot a latent generated around it. Generated latents spread in every direction, of which two are \
         shown, so they lie nearer to the middle than their mean.",
    );
    nearest_ui(ui, map, &performers);
}

fn performers(state: &State, map: &PhraseMap, p: &Palette) -> Vec<Performer> {
    let bodies = state.present().enumerate();
    let of = |(index, (id, track)): (usize, (u64, &crate::ui::state::BodyTrack))| {
        let newest = track.trail.newest()?;
        let distances = map.map.distances(&newest.latent);
        let mut nearest: Vec<(usize, f32)> = distances.into_iter().enumerate().collect();
        nearest.sort_by(|a, b| a.1.total_cmp(&b.1));
        let age = |at: f64| ((newest.at - at) / TRAIL_SECONDS) as f32;
        let trail: Vec<([f32; 2], f32)> = track
            .trail
            .points()
            .filter(|point| age(point.at) <= 1.0)
            .filter_map(|point| Some((map.map.place(&point.latent)?, age(point.at))))
            .collect();
        (!trail.is_empty()).then(|| Performer {
            name: format!("Body {}", index + 1),
            colour: p.series[state.colour_of(id) % p.series.len()],
            trail,
            nearest,
        })
    };
    bodies.filter_map(of).collect()
}

/// A phrase's colour on the map.
pub(crate) fn phrase_colour(index: usize, p: &Palette) -> Color32 {
    p.series[index % p.series.len()]
}

fn clouds_ui(painter: &Painter, map: &PhraseMap, scale: &Scale, p: &Palette) {
    painter.add(dots(&disc(painter.ctx()), map, scale, p));
    for (index, cloud) in map.map.clouds.iter().enumerate() {
        centre_ui(painter, scale.at(cloud.centre), index, p);
    }
}

/// All generated latents as one shape: a hundred phrases have thousands of dots, and thousands of shapes are more than a
/// picture has time for.
fn dots(disc: &TextureHandle, map: &PhraseMap, scale: &Scale, p: &Palette) -> Mesh {
    let count: usize = map.map.clouds.iter().map(|cloud| cloud.points.len()).sum();
    let mut dots = Mesh::with_texture(disc.id());
    dots.reserve_vertices(4 * count);
    dots.reserve_triangles(2 * count);
    let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
    // The disc fills its texture up to a rim of one texel in which it fades.
    let side = Vec2::splat(2.0 * DOT * DISC as f32 / (DISC as f32 - 2.0));
    for (index, cloud) in map.map.clouds.iter().enumerate() {
        let colour = theme::faded(phrase_colour(index, p), 0.38);
        for point in &cloud.points {
            let square = Rect::from_center_size(scale.at(*point), side);
            dots.add_rect_with_uv(square, whole, colour);
        }
    }
    dots
}

/// A white disc with a soft rim, made once for a window.
fn disc(ctx: &Context) -> TextureHandle {
    let id = Id::unique("disc of the latent map");
    if let Some(disc) = ctx.data(|data| data.get_temp::<TextureHandle>(id)) {
        return disc;
    }
    let middle = (DISC as f32 - 1.0) / 2.0;
    let covered = |texel: usize| {
        let from_middle = |at: usize| at as f32 - middle;
        let distance = from_middle(texel % DISC).hypot(from_middle(texel / DISC));
        (DISC as f32 / 2.0 - 0.5 - distance).clamp(0.0, 1.0)
    };
    let texels = (0..DISC * DISC).map(|texel| Color32::WHITE.gamma_multiply(covered(texel)));
    let image = ColorImage::new([DISC, DISC], texels.collect());
    let disc = ctx.load_texture("disc", image, TextureOptions::LINEAR);
    ctx.data_mut(|data| data.insert_temp(id, disc.clone()));
    disc
}

/// A phrase's mean; its shape tells apart what has the same colour.
fn centre_ui(painter: &Painter, at: Pos2, index: usize, p: &Palette) {
    let colour = phrase_colour(index, p);
    let edge = Stroke::new(1.2, p.text);
    match (index / p.series.len()) % 3 {
        0 => {
            painter.circle(at, 5.0, colour, edge);
        }
        1 => {
            let square = Rect::from_center_size(at, Vec2::splat(9.0));
            painter.rect(
                square,
                CornerRadius::ZERO,
                colour,
                edge,
                egui::StrokeKind::Middle,
            );
        }
        _ => {
            let corners = [(0.0, -6.5), (6.0, 4.5), (-6.0, 4.5)];
            let corners = corners.map(|(x, y)| at + Vec2::new(x, y));
            painter.add(Shape::convex_polygon(corners.to_vec(), colour, edge));
        }
    }
}

fn names_ui(
    painter: &Painter,
    map: &PhraseMap,
    performers: &[Performer],
    pointed: Option<Pointed>,
    scale: &Scale,
    p: &Palette,
) {
    let rect = painter.clip_rect().shrink(6.0);
    let all = map.labels.len() <= MOST_NAMES;
    let near = |index: usize| {
        let in_lists = performers
            .iter()
            .flat_map(|one| one.nearest.iter().take(NEAREST));
        in_lists.into_iter().any(|(other, _)| *other == index)
    };
    let mut taken: Vec<Rect> = Vec::new();
    for (index, (label, cloud)) in map.labels.iter().zip(&map.map.clouds).enumerate() {
        let is_pointed = pointed == Some(Pointed::Phrase(index));
        if !(all || is_pointed || near(index)) {
            continue;
        }
        let short: String = label.chars().take(28).collect();
        let font = FontId::new(12.0, theme::strong_family());
        let galley = painter.layout_no_wrap(short, font, p.text);
        let at = scale.at(cloud.centre);
        // Beside its phrase, or on the other side, above or below it, wherever nothing is written yet.
        let size = galley.size();
        let spots = [
            Vec2::new(13.0, -size.y / 2.0),
            Vec2::new(-13.0 - size.x, -size.y / 2.0),
            Vec2::new(-size.x / 2.0, -8.0 - size.y),
            Vec2::new(-size.x / 2.0, 8.0),
        ];
        let boxes = spots.map(|spot| Rect::from_min_size(at + spot, size));
        let free = boxes.iter().find(|one| {
            rect.contains_rect(**one) && taken.iter().all(|other| !other.intersects(**one))
        });
        let Some(place) = free.or_else(|| boxes.first().filter(|_| is_pointed)) else {
            continue;
        };
        painter.rect_filled(
            place.expand(2.0),
            CornerRadius::same(3),
            theme::faded(p.stage, 0.75),
        );
        painter.galley(place.min, galley, p.text);
        taken.push(place.expand(1.0));
    }
}

fn performer_ui(painter: &Painter, performer: &Performer, scale: &Scale, p: &Palette) {
    for pair in performer.trail.windows(2) {
        let [(from, _), (to, age)] = [pair[0], pair[1]];
        let colour = theme::faded(performer.colour, 1.0 - 0.85 * age);
        painter.line_segment(
            [scale.at(from), scale.at(to)],
            Stroke::new(3.5 - 2.0 * age, colour),
        );
    }
    if let Some((newest, _)) = performer.trail.last() {
        let at = scale.at(*newest);
        painter.circle(at, 9.0, p.stage, Stroke::new(3.0, performer.colour));
        painter.circle_filled(at, 4.0, p.text);
        let above = at - Vec2::new(0.0, 13.0);
        let font = FontId::new(12.0, theme::strong_family());
        painter.text(above, Align2::CENTER_BOTTOM, &performer.name, font, p.text);
    }
}

/// What the pointer is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pointed {
    Performer(usize),
    Phrase(usize),
}

impl Pointed {
    fn title(self, map: &PhraseMap, performers: &[Performer]) -> String {
        match self {
            Self::Performer(index) => format!("{} is nearest to", performers[index].name),
            Self::Phrase(index) => format!("{} is nearest to", map.labels[index]),
        }
    }

    fn lines(self, map: &PhraseMap, performers: &[Performer]) -> Vec<String> {
        let nearest = match self {
            Self::Performer(index) => performers[index].nearest.clone(),
            Self::Phrase(index) => {
                let others = (0..map.labels.len()).filter(|other| *other != index);
                let mut nearest: Vec<(usize, f32)> = others
                    .map(|other| (other, 1.0 - map.map.similarity(index, other)))
                    .collect();
                nearest.sort_by(|a, b| a.1.total_cmp(&b.1));
                nearest
            }
        };
        let line =
            |(index, distance): &(usize, f32)| format!("{distance:.2}  {}", map.labels[*index]);
        nearest.iter().take(NEAREST).map(line).collect()
    }
}

fn pointed_at(
    pointer: Pos2,
    map: &PhraseMap,
    performers: &[Performer],
    scale: &Scale,
) -> Option<Pointed> {
    let heads = performers.iter().enumerate().filter_map(|(index, one)| {
        let (at, _) = one.trail.last()?;
        Some((Pointed::Performer(index), scale.at(*at)))
    });
    let phrases = map.map.clouds.iter().enumerate();
    let phrases = phrases.map(|(index, cloud)| (Pointed::Phrase(index), scale.at(cloud.centre)));
    heads
        .chain(phrases)
        .map(|(what, at)| (what, at.distance(pointer)))
        .filter(|(_, distance)| *distance <= REACH)
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(what, _)| what)
}

/// In words, who is near to what: for those who cannot see the picture, too.
fn nearest_ui(ui: &mut Ui, map: &PhraseMap, performers: &[Performer]) {
    if performers.is_empty() {
        ui.label(theme::quiet(
            ui,
            "Nobody is in view, or the phrases are not in effect yet.",
        ));
    }
    for performer in performers.iter().take(3) {
        let named =
            |(index, distance): &(usize, f32)| format!("{} {distance:.2}", map.labels[*index]);
        let words: Vec<String> = performer.nearest.iter().take(3).map(named).collect();
        let text = format!("{} is nearest to {}", performer.name, words.join(", "));
        ui.add(egui::Label::new(text).truncate())
            .on_hover_text("Distances: 0 is the phrase itself, 1 has nothing in common with it");
    }
}
