"""Archives open in place: an OME-Zarr, one TIFF, a folder of planes. Any other archive gives one sentence."""

import os
import shutil
import unittest
import zipfile

import numpy
import tifffile

from bdv_files import BdvWriter
from support import CommandLineTest


class ZipTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.volume = numpy.random.default_rng(3).integers(0, 60000, (24, 30, 40), dtype="uint16")

    def pack(self, name, folder, compression=zipfile.ZIP_STORED):
        path = os.path.join(self.folder, name)
        with zipfile.ZipFile(path, "w", compression) as archive:
            for at, _, files in os.walk(folder):
                for file in files:
                    full = os.path.join(at, file)
                    archive.write(full, os.path.relpath(full, folder))
        return path

    def assert_is_volume(self, path):
        for index in (0, 11, 23):
            numpy.testing.assert_array_equal(self.slice(path, "--axis", "z", "--index", index), self.volume[index])

    def test_ome_zarr_of_both_versions_stored_and_deflated(self):
        xml = BdvWriter(self.folder, "ramp").add(self.volume).write()
        for version in ("0.4", "0.5"):
            zarr = os.path.join(self.folder, f"v{version}.ome.zarr")
            self.succeed("convert", xml, zarr, "--ome-zarr", version)
            for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                self.assert_is_volume(self.pack(f"{version}-{compression}.ozx", zarr, compression))
            # As people pack it: the folder itself, and what macOS adds.
            outer = os.path.join(self.folder, "outer" + version)
            shutil.move(zarr, os.path.join(outer, "image.ome.zarr"))
            os.makedirs(os.path.join(outer, "__MACOSX"))
            with open(os.path.join(outer, "__MACOSX", "._image"), "wb") as file:
                file.write(b"x")
            self.assert_is_volume(self.pack(version + ".zip", outer))

    def test_one_tiff_as_imagej_ships_its_samples_and_a_folder_of_planes(self):
        stack = os.path.join(self.folder, "stack")
        os.makedirs(stack)
        tifffile.imwrite(os.path.join(stack, "t1-head.tif"), self.volume, imagej=True, metadata={"axes": "ZYX"})
        self.assert_is_volume(self.pack("t1-head.zip", stack, zipfile.ZIP_DEFLATED))
        planes = os.path.join(self.folder, "planes")
        os.makedirs(planes)
        for z, plane in enumerate(self.volume):
            tifffile.imwrite(os.path.join(planes, f"plane_z{z:02}.tif"), plane)
        self.assert_is_volume(self.pack("planes.zip", planes))

    def test_an_archive_without_images_is_one_sentence(self):
        notes = os.path.join(self.folder, "notes")
        os.makedirs(notes)
        for name in ("a.txt", "b.txt"):
            with open(os.path.join(notes, name), "w", encoding="utf-8") as file:
                file.write("hello")
        self.assert_fails(1, ["notes.zip", "zip archive without images"], "info", self.pack("notes.zip", notes))
        path = self.pack("cut.zip", notes)
        with open(path, "r+b") as file:
            file.truncate(os.path.getsize(path) - 5)
        self.assert_fails(1, ["cut.zip", "cut off"], "info", path)


if __name__ == "__main__":
    unittest.main()
