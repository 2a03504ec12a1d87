"""HDF5 files of no particular layout: each 3-D dataset is an image, equal to what h5py reads."""

import glob
import os
import unittest

import h5py
import numpy

from support import AXES, CommandLineTest, take_plane


def volumes_of(path):
    """The names and arrays of all 3-D datasets of numbers; none of a file that h5py itself refuses."""
    volumes = {}

    def take(name, dataset):
        if isinstance(dataset, h5py.Dataset) and dataset.ndim == 3 and dataset.dtype.kind in "iuf" and dataset.size:
            volumes[name] = dataset[:]

    try:
        with h5py.File(path) as file:
            file.visititems(take)
    except OSError:
        return {}
    return volumes


class Hdf5VolumeTest(CommandLineTest):
    def assert_volumes(self, path):
        """Checks that `volary info` lists the volumes that h5py finds and `volary slice` gives their voxels; returns
        how many."""
        volumes = volumes_of(path)
        info = self.info(path)
        self.assertEqual({image["name"] for image in info["images"]}, set(volumes))
        for image in info["images"]:
            volume = volumes[image["name"]]
            if volume.dtype == numpy.float16:
                volume = volume.astype("float32")
            self.assertEqual(image["levels"][0]["size"], list(reversed(volume.shape)))
            for axis, array_axis in AXES.items():
                index = volume.shape[array_axis] // 2
                plane = self.slice(path, "--setup", image["setup"], "--axis", axis, "--index", index)
                expected = take_plane(volume, axis, index)
                numpy.testing.assert_array_equal(plane, expected, f"{path} {image['name']} {axis}={index}")
                self.assertEqual(plane.dtype, expected.dtype.newbyteorder("="))
        return len(volumes)

    def test_datasets_of_each_kind_of_storage_equal_h5py(self):
        random = numpy.random.default_rng(3)
        path = self.path("mixed.h5")
        with h5py.File(path, "w") as file:
            volume = (random.random((9, 20, 33)) * 1000).astype("uint16")
            file.create_dataset("raw/contiguous", data=volume)
            file.create_dataset("raw/big endian", data=volume.astype(">i4"))
            file.create_dataset("exported_data", data=volume, chunks=(4, 8, 16), compression="gzip", shuffle=True)
            file.create_dataset("lzf", data=volume.astype("float32"), chunks=(4, 8, 16), compression="lzf")
            file.create_dataset("table", data=numpy.zeros((3, 3)))
            file.create_dataset("movie", data=numpy.zeros((2, 3, 4, 5), "u1"))
            file["exported_data"].attrs["element_size_um"] = numpy.array([2.0, 0.5, 0.25])
        self.assertEqual(self.assert_volumes(path), 4)
        info = self.info(path)
        self.assertEqual(info["format"], "hdf5")
        exported = next(image for image in info["images"] if image["name"] == "exported_data")
        self.assertEqual((exported["voxelSize"], exported["unit"]), ([0.25, 0.5, 2.0], "um"))
        self.assertEqual(exported["worldFromVoxel"]["0"], [0.25, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 2.0, 0])
        self.assertTrue(any("movie" in warning and "table" in warning for warning in info["warnings"]))

    def test_groups_that_are_linked_in_a_circle_end(self):
        path = self.path("circle.h5")
        with h5py.File(path, "w") as file:
            group = file.create_group("a/b")
            group["volume"] = numpy.ones((2, 3, 4), "u1")
            group["back"] = file["a"]
            group["gone"] = h5py.SoftLink("/nowhere")
            group["other"] = h5py.ExternalLink("missing.h5", "/x")
        self.assertIn("a/b/volume", [image["name"] for image in self.info(path)["images"]])

    def test_a_file_without_a_volume_is_one_sentence(self):
        path = self.path("table.h5")
        with h5py.File(path, "w") as file:
            file["table"] = numpy.zeros((3, 3))
        self.assert_fails(1, [path, "holds no volume"], "info", path)

    def test_published_files_equal_h5py(self):
        data = os.environ.get("VOLARY_TEST_DATA")
        if not data:
            self.skipTest("VOLARY_TEST_DATA does not name the folder of real files")
        found = 0
        for path in sorted(glob.glob(os.path.join(data, "hdf5-conformance/jhdf/*.hdf5"))):
            if volumes_of(path):
                with self.subTest(path=path):
                    found += self.assert_volumes(path)
        found += self.assert_volumes(os.path.join(data, "imaris/bdp2-nc1-nt3/image--C00--T00001.h5"))
        self.assertGreaterEqual(found, 15)


if __name__ == "__main__":
    unittest.main(verbosity=2)
