"""Maximum intensity projections: what `volary render --axis` draws against numpy."""

import numpy

from support import AXES

BRICK = 32         # payload voxels along each axis of a brick, and with its border:
PADDED_BRICK = 34


def grey(values, limits):
    """The grey 0 ... 255 of voxel values, not rounded."""
    low, high = limits
    return numpy.clip((values.astype(float) - low) / (high - low), 0, 1) * 255


def page_bytes(volume):
    """What all bricks of the volume take in the page cache: wider types are float32 there."""
    bricks = numpy.prod([-(-n // BRICK) for n in volume.shape])
    return int(bricks) * PADDED_BRICK**3 * min(volume.itemsize, 4)


def assert_projections(test, xml, volume, limits, *options):
    """Checks the projections along each axis, with a page cache that holds all and one that holds a tenth: exact for
    uint8, else within 1."""
    brick_bytes = PADDED_BRICK**3 * min(volume.itemsize, 4)
    # A ray needs all bricks that it passes at the same time, and the coarsest level besides.
    deepest = max(-(-n // BRICK) for n in volume.shape)
    tenth = max(page_bytes(volume) // 10, (2 * deepest + 8) * brick_bytes)
    for axis, array_axis in AXES.items():
        expected = grey(volume.max(axis=array_axis), limits)
        for cache_bytes in (2 * page_bytes(volume) + (4 << 20), tenth):
            picture, stats = test.render(xml, "--axis", axis, "--mode", "mip", "--level", 0,
                                         "--range", f"{limits[0]},{limits[1]}", "--cache-mb", cache_bytes / 2**20,
                                         *options)
            call = f"{xml} along {axis}, page cache of {cache_bytes} bytes"
            test.assertEqual(picture.shape, (*expected.shape, 3), call)
            test.assertLessEqual(stats["pageCacheBytes"], cache_bytes, call)
            test.assertTrue(stats["converged"], call)
            test.assertEqual(stats["bricksFailed"], 0, call)
            if volume.dtype == numpy.uint8 and tuple(limits) == (0, 255):
                numpy.testing.assert_array_equal(picture[..., 0], expected, err_msg=call)
            else:
                numpy.testing.assert_allclose(picture[..., 0], expected, atol=1, err_msg=call)
            numpy.testing.assert_array_equal(picture[..., 0], picture[..., 2], err_msg=call)
    # The small cache can't have held it all: bricks came and went.
    if page_bytes(volume) > 2 * tenth:
        test.assertGreater(stats["bytesUploaded"], stats["pageCacheBytes"], xml)
