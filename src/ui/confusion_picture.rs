//! The matrix of confusions as a picture: one drawing, written as SVG or as PNG.

use crate::evaluate::Confusion;
use crate::ui::theme;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea as _};
use plotters::prelude::{
    BitMapBackend, Color as _, DrawingBackend, FontTransform, IntoFont as _, RGBColor, Rectangle,
    SVGBackend, Text, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};

/// A cell's width and height, the size of text, and the space between things, pixels of the SVG.
const CELL: i32 = 34;
const TEXT: i32 = 15;
const SPACE: i32 = 10;

/// The PNG has so many pixels for each of the SVG, so that it is sharp in print.
const FINER: i32 = 2;

/// The longest side of a PNG, pixels: what every program still opens.
const LONGEST: u32 = 16_000;

/// The colour of a cell in which everything of its row stands: blue, as colour-blind people tell it from white.
const FULL: RGBColor = RGBColor(0, 114, 178);
const PAPER: RGBColor = RGBColor(255, 255, 255);
const INK: RGBColor = RGBColor(34, 34, 34);
const LINE: RGBColor = RGBColor(204, 204, 204);

/// Where everything stands on the picture, pixels.
struct Plan {
    unit: i32,
    left: i32,
    top: i32,
    width: u32,
    height: u32,
}

/// A count or a length as plotters has them; what is longer than any picture is cut.
fn whole(count: usize) -> i32 {
    i32::try_from(count.min(4 * LONGEST as usize)).unwrap_or_default()
}

impl Plan {
    fn of(table: &Confusion, unit: i32) -> Result<Self, String> {
        register_font("sans-serif", FontStyle::Normal, theme::REGULAR)
            .map_err(|_invalid| "the program's own font cannot be read".to_owned())?;
        let font = ("sans-serif", TEXT * unit).into_font();
        let width_of = |text: &String| {
            font.box_size(text)
                .map_or(0, |(width, _)| whole(width as usize))
        };
        let widest = |texts: &[String]| texts.iter().map(width_of).max().unwrap_or(0);
        let left = widest(&table.labels) + 2 * SPACE * unit;
        let top = widest(&table.answers) + 2 * SPACE * unit;
        let columns = whole(table.answers.len()) * CELL * unit;
        let rows = whole(table.labels.len()) * CELL * unit;
        Ok(Self {
            unit,
            left,
            top,
            width: (left + columns + 90 * unit) as u32,
            height: (top + rows + 34 * unit) as u32,
        })
    }

    /// The upper left corner of a cell.
    fn corner(&self, row: usize, column: usize) -> (i32, i32) {
        let cell = CELL * self.unit;
        (
            self.left + whole(column) * cell,
            self.top + whole(row) * cell,
        )
    }
}

impl Confusion {
    /// The matrix as an SVG.
    pub fn svg(&self) -> Result<String, String> {
        let plan = Plan::of(self, 1)?;
        let mut out = String::new();
        let area = SVGBackend::with_string(&mut out, (plan.width, plan.height)).into_drawing_area();
        draw(self, &plan, &area)?;
        drop(area);
        Ok(out)
    }

    /// The same as a PNG.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        let plan = Plan::of(self, FINER)?;
        let (width, height) = (plan.width, plan.height);
        if width.max(height) > LONGEST {
            return Err(format!(
                "a picture of {width} x {height} pixels is too large; the table and the SVG are not"
            ));
        }
        let mut pixels = vec![0; 3 * width as usize * height as usize];
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        draw(self, &plan, &area)?;
        drop(area);
        let told = |error: png::EncodingError| error.to_string();
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(told)?;
        writer.write_image_data(&pixels).map_err(told)?;
        writer.finish().map_err(told)?;
        Ok(bytes)
    }
}

