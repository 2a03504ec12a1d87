"""Voxels beyond 2^31, 2^32 and 2^40, in chunks that lie beyond the first 4 GiB of the file: 64 bits all the way.

One level has 14208 x 10688 x 12032 voxels of 16 bit, 3.3 TiB. A few chunks of it are stored, all others are zero, and the
file has a hole of 5 GiB before them.
"""

import json
import os
import unittest

import h5py
import numpy

from support import AXES, CommandLineTest, read_png

SIZE = (12032, 10688, 14208)  # z, y, x
CHUNK = (50, 64, 60)          # x and z do not divide the size
HOLE_BYTES = 5 << 30
COARSE = 64                   # factor of the pyramid's coarsest level

# Numbers of the chunks that are stored, z, y, x: voxels 2^31 and 2^32 (counted x fastest) lie in planes 14 and 28, bytes 2^31
# and 2^32 in planes 7 and 14; the last ones are the corner of the volume.
STORED = ((0, 0, 0), (0, 71, 117), (0, 166, 236), (1, 3, 0), (7, 166, 1), (120, 83, 118), (239, 165, 234), (240, 0, 236),
          (240, 166, 0), (240, 165, 236), (240, 166, 236))


def voxels_at(origin, shape):
    """A pattern above 0 that does not repeat anywhere near."""
    z, y, x = (numpy.arange(begin, begin + count, dtype="int64") for begin, count in zip(origin, shape))
    return (1 + (x[None, None] * 7 + y[None, :, None] * 31 + z[:, None, None] * 101) % 60000).astype("uint16")


def write_chunk(dataset, number, compressed):
    origin = tuple(n * c for n, c in zip(number, CHUNK))
    chunk = voxels_at(origin, CHUNK)
    inside = tuple(slice(0, max(0, size - begin)) for begin, size in zip(origin, SIZE))
    if compressed:
        end = tuple(min(begin + c, size) for begin, c, size in zip(origin, CHUNK, SIZE))
        dataset[tuple(map(slice, origin, end))] = chunk[inside]
    else:
        # What lies beyond the level stays in the file and belongs to nobody.
        dataset.id.write_direct_chunk(origin, chunk.tobytes())


