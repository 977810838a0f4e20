//! Weights under the names that the authors' release gives them.

use super::AlignError;
use super::network::{Dense, Network, Vae};
use super::tensor_file::{TensorFile, read};
use std::path::Path;

/// Reads the six networks of a release from one safetensors file: `se` and `sd` (skeleton), `tne` and `tnd`
/// (noun), `tve` and `tvd` (verb), each as PyTorch's state dictionary names it.
pub fn network_from_release(path: &Path) -> Result<Network, AlignError> {
    let bytes = read(path)?;
    network_of(&TensorFile::new(path, &bytes)?)
}

/// The six networks under the release's names.
pub(super) fn network_of(file: &TensorFile<'_>) -> Result<Network, AlignError> {
    let network = Network {
        visual: vae(file, "se", "sd")?,
        texts: vec![vae(file, "tne", "tnd")?, vae(file, "tve", "tvd")?],
    };
    let latent = network.texts.iter().map(Vae::latent).sum();
    file.expect(
        "sd.model.0.weight",
        "columns",
        latent,
        network.visual.latent(),
    )?;
    Ok(network)
}

/// Reads the four networks of CADA-VAE in a release: `se` and `sd` (skeleton), `te` and `td` (text).
pub fn cada_vae_from_release(path: &Path) -> Result<Network, AlignError> {
    let bytes = read(path)?;
    let file = TensorFile::new(path, &bytes)?;
    let network = Network {
        visual: vae(&file, "se", "sd")?,
        texts: vec![vae(&file, "te", "td")?],
    };
    let latent = network.texts[0].latent();
    file.expect(
        "sd.model.0.weight",
        "columns",
        latent,
        network.visual.latent(),
    )?;
    Ok(network)
}

/// Reads one layer of a release by its name there, such as `visae.encoder.0`.
pub fn layer_from_release(path: &Path, name: &str) -> Result<Dense, AlignError> {
    let bytes = read(path)?;
    TensorFile::new(path, &bytes)?.dense(&format!("{name}.weight"), &format!("{name}.bias"))
}

/// Reads a classifier of a release: `model.0`.
pub fn classifier_from_release(path: &Path) -> Result<Dense, AlignError> {
    let bytes = read(path)?;
    classifier_of(&TensorFile::new(path, &bytes)?)
}

/// The classifier under the release's name.
pub(super) fn classifier_of(file: &TensorFile<'_>) -> Result<Dense, AlignError> {
    file.dense("model.0.weight", "model.0.bias")
}

/// The release keeps means and logarithms of variances as two layers; here they are one matrix.
fn vae(file: &TensorFile<'_>, encoder: &str, decoder: &str) -> Result<Vae, AlignError> {
    let layer = |name: &str| {
        file.dense(
            &format!("{encoder}.{name}.0.weight"),
            &format!("{encoder}.{name}.0.bias"),
        )
    };
    let (mean, log_variance) = (layer("mu_transformation")?, layer("logvar_transformation")?);
    let weight = format!("{encoder}.logvar_transformation.0.weight");
    file.expect(
        &weight,
        "rows",
        mean.weight.nrows(),
        log_variance.weight.nrows(),
    )?;
    file.expect(
        &weight,
        "columns",
        mean.weight.ncols(),
        log_variance.weight.ncols(),
    )?;
    let name = format!("{decoder}.model.0.weight");
    let decoder = file.dense(&name, &format!("{decoder}.model.0.bias"))?;
    file.expect(
        &name,
        "columns",
        mean.weight.nrows(),
        decoder.weight.ncols(),
    )?;
    file.expect(&name, "rows", mean.weight.ncols(), decoder.weight.nrows())?;
    Ok(Vae {
        encoder: mean.followed_by(&log_variance),
        decoder,
    })
}
