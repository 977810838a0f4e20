//! All integration tests, in one binary. Each room adds its own file.

#[cfg(test)]
mod capture;
#[cfg(test)]
mod window;

#[cfg(test)]
mod encoder;
