//! Phrase lists and class splits as text files.
