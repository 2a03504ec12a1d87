"""What OME-NGFF 0.4 and 0.5 ask of an image: the JSON schemas beside this file, and what a schema can't say."""

import functools
import os

import jsonschema

from zarr_files import attributes, read_json


@functools.lru_cache
def read_schema():
    return read_json(os.path.dirname(__file__), "schemas", "ome_ngff.schema.json")


def find_schema_errors(definition, document):
    """How `document` breaks a definition of the schemas; empty if it does not."""
    validator = jsonschema.Draft202012Validator({**read_schema(), "$ref": f"#/$defs/{definition}"})
    return [f"{definition}: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)]


def check_schema(definition, *path):
    errors = find_schema_errors(definition, read_json(*path))
    assert not errors, (path, errors)


def check_ome_image(folder):
    """Raises AssertionError with the rule that an image of `volary convert` breaks."""
    version = "0.4" if os.path.exists(os.path.join(folder, ".zattrs")) else "0.5"
    if version == "0.4":
        check_schema("group-0.4", folder, ".zgroup")
        check_schema("written-0.4", folder, ".zattrs")
    else:
        check_schema("written-0.5", folder, "zarr.json")
    assert not os.path.exists(os.path.join(folder, "labels"))
    ome = attributes(folder)
    for multiscale in ome["multiscales"]:
        names = [axis["name"] for axis in multiscale["axes"]]
        assert len(set(names)) == len(names), names
        arrays = [read_level(folder, dataset["path"], version) for dataset in multiscale["datasets"]]
        for array in arrays:
            assert len(array["shape"]) == len(names), array["shape"]
            assert array.get("dimension_names", names) == names, "the names of the axes are those of the dimensions"
            assert array.get("data_type", array.get("dtype")) == arrays[0].get("data_type", arrays[0].get("dtype"))
        for finer, coarser in zip(arrays, arrays[1:]):
            assert all(a >= b for a, b in zip(finer["shape"], coarser["shape"])), "from the finest to the coarsest"
        if "omero" in ome:
            channels = arrays[0]["shape"][names.index("c")] if "c" in names else 1
            assert len(ome["omero"]["channels"]) == channels, "one entry of omero for each channel"


def read_level(folder, path, version):
    """The metadata of the array of a level."""
    name = ".zarray" if version == "0.4" else "zarr.json"
    check_schema(f"array-{version}", folder, path, name)
    return read_json(folder, path, name)


def check_ome_collection(folder):
    """The same for a folder of images, which are numbered from 0; returns how many there are."""
    if os.path.exists(os.path.join(folder, ".zattrs")):
        check_schema("group-0.4", folder, ".zgroup")
        check_schema("collection-0.4", folder, ".zattrs")
    else:
        check_schema("collection-0.5", folder, "zarr.json")
    images = sorted((name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))), key=int)
    assert images == [str(i) for i in range(len(images))], images
    for image in images:
        check_ome_image(os.path.join(folder, image))
    return len(images)
