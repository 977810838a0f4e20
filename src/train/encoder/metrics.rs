//! What an encoder's training reports: `metrics.csv`, and `metrics.html` to look at.

use super::stream::EpochReport;
use super::{EncoderTraining, TrainError};
use crate::encoder::stream_name;
use crate::whole_file::{self, Readers};
use crate::window::clip::Stream;
use plotters::prelude::{
    ChartBuilder, Color as _, IntoDrawingArea as _, IntoFont as _, LineSeries, PathElement,
    RGBColor, SVGBackend, SeriesLabelPosition, WHITE,
};
use plotters::style::{FontStyle, register_font};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The run folder's table: a row per epoch and stream.
const TABLE: &str = "metrics.csv";
/// The run folder's picture of it.
const PICTURE: &str = "metrics.html";
/// Size of the picture in pixels: losses on the left, accuracies on the right.
const SIZE: (u32, u32) = (1_100, 460);
/// What text is measured with (SIL Open Font License, `assets/ui/Inter-LICENSE.txt`).
static FONT: &[u8] = include_bytes!("../../../assets/ui/Inter-Regular.otf");
/// One colour per stream and one for all together, told apart by colour-blind people too (Okabe and Ito, 2008).
const COLOURS: [RGBColor; 5] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(0, 0, 0),
];

/// One line of the table.
#[derive(Clone, Debug, Deserialize)]
struct Row {
    epoch: usize,
    stream: String,
    loss: f32,
    train_accuracy: f32,
    test_accuracy: Option<f32>,
    fused_accuracy: Option<f32>,
}

/// A line of a chart: its name, its colour and its points (epoch, value).
type Line = (String, RGBColor, Vec<(f32, f32)>);

/// The table's first line.
const COLUMNS: &str =
    "epoch,stream,loss,class_loss,feature_loss,train_accuracy,test_accuracy,fused_accuracy,seconds";

/// Takes what a run that goes on after this epoch tells again out of the table, and gives the last epoch that it need not tell:
/// this one, or where its rows are missing and streams `can_tell` of it, the one before.
pub(super) fn keep_until(folder: &Path, epoch: usize, can_tell: bool) -> Result<usize, TrainError> {
    let rows = read(folder)?;
    let of_last = rows.iter().filter(|row| epoch_of(row) == Some(epoch));
    let is_told = of_last.count() == Stream::ALL.len() || !can_tell;
    let told = if is_told {
        epoch
    } else {
        epoch.saturating_sub(1)
    };
    let kept = rows.iter().filter(|row| epoch_of(row) <= Some(told));
    let kept: Vec<String> = kept.cloned().collect();
    if kept != rows {
        put(folder, &kept)?;
    }
    Ok(told)
}

fn epoch_of(row: &str) -> Option<usize> {
    row.split(',').next()?.parse().ok()
}

/// The whole rows of the table; none where there is none yet. What was torn or is no row is passed over: a table is no reason
/// to stop a training.
fn read(folder: &Path) -> Result<Vec<String>, TrainError> {
    let file = folder.join(TABLE);
    let bytes = match fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(TrainError::File { file, source }),
    };
    let text = String::from_utf8_lossy(&bytes);
    let fields = COLUMNS.split(',').count();
    let is_row = |row: &&str| epoch_of(row).is_some() && row.split(',').count() == fields;
    Ok(text.lines().filter(is_row).map(str::to_owned).collect())
}

/// Writes the table in full or not at all.
fn put(folder: &Path, rows: &[String]) -> Result<(), TrainError> {
    let file = folder.join(TABLE);
    let text = format!("{COLUMNS}\n{}\n", rows.join("\n"));
    whole_file::write(&file, text, Readers::Everybody)
        .map_err(|source| TrainError::File { file, source })
}

/// Adds an epoch to the table and draws the picture anew; `tested` is the fused accuracy and each stream's.
pub(super) fn write(
    config: &EncoderTraining,
    epoch: usize,
    reports: &[EpochReport],
    tested: Option<(f32, [f32; 4])>,
    seconds: f32,
) -> Result<(), TrainError> {
    let mut rows = read(&config.out)?;
    for (index, (report, stream)) in reports.iter().zip(Stream::ALL).enumerate() {
        let shown = |value: f32| format!("{value:.4}");
        rows.push(format!(
            "{epoch},{},{},{},{},{},{},{},{seconds:.1}",
            stream_name(stream),
            shown(report.loss),
            shown(report.class_loss),
            shown(report.feature_loss),
            shown(report.accuracy),
            tested
                .map(|tested| shown(tested.1[index]))
                .unwrap_or_default(),
            tested.map(|tested| shown(tested.0)).unwrap_or_default(),
        ));
    }
    put(&config.out, &rows)?;
    // A picture that cannot be drawn is no reason to stop a training.
    if let Err(reason) = draw(&config.out) {
        tracing::warn!("cannot draw {PICTURE}: {reason}");
    }
    Ok(())
}

