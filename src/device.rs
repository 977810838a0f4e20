//! The one place that makes a burn device: the GPU by name or index, or the CPU.

use burn::tensor::{Device, DeviceKind, DeviceType};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use thiserror::Error;

/// Where the models run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The first real GPU where that is faster, otherwise the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The n-th real GPU, counted as [`adapters`] lists them.
    Gpu(usize),
    /// The first adapter whose name contains this, in any case of letters.
    Named(String),
    /// Vulkan on the CPU (lavapipe, llvmpipe, WARP): slow, and only ever used when asked for.
    Software,
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let text = text.trim();
        match text.to_ascii_lowercase().as_str() {
            "" => Err(DeviceError::Choice(text.into())),
            "auto" => Ok(Self::Auto),
            "cpu" | "flex" => Ok(Self::Cpu),
            "gpu" => Ok(Self::Gpu(0)),
            "software" => Ok(Self::Software),
            _ => match text.split_once(':') {
                Some((kind, rest)) if kind.eq_ignore_ascii_case("gpu") => match rest.trim() {
                    "" => Err(DeviceError::Choice(text.into())),
                    rest => Ok(rest
                        .parse()
                        .map_or_else(|_| Self::Named(rest.into()), Self::Gpu)),
                },
                _ => Err(DeviceError::Choice(text.into())),
            },
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => out.write_str("auto"),
            Self::Cpu => out.write_str("cpu"),
            Self::Gpu(index) => write!(out, "gpu:{index}"),
            Self::Named(name) => write!(out, "gpu:{name}"),
            Self::Software => out.write_str("software"),
        }
    }
}

/// Why there is no such device.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DeviceError {
    /// The choice cannot be read.
    #[error("unknown device `{0}`: expected auto, cpu, gpu, gpu:INDEX, gpu:NAME or software")]
    Choice(String),
    /// No such GPU.
    #[error("no GPU {wanted}: this machine has {present}; `--device cpu` always works")]
    Missing {
        /// What was asked for.
        wanted: String,
        /// What there is.
        present: String,
    },
    /// The driver refuses.
    #[error("the GPU {0} does not start: its driver gave an error; `--device cpu` always works")]
    Broken(String),
}

/// A graphics adapter that burn can reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// What kind it is, in words.
    pub kind: &'static str,
    /// Whether it is the CPU in disguise.
    pub software: bool,
    device: Device,
}

impl Adapter {
    /// The adapter's name as its driver tells it. Opens the device, which a software rasteriser takes seconds for.
    pub fn name(&self) -> Result<String, DeviceError> {
        let failed = || DeviceError::Broken(self.kind.into());
        catch_unwind(AssertUnwindSafe(|| self.device.identity()))
            .map_err(|_panic| failed())?
            .map(|identity| identity.name)
            .ok_or_else(failed)
    }
}

/// Names an adapter by its number among its kind.
type OfIndex = fn(usize) -> DeviceKind;

/// Adapters of one kind are numbered from 0; nobody has more than this.
const MOST_OF_A_KIND: usize = 16;

/// Every adapter, real GPUs first. Cheap: it asks the graphics libraries and opens nothing; empty without a driver.
pub fn adapters() -> Vec<Adapter> {
    let found = catch_unwind(|| Device::enumerate(DeviceType::Wgpu).into_vec()).unwrap_or_default();
    let kinds: [(&'static str, OfIndex); 3] = [
        ("discrete GPU", DeviceKind::DiscreteGpu),
        ("integrated GPU", DeviceKind::IntegratedGpu),
        ("virtual GPU", DeviceKind::VirtualGpu),
    ];
    let mut adapters = Vec::new();
    for (kind, make) in kinds {
        for index in 0..MOST_OF_A_KIND {
            let device = Device::wgpu(make(index));
            if found.contains(&device) {
                adapters.push(Adapter {
                    kind,
                    software: false,
                    device,
                });
            }
        }
    }
    let software = Device::wgpu(DeviceKind::Cpu);
    if found.contains(&software) {
        adapters.push(Adapter {
            kind: "software rasteriser",
            software: true,
            device: software,
        });
    }
    adapters
}

/// A device that is known to work, and what to call it.
#[derive(Clone, Debug)]
pub struct OpenDevice {
    /// The device itself.
    pub device: Device,
    /// Its name, for people.
    pub name: String,
    /// Whether it was found rather than asked for: then the CPU may take its place.
    pub found: bool,
}

impl OpenDevice {
    /// The CPU, which is always there.
    pub fn cpu() -> Self {
        Self {
            device: Device::flex(),
            name: "CPU".into(),
            found: false,
        }
    }

    fn adapter(adapter: &Adapter) -> Result<Self, DeviceError> {
        Ok(Self {
            name: adapter.name()?,
            device: adapter.device.clone(),
            found: false,
        })
    }
}

/// Makes the device of that choice. Never a software rasteriser unless it is named.
pub fn open(choice: &DeviceChoice) -> Result<OpenDevice, DeviceError> {
    if *choice == DeviceChoice::Cpu || (*choice == DeviceChoice::Auto && !has_modern_gpu()) {
        return Ok(OpenDevice::cpu());
    }
    choose(choice, &adapters())
}

/// Whether a real GPU has a driver for Vulkan, Metal or Direct3D 12.
///
/// burn looks at OpenGL too, whose libraries write complaints to stderr on a machine with no display.
#[cfg(feature = "ui")]
fn has_modern_gpu() -> bool {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    let backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    let found = catch_unwind(|| {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        // Outside a browser the answer is there at once.
        let asked = pin!(instance.enumerate_adapters(backends));
        match asked.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(adapters) => adapters
                .iter()
                .any(|adapter| adapter.get_info().device_type != wgpu::DeviceType::Cpu),
            Poll::Pending => false,
        }
    });
    found.unwrap_or(false)
}

