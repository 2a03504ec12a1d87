"""Writes and reads BigDataViewer XML/HDF5 with h5py and ElementTree alone: the oracle of the tests."""

import glob
import os
import re
from xml.etree import ElementTree

import h5py
import numpy


def downsample(volume, factor):
    """Means of blocks of `factor` (x, y, z) voxels, rounded to nearest; sizes are rounded up, the edge is repeated."""
    if all(f == 1 for f in factor):
        return volume  # not through floating point, which has too few bits for 64-bit voxels
    fz, fy, fx = factor[2], factor[1], factor[0]
    padding = [(0, -n % f) for n, f in zip(volume.shape, (fz, fy, fx))]
    padded = numpy.pad(volume, padding, mode="edge").astype(numpy.float64)
    z, y, x = padded.shape
    means = padded.reshape(z // fz, fz, y // fy, fy, x // fx, fx).mean(axis=(1, 3, 5))
    return (numpy.rint(means) if volume.dtype.kind in "iu" else means).astype(volume.dtype)


class BdvWriter:
    """A dataset of setups x time points that is written step by step.

    `factors` are those of the levels (x, y, z), `chunks` the chunk shapes (x, y, z); `storage` the keywords of h5py's
    create_dataset that choose the filters.
    """

    def __init__(self, folder, name, factors=((1, 1, 1),), chunks=((16, 16, 16),), voxel_size=(1, 1, 1), unit="µm",
                 storage=None):
        self.xml = os.path.join(folder, name + ".xml")
        self.h5 = os.path.join(folder, name + ".h5")
        self.factors = factors
        self.chunks = chunks * len(factors) if len(chunks) == 1 else chunks
        self.voxel_size = voxel_size
        self.unit = unit
        self.storage = {"compression": "gzip", "compression_opts": 1} if storage is None else storage
        self.volumes = {}

    def add(self, volume, setup=0, timepoint=0):
        self.volumes[timepoint, setup] = volume
        return self

    def write(self, affine=None):
        """Writes both files and returns the XML's path. `affine` is 3 x 4; without it the voxel size is the
        registration."""
        setups = sorted({setup for _, setup in self.volumes})
        with h5py.File(self.h5, "w", libver="earliest") as file:
            for setup in setups:
                dtype = next(volume.dtype for (_, s), volume in self.volumes.items() if s == setup)
                group = file.create_group(f"s{setup:02d}")
                group["resolutions"] = numpy.array(self.factors, dtype="float64")
                group["subdivisions"] = numpy.array(self.chunks, dtype="int32")
                group.attrs["dataType"] = numpy.bytes_(dtype.name)
            for (timepoint, setup), volume in self.volumes.items():
                for level, (factor, chunk) in enumerate(zip(self.factors, self.chunks)):
                    self._write_level(file, timepoint, setup, level, downsample(volume, factor), chunk)
        self._write_xml(setups, affine)
        return self.xml

    def _write_level(self, file, timepoint, setup, level, voxels, chunk):
        # Maximal dimensions as Fiji's exporter gives them: a chunk may then be larger than the level.
        file.create_dataset(f"t{timepoint:05d}/s{setup:02d}/{level}/cells", data=voxels, chunks=tuple(reversed(chunk)),
                            maxshape=(None, None, None), **self.storage)

    def _write_xml(self, setups, affine):
        size = " ".join(map(str, self.voxel_size))
        if affine is None:
            x, y, z = self.voxel_size
            affine = [x, 0, 0, 0, 0, y, 0, 0, 0, 0, z, 0]
        numbers = " ".join(repr(float(number)) for number in numpy.ravel(affine))
        timepoints = sorted({timepoint for timepoint, _ in self.volumes})
        views = "".join(f"""
    <ViewSetup><id>{setup}</id><name>setup {setup}</name>
      <voxelSize><unit>{self.unit}</unit><size>{size}</size></voxelSize></ViewSetup>""" for setup in setups)
        registrations = "".join(f"""
    <ViewRegistration timepoint="{timepoint}" setup="{setup}">
      <ViewTransform type="affine"><affine>{numbers}</affine></ViewTransform></ViewRegistration>"""
                                for timepoint in timepoints for setup in setups)
        missing = "".join(f'<MissingView timepoint="{timepoint}" setup="{setup}"/>'
                          for timepoint in timepoints for setup in setups
                          if (timepoint, setup) not in self.volumes)
        with open(self.xml, "w", encoding="utf-8") as file:
            file.write(f"""<?xml version="1.0" encoding="UTF-8"?>
<SpimData version="0.2"><BasePath type="relative">.</BasePath>
  <SequenceDescription>
    <ImageLoader format="bdv.hdf5"><hdf5 type="relative">{os.path.basename(self.h5)}</hdf5></ImageLoader>
    <ViewSetups>{views}</ViewSetups>
    <Timepoints type="pattern"><integerpattern>{",".join(map(str, timepoints))}</integerpattern></Timepoints>
    <MissingViews>{missing}</MissingViews>
  </SequenceDescription>
  <ViewRegistrations>{registrations}</ViewRegistrations>
</SpimData>
""")


class BdvFile:
    """What h5py and ElementTree find in a dataset on disk."""

    def __init__(self, xml):
        self.xml = xml
        self.root = ElementTree.parse(xml).getroot()
        relative = self.root.find(".//ImageLoader/hdf5").text.strip()
        self.file = h5py.File(os.path.join(os.path.dirname(xml), relative), "r")

    def setups(self):
        return sorted(int(setup.find("id").text) for setup in self.root.iter("ViewSetup"))

    def timepoints(self, setup):
        return sorted(int(match[1]) for match in map(re.compile(r"t(\d{5,})").fullmatch, self.file)
                      if match and f"{match[0]}/s{setup:02d}" in self.file)

    def cells(self, setup, timepoint):
        """The datasets of the levels, as h5py sees them."""
        group = self.file[f"t{timepoint:05d}/s{setup:02d}"]
        return [group[f"{level}/cells"] for level in sorted(map(int, group)) if f"{level}/cells" in group]

    def levels(self, setup, timepoint):
        """The voxels of the levels, [z, y, x], in the type that they mean: int16 holds uint16 unless `dataType` says int16."""
        kind = self.file[f"s{setup:02d}"].attrs.get("dataType", b"uint16")
        legacy = (kind if isinstance(kind, str) else bytes(kind).decode()) == "uint16"
        for cells in self.cells(setup, timepoint):
            voxels = cells[()]
            yield voxels.view(numpy.uint16) if legacy and voxels.dtype == numpy.int16 else voxels

    def factors(self, setup):
        return self.file[f"s{setup:02d}/resolutions"][()]

    def world_from_voxel(self, setup, timepoint):
        """The product of the registration's transforms in the order of the document, 4 x 4."""
        model = numpy.identity(4)
        for registration in self.root.iter("ViewRegistration"):
            if (int(registration.get("setup")), int(registration.get("timepoint"))) != (setup, timepoint):
                continue
            for transform in registration.iter("ViewTransform"):
                rows = numpy.array(transform.find("affine").text.split(), dtype=float).reshape(3, 4)
                model = model @ numpy.vstack([rows, [0, 0, 0, 1]])
        return model


def find_bdv_files(folder):
    """Every BigDataViewer XML/HDF5 of the test data whose voxels are there."""
    for xml in sorted(glob.glob(os.path.join(folder, "bdv-hdf5", "*", "*.xml"))):
        loader = ElementTree.parse(xml).getroot().find(".//ImageLoader")
        hdf5 = loader.find("hdf5") if loader is not None else None
        if hdf5 is not None and os.path.exists(os.path.join(os.path.dirname(xml), hdf5.text.strip())):
            yield xml
