"""Imaris files: what `volary info` says and `volary slice` gives against h5py, on real files and on files made like them."""

import os
import unittest

import h5py
import numpy

from bdv_files import downsample
from support import AXES, CommandLineTest, some_indices, take_plane


def letters(text):
    """A text as Imaris writes it: an array of single characters."""
    return numpy.array([character.encode() for character in text], dtype="S1")


def write_imaris(path, volumes, factors, chunk, channels, extents=None, padded=True):
    """Writes volumes[timepoint][channel], arrays [z, y, x], as Imaris does: datasets are padded to whole chunks."""
    z, y, x = volumes[0][0].shape
    extents = extents or ((0, x), (0, y), (0, z))
    with h5py.File(path, "w", libver="earliest") as file:
        file.attrs["ImarisVersion"] = letters("5.5.0")
        image = file.create_group("DataSetInfo/Image")
        for axis, (low, high) in enumerate(extents):
            image.attrs[f"ExtMin{axis}"] = letters(f"{low:.3f}")
            image.attrs[f"ExtMax{axis}"] = letters(f"{high:.3f}")
        image.attrs["Unit"] = letters("um")
        for letter, size in zip("XYZ", (x, y, z)):
            image.attrs[letter] = letters(str(size))
        for number, attributes in enumerate(channels):
            group = file.create_group(f"DataSetInfo/Channel {number}")
            for name, text in attributes.items():
                group.attrs[name] = letters(text)
        for level, factor in enumerate(factors):
            for timepoint, of_channels in enumerate(volumes):
                for channel, volume in enumerate(of_channels):
                    group = file.create_group(f"DataSet/ResolutionLevel {level}/TimePoint {timepoint}/Channel {channel}")
                    voxels = downsample(volume, factor)
                    for letter, size in zip("XYZ", reversed(voxels.shape)):
                        group.attrs[f"ImageSize{letter}"] = letters(str(size))
                    fill = [(0, -n % c if padded else 0) for n, c in zip(voxels.shape, chunk)]
                    group.create_dataset("Data", data=numpy.pad(voxels, fill), chunks=chunk, compression="gzip",
                                         compression_opts=2)


