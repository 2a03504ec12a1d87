"""From other programs' files through `volary convert` to programs that are not ours: every level is what numpy makes of the input."""

import hashlib
import os
import unittest

import numpy
import tifffile
import zarr

import downsampling
from bdv_files import BdvFile, BdvWriter, find_bdv_files
from bdv_rules import check_bdv_rules
from ome_zarr_rules import check_ome_image
from support import CommandLineTest, needs_all_records
from zarr_files import attributes, read_array

FACTORS = [(1, 1, 1), (2, 2, 1), (4, 4, 2)]   # x, y, z
OPTIONS = ("--factors", "1,1,1;2,2,1;4,4,2", "--chunks", "16,16,8")
DATA = os.environ.get("VOLARY_TEST_DATA", "")
ZARR_PYTHON_3 = zarr.__version__.startswith("3.")


def make_volume(dtype, shape=(21, 50, 67), seed=1):
    return numpy.random.default_rng(seed).integers(0, 250, shape).astype(dtype)


class RoundTripTest(CommandLineTest):
    def to_bdv(self, file, name="out.xml"):
        """Converts, and opens the result as BigDataViewer would."""
        path = self.path(name)
        self.succeed("convert", file, path, *OPTIONS)
        check_bdv_rules(path)
        return BdvFile(path)

    def assert_means(self, levels, volume):
        levels = list(levels)
        self.assertEqual(len(levels), len(FACTORS))
        for level, factor in zip(levels, FACTORS):
            numpy.testing.assert_array_equal(level, downsampling.mean(volume, factor))

    def write_zarr(self, version, axes, volume):
        """An OME-Zarr image as zarr-python writes it, with the metadata that the specification asks for."""
        path = self.path(f"in{version}.ome.zarr")
        scale = {"type": "scale", "scale": [{"t": 1, "c": 1, "z": 2, "y": 0.5, "x": 0.5}[axis] for axis in axes]}
        kinds = {"t": "time", "c": "channel"}
        multiscale = {"axes": [{"name": axis, "type": kinds.get(axis, "space")} for axis in axes],
                      "datasets": [{"path": "0", "coordinateTransformations": [scale]}]}
        form = {"shape": volume.shape, "chunks": volume.ndim * (16,), "dtype": volume.dtype}
        if ZARR_PYTHON_3:
            group = zarr.open_group(path, mode="w", zarr_format=2)
            array = group.create_array("0", chunk_key_encoding={"name": "v2", "separator": "/"}, **form)
        else:
            group = zarr.open_group(path, mode="w")
            array = group.create_dataset("0", dimension_separator="/", **form)
        array[...] = volume
        group.attrs["multiscales"] = [{"version": version, **multiscale}]
        return path

    def test_tiff_to_bigdataviewer_to_h5py(self):
        for name, options in (("strips", {"rowsperstrip": 7}), ("tiles", {"tile": (16, 32)}), ("zlib", {"compression": "zlib"}),
                              ("big", {"bigtiff": True, "byteorder": ">"})):
            for dtype in ("uint8", "uint16", "float32"):
                with self.subTest(name, dtype=dtype):
                    volume = make_volume(dtype)
                    path = self.path(f"{name}-{dtype}.tif")
                    tifffile.imwrite(path, volume, photometric="minisblack", metadata=None, **options)
                    self.assert_means(self.to_bdv(path, f"{name}-{dtype}.xml").levels(0, 0), volume)

    def test_an_imagej_hyperstack_to_bigdataviewer_to_h5py(self):
        volume = make_volume("uint16", (2, 21, 3, 50, 67))   # t, z, c, y, x
        path = self.path("hyper.tif")
        tifffile.imwrite(path, volume, imagej=True, resolution=(2, 2), metadata={"axes": "TZCYX", "spacing": 2.0, "unit": "um"})
        written = self.to_bdv(path)
        self.assertEqual((written.setups(), written.timepoints(0)), ([0, 1, 2], [0, 1]))
        for timepoint, setup in numpy.ndindex(2, 3):
            self.assert_means(written.levels(setup, timepoint), volume[timepoint, :, setup])
        numpy.testing.assert_allclose(written.world_from_voxel(0, 0)[:3, :3], numpy.diag([0.5, 0.5, 2]))

    def test_ome_zarr_to_bigdataviewer_to_h5py(self):
        volume = make_volume("uint16", (2, 3, 21, 50, 67))   # t, c, z, y, x
        written = self.to_bdv(self.write_zarr("0.4", "tczyx", volume))
        for timepoint, setup in numpy.ndindex(2, 3):
            self.assert_means(written.levels(setup, timepoint), volume[timepoint, setup])
        numpy.testing.assert_allclose(written.world_from_voxel(0, 0)[:3, :3], numpy.diag([0.5, 0.5, 2]))

    def test_bigdataviewer_to_ome_zarr_to_zarr_python_and_back_to_h5py(self):
        volume = make_volume("uint16")
        source = BdvWriter(self.folder, "in", voxel_size=(0.5, 0.5, 2)).add(volume).write()
        for version in ("0.4", "0.5"):
            with self.subTest(version):
                image = self.path(f"out{version}.ome.zarr")
                self.succeed("convert", source, image, "--ome-zarr", version, *OPTIONS)
                check_ome_image(image)
                paths = [dataset["path"] for dataset in attributes(image)["multiscales"][0]["datasets"]]
                self.assert_means([read_array(os.path.join(image, path)) for path in paths], volume)
                if version == "0.4" or ZARR_PYTHON_3:   # Debian 12's zarr-python reads version 2
                    group = zarr.open_group(image, mode="r")
                    self.assert_means([group[path][...] for path in paths], volume)
                back = self.to_bdv(image, f"back{version}.xml")
                self.assert_means(back.levels(0, 0), volume)
                numpy.testing.assert_allclose(back.world_from_voxel(0, 0), BdvFile(source).world_from_voxel(0, 0))

    @unittest.skipUnless(DATA, "VOLARY_TEST_DATA is not set")
    def test_files_of_other_programs_come_through_unchanged(self):
        """Every small stack that tifffile reads as planes of one size."""
        count = 0
        for folder, _, names in os.walk(os.path.join(DATA, "tiff")):
            for name in sorted(names):
                path = os.path.join(folder, name)
                # Volary refuses files that loop; some versions of tifffile read them.
                if not name.endswith((".tif", ".tiff")) or "_loop_" in name or os.path.getsize(path) > 4_000_000:
                    continue
                volume = read_stack(path)
                if volume is None:
                    continue
                with self.subTest(path):
                    count += 1
                    out = self.path(f"{count}.xml")
                    self.succeed("convert", path, out, "--levels", 1)
                    check_bdv_rules(out)
                    numpy.testing.assert_array_equal(next(iter(BdvFile(out).levels(0, 0))), volume)
        self.assertGreater(count, 5)

    @unittest.skipUnless(DATA, "VOLARY_TEST_DATA is not set")
    @needs_all_records
    def test_fijis_files_become_ome_zarr_that_zarr_python_reads(self):
        """Up to twelve images of each BigDataViewer file: zarr-python reads from the copy what h5py reads from the
        file."""
        count = 0
        for number, xml in enumerate(find_bdv_files(DATA)):
            with self.subTest(xml):
                original, image = BdvFile(xml), self.path(f"{number}.ome.zarr")
                views = [(timepoint, setup) for setup in original.setups() for timepoint in original.timepoints(setup)][:12]
                times, setups = (",".join(map(str, sorted(set(ids)))) for ids in zip(*views))
                self.succeed("convert", xml, image, "--levels", 1, "--setups", setups, "--times", times)
                written = list(read_images(image))
                for t, timepoint in enumerate(sorted({timepoint for timepoint, _ in views})):
                    for s, setup in enumerate(sorted({setup for _, setup in views})):
                        if (timepoint, setup) in views:
                            numpy.testing.assert_array_equal(written[s][t], next(original.levels(setup, timepoint)))
                            count += 1
        self.assertGreater(count, 12)

    @unittest.skipUnless(DATA, "VOLARY_TEST_DATA is not set")
    def test_imaris_n5_and_ome_zarr_of_others_become_bigdataviewer_files(self):
        """What is written has the checksum that the independent readers of GOLDEN.tsv found."""
        for file, timepoint, golden_file, place in (
                ("imaris/bdp2-nc1-nt3/image.ims", 2, "imaris/bdp2-nc1-nt3/image.ims", "DataSet/ResolutionLevel 0/TimePoint 2/Channel 0/Data"),
                ("imaris/Minimal_IMS_File.ims", 0, "imaris/Minimal_IMS_File.ims", "DataSet/ResolutionLevel 0/TimePoint 0/Channel 0/Data"),
                ("bdv-n5/mobie-skimage-segmentation/segmentation.xml", 0,
                 "bdv-n5/mobie-skimage-segmentation/segmentation.n5/setup0/timepoint0/s0", "."),
                ("ome-zarr/mobie-mri-v04.ome.zarr", 0, "ome-zarr/mobie-mri-v04.ome.zarr/s0", ".")):
            with self.subTest(file):
                volume = next(self.to_bdv_whole(os.path.join(DATA, file)).levels(0, timepoint))
                digest = hashlib.sha256(numpy.ascontiguousarray(volume).tobytes()).hexdigest()
                self.assertEqual(digest, golden_digest(golden_file, place))

    def to_bdv_whole(self, file):
        path = self.path("whole.xml")
        self.succeed("convert", file, path, "--levels", 1, "--force")
        check_bdv_rules(path)
        return BdvFile(path)