/// Draws the table of a run folder; in one of an older version an epoch may stand twice, and the later one counts.
fn draw(folder: &Path) -> Result<(), String> {
    let table = folder.join(TABLE);
    let mut reader = csv::Reader::from_path(&table).map_err(|error| error.to_string())?;
    let mut rows = BTreeMap::new();
    for row in reader.deserialize::<Row>() {
        let row = row.map_err(|error| format!("{}: {error}", table.display()))?;
        rows.insert((row.stream.clone(), row.epoch), row);
    }
    let mut svg = String::new();
    chart(&mut svg, &rows).map_err(|error| error.to_string())?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let page = format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>Training of the encoder, {name}</title>\n{svg}\n\
         <p>Dashed: clips of test subjects. The numbers stand in {TABLE}.</p>\n"
    );
    whole_file::write(&folder.join(PICTURE), page, Readers::Everybody)
        .map_err(|error| error.to_string())
}

fn chart(
    svg: &mut String,
    rows: &BTreeMap<(String, usize), Row>,
) -> Result<(), Box<dyn std::error::Error>> {
    register_font("sans-serif", FontStyle::Normal, FONT)
        .map_err(|_invalid| "the program's own font cannot be read")?;
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let halves = area.split_evenly((1, 2));
    let mut losses: Vec<Line> = Vec::new();
    let mut accuracies: Vec<Line> = Vec::new();
    for (stream, colour) in Stream::ALL.into_iter().zip(COLOURS) {
        let name = stream_name(stream);
        let of = |value: fn(&Row) -> Option<f32>| {
            let mine = rows.values().filter(|row| row.stream == name);
            mine.filter_map(|row| Some((row.epoch as f32, value(row)?)))
                .collect()
        };
        losses.push((name.replace('_', " "), colour, of(|row| Some(row.loss))));
        accuracies.push((String::new(), colour, of(|row| Some(row.train_accuracy))));
        accuracies.push((DASHED.to_owned(), colour, of(|row| row.test_accuracy)));
    }
    let fused = rows
        .values()
        .filter(|row| row.stream == stream_name(Stream::Joint))
        .filter_map(|row| Some((row.epoch as f32, row.fused_accuracy?)))
        .collect();
    accuracies.push(("all four, test subjects".to_owned(), COLOURS[4], fused));
    panel(&halves[0], "loss", None, &losses)?;
    panel(&halves[1], "accuracy", Some(1.0), &accuracies)?;
    area.present()?;
    Ok(())
}

/// The name of a line that is dashed and not in the legend.
const DASHED: &str = "--";

fn panel(
    area: &plotters::drawing::DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    title: &str,
    top: Option<f32>,
    lines: &[Line],
) -> Result<(), Box<dyn std::error::Error>> {
    let points = || lines.iter().flat_map(|line| line.2.iter());
    let last = points().map(|point| point.0).fold(1.0, f32::max);
    let highest = points().map(|point| point.1).fold(0.0, f32::max);
    let highest = top.unwrap_or(1.05 * highest.max(1e-3));
    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 18).into_font())
        .margin(12)
        .x_label_area_size(32)
        .y_label_area_size(44)
        .build_cartesian_2d(0.0..last, 0.0..highest)?;
    chart.configure_mesh().x_desc("epoch").draw()?;
    for (name, colour, points) in lines {
        let style = colour.stroke_width(2);
        if name == DASHED {
            let dashes = points.windows(2).map(|pair| {
                let middle = (0.5 * (pair[0].0 + pair[1].0), 0.5 * (pair[0].1 + pair[1].1));
                PathElement::new(vec![pair[0], middle], style)
            });
            chart.draw_series(dashes)?;
            continue;
        }
        let series = chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
        if !name.is_empty() {
            let colour = *colour;
            series.label(name).legend(move |(x, y)| {
                PathElement::new(vec![(x, y), (x + 18, y)], colour.stroke_width(2))
            });
        }
    }
    chart
        .configure_series_labels()
        .position(if top.is_some() {
            SeriesLabelPosition::LowerRight
        } else {
            SeriesLabelPosition::UpperRight
        })
        .background_style(WHITE.mix(0.8))
        .border_style(RGBColor(200, 200, 200))
        .draw()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{PICTURE, TABLE, draw};

    #[test]
    fn a_table_becomes_a_page_and_a_broken_one_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let head = "epoch,stream,loss,class_loss,feature_loss,train_accuracy,test_accuracy,fused_accuracy,seconds\n";
        let rows = "1,joint,2.5,2.5,0,0.3,,,9\n1,bone,2.4,2.4,0,0.3,,,9\n2,joint,1.5,1.5,0,0.6,0.5,0.7,20\n\
                    2,joint,1.25,1.25,0,0.6,0.5,0.7,20\n";
        std::fs::write(folder.path().join(TABLE), format!("{head}{rows}")).unwrap();
        draw(folder.path()).unwrap();
        let page = std::fs::read_to_string(folder.path().join(PICTURE)).unwrap();
        for told in ["<svg", "loss", "accuracy", "joint", "epoch", "</svg>"] {
            assert!(page.contains(told), "{told}");
        }
        std::fs::write(folder.path().join(TABLE), format!("{head}1,joint,much\n")).unwrap();
        let error = draw(folder.path()).unwrap_err();
        assert!(error.contains(TABLE), "{error}");
    }
}
