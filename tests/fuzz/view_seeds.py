"""Writes views as JSON."""
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
camera = {"projection": "perspective", "position": [1, 2.5, -3e2], "orientationWxyz": [1, 0, 0, 0], "fovYDegrees": 45,
          "orthoHeight": 100, "pivotDistance": 10}
least = {"volaryView": 1, "setup": 0, "timepoint": 3, "camera": camera}
full = least | {"space": "voxel", "layout": "slices", "mode": "dvr", "interpolation": "nearest", "overlay": "residency",
                "showBox": True, "slices": {"point": [1, 2, 3], "centre": [0, 0, 0], "worldPerPixel": 0.5},
                "range": [0, 65535], "level": 2, "pixelsPerVoxel": 1.5,
                "transfer": [[0, 0, 0, 0, 0], [0.5, 1, 0.2, 0, 0.1], [1, 1, 1, 1, 1]]}
for name, view in {"least": least, "full": full, "null": full | {"range": None, "level": None}}.items():
    (folder / f"{name}.json").write_text(json.dumps(view))