class HugeTest(CommandLineTest):
    def write(self, name, factors, compressed):
        xml, h5 = self.path(name + ".xml"), self.path(name + ".h5")
        with h5py.File(h5, "w", libver="earliest") as file:
            never_written = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            never_written.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            never_written.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
            h5py.h5d.create(file.id, b"hole", h5py.h5t.STD_U8LE, h5py.h5s.create_simple((HOLE_BYTES,)), never_written)
            group = file.create_group("s00")
            group["resolutions"] = numpy.array(factors, "float64")
            group["subdivisions"] = numpy.array([CHUNK[::-1]] * len(factors), "int32")
            group.attrs["dataType"] = numpy.bytes_("uint16")
            finest = file.create_dataset("t00000/s00/0/cells", SIZE, "uint16", chunks=CHUNK,
                                         compression="gzip" if compressed else None)
            for number in STORED:
                write_chunk(finest, number, compressed)
            self.assertGreater(finest.id.get_chunk_info(0).byte_offset, 1 << 32)
            if len(factors) > 1:
                file["t00000/s00/1/cells"] = self.coarse()
        with open(xml, "w", encoding="utf-8") as file:
            file.write(f"""<SpimData version="0.2"><BasePath type="relative">.</BasePath><SequenceDescription>
<ImageLoader format="bdv.hdf5"><hdf5 type="relative">{name}.h5</hdf5></ImageLoader>
<ViewSetups><ViewSetup><id>0</id><name>huge</name></ViewSetup></ViewSetups>
<Timepoints type="range"><first>0</first><last>0</last></Timepoints></SequenceDescription>
<ViewRegistrations><ViewRegistration timepoint="0" setup="0"><ViewTransform type="affine">
<affine>1 0 0 0 0 1 0 0 0 0 1 0</affine></ViewTransform></ViewRegistration></ViewRegistrations></SpimData>""")
        self.assertLess(os.stat(h5).st_blocks * 512, 100 << 20, "the hole takes room on this file system")
        return xml, h5

    @staticmethod
    def coarse():
        z, y, x = numpy.indices([size // COARSE for size in SIZE])
        return (x * 200 + y * 70 + z % 3).astype("uint16")

    def assert_plane(self, xml, axis, index, stored_shares):
        plane = self.slice(xml, "--axis", axis, "--index", index)
        array_axis = AXES[axis]
        expected_shape = SIZE[:array_axis] + SIZE[array_axis + 1:]
        self.assertEqual((plane.shape, plane.dtype), (expected_shape, numpy.dtype("uint16")))
        left = numpy.count_nonzero(plane)
        found = 0
        for number in STORED:
            if number[array_axis] != index // CHUNK[array_axis]:
                continue
            found += 1
            begin = [n * c for n, c in zip(number, CHUNK)]
            end = [min(b + c, size) for b, c, size in zip(begin, CHUNK, SIZE)]
            begin[array_axis], end[array_axis] = index, index + 1
            expected = voxels_at(begin, [e - b for b, e in zip(begin, end)]).squeeze(array_axis)
            del begin[array_axis], end[array_axis]
            part = plane[tuple(map(slice, begin, end))]
            numpy.testing.assert_array_equal(part, expected, err_msg=f"{axis} {index} {number}")
            left -= part.size
        self.assertEqual(found, stored_shares)
        self.assertEqual(left, 0, f"{axis} {index}: voxels that are not stored are not zero")

    def test_planes_along_each_axis_hold_the_voxels_that_were_written(self):
        xml, h5 = self.write("huge", ((1, 1, 1),), compressed=False)
        for axis, index, stored_shares in (("z", 0, 3), ("z", SIZE[0] - 1, 4), ("y", SIZE[1] - 1, 4), ("x", SIZE[2] - 1, 4),
                                           ("x", SIZE[2] // 2 - 20, 1)):
            self.assert_plane(xml, axis, index, stored_shares)
        # The pattern above replaces h5py where h5py would take minutes: here the two are compared.
        with h5py.File(h5, "r") as file:
            cells = file["t00000/s00/0/cells"]
            corner = tuple(slice(size - 100, size) for size in SIZE)
            last = self.slice(xml, "--axis", "y", "--index", SIZE[1] - 7)
            numpy.testing.assert_array_equal(last[-100:, -100:], cells[corner][:, -7])

    def test_info_tells_sizes_beyond_32_bits(self):
        xml, _ = self.write("huge", ((1, 1, 1), (COARSE,) * 3), compressed=True)
        levels = self.info(xml, "--bytes")["images"][0]["levels"]
        self.assertEqual(levels[0]["size"], list(reversed(SIZE)))
        self.assertLess(0, levels[0]["bytesStored"])
        self.assertIn("3.32 TiB", self.succeed("info", xml).stdout)

    def view(self, width, height, **camera):
        path = self.path("view.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"volaryView": 1, "setup": 0, "timepoint": 0, "space": "voxel", "mode": "mip",
                       "interpolation": "nearest", "range": [0, 60001],
                       "camera": {"projection": "orthographic", "orientationWxyz": [1, 0, 0, 0], "fovYDegrees": 30,
                                  "pivotDistance": 1000, **camera}}, file)
        return ["--view", path, "--size", f"{width}x{height}"]

    def assert_corner(self, xml, options):
        """Looks along z at the far corner, one pixel a voxel, with a margin beyond the volume."""
        width, height, margin = 160, 120, 20
        begin = (SIZE[1] - height + margin, SIZE[2] - width + margin)
        view = self.view(width, height, orthoHeight=height,
                         position=[begin[1] + width / 2 - 0.5, begin[0] + height / 2 - 0.5, -10])
        picture, stats = self.render(xml, *view, *options)
        expected = numpy.zeros((height, width))
        for number in STORED:
            origin = [n * c for n, c in zip(number, CHUNK)]
            end = [min(b + c, size) for b, c, size in zip(origin, CHUNK, SIZE)]
            shadow = voxels_at(origin, [e - b for b, e in zip(origin, end)]).max(axis=0)
            rows, columns = (numpy.arange(origin[i + 1], end[i + 1]) - begin[i] for i in (0, 1))
            seen_rows, seen_columns = ((at >= 0) & (at < n) for at, n in ((rows, height), (columns, width)))
            if seen_rows.any() and seen_columns.any():
                part = expected[numpy.ix_(rows[seen_rows], columns[seen_columns])]
                expected[numpy.ix_(rows[seen_rows], columns[seen_columns])] = numpy.maximum(
                    part, shadow[numpy.ix_(seen_rows, seen_columns)])
        self.assertGreater(numpy.count_nonzero(expected), width * height // 4)
        difference = numpy.abs(picture[..., 0] - expected / 60001 * 255)
        self.assertLess(difference.max(), 1.0)
        self.assertTrue(stats["converged"])
        self.assertEqual(stats["bricksFailed"], 0)
        return stats

    def test_the_far_corner_is_drawn_voxel_for_voxel_in_bounded_memory(self):
        # Without a pyramid the picture is drawn in parts where the cache is too small; with one it would become coarser.
        for factors, cache_mib in ((((1, 1, 1),), 128), (((1, 1, 1), (COARSE,) * 3), 640)):
            xml, _ = self.write("huge", factors, compressed=True)
            stats = self.assert_corner(xml, ["--cache-mb", cache_mib, "--host-mb", 64])
            # The software device's memory counts too, and twice: it maps the page cache for uploads and for shaders.
            self.assertLess(stats["peakHostBytes"], (2 * cache_mib + 64 + 192) << 20)

    def test_the_whole_volume_is_drawn_without_stripes(self):
        xml, _ = self.write("huge", ((1, 1, 1), (COARSE,) * 3), compressed=False)
        coarse = self.coarse()
        width, height = coarse.shape[2], coarse.shape[1]
        view = self.view(width, height, orthoHeight=SIZE[1],
                         position=[SIZE[2] / 2 - 0.5, SIZE[1] / 2 - 0.5, -10])
        picture, stats = self.render(xml, *view)
        difference = numpy.abs(picture[..., 0] - coarse.max(axis=0) / 60001 * 255)
        self.assertLess(difference.max(), 1.0)
        self.assertEqual(list(stats["levelShown"]), ["1"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
