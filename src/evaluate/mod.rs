//! Scores and tables.
