"""Takes part in PipeWire's graph as a browser does that shows a picture; started by tests.

Its argument is the node's properties. What libpipewire's headers build, a format that accepts any
raw video, is written out here as bytes.
"""

from __future__ import annotations

import ctypes
import struct
import sys

ANY, MAP_BUFFERS, INPUT = 0xFFFFFFFF, 1 << 2, 0
OBJECT, ID = 15, 3
FORMAT, ENUM_FORMAT = 0x40003, 3
MEDIA_TYPE, VIDEO = 1, 2
MEDIA_SUBTYPE, RAW = 2, 1


def any_raw_video() -> bytes:
    """Return the parameter that offers the format."""
    body = struct.pack("<II", FORMAT, ENUM_FORMAT)
    for key, value in ((MEDIA_TYPE, VIDEO), (MEDIA_SUBTYPE, RAW)):
        body += struct.pack("<IIIIII", key, 0, 4, ID, value, 0)
    return struct.pack("<II", len(body), OBJECT) + body


def watch(properties: str) -> None:
    """Offer to be linked to a picture, and go on for ever."""
    pipewire = ctypes.CDLL("libpipewire-0.3.so.0")
    pointer = ctypes.c_void_p
    for name in (
        "pw_main_loop_new",
        "pw_main_loop_get_loop",
        "pw_properties_new_string",
        "pw_stream_new_simple",
    ):
        getattr(pipewire, name).restype = pointer
    pipewire.pw_init(None, None)
    loop = pointer(pipewire.pw_main_loop_new(None))
    given = pointer(pipewire.pw_properties_new_string(properties.encode()))
    events = (ctypes.c_uint64 * 16)(2)  # the version, and no handlers
    stream = pointer(
        pipewire.pw_stream_new_simple(
            pointer(pipewire.pw_main_loop_get_loop(loop)), b"watcher", given, events, None
        )
    )
    offered = ctypes.create_string_buffer(any_raw_video())
    offers = (pointer * 1)(ctypes.addressof(offered))
    assert (
        pipewire.pw_stream_connect(stream, INPUT, ctypes.c_uint32(ANY), MAP_BUFFERS, offers, 1) == 0
    )
    pipewire.pw_main_loop_run(loop)


if __name__ == "__main__":
    watch(sys.argv[1])
