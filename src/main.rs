//! The `synse` program.

fn main() {}
