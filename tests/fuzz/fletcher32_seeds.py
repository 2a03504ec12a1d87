"""Writes seeds for fletcher32_fuzz.cpp: where to change a byte (2 bytes), how (1), then bytes with their checksum."""
import pathlib
import sys

import chunks

folder = pathlib.Path(sys.argv[1])
for label, dtype, shape, filters, mask, raw in chunks.all_chunks():
    if filters and filters[-1][0] == 3:
        (folder / label).write_bytes(b"\x05\x00\x01" + raw)
(folder / "long").write_bytes(b"\xff\x03\x80" + b"\xff" * 2000)
(folder / "zeros").write_bytes(b"\x00\x00\xff" + bytes(721))
