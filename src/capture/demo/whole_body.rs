//! The demo performer's actions of the whole body: sitting, standing, jumping, bowing, walking.

use crate::capture::demo::pose::{
    Arm, LEFT, Pose, RIGHT, arm_through, ease, mix, plateau, through,
};
use glam::Vec3;
use std::f32::consts::{PI, TAU};

pub(super) fn bow(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let down = plateau(t, 0.1, 1.15, 2.0, 3.2);
    pose.tilt = 34.0 * down;
    pose.bend += 38.0 * plateau(t, 0.2, 1.3, 2.05, 3.3);
    pose.nod = 16.0 * plateau(t, 0.0, 0.9, 2.3, 3.4);
    pose.hips.z = -0.13 * down;
    let beside = Arm::to([0.03, -0.5, 0.05], [0.45, -0.1, -1.0]);
    pose.arms = [Arm::REST.towards(&beside, down); 2];
    pose
}

pub(super) fn sit_down(t: f32) -> Pose {
    let sitting = ease(t, 0.35, 1.85);
    let mut pose = Pose::STANDING.towards(&Pose::SEATED, sitting);
    // The weight comes forward while the hips go back and down.
    let ahead = plateau(t, 0.2, 1.0, 1.3, 2.2);
    pose.tilt += 20.0 * ahead;
    pose.bend += 20.0 * ahead;
    pose.nod = -8.0 * ahead;
    // A glance at the chair.
    pose.look = 28.0 * plateau(t, 0.0, 0.4, 0.6, 1.2);
    pose.twist = 8.0 * plateau(t, 0.0, 0.4, 0.6, 1.2);
    pose.hips.y += 0.02 * plateau(t, 1.6, 1.85, 1.85, 2.3);
    let lay = ease(t, 0.9, 2.1);
    pose.arms = [
        Arm::REST.towards(&Arm::ON_THIGH, lay),
        Arm::REST.towards(&Arm::ON_THIGH, ease(t, 0.8, 2.0)),
    ];
    pose
}

pub(super) fn stand_up(t: f32) -> Pose {
    let standing = ease(t, 0.5, 1.85);
    let mut pose = Pose::SEATED.towards(&Pose::STANDING, standing);
    let ahead = plateau(t, 0.0, 0.75, 0.85, 1.8);
    pose.tilt += 26.0 * ahead;
    pose.bend += 18.0 * ahead;
    pose.nod = -10.0 * ahead;
    pose.hips.z += 0.05 * plateau(t, 0.3, 0.9, 1.0, 1.9);
    // Pushed off the thighs, the hands leave last.
    let leave = ease(t, 0.85, 2.0);
    pose.arms = [Arm::ON_THIGH.towards(&Arm::REST, leave); 2];
    pose
}

/// One jump takes 2 s.
fn jump(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let points = [
        (0.0, 0.0),
        (0.55, -0.24),
        (0.85, 0.02),
        (1.08, 0.31),
        (1.31, 0.02),
        (1.48, -0.17),
        (2.0, 0.0),
    ];
    pose.hips.y = through(t, &points);
    let air = ((t - 0.87) / 0.42).clamp(0.0, 1.0);
    let flight = 4.0 * air * (1.0 - air);
    for foot in &mut pose.feet {
        foot.at.y = 0.27 * flight;
        foot.toes = 38.0 * plateau(t, 0.76, 0.92, 1.2, 1.3);
    }
    let crouch = (-pose.hips.y / 0.24).max(0.0);
    pose.tilt = 16.0 * crouch;
    pose.bend += 18.0 * crouch - 4.0 * flight;
    pose.hips.z = -0.12 * crouch;
    pose.nod = -10.0 * crouch;
    let back = Arm::to([0.13, -0.44, -0.2], [0.6, 0.3, -1.0]);
    let high = Arm::to([0.14, 0.42, 0.2], [1.0, -0.2, 0.0]);
    let landing = Arm::to([0.22, -0.25, 0.3], [0.7, -0.5, -1.0]);
    let arm = arm_through(
        t,
        &[
            (0.0, Arm::REST),
            // Forward first: behind the body an arc has no side to go by.
            (0.15, Arm::to([0.12, -0.49, 0.04], [0.5, 0.0, -1.0])),
            (0.4, back),
            (0.64, Arm::to([0.12, -0.49, 0.1], [0.5, 0.0, -1.0])),
            (1.03, high),
            (1.42, landing),
            (2.0, Arm::REST),
        ],
    );
    pose.arms = [arm; 2];
    pose
}

pub(super) fn jump_up(t: f32) -> Pose {
    jump(if t < 2.1 { t } else { t - 2.1 })
}

pub(super) fn squat(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let down = plateau(t, 0.1, 1.0, 1.2, 2.1) + plateau(t, 2.2, 3.1, 3.3, 4.3);
    pose.hips = Vec3::new(0.0, -0.4, -0.27) * down;
    pose.tilt = 24.0 * down;
    pose.bend += 12.0 * down;
    pose.nod = -14.0 * down;
    let ahead = Arm::to([-0.03, 0.0, 0.51], [0.6, -0.8, -0.2]);
    pose.arms = [Arm::REST.towards(&ahead, plateau(t, 0.05, 0.95, 3.4, 4.4)); 2];
    pose
}

pub(super) fn twist_hips(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let ready = plateau(t, 0.0, 0.7, 3.7, 4.4);
    let on_hips = Arm::to([0.045, -0.37, 0.0], [1.0, 0.1, -0.3]);
    pose.arms = [Arm::REST.towards(&on_hips, ready); 2];
    let twisting = plateau(t, 0.6, 1.1, 3.3, 3.8);
    let phase = TAU * 0.95 * (t - 0.7);
    pose.turn = 30.0 * phase.sin() * twisting;
    // The chest comes after the hips and less far.
    pose.twist = -30.0 * phase.sin() * twisting + 9.0 * (phase - 0.8).sin() * twisting;
    pose.hips = Vec3::new(
        0.045 * phase.cos() * twisting,
        -0.035 * ready,
        0.02 * phase.sin() * twisting,
    );
    pose.sway = -8.0 * phase.cos() * twisting;
    pose.lean = -6.0 * phase.cos() * twisting;
    pose
}

pub(super) fn walk_in_place(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let walking = plateau(t, 0.1, 0.7, 4.4, 5.1);
    let phase = TAU * 0.92 * (t - 0.1);
    for (side, phase) in [(RIGHT, phase), (LEFT, phase + PI)] {
        let lift = phase.sin().max(0.0).powf(1.5) * walking;
        pose.feet[side].at = Vec3::new(-0.02, 0.21 * lift, 0.03 * lift);
        pose.feet[side].at.x *= walking;
        pose.feet[side].toes = 28.0 * lift;
        // The arm swings against its own leg.
        let swing = -(phase - 0.25).sin() * walking;
        let hand = Vec3::new(0.06, mix(-0.47, -0.42, swing.max(0.0)), 0.08 + 0.2 * swing);
        pose.arms[side] = Arm {
            hand: hand.lerp(Arm::REST.hand, 1.0 - walking),
            ..Arm::REST
        };
    }
    pose.hips.x = -0.028 * phase.sin() * walking;
    pose.hips.y = 0.012 * ((phase * 2.0).cos() - 1.0) * walking;
    pose.sway = -3.0 * phase.sin() * walking;
    pose.turn = 4.0 * phase.sin() * walking;
    pose.twist = -8.0 * (phase - 0.2).sin() * walking;
    pose.lean = 2.0 * phase.sin() * walking;
    pose
}
