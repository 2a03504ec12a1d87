"""Writes seeds for decompressors_fuzz.cpp: which (1 byte), room (2 bytes), then a stream."""
import bz2
import gzip
import lzma
import pathlib
import struct
import sys

folder = pathlib.Path(sys.argv[1])
DATA = bytes(range(100)) * 3 + bytes(200)


def seed(name, which, stream, room=len(DATA)):
    (folder / name).write_bytes(struct.pack("<BH", which, room) + stream)


# "abc": a raw block in a Blosc buffer, a frame of zstd, blocks of LZ4 behind their size and in lz4-java's stream.
seed("blosc", 0, bytes.fromhex("02010201" "03000000" "03000000" "13000000") + b"abc", 3)
seed("zstd", 1, bytes.fromhex("28b52ffd005819000061626" "3"), 3)
seed("lz4", 2, b"\3\0\0\0\x30abc", 3)
seed("lz4-blocks", 3, b"LZ4Block\x26\4\0\0\0\3\0\0\0\x22\xb2\x4c\x0d\x30abc" + b"LZ4Block\x16" + bytes(12), 3)
seed("bzip2", 4, bz2.compress(DATA))
seed("xz", 5, lzma.compress(DATA))
seed("lzma", 5, lzma.compress(DATA, format=lzma.FORMAT_ALONE))
seed("gzip", 6, gzip.compress(DATA) + gzip.compress(b"x"), len(DATA) + 1)
