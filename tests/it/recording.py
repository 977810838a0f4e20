"""Reads a session with the reference reader: pip install mcap; python recording.py FILE.mcap

Every chunk's checksum is compared, messages are read by the index and without it, and frames are decoded by hand, as
the schema in the file says (`synse_msgs/Frame`, ROS 1).
"""

import json
import struct
import sys
from collections import Counter

from mcap.reader import NonSeekingReader, make_reader


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


def main(path):
    counts, last = Counter(), None
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
                assert channel.message_encoding == "json"
                json.loads(message.data)
                json.loads(schema.data)
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
    print(f"frames {counts['/frames']} predictions {counts['/predictions']} last {timestamp} {bodies[0][1][13]:.6f}")


main(sys.argv[1])
