//! `synse.safetensors`: a trained model on disk, checked when it is read.

use super::card::CardPart;
use super::network::{Dense, Network, Vae};
use super::part::Part;
use super::standard::Standard;
use super::synse::{Profile, Synse, TextPart};
use super::{AlignError, check_vector};
use crate::phrases::motion::SIDES;
use crate::whole_file::{self, Readers};
use crate::window::READ;
use ndarray::{Array1, Array2};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::HashMap;
use std::path::Path;

/// Says what kind of file it is.
const FORMAT: &str = "synse-align-1";

/// The same where features have a limit, which older programs do not know of.
const LIMITED: &str = "synse-align-2";

/// The same with a card part.
const CARDED: &str = "synse-align-3";

/// A safetensors file in memory, with errors that name the file and the tensor.
pub(super) struct TensorFile<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
    metadata: HashMap<String, String>,
}

impl<'a> TensorFile<'a> {
    /// Reads the header; `bytes` is the file's content.
    pub(super) fn new(path: &'a Path, bytes: &'a [u8]) -> Result<Self, AlignError> {
        let wrong = |source| AlignError::Format {
            path: path.to_owned(),
            source,
        };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(wrong)?;
        Ok(Self {
            path,
            tensors: SafeTensors::deserialize(bytes).map_err(wrong)?,
            metadata: header.metadata().clone().unwrap_or_default(),
        })
    }

    fn wrong(&self, name: &str, reason: String) -> AlignError {
        AlignError::Tensor {
            path: self.path.to_owned(),
            name: name.to_owned(),
            reason,
        }
    }

    fn wrong_metadata(&self, key: &'static str, reason: String) -> AlignError {
        AlignError::Metadata {
            path: self.path.to_owned(),
            key,
            reason,
        }
    }

    fn metadata(&self, key: &'static str) -> Result<&str, AlignError> {
        let value = self.metadata.get(key).map(String::as_str);
        value.ok_or_else(|| self.wrong_metadata(key, "missing".to_owned()))
    }

    /// A metadata string read as a positive number.
    fn number(&self, key: &'static str, text: &str) -> Result<f32, AlignError> {
        let number = text
            .trim()
            .parse::<f32>()
            .ok()
            .filter(|number| number.is_finite() && *number >= 0.0);
        number.ok_or_else(|| {
            self.wrong_metadata(key, format!("`{text}` is not a number of at least 0"))
        })
    }

