//! The demo performer's sports: punches, kicks, throws and swings, with wind-up and follow-through.

use crate::capture::demo::pose::{
    Arm, Foot, LEFT, Pose, RIGHT, arm_through, ease, plateau, through,
};
use glam::Vec3;
use std::f32::consts::TAU;

/// Out in a sixth of a second, back in a quarter.
fn strike(t: f32, at: f32) -> f32 {
    ease(t, at - 0.17, at) - ease(t, at + 0.03, at + 0.33)
}

pub(super) fn punch(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let guard_up = plateau(t, 0.1, 0.7, 2.9, 3.6);
    let guard = Arm::to([-0.04, 0.0, 0.27], [0.45, -1.0, 0.1]);
    // The chest turns into the punch, so that straight ahead is outwards of it.
    let out = Arm::to([0.2, 0.04, 0.46], [0.8, -0.6, 0.0]);
    let right = strike(t, 1.1) + strike(t, 2.3);
    let left = strike(t, 1.55) + strike(t, 2.7);
    // A little back before it goes.
    let back = plateau(t, 0.72, 0.9, 0.92, 1.05) + plateau(t, 1.95, 2.1, 2.13, 2.25);
    pose.arms[RIGHT] = Arm::REST.towards(&guard, guard_up).towards(&out, right);
    pose.arms[LEFT] = Arm::REST.towards(&guard, guard_up).towards(&out, left);
    pose.twist = 30.0 * right - 26.0 * left - 9.0 * back;
    pose.turn = 12.0 * right - 8.0 * left - 4.0 * guard_up;
    pose.hips = Vec3::new(
        0.0,
        -0.05 * guard_up,
        0.05 * (right + left) - 0.02 * guard_up,
    );
    pose.bend += 7.0 * guard_up;
    pose.nod = -4.0 * guard_up;
    pose
}

pub(super) fn kick_forward(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let axis = |points: &[(f32, f32)]| through(t, points);
    pose.feet[RIGHT] = Foot {
        at: Vec3::new(
            axis(&[(0.2, 0.0), (0.9, -0.05), (1.5, -0.05), (2.2, 0.0)]),
            axis(&[
                (0.25, 0.0),
                (0.7, 0.2),
                (0.98, 0.52),
                (1.25, 0.3),
                (1.6, 0.12),
                (2.0, 0.0),
            ]),
            axis(&[
                (0.2, 0.0),
                (0.65, -0.26),
                (0.98, 0.66),
                (1.3, 0.3),
                (2.0, 0.0),
            ]),
        ),
        toes: axis(&[
            (0.2, 0.0),
            (0.6, 45.0),
            (0.98, -20.0),
            (1.4, 15.0),
            (2.0, 0.0),
        ]),
    };
    let weight = plateau(t, 0.05, 0.55, 1.6, 2.3);
    let struck = strike(t, 0.98);
    pose.hips = Vec3::new(-0.085 * weight, -0.02 * weight, 0.05 * struck);
    pose.bend += through(
        t,
        &[(0.1, 0.0), (0.6, 9.0), (0.98, -9.0), (1.4, 3.0), (2.4, 0.0)],
    );
    pose.tilt = -8.0 * struck;
    pose.lean = -6.0 * weight;
    pose.turn = 10.0 * struck;
    let forward = Arm::to([0.2, -0.2, 0.35], [0.7, -0.8, -0.5]);
    let aside = Arm::to([0.36, -0.3, 0.0], [0.3, 0.0, -1.0]);
    pose.arms[LEFT] = Arm::REST.towards(&forward, plateau(t, 0.45, 1.0, 1.2, 2.3));
    pose.arms[RIGHT] = Arm::REST.towards(&aside, plateau(t, 0.4, 0.95, 1.2, 2.3));
    pose
}

pub(super) fn lift_leg_to_the_side(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let weight = plateau(t, 0.05, 0.8, 2.5, 3.4);
    let lifted = plateau(t, 0.4, 1.35, 1.75, 2.85);
    pose.feet[RIGHT] = Foot {
        at: Vec3::new(0.44, 0.24, 0.0) * lifted,
        toes: 10.0 * lifted,
    };
    pose.hips.x = -0.115 * weight;
    pose.lean = -13.0 * lifted;
    pose.sway = -7.0 * lifted;
    let balance = Arm::to([0.4, -0.27, 0.05], [0.2, -0.2, -1.0]);
    pose.arms = [Arm::REST.towards(&balance, lifted * 0.9 + weight * 0.1); 2];
    pose
}

