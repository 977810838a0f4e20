//! The motion card: what a skeleton can show of an action, attribute by attribute.

use std::fmt;
use std::ops::Range;

/// One thing that a body can be seen doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name, in `snake_case`: stable, used in files.
    pub name: &'static str,
    /// Its two letters in the lexicon's tables.
    pub code: &'static str,
    /// What it means, for the help.
    pub help: &'static str,
}

/// How many attributes a card has.
pub const ATTRIBUTE_COUNT: usize = 55;

/// The attributes that say on which side and which way, in pairs of opposites. A phrase that says neither of a pair leaves it
/// open: "wave" is done with either hand, and nobody who learns from such phrases can learn what left is.
pub const SIDES: Range<usize> = 47..ATTRIBUTE_COUNT;

/// Every attribute, in the order of [`MotionCard::weights`].
///
/// A skeleton of 25 joints shows limbs, trunk and head, no fingers and no face: so does this list. The first 29 mean the
/// same as in the cards that came with the Kinect clips.
pub const ATTRIBUTES: &[Attribute] = &ATTRIBUTE_TABLE;

const ATTRIBUTE_TABLE: [Attribute; ATTRIBUTE_COUNT] = [
    attribute(
        "oa",
        "one_arm",
        "One arm does the work while the other rests.",
    ),
    attribute("ba", "both_arms", "Both arms work."),
    attribute("ov", "hands_overhead", "A hand is above the head."),
    attribute(
        "sh",
        "hands_at_shoulder_height",
        "A hand is between chest and head height.",
    ),
    attribute("lo", "hands_low", "A hand is below the waist."),
    attribute(
        "fw",
        "reaches_forward",
        "A hand moves away from the body to the front.",
    ),
    attribute(
        "ci",
        "circular",
        "A hand, an arm, a leg or the body moves along a circle.",
    ),
    attribute("si", "sideways", "The movement goes to the left or right."),
    attribute("ud", "up_and_down", "The movement goes up and down."),
    attribute("rp", "repeated", "The same movement comes again and again."),
    attribute("be", "torso_bends_forward", "The upper body bends forward."),
    attribute("tw", "torso_twists", "The shoulders turn against the hips."),
    attribute(
        "ls",
        "torso_leans_sideways",
        "The upper body tilts to one side.",
    ),
    attribute(
        "hl",
        "hips_lower",
        "The hips sink, as in sitting down or squatting.",
    ),
    attribute(
        "hr",
        "hips_rise",
        "The hips come up from a low place, as in standing up.",
    ),
    attribute("ju", "jumps", "Both feet leave the floor."),
    attribute("tr", "travels", "The whole body goes to another place."),
    attribute(
        "st",
        "steps",
        "The feet step, on the spot or across the room.",
    ),
    attribute(
        "lf",
        "leg_forward",
        "A leg swings or stretches to the front.",
    ),
    attribute(
        "lg",
        "leg_sideways",
        "A leg swings or stretches to the side.",
    ),
    attribute("kn", "knee_lifts", "A knee comes up in front."),
    attribute("tg", "hands_together", "The two hands are close together."),
    attribute(
        "hd",
        "hand_to_head",
        "A hand goes to the head, the face or the neck.",
    ),
    attribute(
        "ob",
        "hands_on_own_body",
        "A hand rests on or touches the own body: chest, belly, hips, arms or shoulders.",
    ),
    attribute("fa", "fast", "The movement is quick."),
    attribute(
        "dr",
        "draws_in_the_air",
        "A hand traces a figure, a letter or a shape in the air.",
    ),
    attribute(
        "ou",
        "arms_outstretched",
        "An arm is stretched straight out to the side.",
    ),
    attribute("he", "held_still", "A pose is taken and held."),
    attribute(
        "cr",
        "crosses_midline",
        "A hand or foot crosses to the other side of the body.",
    ),
    attribute("sl", "slow", "The movement is slow and even."),
    attribute("lb", "leg_backward", "A leg or heel goes to the back."),
    attribute("ab", "arms_bent", "The elbows stay bent."),
    attribute("la", "legs_apart", "The feet are wide apart."),
    attribute(
        "mo",
        "hand_to_mouth",
        "A hand goes to the front of the face: mouth, nose or eyes.",
    ),
    attribute(
        "bh",
        "hand_behind",
        "A hand goes behind the back, the head or the shoulder.",
    ),
    attribute("pu", "pulls_in", "A hand is drawn towards the body."),
    attribute(
        "fl",
        "body_on_floor",
        "The body is on the floor: lying, on all fours, or rolling.",
    ),
    attribute(
        "lw",
        "hips_low",
        "The hips stay low for most of the time: seated, squatting or kneeling.",
    ),
    attribute(
        "hm",
        "head_moves",
        "The head nods, shakes, tilts or turns by itself.",
    ),
    attribute(
        "tu",
        "turns_around",
        "The whole body turns about its own axis.",
    ),
    attribute(
        "sm",
        "small_motion",
        "Only the forearms, the hands or the head move, and little.",
    ),
    attribute(
        "sy",
        "symmetric",
        "The left and right arm do the same at the same time.",
    ),
    attribute(
        "hg",
        "hands_to_legs",
        "A hand goes to a thigh, a knee, a shin or a foot.",
    ),
    attribute("lk", "torso_leans_back", "The upper body leans back."),
    attribute(
        "ws",
        "wide_swing",
        "An arm or a leg swings through a wide arc.",
    ),
    attribute("up", "hands_rise", "The hands travel upwards."),
    attribute("dn", "hands_fall", "The hands travel downwards."),
    attribute(
        "le",
        "left_limb",
        "The left arm or leg does the work; both sides are left open where neither is said.",
    ),
    attribute("ri", "right_limb", "The right arm or leg does the work."),
    attribute(
        "wl",
        "to_the_left",
        "It goes to the performer's own left: a hand, the upper body or the whole of it.",
    ),
    attribute(
        "wr",
        "to_the_right",
        "It goes to the performer's own right.",
    ),
    attribute(
        "cw",
        "clockwise",
        "A circle is drawn clockwise as the performer sees it, or a turn made so as seen from above.",
    ),
    attribute("cc", "counterclockwise", "The other way around."),
    attribute("gf", "goes_forward", "The whole body goes forward."),
    attribute("gb", "goes_backward", "The whole body goes backward."),
];

