//! `synse.safetensors`: a trained model on disk, checked when it is read.

use super::bilinear::BilinearPart;
use super::card::CardPart;
use super::network::{Network, Vae};
use super::part::Part;
use super::synse::{Profile, Synse, TextPart};
use super::tensor_file::{TensorFile, add_dense, add_standard, add_vae, add_vector, read, write};
use super::{AlignError, check_vector};
use crate::phrases::motion::SIDES;
use crate::window::READ;
use std::collections::HashMap;
use std::path::Path;

/// Says what kind of file it is.
const FORMAT: &str = "synse-align-1";

/// The same where features have a limit, which older programs do not know of.
const LIMITED: &str = "synse-align-2";

/// The same with a card part.
const CARDED: &str = "synse-align-3";

/// The same with a bilinear part, and a card part where it has one.
const BILINEAR: &str = "synse-align-4";

impl TensorFile<'_> {
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
        match self.metadata("format")? {
            CARDED => {}
            BILINEAR if self.has("card.map.weight") => {}
            _ => return Ok(None),
        }
        let name = Part::Card.name();
        let size = SIDES.start;
        let card = CardPart {
            weight: self.number("card_weight", self.metadata("card_weight")?)?,
            standard: self.standard(name, size)?,
            map: self.dense("card.map.weight", "card.map.bias")?,
            deviation: self.deviation("card.deviation")?,
        };
        self.expect("card.map.weight", "rows", size, card.map.weight.nrows())?;
        self.expect("card.map.weight", "columns", size, card.map.weight.ncols())?;
        self.expect("card.deviation", "length", size, card.deviation.len())?;
        Ok(Some(card))
    }

    /// The bilinear part of a file that has one, for features and texts of these widths.
    fn bilinear(&self, width: usize, text: usize) -> Result<Option<BilinearPart>, AlignError> {
        if self.metadata("format")? != BILINEAR {
            return Ok(None);
        }
        let [visual, texts] = ["bilinear.visual", "bilinear.text"].map(|name| {
            let weight = format!("{name}.weight");
            let dense = self.dense(&weight, &format!("{name}.bias"));
            (weight, dense)
        });
        let bilinear = BilinearPart {
            weight: self.number("bilinear_weight", self.metadata("bilinear_weight")?)?,
            visual: visual.1?,
            text: texts.1?,
            deviation: self.deviation("bilinear.deviation")?,
        };
        let size = bilinear.size();
        for (name, dense, width) in [
            (visual.0, &bilinear.visual, width),
            (texts.0, &bilinear.text, text),
        ] {
            self.expect(&name, "rows", size, dense.weight.nrows())?;
            self.expect(&name, "columns", width, dense.weight.ncols())?;
        }
        Ok(Some(bilinear))
    }

    /// Deviations, of which there are some and each is above 0.
    fn deviation(&self, name: &str) -> Result<Vec<f32>, AlignError> {
        let deviation = self.above_zero(name)?;
        if deviation.is_empty() {
            return Err(self.wrong(name, "expected at least one value, found none".to_owned()));
        }
        Ok(deviation)
    }

    fn synse(&self) -> Result<Synse, AlignError> {
        let format = self.metadata("format")?;
        let limit = match format {
            FORMAT => f32::INFINITY,
            CARDED | BILINEAR if !self.says("limit") => f32::INFINITY,
            LIMITED | CARDED | BILINEAR => self.number("limit", self.metadata("limit")?)?,
            _ => {
                let reason = format!(
                    "expected `{FORMAT}`, `{LIMITED}`, `{CARDED}` or `{BILINEAR}`, found `{format}`"
                );
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
        let said = texts.iter().map(Vae::width).sum();
        let bilinear = self.bilinear(visual.width(), said)?;
        Ok(Synse {
            profile,
            temperature,
            standard,
            parts,
            bilinear,
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
            let placeholder = format!("{name}.placeholder");
            add_vector(&mut tensors, &placeholder, &text.placeholder);
        }
        if let Some(bilinear) = &self.bilinear {
            add_dense(&mut tensors, "bilinear.visual", &bilinear.visual);
            add_dense(&mut tensors, "bilinear.text", &bilinear.text);
            add_vector(&mut tensors, "bilinear.deviation", &bilinear.deviation);
        }
        if let Some(card) = &self.card {
            add_standard(&mut tensors, Part::Card.name(), &card.standard);
            add_dense(&mut tensors, "card.map", &card.map);
            add_vector(&mut tensors, "card.deviation", &card.deviation);
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
        let (bilinear, card) = (self.bilinear.as_ref(), self.card.as_ref());
        let format = match (bilinear, card) {
            (Some(_), _) => BILINEAR,
            (None, Some(_)) => CARDED,
            (None, None) if limit.is_finite() => LIMITED,
            (None, None) => FORMAT,
        };
        let limited = limit
            .is_finite()
            .then(|| ("limit".to_owned(), limit.to_string()));
        let weights = [
            bilinear.map(|bilinear| ("bilinear_weight", bilinear.weight)),
            card.map(|card| ("card_weight", card.weight)),
        ];
        let weights = (weights.into_iter().flatten())
            .map(|(key, weight)| (key.to_owned(), weight.to_string()));
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
        always.into_iter().chain(limited).chain(weights).collect()
    }
}