/// A step ahead with the left foot and back again: it leaves the floor on the way.
fn step_ahead(pose: &mut Pose, t: f32, out: (f32, f32), back: (f32, f32), length: f32) {
    let moving = |(from, to): (f32, f32)| {
        let x = ((t - from) / (to - from)).clamp(0.0, 1.0);
        4.0 * x * (1.0 - x)
    };
    let ahead = plateau(t, out.0, out.1, back.0, back.1);
    pose.feet[LEFT].at.z = length * ahead;
    pose.feet[LEFT].at.y = 0.06 * (moving(out) + moving(back));
    pose.hips.z += length * 0.55 * ahead;
}

pub(super) fn throw_ball(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    step_ahead(&mut pose, t, (0.5, 1.0), (1.9, 2.6), 0.26);
    let wound = Arm::to([0.33, 0.22, -0.06], [1.0, -0.1, -0.5]);
    let release = Arm::to([0.05, 0.36, 0.34], [0.9, 0.1, 0.0]);
    let through_it = Arm::to([-0.24, -0.32, 0.3], [0.8, -0.2, -0.8]);
    let half = Arm::to([0.2, -0.15, 0.26], [0.8, -0.8, -0.6]);
    pose.arms[RIGHT] = arm_through(
        t,
        &[
            (0.1, Arm::REST),
            (0.5, half),
            (0.95, wound),
            (1.08, wound),
            (1.27, release),
            (1.55, through_it),
            (1.8, through_it),
            (2.8, Arm::REST),
        ],
    );
    let aim = Arm::to([0.02, 0.05, 0.46], [0.7, -0.8, -0.1]);
    pose.arms[LEFT] = Arm::REST.towards(&aim, plateau(t, 0.3, 0.95, 1.1, 1.7));
    pose.twist = through(
        t,
        &[
            (0.1, 0.0),
            (0.95, -38.0),
            (1.05, -38.0),
            (1.45, 36.0),
            (1.75, 34.0),
            (2.8, 0.0),
        ],
    );
    pose.turn = through(
        t,
        &[
            (0.1, 0.0),
            (0.85, -16.0),
            (0.98, -16.0),
            (1.4, 14.0),
            (1.8, 12.0),
            (2.7, 0.0),
        ],
    );
    pose.bend += through(
        t,
        &[
            (0.4, 0.0),
            (0.95, -8.0),
            (1.5, 24.0),
            (1.8, 22.0),
            (2.8, 0.0),
        ],
    );
    pose.hips.y = -0.05 * plateau(t, 0.6, 1.2, 1.8, 2.7);
    pose
}

pub(super) fn swing_tennis_racket(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    step_ahead(&mut pose, t, (0.55, 0.95), (1.9, 2.6), 0.2);
    let back = Arm::to([0.45, -0.14, -0.1], [0.3, -0.6, -1.0]);
    let hit = Arm::to([0.16, -0.1, 0.46], [0.6, -0.9, -0.1]);
    let over = Arm::to([-0.33, 0.14, 0.26], [0.7, -0.3, 0.6]);
    pose.arms[RIGHT] = arm_through(
        t,
        &[
            (0.1, Arm::REST),
            (0.85, back),
            (1.02, back),
            (1.25, hit),
            (1.55, over),
            (1.8, over),
            (2.85, Arm::REST),
        ],
    );
    let aside = Arm::to([0.22, -0.08, 0.38], [0.7, -0.8, -0.3]);
    pose.arms[LEFT] = Arm::REST.towards(&aside, plateau(t, 0.3, 0.9, 1.1, 1.9));
    pose.twist = through(
        t,
        &[
            (0.1, 0.0),
            (0.85, -42.0),
            (1.0, -42.0),
            (1.5, 34.0),
            (1.75, 32.0),
            (2.8, 0.0),
        ],
    );
    pose.turn = through(
        t,
        &[
            (0.1, 0.0),
            (0.8, -20.0),
            (0.95, -20.0),
            (1.4, 16.0),
            (1.75, 14.0),
            (2.7, 0.0),
        ],
    );
    pose.hips.y = -0.06 * plateau(t, 0.3, 0.9, 1.7, 2.6);
    pose.bend += 8.0 * plateau(t, 0.3, 0.9, 1.6, 2.6);
    pose
}

