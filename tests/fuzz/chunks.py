"""Chunks as HDF5 stores them, for the seeds of the decoders: made here with every filter, and real ones."""
import io
import os
import pathlib

import h5py
import numpy as np

FILTERS = {
    "raw": {}, "deflate": dict(compression="gzip"), "lzf": dict(compression="lzf"),
    "shuffle": dict(shuffle=True, compression="gzip"), "fletcher": dict(fletcher32=True),
    "scaled": dict(scaleoffset=0), "scaled-deflate": dict(scaleoffset=0, compression="gzip"),
    "scaled-shuffle": dict(scaleoffset=0, shuffle=True, compression="lzf"),
    "checked": dict(shuffle=True, compression="lzf", fletcher32=True),
}


def voxels(dtype, shape, kind):
    index = np.indices(shape).sum(0)
    values = {"flat": index * 0 + 7, "ramp": index * 5 + 100, "noise": np.random.default_rng(1).integers(0, 120, shape)}
    return values[kind].astype(dtype)


def made_files():
    for name, options in FILTERS.items():
        stored = io.BytesIO()
        with h5py.File(stored, "w") as file:
            for dtype in ["u1", "<u2", ">i2", "<i4", "<u8", "<f4"]:
                if dtype == "<f4" and "scaleoffset" in options:
                    continue
                for kind in ["flat", "ramp", "noise"]:
                    for fill in [None, 100]:
                        data = voxels(dtype, (4, 5, 6), kind)
                        file.create_dataset(f"{dtype[-2:]} {kind} {fill}", data=data, chunks=data.shape,
                                            fillvalue=fill, **options)
        yield name, stored


def real_files():
    data = os.environ.get("VOLARY_TEST_DATA")
    for file in sorted(pathlib.Path(data, "bdv-hdf5").rglob("*.h5")) if data else []:
        yield file.stem, file


def chunks_of(name, stored, per_dataset, max_bytes):
    with h5py.File(stored, "r") as file:
        found = []

        def look(path, item):
            if isinstance(item, h5py.Dataset) and item.chunks:
                for i in range(min(per_dataset, item.id.get_num_chunks())):
                    info = item.id.get_chunk_info(i)
                    if info.size <= max_bytes:
                        mask, raw = item.id.read_direct_chunk(info.chunk_offset)
                        found.append((f"{name}-{path}-{i}".replace("/", "-").replace(" ", "-"), item, mask, raw))

        file.visititems(look)
        for label, item, mask, raw in found:
            plist = item.id.get_create_plist()
            filters = [plist.get_filter(i) for i in range(plist.get_nfilters())]
            yield label, item.dtype, item.chunks, [(f[0], list(f[2])) for f in filters], mask, raw


def all_chunks(max_bytes=4000):
    """Yields label, dtype, chunk shape, filters as (id, client data), filter mask, stored bytes."""
    for name, stored in made_files():
        yield from chunks_of(name, stored, 1, max_bytes)
    for name, file in real_files():
        yield from chunks_of(name, file, 2, max_bytes)
