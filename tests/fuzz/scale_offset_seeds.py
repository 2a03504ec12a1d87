"""Writes seeds for scale_offset_fuzz.cpp: number of client data, surplus, the client data (1 byte each, or 255 and 4),
then a record."""
import pathlib
import struct
import sys
import zlib

import chunks

folder = pathlib.Path(sys.argv[1])


def number(value):
    return bytes([value]) if value < 255 else b"\xff" + struct.pack("<I", value)


def write(label, client_data, record):
    (folder / label).write_bytes(bytes([len(client_data), 0]) + b"".join(map(number, client_data)) + record)


for label, dtype, shape, filters, mask, raw in chunks.all_chunks():
    if filters and filters[0][0] == 6:
        if [f[0] for f in filters[1:]] == [1]:
            raw = zlib.decompress(raw)
        elif len(filters) > 1:
            continue
        write(label, filters[0][1], raw)

# Each width of each type, with and without a fill value, of a length that is no multiple of eight.
for size in 1, 2, 4, 8:
    for bits in range(8 * size + 1):
        for fill in 0, 1:
            count = 19
            packed = bytes((i * 37 + bits) % 256 for i in range((count * bits + 7) // 8 + 3))
            record = struct.pack("<IB", bits, 8) + struct.pack("<Q", 250) + bytes(8) + packed
            write(f"width-{size}-{bits}-{fill}", [2, 0, count, 0, size, 0, bits % 2, fill, 77, 0], record)
