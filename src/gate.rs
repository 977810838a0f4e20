//! Seen or unseen: a calibrated logistic regression on the two classifiers' confidences (paper, section 2.5).

/// How the gate joins both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GateMode {
    /// One side wins whole.
    #[default]
    Hard,
    /// Equation 5 with probabilities.
    Soft,
    /// No gate: unseen phrases only.
    Off,
}
