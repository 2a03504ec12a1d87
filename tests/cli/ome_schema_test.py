"""The schemas of OME-NGFF that the tests of `volary convert` rely on: they refuse what is broken and accept what other
programs write."""

import copy
import glob
import os
import unittest

from ome_zarr_rules import find_schema_errors
from zarr_files import read_json

DATA = os.environ.get("VOLARY_TEST_DATA", "")


def make_image(version):
    """Sound metadata of an image, with everything that the schemas describe."""
    def level(path, factor):
        return {"path": path, "coordinateTransformations": [{"type": "scale", "scale": [1, 1, 2, 0.5 * factor, 0.5 * factor]},
                                                            {"type": "translation", "translation": [0, 0, 0, 0.5, 0.5]}]}
    multiscale = {"name": "cells", "type": "mean", "metadata": {"method": "mean"},
                  "axes": [{"name": "t", "type": "time", "unit": "second"}, {"name": "c", "type": "channel"},
                           *({"name": axis, "type": "space", "unit": "micrometer"} for axis in "zyx")],
                  "datasets": [level("0", 1), level("1", 2)],
                  "coordinateTransformations": [{"type": "scale", "scale": [0.1, 1, 1, 1, 1]}]}
    channel = {"active": True, "coefficient": 1, "color": "00FF7f", "family": "linear", "inverted": False, "label": "nuclei",
               "window": {"start": 0, "end": 1500, "min": 0, "max": 65535}}
    omero = {"id": 1, "name": "cells", "channels": [channel], "rdefs": {"defaultT": 0, "defaultZ": 3, "model": "color"}}
    if version == "0.4":
        return {"multiscales": [{"version": "0.4", **multiscale}], "omero": {"version": "0.4", **omero}}
    return {"zarr_format": 3, "node_type": "group",
            "attributes": {"ome": {"version": "0.5", "multiscales": [multiscale], "omero": omero}}}


def ome_of(image):
    return image["attributes"]["ome"] if "attributes" in image else image