    /// Shape and finite values of a tensor.
    fn values(&self, name: &str) -> Result<(Vec<usize>, Vec<f32>), AlignError> {
        let tensor = self
            .tensors
            .tensor(name)
            .map_err(|error| self.wrong(name, error.to_string()))?;
        if tensor.dtype() != Dtype::F32 {
            return Err(self.wrong(name, format!("expected F32, found {:?}", tensor.dtype())));
        }
        let read = |bytes: &[u8]| bytes.try_into().map_or(f32::NAN, f32::from_le_bytes);
        let values: Vec<f32> = tensor.data().chunks_exact(4).map(read).collect();
        match values.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(self.wrong(name, format!("value {index} is not a finite number"))),
            None => Ok((tensor.shape().to_vec(), values)),
        }
    }

    /// A matrix of any shape.
    pub(super) fn matrix(&self, name: &str) -> Result<Array2<f32>, AlignError> {
        let (shape, values) = self.values(name)?;
        let &[rows, columns] = &shape[..] else {
            return Err(self.wrong(name, format!("expected a matrix, found shape {shape:?}")));
        };
        Array2::from_shape_vec((rows, columns), values)
            .map_err(|error| self.wrong(name, error.to_string()))
    }

    /// A vector of any length.
    pub(super) fn vector(&self, name: &str) -> Result<Vec<f32>, AlignError> {
        let (shape, values) = self.values(name)?;
        match shape[..] {
            [_] => Ok(values),
            _ => Err(self.wrong(name, format!("expected a vector, found shape {shape:?}"))),
        }
    }

    /// A dense layer; its bias must fit its weight.
    pub(super) fn dense(&self, weight: &str, bias: &str) -> Result<Dense, AlignError> {
        let dense = Dense {
            weight: self.matrix(weight)?,
            bias: Array1::from(self.vector(bias)?),
        };
        self.expect(bias, "length", dense.weight.nrows(), dense.bias.len())?;
        Ok(dense)
    }

    /// An error unless a size is as expected.
    pub(super) fn expect(
        &self,
        name: &str,
        what: &str,
        expected: usize,
        got: usize,
    ) -> Result<(), AlignError> {
        if expected == got {
            return Ok(());
        }
        Err(self.wrong(name, format!("{what} {got}, expected {expected}")))
    }

    /// `NAME.encoder` and `NAME.decoder`.
    fn vae(&self, name: &str) -> Result<Vae, AlignError> {
        let dense = |side: &str| {
            let name = format!("{name}.{side}");
            self.dense(&format!("{name}.weight"), &format!("{name}.bias"))
        };
        let vae = Vae {
            encoder: dense("encoder")?,
            decoder: dense("decoder")?,
        };
        let encoder = format!("{name}.encoder.weight");
        self.expect(
            &encoder,
            "rows",
            2 * vae.latent(),
            vae.encoder.weight.nrows(),
        )?;
        self.expect(&encoder, "columns", vae.width(), vae.encoder.weight.ncols())?;
        Ok(vae)
    }

    fn standard(&self, name: &str, width: usize) -> Result<Standard, AlignError> {
        let (mean, scale) = (format!("{name}.mean"), format!("{name}.scale"));
        let standard = Standard {
            mean: self.vector(&mean)?,
            scale: self.vector(&scale)?,
            limit: f32::INFINITY,
        };
        self.expect(&mean, "length", width, standard.mean.len())?;
        self.expect(&scale, "length", width, standard.scale.len())?;
        match standard.scale.iter().position(|&scale| scale <= 0.0) {
            Some(index) => Err(self.wrong(&scale, format!("value {index} is not above 0"))),
            None => Ok(standard),
        }
    }

    fn text_part(&self, part: Part, weight: f32, vae: &Vae) -> Result<TextPart, AlignError> {
        let name = part.name();
        let placeholder = format!("{name}.placeholder");
        let text = TextPart {
            part,
            weight,
            standard: self.standard(name, vae.width())?,
            placeholder: self.vector(&placeholder)?,
        };
        self.expect(&placeholder, "length", vae.width(), text.placeholder.len())?;
        Ok(text)
    }

    fn parts(&self) -> Result<Vec<(Part, f32)>, AlignError> {
        let names: Vec<&str> = self.metadata("parts")?.split(',').collect();
        let weights: Vec<&str> = self.metadata("weights")?.split(',').collect();
        if names.len() != weights.len() {
            let reason = format!("{} weights for {} parts", weights.len(), names.len());
            return Err(self.wrong_metadata("weights", reason));
        }
        let read = |(name, weight): (&&str, &&str)| {
            let unknown = || self.wrong_metadata("parts", format!("no part is called `{name}`"));
            let part = Part::from_name(name.trim()).ok_or_else(unknown)?;
            Ok((part, self.number("weights", weight)?))
        };
        names.iter().zip(&weights).map(read).collect()
    }

    /// The card part of a file that has one.
    fn card(&self) -> Result<Option<CardPart>, AlignError> {
        if self.metadata("format")? != CARDED {
            return Ok(None);
        }
        let name = Part::Card.name();
        let size = SIDES.start;
        let card = CardPart {
            weight: self.number("card_weight", self.metadata("card_weight")?)?,
            standard: self.standard(name, size)?,
            map: self.dense("card.map.weight", "card.map.bias")?,
            deviation: self.vector("card.deviation")?,
        };
        self.expect("card.map.weight", "rows", size, card.map.weight.nrows())?;
        self.expect("card.map.weight", "columns", size, card.map.weight.ncols())?;
        self.expect("card.deviation", "length", size, card.deviation.len())?;
        Ok(Some(card))
    }

    fn synse(&self) -> Result<Synse, AlignError> {
        let format = self.metadata("format")?;
        let limit = match format {
            FORMAT => f32::INFINITY,
            CARDED if !self.metadata.contains_key("limit") => f32::INFINITY,
            LIMITED | CARDED => self.number("limit", self.metadata("limit")?)?,
            _ => {
                let reason =
                    format!("expected `{FORMAT}`, `{LIMITED}` or `{CARDED}`, found `{format}`");
                return Err(self.wrong_metadata("format", reason));
            }
        };
        if limit <= 0.0 {
            return Err(self.wrong_metadata("limit", "must be above 0".to_owned()));
        }
        let profile = self.metadata("profile")?;
        let unknown = || {
            self.wrong_metadata(
                "profile",
                format!("expected `ours` or `reference`, found `{profile}`"),
            )
        };
        let profile = Profile::from_name(profile).ok_or_else(unknown)?;
        let temperature = self.number("temperature", self.metadata("temperature")?)?;
        if temperature <= 0.0 {
            return Err(self.wrong_metadata("temperature", "must be above 0".to_owned()));
        }
        let visual = self.vae("visual")?;
        let card = self.card()?;
        if card.is_some() && visual.width() < READ.len() {
            let reason = format!("{} values have no card at their end", visual.width());
            return Err(self.wrong("visual.decoder.weight", reason));
        }
        let standard = self.standard("visual", visual.width())?.within(limit);
        let (mut parts, mut texts) = (Vec::new(), Vec::new());
        for (part, weight) in self.parts()? {
            let vae = self.vae(part.name())?;
            parts.push(self.text_part(part, weight, &vae)?);
            texts.push(vae);
        }
        let latent = texts.iter().map(Vae::latent).sum();
        self.expect("visual.decoder.weight", "columns", latent, visual.latent())?;
        Ok(Synse {
            profile,
            temperature,
            standard,
            parts,
            card,
            network: Network { visual, texts },
        })
    }
}

