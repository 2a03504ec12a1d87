"""The volumes of VOLARY_TEST_DATA that are not BigDataViewer files, as arrays [z, y, x]."""

import io
import os
import zipfile

import numpy
import tifffile


def read_volumes(folder):
    """Yields (name, voxel size x, y, z, volume) of each."""
    volumes = os.path.join(folder, "volumes")
    yield "bat-cochlea", (1, 1, 1), tifffile.imread(os.path.join(volumes, "imagej-bat-cochlea/bat-cochlea-volume.tif"))
    confocal = _read_zipped(os.path.join(volumes, "imagej-confocal/confocal-series.zip"))
    yield "confocal", (0.2, 0.2, 0.5), confocal[:, 0]
    yield "t1-head", (1, 1, 1.5), _read_zipped(os.path.join(volumes, "imagej-t1-head/t1-head.zip"))
    yield "tooth", (1, 1, 1), _read_tooth(os.path.join(volumes, "seg3d-tooth"))
    yield "stardist", (1, 1, 2), tifffile.imread(os.path.join(volumes, "stardist/img3d.tif"))


def to_bits(volume, dtype):
    """The volume with its values spread over the whole range of another unsigned type."""
    if volume.dtype == dtype:
        return volume
    low, high = float(volume.min()), float(volume.max())
    return numpy.rint((volume - low) * (numpy.iinfo(dtype).max / (high - low))).astype(dtype)


def _read_zipped(path):
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.lower().endswith((".tif", ".tiff")))
        volume = tifffile.imread(io.BytesIO(archive.read(name)))
    return volume.astype(volume.dtype.newbyteorder("="))


def _read_tooth(folder):
    with open(os.path.join(folder, "tooth.nhdr"), encoding="ascii") as header:
        fields = dict(line.strip().split(": ", 1) for line in header if ": " in line)
    x, y, z = map(int, fields["sizes"].split())
    order = "<" if fields["endian"] == "little" else ">"
    voxels = numpy.fromfile(os.path.join(folder, "tooth.raw"), dtype=order + "u2")
    return voxels.reshape(z, y, x).astype(numpy.uint16)
