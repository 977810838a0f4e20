//! A model bundle on disk: `bundle.toml` and its safetensors, checked on load.