impl Synse {
    /// Reads a model file and checks every tensor in it.
    pub fn load(path: &Path) -> Result<Self, AlignError> {
        TensorFile::new(path, &read(path)?)?.synse()
    }

    /// Writes the model to a file, whole or not at all. A model with values that are not finite is refused.
    pub fn save(&self, path: &Path) -> Result<(), AlignError> {
        let mut tensors = Vec::new();
        add_vae(&mut tensors, "visual", &self.network.visual);
        add_standard(&mut tensors, "visual", &self.standard);
        for (text, vae) in self.parts.iter().zip(&self.network.texts) {
            let name = text.part.name();
            add_vae(&mut tensors, name, vae);
            add_standard(&mut tensors, name, &text.standard);
            tensors.push((
                format!("{name}.placeholder"),
                vec![text.placeholder.len()],
                text.placeholder.clone(),
            ));
        }
        if let Some(card) = &self.card {
            add_standard(&mut tensors, Part::Card.name(), &card.standard);
            add_dense(&mut tensors, "card.map", &card.map);
            let deviation = card.deviation.clone();
            tensors.push((
                "card.deviation".to_owned(),
                vec![deviation.len()],
                deviation,
            ));
        }
        for (name, _, values) in &tensors {
            check_vector(|| format!("tensor `{name}`"), values, values.len())?;
        }
        write(path, &tensors, self.metadata())
    }

    fn metadata(&self) -> HashMap<String, String> {
        let list = |each: fn(&TextPart) -> String| {
            self.parts.iter().map(each).collect::<Vec<_>>().join(",")
        };
        let limit = self.standard.limit;
        let card = self.card.as_ref();
        let format = match (card, limit.is_finite()) {
            (Some(_), _) => CARDED,
            (None, true) => LIMITED,
            (None, false) => FORMAT,
        };
        let limited = limit
            .is_finite()
            .then(|| ("limit".to_owned(), limit.to_string()));
        let card = card.map(|card| ("card_weight".to_owned(), card.weight.to_string()));
        let always = [
            ("format", format.to_owned()),
            ("profile", self.profile.name().to_owned()),
            ("temperature", self.temperature.to_string()),
            ("parts", list(|text| text.part.name().to_owned())),
            ("weights", list(|text| text.weight.to_string())),
            ("feature_width", self.network.visual.width().to_string()),
            ("latent", self.network.visual.latent().to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value));
        always.into_iter().chain(limited).chain(card).collect()
    }
}

/// The bytes of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, AlignError> {
    std::fs::read(path).map_err(|source| AlignError::File {
        path: path.to_owned(),
        source,
    })
}

/// Name, shape and values.
type Named = (String, Vec<usize>, Vec<f32>);

fn add_vae(tensors: &mut Vec<Named>, name: &str, vae: &Vae) {
    for (side, dense) in [("encoder", &vae.encoder), ("decoder", &vae.decoder)] {
        add_dense(tensors, &format!("{name}.{side}"), dense);
    }
}

fn add_dense(tensors: &mut Vec<Named>, name: &str, dense: &Dense) {
    let weight = dense.weight.iter().copied().collect();
    tensors.push((
        format!("{name}.weight"),
        dense.weight.shape().to_vec(),
        weight,
    ));
    tensors.push((
        format!("{name}.bias"),
        vec![dense.bias.len()],
        dense.bias.to_vec(),
    ));
}

fn add_standard(tensors: &mut Vec<Named>, name: &str, standard: &Standard) {
    for (what, values) in [("mean", &standard.mean), ("scale", &standard.scale)] {
        tensors.push((format!("{name}.{what}"), vec![values.len()], values.clone()));
    }
}

/// Writes beside the target and then renames, so that a stop half-way leaves the old file.
fn write(
    path: &Path,
    tensors: &[Named],
    metadata: HashMap<String, String>,
) -> Result<(), AlignError> {
    let wrong = |source| AlignError::Format {
        path: path.to_owned(),
        source,
    };
    let bytes = |values: &Vec<f32>| {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect::<Vec<_>>()
    };
    let bytes: Vec<_> = tensors.iter().map(|(_, _, values)| bytes(values)).collect();
    let mut views = Vec::with_capacity(tensors.len());
    for ((name, shape, _), bytes) in tensors.iter().zip(&bytes) {
        views.push((
            name,
            TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(wrong)?,
        ));
    }
    let content = safetensors::serialize(views, Some(metadata)).map_err(wrong)?;
    let failed = |source| AlignError::File {
        path: path.to_owned(),
        source,
    };
    whole_file::write(path, content, Readers::Everybody).map_err(failed)
}