/// Without the window's libraries there is no cheaper way than to ask burn.
#[cfg(not(feature = "ui"))]
fn has_modern_gpu() -> bool {
    true
}

fn choose(choice: &DeviceChoice, adapters: &[Adapter]) -> Result<OpenDevice, DeviceError> {
    let real: Vec<&Adapter> = adapters
        .iter()
        .filter(|adapter| !adapter.software)
        .collect();
    let missing = |wanted: String| DeviceError::Missing {
        wanted,
        present: match real.len() {
            0 => "none".into(),
            count => format!("{count}, numbered from 0"),
        },
    };
    match choice {
        DeviceChoice::Cpu => Ok(OpenDevice::cpu()),
        // A card whose driver is broken must not keep the program from running.
        DeviceChoice::Auto => Ok(real
            .iter()
            .find_map(|adapter| OpenDevice::adapter(adapter).ok())
            .map_or_else(OpenDevice::cpu, |open| OpenDevice {
                found: true,
                ..open
            })),
        DeviceChoice::Gpu(index) => real.get(*index).map_or_else(
            || Err(missing(index.to_string())),
            |adapter| OpenDevice::adapter(adapter),
        ),
        DeviceChoice::Named(name) => {
            let wanted = name.to_lowercase();
            adapters
                .iter()
                .filter_map(|adapter| OpenDevice::adapter(adapter).ok())
                .find(|open| open.name.to_lowercase().contains(&wanted))
                .ok_or_else(|| missing(format!("named `{name}`")))
        }
        DeviceChoice::Software => adapters
            .iter()
            .find(|adapter| adapter.software)
            .map_or_else(
                || Err(missing("that is a software rasteriser".into())),
                OpenDevice::adapter,
            ),
    }
}

#[cfg(test)]
mod tests {
    use super::{DeviceChoice, DeviceError, adapters, choose, open};

    #[test]
    fn choices_are_read_and_written() {
        for text in ["auto", "cpu", "gpu:0", "gpu:3", "gpu:RTX 4090", "software"] {
            assert_eq!(text.parse::<DeviceChoice>().unwrap().to_string(), text);
        }
        assert_eq!("GPU".parse(), Ok(DeviceChoice::Gpu(0)));
        for text in ["", "  ", "gpu:", "tpu", "cuda:0"] {
            assert!(matches!(
                text.parse::<DeviceChoice>(),
                Err(DeviceError::Choice(_))
            ));
        }
    }

    #[test]
    fn without_a_gpu_the_cpu_serves_and_the_rest_is_refused_with_the_reason() {
        assert_eq!(choose(&DeviceChoice::Auto, &[]).unwrap().name, "CPU");
        for choice in [
            DeviceChoice::Gpu(0),
            DeviceChoice::Named("rtx".into()),
            DeviceChoice::Software,
        ] {
            let error = choose(&choice, &[]).unwrap_err().to_string();
            assert!(error.contains("has none"), "{error}");
        }
    }

    #[test]
    fn automatic_never_takes_a_software_rasteriser() {
        let software: Vec<_> = adapters().into_iter().filter(|a| a.software).collect();
        assert_eq!(choose(&DeviceChoice::Auto, &software).unwrap().name, "CPU");
        assert_eq!(open(&DeviceChoice::Cpu).unwrap().name, "CPU");
    }
}
