//! The demo performer's gestures: what the arms do while the body stands.

use crate::capture::demo::pose::{Arm, LEFT, Pose, RIGHT, ease, mix, plateau};
use glam::Vec3;
use std::f32::consts::TAU;

/// Raised beside the head, elbow out, swung outwards by `swing` metres.
fn waving(swing: f32, flex: f32) -> Arm {
    Arm {
        hand: Vec3::new(0.25 + swing, 0.29 - 0.6 * swing * swing, 0.15),
        elbow: Vec3::new(0.9, -0.75, -0.15),
        flex,
    }
}

pub(super) fn wave_hand(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let up = plateau(t, 0.1, 0.8, 2.65, 3.4);
    let swinging = plateau(t, 0.6, 0.95, 2.4, 2.75);
    let phase = TAU * 1.9 * (t - 0.6);
    // The hand trails the forearm, as a loose wrist does.
    let waved = waving(
        0.15 * phase.sin() * swinging,
        22.0 * (phase - 0.9).sin() * swinging,
    );
    pose.arms[RIGHT] = Arm::REST.towards(&waved, up);
    pose.lean = -3.5 * up + 1.2 * phase.sin() * swinging;
    pose.hips.x = -0.02 * up;
    pose.twist = 4.0 * up;
    pose
}

pub(super) fn wave_two_hands(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let up = plateau(t, 0.1, 0.85, 2.8, 3.6);
    let swinging = plateau(t, 0.65, 1.0, 2.55, 2.95);
    let phase = TAU * 1.6 * (t - 0.65);
    let mut waved = waving(
        0.03 + 0.17 * phase.sin() * swinging,
        18.0 * (phase - 0.9).sin() * swinging,
    );
    waved.hand.y += 0.1;
    pose.arms = [Arm::REST.towards(&waved, up); 2];
    pose.hips.y = -0.012 * (0.5 - 0.5 * (phase * 2.0).cos()) * swinging;
    pose.shrug = 0.015 * up;
    pose.nod = -3.0 * up;
    pose
}

pub(super) fn clap_hands(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let up = plateau(t, 0.1, 0.7, 2.7, 3.4);
    let clapping = plateau(t, 0.5, 0.8, 2.5, 2.8);
    let phase = TAU * 2.1 * (t - 0.5);
    // Hands close faster than they open.
    let apart = (0.5 + 0.5 * phase.cos()).powf(0.8);
    let gap = mix(0.16, 0.02 + 0.24 * apart, clapping);
    let clap = Arm::to(
        [-0.165 + gap, -0.13 + 0.03 * apart, 0.33],
        [0.8, -0.8, -0.3],
    );
    pose.arms = [Arm::REST.towards(&clap, up); 2];
    pose.bend += 2.0 * up;
    pose.nod = 4.0 * up + 1.5 * phase.sin() * clapping;
    pose
}

pub(super) fn raise_both_hands(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let bend = ease(t, 0.0, 0.25) - ease(t, 0.25, 0.7);
    let raised = Arm::to([0.09, 0.502, 0.05], [1.0, 0.0, 0.3]);
    // The left hand follows the right one by a moment.
    pose.arms[RIGHT] = Arm::REST.towards(&raised, plateau(t, 0.15, 1.1, 2.35, 3.3));
    pose.arms[LEFT] = Arm::REST.towards(&raised, plateau(t, 0.2, 1.2, 2.45, 3.4));
    let up = plateau(t, 0.3, 1.2, 2.3, 3.2);
    pose.hips.y = -0.02 * bend;
    pose.shrug = 0.03 * up;
    pose.bend += -6.0 * up;
    pose.nod = -8.0 * up;
    pose
}

pub(super) fn salute(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let up = plateau(t, 0.1, 0.65, 2.2, 2.8);
    let salute = Arm {
        hand: Vec3::new(0.055, 0.2, 0.13),
        elbow: Vec3::new(1.0, -0.35, -0.05),
        flex: 0.0,
    };
    pose.arms[RIGHT] = Arm::REST.towards(&salute, up);
    // Standing to attention: chest out, chin level, the other arm straight.
    let straight = plateau(t, 0.0, 0.5, 2.4, 3.0);
    let at_attention = Arm::to([0.02, -0.51, 0.01], [0.45, -0.1, -1.0]);
    pose.arms[LEFT] = Arm::REST.towards(&at_attention, straight);
    pose.bend += -6.0 * straight;
    pose.shrug = 0.008 * straight;
    pose
}

pub(super) fn drink_from_a_cup(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let held = plateau(t, 0.1, 0.7, 2.9, 3.6);
    let drinking = plateau(t, 0.8, 1.4, 2.2, 2.8);
    let cup = Arm::to([-0.02, -0.16, 0.33], [0.6, -1.0, -0.2]);
    let mouth = Arm::to(
        [-0.09, 0.14 + 0.03 * ease(t, 1.3, 2.0), 0.21],
        [0.95, -0.55, 0.1],
    );
    pose.arms[RIGHT] = Arm::REST.towards(&cup, held).towards(&mouth, drinking);
    pose.nod = 6.0 * held - 24.0 * plateau(t, 1.1, 1.8, 2.1, 2.7);
    pose.bend += -4.0 * drinking;
    pose
}

pub(super) fn draw_circle(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let up = plateau(t, 0.1, 0.8, 3.6, 4.4);
    // Two rounds from the top, begun and ended gently.
    let angle = TAU * 2.0 * mix(ease(t, 0.6, 3.8), ((t - 0.6) / 3.2).clamp(0.0, 1.0), 0.55);
    let at = Vec3::new(-0.04 + 0.23 * angle.sin(), 0.06 + 0.23 * angle.cos(), 0.38);
    let drawn = Arm {
        hand: at,
        elbow: Vec3::new(0.75, -0.9, -0.2),
        flex: 0.0,
    };
    pose.arms[RIGHT] = Arm::REST.towards(&drawn, up);
    pose.twist = up * (9.0 - 5.0 * angle.sin());
    pose.lean = up * 2.5 * angle.sin();
    pose.look = -4.0 * up * angle.sin();
    pose
}

pub(super) fn fly_like_an_airplane(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let spread = plateau(t, 0.1, 0.9, 4.0, 4.8);
    let banking = plateau(t, 0.8, 1.3, 3.5, 4.1);
    let bank = (TAU * 0.42 * (t - 0.9)).sin() * banking;
    let wing = Arm::to([0.51, 0.0, 0.03], [0.1, -0.6, -1.0]);
    pose.arms = [Arm::REST.towards(&wing, spread); 2];
    pose.bend += 14.0 * spread;
    pose.lean = 19.0 * bank;
    pose.sway = 4.0 * bank;
    pose.twist = -12.0 * bank;
    pose.hips = Vec3::new(
        0.035 * bank,
        -0.03 * spread * (0.6 + 0.4 * bank.abs()),
        -0.03 * spread,
    );
    pose.nod = -8.0 * spread;
    pose
}
