//! Which classes are learned from, which choose, and which are only tested on.

use crate::train::align::FitError;

/// A split of the classes. A class in neither list is seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// Tested on, never trained on.
    pub unseen: Vec<usize>,
    /// Seen classes that are kept back while settings are chosen.
    pub validation: Vec<usize>,
}

impl Split {
    /// The seen classes of a list, the validation classes among them.
    ///
    /// Refuses classes outside the list, and ones that are both unseen and for validation.
    pub fn seen(&self, classes: usize) -> Result<Vec<usize>, FitError> {
        for (list, members) in [("unseen", &self.unseen), ("validation", &self.validation)] {
            if let Some(&class) = members.iter().find(|&&class| class >= classes) {
                return Err(FitError::Class {
                    list,
                    class,
                    classes,
                });
            }
        }
        if let Some(&class) = self
            .unseen
            .iter()
            .find(|class| self.validation.contains(class))
        {
            return Err(FitError::Overlap {
                class,
                first: "unseen",
                second: "validation",
            });
        }
        Ok((0..classes)
            .filter(|class| !self.unseen.contains(class))
            .collect())
    }

    /// A split from explicit lists of seen and unseen classes; refuses a class that is in both.
    pub fn from_lists(seen: &[usize], unseen: &[usize]) -> Result<Self, FitError> {
        match seen.iter().find(|class| unseen.contains(class)) {
            Some(&class) => Err(FitError::Overlap {
                class,
                first: "seen",
                second: "unseen",
            }),
            None => Ok(Self {
                unseen: unseen.to_vec(),
                validation: Vec::new(),
            }),
        }
    }

    /// The split on which settings are chosen: the validation classes in the place of the unseen ones, which
    /// take no part at all.
    pub fn for_selection(&self) -> (Self, Vec<usize>) {
        let selection = Self {
            unseen: self.validation.clone(),
            validation: Vec::new(),
        };
        (selection, self.unseen.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::Split;

    #[test]
    fn refuses_lists_that_overlap_or_leave_the_classes() {
        let message = |split: &Split| split.seen(5).unwrap_err().to_string();
        let overlapping = Split {
            unseen: vec![1, 2],
            validation: vec![2],
        };
        assert_eq!(
            message(&overlapping),
            "class 2 is in both the unseen and the validation classes"
        );
        let outside = Split {
            unseen: vec![7],
            validation: vec![],
        };
        assert_eq!(
            message(&outside),
            "the unseen classes name class 7, but the class list has 5 classes"
        );
        assert!(
            Split::from_lists(&[1, 2], &[2, 3])
                .unwrap_err()
                .to_string()
                .contains("class 2")
        );
        assert_eq!(
            Split::from_lists(&[0, 1], &[2]).unwrap().seen(3).unwrap(),
            [0, 1]
        );
    }
}
