"""Writes seeds for shuffle_fuzz.cpp: width (1 byte; 255: 4 more), then values."""
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
for width in [1, 2, 3, 4, 7, 8, 16, 200]:
    for count in [0, 1, width - 1, width, 5 * width, 64 * width + 1]:
        (folder / f"{width}-{count}").write_bytes(bytes([width]) + bytes(i % 256 for i in range(count)))
(folder / "wide").write_bytes(b"\xff\xff\xff\xff\xff" + bytes(range(100)))
