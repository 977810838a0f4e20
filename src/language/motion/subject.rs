//! Who acts in a sentence that tells a movement: "both hands rise", where a phrase says "raise both hands".

use super::MotionLexicon;
use super::compose::set;
use super::find::Match;
use super::words::Token;
use crate::phrases::motion::attribute_index;

/// How many words may stand between a number and what it counts: "one outstretched left arm".
const MOST_BETWEEN: usize = 2;

/// A share of an attribute that is more than a hint.
const TOLD: f32 = 0.25;

/// What only arms do, and what they do to the rest of the body.
const OF_ARMS: &[&str] = &[
    "one_arm",
    "both_arms",
    "hands_overhead",
    "hands_at_shoulder_height",
    "hands_low",
    "reaches_forward",
    "pulls_in",
    "hand_behind",
    "arms_bent",
    "arms_outstretched",
    "hands_rise",
    "hands_fall",
    "hands_together",
    "hand_to_head",
    "hand_to_mouth",
    "hands_on_own_body",
    "hands_to_legs",
    "draws_in_the_air",
    "symmetric",
];

/// What only legs do, and the body on them.
const OF_LEGS: &[&str] = &[
    "leg_forward",
    "leg_backward",
    "leg_sideways",
    "knee_lifts",
    "legs_apart",
    "steps",
    "jumps",
    "travels",
    "turns_around",
    "hips_lower",
    "hips_rise",
    "hips_low",
    "body_on_floor",
];

/// Which limbs act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limb {
    Arm,
    Leg,
}

/// How many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    One,
    Both,
    /// "The other arm" may be a second one.
    Open,
}

/// Limbs that act, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    limb: Limb,
    count: Count,
}

impl Subject {
    /// Takes out of a card what these limbs cannot do.
    pub(super) fn clear(self, weights: &mut [f32]) {
        for slot in self.foreign().filter_map(attribute_index) {
            if let Some(weight) = weights.get_mut(slot) {
                *weight = 0.0;
            }
        }
    }

    /// Whether a leg acts and no arm is named, so that "to the front" is said of the leg.
    pub(super) fn is_alone(self, act: &[Token]) -> bool {
        let is_arm = |token: &Token| limb(&token.word) == Some(Limb::Arm);
        self.limb == Limb::Leg && !act.iter().any(is_arm)
    }

    /// Leaves of an act what these limbs can do; `None` where that is nothing.
    pub(super) fn own(self, mut weights: Vec<f32>) -> Option<Vec<f32>> {
        self.clear(&mut weights);
        let places = ["one_arm", "both_arms"].map(attribute_index);
        if let (Limb::Arm, [Some(one), Some(both)]) = (self.limb, places) {
            match self.count {
                Count::One => set(&mut weights, &[(one, 1.0), (both, 0.0)]),
                Count::Both => set(&mut weights, &[(both, 1.0), (one, 0.0)]),
                Count::Open => {}
            }
        }
        weights
            .iter()
            .any(|weight| *weight > TOLD)
            .then_some(weights)
    }

    fn foreign(self) -> impl Iterator<Item = &'static str> {
        let names = match self.limb {
            Limb::Arm => OF_LEGS,
            Limb::Leg => OF_ARMS,
        };
        names.iter().copied()
    }
}

impl MotionLexicon {
    /// The limbs with which an act begins, where a verb follows them: "one straight arm swings".
    pub(super) fn subject(&self, act: &[Token]) -> Option<Subject> {
        let number = act.first().and_then(|token| count(&token.word));
        let reach = number.map_or(1, |_| MOST_BETWEEN + 2);
        let limb_at = |place: &usize| limb(&act[*place].word).is_some();
        let place = (0..act.len().min(reach)).find(limb_at)?;
        let limb = limb(&act[place].word)?;
        // "Arm swings" without a number may be what an exercise is called, "arms swing" is not.
        let is_plural = act[place].typed != act[place].word;
        let count = number.or(is_plural.then_some(Count::Both))?;
        let acts = (place + 1..act.len()).any(|place| self.is_verb(act, place));
        acts.then_some(Subject { limb, count })
    }

    /// Whether an entry is what the whole body does, or other limbs: no hand "comes back" by walking.
    pub(super) fn is_of_others(&self, found: &Match, subject: Subject) -> bool {
        let weights = self.entries.get(found.entry).map(|entry| &entry.weights);
        let mut foreign = subject.foreign().filter_map(attribute_index);
        foreign.any(|slot| weights.is_some_and(|weights| weights[slot] > TOLD))
    }
}

/// How many limbs a word means, where it counts them.
fn count(word: &str) -> Option<Count> {
    match word {
        "one" | "single" | "left" | "right" => Some(Count::One),
        "both" | "two" | "each" => Some(Count::Both),
        "other" => Some(Count::Open),
        _ => None,
    }
}

fn limb(word: &str) -> Option<Limb> {
    match word {
        "arm" | "hand" | "fist" | "palm" | "forearm" | "finger" | "elbow" | "wrist" => {
            Some(Limb::Arm)
        }
        "leg" | "foot" | "knee" => Some(Limb::Leg),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::language::motion::MotionLexicon;
    use crate::phrases::motion::attribute_index;

    /// The card of a phrase with a description after a dash.
    fn card(text: &str) -> Vec<f32> {
        MotionLexicon::builtin().card(text, "", None).weights
    }

    fn of(card: &[f32], name: &str) -> f32 {
        card[attribute_index(name).unwrap()]
    }

    #[test]
    fn limbs_that_act_do_what_they_can_and_nothing_else() {
        let wave = card("xyz - one raised hand moves from side to side again and again");
        assert!(
            of(&wave, "one_arm") > 0.9 && of(&wave, "repeated") > 0.9,
            "{wave:?}"
        );
        assert!(of(&wave, "steps") < 0.1 && of(&wave, "travels") < 0.1);
        let both = card("xyz - both hands move from side to side");
        assert!(of(&both, "both_arms") > 0.9 && of(&both, "one_arm") < 0.1);
        let back = card("xyz - one hand reaches forward a little and comes back");
        assert!(of(&back, "reaches_forward") > 0.5 && of(&back, "travels") < 0.1);
        let leg = card("xyz - one leg is raised quickly to the front");
        assert!(
            of(&leg, "leg_forward") > 0.5 && of(&leg, "fast") > 0.5,
            "{leg:?}"
        );
        assert!(of(&leg, "both_arms") < 0.1 && of(&leg, "reaches_forward") < 0.1);
    }

    #[test]
    fn who_is_told_what_to_do_has_all_limbs() {
        for (told, attribute) in [
            ("raise one hand and walk forward", "travels"),
            ("one arm, bend down", "torso_bends_forward"),
            ("swing both arms while jumping", "jumps"),
        ] {
            let card = card(&format!("xyz - {told}"));
            assert!(of(&card, attribute) > 0.3, "{told}: {card:?}");
        }
    }
}
