//! All integration tests, in one binary. Each room adds its own file.

#[cfg(test)]
mod align;
#[cfg(test)]
mod align_ours;
#[cfg(test)]
mod align_store;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod release;
