//! All integration tests, in one binary. Each room adds its own file.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod capture;
#[cfg(test)]
mod language;
#[cfg(all(test, feature = "ui"))]
mod ui;
#[cfg(test)]
mod window;
