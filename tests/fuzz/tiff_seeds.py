"""Writes small TIFF files: every layout, every compression that tifffile and Pillow have, and every kind of
description."""
import pathlib
import sys

import numpy as np
import tifffile
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support" / "files"))
from tiff_dialects import write_lsm, write_stk  # noqa: E402  pylint: disable=wrong-import-position

folder = pathlib.Path(sys.argv[1])
random = np.random.default_rng(7)
volume = random.integers(0, 4096, (2, 9, 17)).astype("uint16")
plain = dict(metadata=None, photometric="minisblack")

for order in "<>":
    for big in (False, True):
        name = f"{ord(order)}-{int(big)}"
        options = dict(byteorder=order, bigtiff=big)
        tifffile.imwrite(folder / f"strips-{name}.tif", volume, rowsperstrip=4, **plain, **options)
        tifffile.imwrite(folder / f"tiles-{name}.tif", volume, tile=(16, 16), compression="zlib", **plain, **options)
for dtype in ("u1", "i1", "i2", "u4", "u8", "f2", "f4", "f8", "bool", "c8"):
    tifffile.imwrite(folder / f"type-{dtype}.tif", volume.astype(dtype), **plain)
colours = random.integers(0, 256, (8, 9, 3)).astype("uint8")
tifffile.imwrite(folder / "rgb.tif", colours, photometric="rgb", metadata=None)
tifffile.imwrite(folder / "separate.tif", np.moveaxis(colours, 2, 0), photometric="rgb", planarconfig="separate", metadata=None)
for compression in ("tiff_lzw", "packbits", "jpeg", "tiff_lzma", "zstd", "webp"):
    try:
        Image.fromarray(colours).save(folder / f"{compression}.tif", compression=compression)
    except (OSError, ValueError):
        pass  # this Pillow's libtiff lacks it
for compression in ("group3", "group4", "tiff_ccitt"):
    Image.fromarray(colours[..., 0] > 127).save(folder / f"{compression}.tif", compression=compression)
tifffile.imwrite(folder / "imagej.tif", volume, imagej=True,
                 metadata={"axes": "CYX", "unit": "um", "spacing": 2.0, "Ranges": (1.0, 2.0, 3.0, 4.0)})
tifffile.imwrite(folder / "ome.ome.tif", volume, metadata={"axes": "CYX", "PhysicalSizeX": 0.5}, photometric="minisblack")
with tifffile.TiffWriter(folder / "below.tif") as file:
    file.write(volume[0], tile=(16, 16), subifds=1, **plain)
    file.write(volume[0, ::2, ::2], tile=(16, 16), subfiletype=1, **plain)
with tifffile.TiffWriter(folder / "behind.tif") as file:
    for plane in volume:
        file.write(plane, **plain)
        file.write(plane[::2, ::2], subfiletype=1, **plain)
lsm = random.integers(0, 4096, (2, 2, 2, 9, 17)).astype("uint16")
for compressed in (False, True):
    write_lsm(folder / f"lsm-{int(compressed)}.lsm", lsm, scan_type=6, colours=[(1, 2, 3), (4, 5, 6)], names=["a", "b"], compressed=compressed)
write_stk(folder / "stack.stk", volume, 2 * [0.5], 2 * [0], (0.25, 0.5), "um", "cells")
