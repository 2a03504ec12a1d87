"""Writes small BigDataViewer HDF5 files: two levels each, every filter, index, voxel type and way to state it."""
import pathlib
import sys

import chunks
import h5py
import numpy as np

folder = pathlib.Path(sys.argv[1])


def write(name, dtype="<u2", meaning=None, libver="earliest", **options):
    with h5py.File(folder / f"{name}.h5", "w", libver=libver) as file:
        file["s00/resolutions"] = np.array([[1.0, 1, 1], [2, 2, 2]])
        file["s00/subdivisions"] = np.array([[4, 4, 4], [4, 4, 4]], "i4")
        if meaning:
            file["s00"].attrs["dataType"] = meaning
        for level, shape in enumerate([(5, 6, 7), (3, 3, 4)]):
            data = chunks.voxels(dtype, shape, "noise")
            more = {} if options.get("chunks") is False else dict(chunks=(3, 3, 4))
            more.update({key: value for key, value in options.items() if key != "chunks"})
            file.create_dataset(f"t00000/s00/{level}/cells", data=data, **more)


for libver in "earliest", "latest":
    for label, options in chunks.FILTERS.items():
        write(f"{libver}-{label}", libver=libver, **options)
    write(f"{libver}-growing", libver=libver, maxshape=(None, None, None), compression="gzip")
    write(f"{libver}-growing-first", libver=libver, maxshape=(None, 6, 7), compression="gzip")
    write(f"{libver}-unchunked", libver=libver, chunks=False)
    write(f"{libver}-fill", libver=libver, fillvalue=9)
for dtype in ["u1", "i1", "<i2", ">u2", "<u4", "<i8", "<f4", ">f8"]:
    write(f"type-{dtype[-2:]}", dtype=dtype, compression="gzip")
write("meant", dtype="<i2", meaning="uint16")
