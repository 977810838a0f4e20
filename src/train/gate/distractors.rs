//! Phrases that nobody in the clips performs: what people may type in vain.

/// Everyday actions far from those of our clips, so that the gate learns that a typed phrase need not be the answer.
pub const DISTRACTORS: [&str; 44] = [
    "knead dough",
    "play the violin",
    "play the flute",
    "play the harp",
    "wring out a towel",
    "polish a shoe",
    "saw a plank",
    "turn a screwdriver",
    "dig a hole",
    "rake leaves",
    "squeeze a lemon",
    "crack an egg",
    "grate cheese",
    "spoon up porridge",
    "beat a drum",
    "conduct an orchestra",
    "spin a hula hoop",
    "climb a ladder",
    "hang up laundry",
    "fold a blanket",
    "rock a baby",
    "milk a cow",
    "groom a horse",
    "pump up a tyre",
    "lick an ice cream",
    "gargle with salt water",
    "tie a scarf",
    "fasten a belt",
    "clean a window",
    "wipe a table",
    "open an umbrella",
    "look through binoculars",
    "meditate cross-legged",
    "do a somersault",
    "do sit-ups",
    "roll on the floor",
    "stand on the hands",
    "balance on one leg",
    "massage the neck",
    "pray on the knees",
    "unscrew a jar",
    "steer a ship",
    "paddle a canoe",
    "sow seeds",
];

#[cfg(test)]
mod tests {
    use super::DISTRACTORS;

    #[test]
    fn no_phrase_stands_twice() {
        let mut phrases = DISTRACTORS.to_vec();
        phrases.sort_unstable();
        phrases.dedup();
        assert_eq!(phrases.len(), DISTRACTORS.len());
    }
}