pub(super) fn swing_golf_club(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let stance = plateau(t, 0.0, 0.8, 3.2, 4.1);
    let address = Arm::to([-0.19, -0.4, 0.27], [0.5, -0.5, -1.0]);
    let top = Arm::to([0.02, 0.16, 0.34], [0.8, -0.8, -0.2]);
    let finish = Arm::to([-0.3, 0.2, 0.3], [0.5, -0.6, 0.5]);
    pose.arms[RIGHT] = arm_through(
        t,
        &[
            (0.05, Arm::REST),
            (0.8, address),
            (1.05, address),
            (1.85, top),
            (1.95, top),
            (2.22, address),
            (2.55, finish),
            (2.95, finish),
            (4.1, Arm::REST),
        ],
    );
    pose.arms[LEFT] = Arm::REST.towards(&address, stance);
    pose.grip = plateau(t, 0.35, 0.85, 3.1, 3.8);
    pose.twist = through(
        t,
        &[
            (1.0, 0.0),
            (1.8, -50.0),
            (1.92, -50.0),
            (2.24, 4.0),
            (2.55, 46.0),
            (2.95, 44.0),
            (3.9, 0.0),
        ],
    );
    pose.turn = through(
        t,
        &[
            (1.0, 0.0),
            (1.75, -28.0),
            (1.86, -28.0),
            (2.15, 8.0),
            (2.5, 44.0),
            (2.95, 42.0),
            (3.9, 0.0),
        ],
    );
    let upright = plateau(t, 2.25, 2.6, 3.2, 4.0);
    pose.tilt = 14.0 * stance * (1.0 - 0.7 * upright);
    pose.bend += 24.0 * stance * (1.0 - 0.8 * upright);
    pose.hips = Vec3::new(
        through(
            t,
            &[
                (1.0, 0.0),
                (1.8, 0.04),
                (2.3, -0.06),
                (2.9, -0.07),
                (3.9, 0.0),
            ],
        ),
        -0.06 * stance,
        -0.1 * stance * (1.0 - 0.7 * upright),
    );
    // The eyes stay on the ball until it is gone.
    pose.nod = 16.0 * plateau(t, 0.2, 0.8, 2.3, 2.7);
    pose.look = through(
        t,
        &[
            (1.0, 0.0),
            (1.8, 24.0),
            (1.95, 24.0),
            (2.25, 0.0),
            (2.9, -10.0),
            (3.9, 0.0),
        ],
    );
    for foot in &mut pose.feet {
        foot.at.x = 0.0;
    }
    pose.feet[RIGHT].toes = 32.0 * plateau(t, 2.2, 2.55, 2.95, 3.7);
    pose.feet[RIGHT].at.y = 0.05 * plateau(t, 2.2, 2.55, 2.95, 3.7);
    pose
}

pub(super) fn do_jumping_jacks(t: f32) -> Pose {
    let mut pose = Pose::STANDING;
    let jacking = plateau(t, 0.2, 0.5, 4.2, 4.5);
    let phase = ((t - 0.3).clamp(0.0, 4.0)).fract();
    let open = plateau(phase, 0.02, 0.46, 0.54, 0.98) * jacking;
    // Feet are in the air twice a round: on the way out and on the way back.
    let air = (0.5 - 0.5 * (TAU * 2.0 * phase).cos()).powf(1.5) * jacking;
    for foot in &mut pose.feet {
        foot.at = Vec3::new(0.2 * open, 0.075 * air, 0.0);
        foot.toes = 22.0 * air;
    }
    pose.hips.y = 0.07 * air - 0.035 * (1.0 - air) * jacking;
    let high = Arm::to([0.09, 0.48, 0.0], [1.0, 0.0, -0.1]);
    pose.arms = [Arm::REST.towards(&high, open); 2];
    pose
}