const fn attribute(code: &'static str, name: &'static str, help: &'static str) -> Attribute {
    Attribute { name, code, help }
}

/// The place of an attribute in [`ATTRIBUTES`], by its name.
pub fn attribute_index(name: &str) -> Option<usize> {
    ATTRIBUTES
        .iter()
        .position(|attribute| attribute.name == name)
}

/// The other of a pair of [`SIDES`]; `None` of an attribute that has no opposite.
pub fn opposite(attribute: usize) -> Option<usize> {
    let from_first = |attribute: usize| attribute - SIDES.start;
    SIDES
        .contains(&attribute)
        .then(|| SIDES.start + (from_first(attribute) ^ 1))
}

/// Where a card comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MotionSource {
    /// An entry of the lexicon.
    Lexicon,
    /// An entry changed by the words around it, or several entries together.
    Composed,
    /// The nearest entries: shown as a guess.
    Guess,
    /// The user set it.
    User,
    /// Taken from a performance: what a model saw of it.
    Performance,
}

impl fmt::Display for MotionSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lexicon => "lexicon",
            Self::Composed => "composed",
            Self::Guess => "guess",
            Self::User => "user",
            Self::Performance => "performance",
        })
    }
}

/// What the body does, one weight from 0 to 1 for each of [`ATTRIBUTES`].
#[derive(Clone, Debug, PartialEq)]
pub struct MotionCard {
    /// The weights, in the order of [`ATTRIBUTES`].
    pub weights: Vec<f32>,
    /// Where they come from.
    pub source: MotionSource,
}

impl MotionCard {
    /// A card on which nothing is set.
    pub fn blank(source: MotionSource) -> Self {
        Self {
            weights: vec![0.0; ATTRIBUTE_COUNT],
            source,
        }
    }

    /// The weight of an attribute, 0 to 1; `None` if there is no such attribute.
    pub fn weight(&self, name: &str) -> Option<f32> {
        attribute_index(name).and_then(|index| self.weights.get(index).copied())
    }

    /// The attributes that are set, heaviest first: index into [`ATTRIBUTES`] and weight.
    pub fn heaviest(&self) -> Vec<(usize, f32)> {
        let mut set: Vec<(usize, f32)> = self
            .weights
            .iter()
            .copied()
            .enumerate()
            .filter(|&(_, weight)| weight > 0.0)
            .collect();
        set.sort_by(|a, b| b.1.total_cmp(&a.1));
        set
    }
}

/// Writes the card as words that can be read back: `one_arm=1 fast=0.5`, to two digits; `none` where nothing is set.
impl fmt::Display for MotionCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = false;
        for (attribute, &weight) in ATTRIBUTES.iter().zip(&self.weights) {
            let hundredths = (weight.clamp(0.0, 1.0) * 100.0).round();
            if hundredths >= 1.0 {
                let gap = if written { " " } else { "" };
                write!(f, "{gap}{}={}", attribute.name, hundredths / 100.0)?;
                written = true;
            }
        }
        if written { Ok(()) } else { f.write_str("none") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_come_in_pairs() {
        for side in SIDES {
            let other = opposite(side).unwrap();
            assert_eq!(opposite(other), Some(side));
            assert_ne!(side, other);
        }
        let pair = ["left_limb", "right_limb"].map(|name| attribute_index(name).unwrap());
        assert_eq!(opposite(pair[0]), Some(pair[1]));
        assert_eq!(opposite(0), None);
    }
}
