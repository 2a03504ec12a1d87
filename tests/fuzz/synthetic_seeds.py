"""Writes locations of synthetic fields, without the "synthetic:" in front."""
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
COMMON = "size=64x48x32&voxelsize=0.4x0.4x2&chunk=8x8x8&levels=3&factor=2x2x1&timepoints=2"
for i, location in enumerate([
        "embryo", f"embryo?{COMMON}", f"ramp?{COMMON}&setups=2&type=uint8", "constant?chunk=4&type=float32",
        "sphere?size=1073741824x1073741824x4&chunk=8", "ramp?factor=16&levels=31&chunk=4"]):
    (folder / f"{i}").write_text(location)