# What breaks the metadata of an image of either version: (what, how).
BROKEN = [
    ("no multiscales", lambda ome: ome.pop("multiscales")),
    ("no image", lambda ome: ome["multiscales"].clear()),
    ("no axes", lambda ome: ome["multiscales"][0].pop("axes")),
    ("no datasets", lambda ome: ome["multiscales"][0].pop("datasets")),
    ("no level", lambda ome: ome["multiscales"][0]["datasets"].clear()),
    ("the same level twice", lambda ome: ome["multiscales"][0]["datasets"].append(ome["multiscales"][0]["datasets"][0])),
    ("no name", lambda ome: ome["multiscales"][0].pop("name")),
    ("no type of downscaling", lambda ome: ome["multiscales"][0].pop("type")),
    ("no metadata of downscaling", lambda ome: ome["multiscales"][0].pop("metadata")),
    ("an unknown key", lambda ome: ome["multiscales"][0].update(dataset=[])),
    ("labels", lambda ome: ome.update(labels=["cells"])),
    ("an axis without a name", lambda ome: ome["multiscales"][0]["axes"][4].pop("name")),
    ("an axis without a type", lambda ome: ome["multiscales"][0]["axes"][1].pop("type")),
    ("an axis of another type", lambda ome: ome["multiscales"][0]["axes"][1].update(type="angle")),
    ("a misspelled unit", lambda ome: ome["multiscales"][0]["axes"][4].update(units="micrometer")),
    ("a unit that UDUNITS does not know", lambda ome: ome["multiscales"][0]["axes"][4].update(unit="µm")),
    ("a length for the time", lambda ome: ome["multiscales"][0]["axes"][0].update(unit="micrometer")),
    ("a unit of channels", lambda ome: ome["multiscales"][0]["axes"][1].update(unit="second")),
    ("channels before the time", lambda ome: ome["multiscales"][0]["axes"].reverse()),
    ("the same axis twice", lambda ome: ome["multiscales"][0]["axes"].__setitem__(3, ome["multiscales"][0]["axes"][4])),
    ("two axes of time", lambda ome: ome["multiscales"][0]["axes"].__setitem__(1, {"name": "u", "type": "time"})),
    ("one axis of space", lambda ome: (ome["multiscales"][0]["axes"].__delitem__(slice(3, 5)))),
    ("six axes", lambda ome: ome["multiscales"][0]["axes"].append({"name": "w", "type": "space"})),
    ("no transformations", lambda ome: ome["multiscales"][0]["datasets"][1].pop("coordinateTransformations")),
    ("no scale", lambda ome: ome["multiscales"][0]["datasets"][1]["coordinateTransformations"].pop(0)),
    ("translation before scale", lambda ome: ome["multiscales"][0]["datasets"][1]["coordinateTransformations"].reverse()),
    ("two scales", lambda ome: ome["multiscales"][0]["datasets"][0]["coordinateTransformations"].__setitem__(
        1, {"type": "scale", "scale": [1, 1, 1, 1, 1]})),
    ("an affine", lambda ome: ome["multiscales"][0]["datasets"][0]["coordinateTransformations"].append({"type": "affine"})),
    ("a scale that is too short", lambda ome: ome["multiscales"][0]["datasets"][1]["coordinateTransformations"][0]["scale"].pop()),
    ("a translation that is too long",
     lambda ome: ome["multiscales"][0]["datasets"][1]["coordinateTransformations"][1]["translation"].append(0)),
    ("a common scale that is too short", lambda ome: ome["multiscales"][0]["coordinateTransformations"][0]["scale"].pop()),
    ("a scale of text", lambda ome: ome["multiscales"][0]["datasets"][0]["coordinateTransformations"][0].update(scale=["1"] * 5)),
    ("a scale of zero", lambda ome: ome["multiscales"][0]["datasets"][0]["coordinateTransformations"][0].update(scale=[0] * 5)),
    ("a path that is a number", lambda ome: ome["multiscales"][0]["datasets"][0].update(path=0)),
    ("no channels", lambda ome: ome["omero"].pop("channels")),
    ("a colour with a number sign", lambda ome: ome["omero"]["channels"][0].update(color="#00FF7F")),
    ("a colour that is a number", lambda ome: ome["omero"]["channels"][0].update(color=255)),
    ("no window", lambda ome: ome["omero"]["channels"][0].pop("window")),
    ("half a window", lambda ome: ome["omero"]["channels"][0]["window"].pop("end")),
    ("a window of text", lambda ome: ome["omero"]["channels"][0]["window"].update(end="max")),
    ("a channel that is active by a word", lambda ome: ome["omero"]["channels"][0].update(active="yes")),
    ("an unknown model", lambda ome: ome["omero"]["rdefs"].update(model="rgb")),
]

ARRAY_V2 = {"zarr_format": 2, "shape": [9, 8, 7], "chunks": [4, 4, 4], "dtype": "<u2", "compressor": {"id": "zstd", "level": 3},
            "fill_value": 0, "order": "C", "filters": None, "dimension_separator": "/"}
