"""Opens a BVH file in Blender: pip install bpy==4.2.0 (Python 3.11); python blender.py FILE.bvh FILE.csv AGAIN.bvh

The bones' names and parents are those of a Kinect v2's joints, and in every frame the head of every bone is where the
table of the same take (`synse export --format csv`) has its joint. Then Blender writes what it has as AGAIN.bvh.
"""

import csv
import sys

import bpy
import addon_utils  # It comes with bpy, and is there only after it.

# Every joint, by what it hangs on.
PARENTS = {
    "SpineBase": None,
    "SpineMid": "SpineBase",
    "SpineShoulder": "SpineMid",
    "Neck": "SpineShoulder",
    "Head": "Neck",
}
for side in ("Left", "Right"):
    arm = ["SpineShoulder", *(part + side for part in ("Shoulder", "Elbow", "Wrist", "Hand", "HandTip"))]
    leg = ["SpineBase", *(part + side for part in ("Hip", "Knee", "Ankle", "Foot"))]
    PARENTS.update(zip(arm[1:], arm), **{"Thumb" + side: "Hand" + side}, **dict(zip(leg[1:], leg)))

# The file is exact to a micrometre; Blender's bones are of single precision, and short ones are a little off by their rest.
MOST_METRES = 1e-4


def joints(path):
    """Every joint's place, by frame and name; metres, x to the sensor's left, y up, z away from it."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {(int(row["frame"]), row["joint"]): [float(row[axis]) for axis in "xyz"] for row in rows}


def opened(path, **options):
    """The armature that Blender makes of a file, alone in a scene."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable("io_anim_bvh")
    assert bpy.ops.import_anim.bvh(filepath=path, **options) == {"FINISHED"}
    return bpy.context.object


def farthest(armature, expected, scale):
    """How far any bone's head is from its joint in any frame, metres. Blender has z up, and who faces the sensor faces -y."""
    most = 0.0
    for (frame, joint), at in expected.items():
        if bpy.context.scene.frame_current != frame + 1:
            bpy.context.scene.frame_set(frame + 1)
        x, y, z = (armature.matrix_world @ armature.pose.bones[joint].head) / scale
        most = max(most, *(abs(a - b) for a, b in zip((-x, z, y), at)))
    return most


def main(bvh, table, again):
    expected = joints(table)
    frames = 1 + max(frame for frame, _ in expected)
    assert len(PARENTS) == 25
    for options in ({"global_scale": 100.0}, {"rotate_mode": "QUATERNION"}, {"update_scene_fps": True}):
        armature = opened(bvh, **options)
        found = {bone.name: bone.parent and bone.parent.name for bone in armature.pose.bones}
        assert found == PARENTS, found
        assert tuple(armature.animation_data.action.frame_range) == (1, frames)
        off = farthest(armature, expected, options.get("global_scale", 1.0))
        assert off < MOST_METRES, (options, off)
        print(f"{options}: {frames} frames, {off * 1e3:.4f} mm")
    assert bpy.ops.export_anim.bvh(filepath=again, frame_start=1, frame_end=frames) == {"FINISHED"}


main(*sys.argv[1:])
