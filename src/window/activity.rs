//! Tells idle from acting.