ARRAY_V3 = {"zarr_format": 3, "node_type": "array", "shape": [9, 8, 7], "data_type": "uint16",
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [8, 8, 8]}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}}, "fill_value": 0,
            "codecs": [{"name": "sharding_indexed",
                        "configuration": {"chunk_shape": [4, 4, 4], "index_location": "end",
                                          "codecs": [{"name": "bytes", "configuration": {"endian": "little"}},
                                                     {"name": "zstd", "configuration": {"level": 3, "checksum": False}}],
                                          "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]}}],
            "attributes": {}, "dimension_names": ["z", "y", "x"]}


class OmeSchemaTest(unittest.TestCase):
    def test_sound_metadata_is_accepted(self):
        for version in ("0.4", "0.5"):
            self.assertEqual(find_schema_errors(f"written-{version}", make_image(version)), [])
        self.assertEqual(find_schema_errors("array-0.4", ARRAY_V2), [])
        self.assertEqual(find_schema_errors("array-0.5", ARRAY_V3), [])

    def test_each_broken_image_is_refused(self):
        for version in ("0.4", "0.5"):
            for what, breaks in BROKEN:
                with self.subTest(what, version=version):
                    image = make_image(version)
                    breaks(ome_of(image))
                    self.assertNotEqual(image, make_image(version))
                    self.assertNotEqual(find_schema_errors(f"written-{version}", image), [])

    def test_versions_are_told_apart(self):
        image = make_image("0.4")
        image["multiscales"][0]["version"] = "0.5"
        self.assertNotEqual(find_schema_errors("written-0.4", image), [])
        for key, value in (("version", "0.4"), ("version", None)):
            image = make_image("0.5")
            image["attributes"]["ome"][key] = value
            self.assertNotEqual(find_schema_errors("written-0.5", image), [])
        image = make_image("0.5")
        self.assertNotEqual(find_schema_errors("written-0.5", {**image, "attributes": image["attributes"]["ome"]}), [])
        self.assertNotEqual(find_schema_errors("written-0.5", {**image, "zarr_format": 2}), [])
        self.assertNotEqual(find_schema_errors("written-0.4", make_image("0.5")), [])

    def test_each_broken_array_is_refused(self):
        for definition, array in (("array-0.4", ARRAY_V2), ("array-0.5", ARRAY_V3)):
            for key in array:
                if key not in ("attributes",):
                    with self.subTest(definition, missing=key):
                        self.assertNotEqual(find_schema_errors(definition, {k: v for k, v in array.items() if k != key}), [])
            for key, value in (("shape", [9, 8, -7]), ("zarr_format", 1), ("fill_value", "x"), ("attribute", {}), ("data_type", "u2"),
                               ("dtype", "u2"), ("dimension_separator", "."), ("codecs", []), ("codecs", [{"name": "crc32c"}]),
                               ("dimension_names", ["x", "x", "x"])):
                with self.subTest(definition, key=key, value=value):
                    broken = copy.deepcopy(array)
                    broken[key] = value
                    self.assertNotEqual(find_schema_errors(definition, broken), [])
        for breaks in (lambda shard: shard.pop("index_codecs"), lambda shard: shard.update(index_location="middle"),
                       lambda shard: shard["codecs"].reverse(), lambda shard: shard["codecs"][1]["configuration"].pop("checksum")):
            broken = copy.deepcopy(ARRAY_V3)
            breaks(broken["codecs"][0]["configuration"])
            self.assertNotEqual(find_schema_errors("array-0.5", broken), [])

    @unittest.skipUnless(DATA, "VOLARY_TEST_DATA is not set")
    def test_images_of_other_programs_are_accepted(self):
        accepted = {"0.4": 0, "0.5": 0}
        for path in glob.glob(os.path.join(DATA, "ome-zarr/**/.zattrs"), recursive=True, include_hidden=True):
            image = read_json(path)
            if image.get("multiscales", [{}])[0].get("version") == "0.4":
                with self.subTest(path):
                    self.assertEqual(find_schema_errors("image-0.4", image), [])
                    accepted["0.4"] += 1
        for path in glob.glob(os.path.join(DATA, "ome-zarr/**/zarr.json"), recursive=True):
            group = read_json(path)
            ome = group.get("attributes", {}).get("ome", {})
            if ome.get("version") == "0.5" and "multiscales" in ome:
                with self.subTest(path):
                    self.assertEqual(find_schema_errors("image-0.5", group), [])
                    accepted["0.5"] += 1
        self.assertGreater(min(accepted.values()), 1, accepted)


if __name__ == "__main__":
    unittest.main(verbosity=2)