fn draw<B: DrawingBackend>(
    table: &Confusion,
    plan: &Plan,
    area: &DrawingArea<B, Shift>,
) -> Result<(), String> {
    let unit = plan.unit;
    let font = ("sans-serif", TEXT * unit).into_font();
    let style = |h_pos, v_pos, ink: &'static RGBColor| {
        TextStyle::from(font.clone())
            .color(ink)
            .pos(Pos::new(h_pos, v_pos))
    };
    let middle = CELL * unit / 2;
    let told = |error: plotters::drawing::DrawingAreaErrorKind<B::ErrorType>| error.to_string();
    area.fill(&PAPER).map_err(told)?;
    let upright = style(HPos::Left, VPos::Center, &INK).transform(FontTransform::Rotate270);
    for (column, answer) in table.answers.iter().enumerate() {
        let (x, y) = plan.corner(0, column);
        let at = (x + middle, y - SPACE * unit);
        area.draw(&Text::new(answer.as_str(), at, upright.clone()))
            .map_err(told)?;
    }
    for (row, label) in table.labels.iter().enumerate() {
        let (right, all) = table.right(row);
        let (x, y) = plan.corner(row, 0);
        let named = style(HPos::Right, VPos::Center, &INK);
        let at = (x - SPACE * unit, y + middle);
        area.draw(&Text::new(label.as_str(), at, named))
            .map_err(told)?;
        for (column, count) in table.counts.iter().skip(row).take(1).flatten().enumerate() {
            let share = f64::from(*count) / f64::from(all.max(1));
            let (x, y) = plan.corner(row, column);
            let cell = [(x, y), (x + CELL * unit, y + CELL * unit)];
            area.draw(&Rectangle::new(cell, FULL.mix(share).filled()))
                .map_err(told)?;
            area.draw(&Rectangle::new(cell, LINE.stroke_width(1)))
                .map_err(told)?;
            let ink = if share > 0.55 { &PAPER } else { &INK };
            let at = (x + middle, y + middle);
            let number = style(HPos::Center, VPos::Center, ink);
            area.draw(&Text::new(count.to_string(), at, number))
                .map_err(told)?;
        }
        let (x, y) = plan.corner(row, table.answers.len());
        let at = (x + SPACE * unit, y + middle);
        let share = style(HPos::Left, VPos::Center, &INK);
        area.draw(&Text::new(format!("{right} of {all}"), at, share))
            .map_err(told)?;
    }
    let mean = format!("mean {:.0} %", table.accuracy() * 100.0);
    let at = (SPACE * unit, whole(plan.height as usize) - SPACE * unit);
    let below = style(HPos::Left, VPos::Bottom, &INK);
    area.draw(&Text::new(mean, at, below)).map_err(told)?;
    area.present().map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Confusion {
        Confusion {
            labels: vec!["wave <hand>".to_owned(), "kick & run".to_owned()],
            answers: vec![
                "wave <hand>".to_owned(),
                "kick & run".to_owned(),
                "throw".to_owned(),
            ],
            counts: vec![vec![3, 0, 1], vec![0, 4, 0]],
            problems: Vec::new(),
        }
    }

    #[test]
    fn the_svg_holds_labels_counts_and_shares() {
        let svg = table().svg().unwrap();
        for told in [
            "wave &lt;hand&gt;",
            "kick &amp; run",
            "3 of 4",
            "mean 88 %",
            "rotate",
            "</svg>",
        ] {
            assert!(svg.contains(told), "{told}: {svg}");
        }
        assert!(Confusion::default().svg().unwrap().contains("</svg>"));
    }

    #[test]
    fn the_png_shows_the_same() {
        let bytes = table().png().unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(&bytes));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let plan = Plan::of(&table(), FINER).unwrap();
        assert_eq!((info.width, info.height), (plan.width, plan.height));
        let at = |row: usize, column: usize| {
            let (x, y) = plan.corner(row, column);
            // A corner of the cell, where no number stands.
            let place = 3 * ((y as usize + 8) * info.width as usize + x as usize + 8);
            [pixels[place], pixels[place + 1], pixels[place + 2]]
        };
        assert_eq!((at(0, 1), at(1, 1)), ([255; 3], [0, 114, 178]));
        let [red, _, blue] = at(0, 0);
        assert!(red < 100 && blue > 180, "{red} {blue}");
        // Words are drawn: there is ink left of the first cell.
        let label = pixels
            .chunks_exact(3 * info.width as usize)
            .skip(plan.top as usize)
            .take(60)
            .any(|line| line[..3 * plan.left as usize - 30].iter().any(|v| *v < 90));
        assert!(label);
    }
}
