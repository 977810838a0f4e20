//! All integration tests, in one binary. Each room adds its own file.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod language;
#[cfg(test)]
mod motion;
