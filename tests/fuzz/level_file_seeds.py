"""Writes small files of levels: finished ones and some in the making."""
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support" / "files"))
from checksum import crc32c  # noqa: E402  pylint: disable=wrong-import-position

folder = pathlib.Path(sys.argv[1])
HEAD = b"VOLARYLV" + struct.pack("<II", 3, 1) + b"d"


def record(level, chunk, data):
    head = struct.pack("<Iiqqq", 0x4B4E4843, level, *chunk) + struct.pack("<I", len(data))
    checksum = crc32c(head + struct.pack("<I", 0) + data)
    return head + struct.pack("<I", checksum), data


def write(name, records, finished):
    text, index = HEAD, b""
    for head, data in records:
        index += head + struct.pack("<Q", len(text) + len(head))
        text += head + data
    if finished:
        text += index + struct.pack("<QQII", len(text), len(records), crc32c(index), 0x444E4521)
    (folder / name).write_bytes(text)


some = [record(1, (0, 0, 0), b"voxels"), record(1, (1, 0, 0), b""), record(3, (0, 0, 0), b"x" * 200),
        record(3, (-1, -1, -1), bytes(3 * 2 * 2 * 148)), record(2, (-1, -1, -1), b"short")]
for count in (0, 1, 3, len(some)):
    write(f"part{count}", some[:count], False)
    write(f"whole{count}", some[:count], True)