def read_images(root):
    """For each channel of an image, or for each image of a folder: a list of volumes by time, as zarr-python reads
    them."""
    group = zarr.open_group(root, mode="r")
    images = [group] if "multiscales" in group.attrs else [group[name] for name in sorted(group, key=int)]
    for image in images:
        axes = [axis["name"] for axis in image.attrs["multiscales"][0]["axes"]]
        array = image["0"][...]
        array = array if "t" in axes else array[None]
        array = array if "c" in axes else array[:, None]
        for channel in range(array.shape[1]):
            yield array[:, channel]


def golden_digest(file, place):
    """The SHA-256 of an array that GOLDEN.tsv lists."""
    with open(os.path.join(DATA, "GOLDEN.tsv"), encoding="utf-8") as rows:
        for row in rows:
            fields = row.rstrip("\n").split("\t")
            if fields[:2] == [file, place]:
                return fields[7]
    raise KeyError(file, place)


def read_stack(path):
    """The array z, y, x as tifffile reads it; None if it is not one grey image, or may be one of a set of files."""
    try:
        with tifffile.TiffFile(path) as file:
            series = file.series[0]
            if file.is_ome or len(file.series) != 1 or len(series.levels) != 1 or series.axes.strip("ZIQ") != "YX":
                return None
            volume = series.asarray()
    except Exception:   # whatever this tifffile can't read
        return None
    if volume.dtype.kind not in "uif" or volume.dtype.itemsize > 4 or volume.dtype == numpy.float16:
        return None
    return volume.reshape(-1, *volume.shape[-2:])


if __name__ == "__main__":
    unittest.main(verbosity=2)