class ImarisTest(CommandLineTest):
    def assert_planes(self, file, levels, *options):
        for level, volume in enumerate(levels):
            for axis, array_axis in AXES.items():
                for index in some_indices(volume.shape[array_axis]):
                    plane = self.slice(file, *options, "--level", level, "--axis", axis, "--index", index)
                    numpy.testing.assert_array_equal(plane, take_plane(volume, axis, index), f"L{level} {axis}={index}")
                    self.assertEqual(plane.dtype, volume.dtype)

    def test_channels_time_points_and_levels_of_each_type_equal_numpy(self):
        random = numpy.random.default_rng(5)
        factors = ((1, 1, 1), (2, 2, 1), (4, 4, 2))
        for dtype in ("uint8", "uint16", "uint32", "float32"):
            with self.subTest(dtype=dtype):
                volumes = [[(random.random((13, 50, 37)) * 200).astype(dtype) for _ in range(2)] for _ in range(2)]
                path = self.path(f"{dtype}.ims")
                write_imaris(path, volumes, factors, (8, 16, 16),
                             ({"Name": "DAPI", "Color": "0.1 0.2 1.0", "ColorMode": "BaseColor", "ColorRange": "5.0 99.5"},
                              {"Name": "tables", "ColorMode": "TableColor", "Color": "1 0 0"}),
                             extents=((10, 28.5), (-5, 20), (0, 26)))
                info = self.info(path)
                self.assertEqual(info["format"], "imaris")
                self.assertEqual([image["name"] for image in info["images"]], ["DAPI", "tables"])
                for channel, image in enumerate(info["images"]):
                    self.assertEqual(image["timepoints"], [0, 1])
                    self.assertEqual(image["voxelType"], dtype)
                    self.assertEqual(image["voxelSize"], [0.5, 0.5, 2.0])
                    self.assertEqual(image["unit"], "um")
                    # The extents are those of the outer faces: the first voxel's centre is half a voxel inside.
                    self.assertEqual(image["worldFromVoxel"]["0"],
                                     [0.5, 0, 0, 10.25, 0, 0.5, 0, -4.75, 0, 0, 2.0, 1.0])
                    self.assertEqual([level["size"] for level in image["levels"]],
                                     [list(reversed(downsample(volumes[0][0], f).shape)) for f in factors])
                    self.assertEqual([level["factor"] for level in image["levels"]], [list(f) for f in factors])
                    for timepoint in range(2):
                        levels = [downsample(volumes[timepoint][channel], f) for f in factors]
                        self.assert_planes(path, levels, "--setup", channel, "--time", timepoint)

    def test_a_missing_channel_is_one_sentence_and_the_others_are_shown(self):
        volumes = [[numpy.full((4, 8, 8), 7 + t, "uint8")] for t in range(2)]
        path = self.path("hole.ims")
        write_imaris(path, volumes, ((1, 1, 1),), (4, 8, 8), ({},))
        with h5py.File(path, "a") as file:
            del file["DataSet/ResolutionLevel 0/TimePoint 1/Channel 0"]
        self.assertEqual(self.slice(path, "--index", 0)[0, 0], 7)
        self.assert_fails(1, ["hole.ims", "time point 1"], "slice", path, "--time", 1, "-o", self.path("a.npy"))

    def test_without_texts_sizes_are_those_of_the_datasets(self):
        volume = numpy.arange(6 * 7 * 8, dtype="uint16").reshape(6, 7, 8)
        path = self.path("bare.ims")
        write_imaris(path, [[volume]], ((1, 1, 1),), (6, 7, 8), ({},))
        with h5py.File(path, "a") as file:
            for name in list(file["DataSetInfo/Image"].attrs):
                del file["DataSetInfo/Image"].attrs[name]
            group = file["DataSet/ResolutionLevel 0/TimePoint 0/Channel 0"]
            for name in list(group.attrs):
                del group.attrs[name]
        info = self.info(path)
        self.assertEqual(info["images"][0]["voxelSize"], [1, 1, 1])
        self.assertIn("extent", info["warnings"][0])
        self.assert_planes(path, [volume])

    def test_damaged_files_are_refused_in_one_sentence(self):
        path = self.path("empty.ims")
        with h5py.File(path, "w") as file:
            file.create_group("DataSet")
            file.create_group("DataSetInfo")
        self.assert_fails(1, [path, "no resolution level"], "info", path)
        with h5py.File(path, "a") as file:
            file.create_group("DataSet/ResolutionLevel 0/TimePoint 0")
        self.assert_fails(1, [path, "no channel"], "info", path)
        with h5py.File(path, "a") as file:
            file["DataSet/ResolutionLevel 0/TimePoint 0/Channel 0"] = h5py.ExternalLink("gone.h5", "/Channel 0")
        self.assert_fails(1, [path, "gone.h5"], "info", path)

    def test_real_files_equal_h5py(self):
        data = os.environ.get("VOLARY_TEST_DATA")
        if not data:
            self.skipTest("VOLARY_TEST_DATA does not name the folder of real files")
        for name, timepoints, levels in (("Minimal_IMS_File.ims", 1, 1), ("bdp2-nc1-nt3/image.ims", 3, 2),
                                         ("bdp2-nc1-nt3/image.h5", 3, 2)):
            path = os.path.join(data, "imaris", name)
            with h5py.File(path) as file:
                for timepoint in range(timepoints):
                    with self.subTest(name=name, timepoint=timepoint):
                        volumes = [file[f"DataSet/ResolutionLevel {level}/TimePoint {timepoint}/Channel 0/Data"][:]
                                   for level in range(levels)]
                        self.assert_planes(path, volumes, "--time", timepoint)


if __name__ == "__main__":
    unittest.main(verbosity=2)
