"""Reads a session with the reference reader: pip install mcap jsonschema; python recording.py FILE.mcap

Every chunk's checksum is compared, messages are read by the index and without it, and frames are decoded by hand, as
the schema in the file says (`synse_msgs/Frame`, ROS 1). JSON is compared with the schema that stands in the file, which for
skeletons is Foxglove's own; where `jsonschema` is absent, that is passed over.
"""

import json
import struct
import sys
from collections import Counter

from mcap.reader import NonSeekingReader, make_reader

try:
    from jsonschema import Draft202012Validator
except ImportError:
    Draft202012Validator = None


def frame(data):
    timestamp, count = struct.unpack_from("<QI", data)
    bodies, at = [], 12
    for _ in range(count):
        (body,) = struct.unpack_from("<Q", data, at)
        joints = struct.unpack_from("<75f", data, at + 8)
        tracking = struct.unpack_from("<25B", data, at + 308)
        bodies.append((body, joints, tracking))
        at += 333
    assert at == len(data), (at, len(data))
    return timestamp, bodies


class Scenes:
    """What Foxglove's 3D panel makes of the skeletons: whoever is not shown again vanishes when the lifetime is over."""

    def __init__(self):
        self.shown = {}
        self.most = 0

    def take(self, log_nanos, scene):
        self.shown = {body: end for body, end in self.shown.items() if end >= log_nanos}
        for entity in scene["entities"]:
            at = entity["timestamp"]
            assert at["sec"] * 10**9 + at["nsec"] == log_nanos, (at, log_nanos)
            assert entity["frame_id"] == "camera" and not entity["frame_locked"]
            lifetime = entity["lifetime"]["sec"] * 10**9 + entity["lifetime"]["nsec"]
            assert 10**8 < lifetime < 10**9, lifetime
            self.shown[entity["id"]] = log_nanos + lifetime
            (line,) = entity["lines"]
            assert line["type"] == 2 and line["thickness"] > 0
            turn = line["pose"]["orientation"]
            assert sum(value * value for value in turn.values()) == 1.0, turn
            assert all(0 <= value <= 1 for value in line["color"].values()) and line["color"]["a"] == 1
            # It draws as many lines as there are pairs of points, whatever the indices say.
            assert len(line["points"]) == 48 and line["indices"] == []
            assert entity["texts"][0]["text"] == entity["id"] and len(entity["spheres"]) == 1
        assert len({entity["id"] for entity in scene["entities"]}) == len(scene["entities"])
        self.most = max(self.most, len(self.shown))


def main(path):
    counts, last, scenes, validators = Counter(), None, Scenes(), {}
    with open(path, "rb") as file:
        reader = make_reader(file, validate_crcs=True)
        summary = reader.get_summary()
        assert summary is not None and summary.statistics is not None
        header = reader.get_header()
        assert header.profile == "synse", header
        for schema, channel, message in reader.iter_messages():
            counts[channel.topic] += 1
            if channel.topic in ("/frames", "/before"):
                assert schema.encoding == "ros1msg" and channel.message_encoding == "ros1"
                timestamp, bodies = frame(message.data)
                last = (timestamp, bodies) if bodies and channel.topic == "/frames" else last
            else:
                assert schema.encoding == "jsonschema" and channel.message_encoding == "json"
                said = json.loads(message.data)
                if Draft202012Validator and schema.id not in validators:
                    form = json.loads(schema.data)
                    Draft202012Validator.check_schema(form)
                    assert form["title"] == schema.name, schema.name
                    validators[schema.id] = Draft202012Validator(form)
                if Draft202012Validator:
                    validators[schema.id].validate(said)
                if channel.topic == "/scene":
                    assert schema.name == "foxglove.SceneUpdate"
                    scenes.take(message.log_time, said)
                    # Where there is no frame of reference yet, it complains.
                    assert counts["/tf"] > 0
                if channel.topic == "/tf":
                    assert schema.name == "foxglove.FrameTransform"
                    assert (said["parent_frame_id"], said["child_frame_id"]) == ("floor", "camera")
                    assert abs(sum(value * value for value in said["rotation"].values()) - 1) < 1e-6
        names = {channel.id: channel.topic for channel in summary.channels.values()}
        for channel, count in summary.statistics.channel_message_counts.items():
            assert counts[names[channel]] == count, (names[channel], count, counts)
        metadata = [record.name for record in reader.iter_metadata()]
        assert metadata == ["synse"], metadata
    with open(path, "rb") as file:
        streamed = Counter(channel.topic for _, channel, _ in NonSeekingReader(file, validate_crcs=True).iter_messages())
    assert streamed == counts, (streamed, counts)
    print(dict(counts))
    timestamp, bodies = last
    assert 1 <= scenes.most <= 6, scenes.most
    print(f"{len(validators)} schemas hold" if Draft202012Validator else "jsonschema is not here: passed over")
    print(f"frames {counts['/frames']} predictions {counts['/predictions']} last {timestamp} {bodies[0][1][13]:.6f}")


main(sys.argv[1])
