//! The one place that makes a burn device: the GPU by name or index, or the CPU.
