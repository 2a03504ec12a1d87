"""Coarser levels in numpy, as `volary convert` defines them."""

import numpy


def blocks_reduced(volume, factor, ufunc):
    """`ufunc` over boxes of `factor` (x, y, z) voxels, which are cut at the end."""
    for axis, step in enumerate(reversed(factor)):
        volume = ufunc.reduceat(volume, numpy.arange(0, volume.shape[axis], step), axis=axis)
    return volume


def mean(volume, factor):
    """Exact means of boxes of level 0; integers rounded half up."""
    if all(step == 1 for step in factor):
        return volume
    counts = blocks_reduced(numpy.ones(volume.shape, dtype=object if volume.dtype.itemsize == 8 else numpy.int64), factor, numpy.add)
    if volume.dtype.kind == "f":
        return (blocks_reduced(volume.astype(numpy.float64), factor, numpy.add) / counts.astype(float)).astype(volume.dtype)
    # 64-bit voxels become Python's numbers, which do not overflow.
    wide = volume.astype(object if volume.dtype.itemsize == 8 else numpy.int64)
    return ((2 * blocks_reduced(wide, factor, numpy.add) + counts) // (2 * counts)).astype(volume.dtype)


def maximum(volume, factor):
    return blocks_reduced(volume, factor, numpy.maximum)


def mode(volume, factor):
    """The value that most voxels of the box have, the smallest of those that tie."""
    fz, fy, fx = reversed(factor)
    shape = [-(-n // f) for n, f in zip(volume.shape, (fz, fy, fx))]
    result = numpy.empty(shape, dtype=volume.dtype)
    for z, y, x in numpy.ndindex(*shape):
        values, counts = numpy.unique(volume[z * fz:(z + 1) * fz, y * fy:(y + 1) * fy, x * fx:(x + 1) * fx], return_counts=True)
        result[z, y, x] = values[counts.argmax()]
    return result
