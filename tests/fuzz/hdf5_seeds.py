"""Writes small HDF5 files, one for each structure that our reader knows, into the folder that the command line names."""
import sys

import h5py
import numpy as np

FEW = np.arange(24, dtype="<u2").reshape(4, 6)


def chunks(**options):
    return lambda f: f.create_dataset("a", data=FEW, **options)


def paged(f):
    dataset = f.create_dataset("a", shape=(3000,), dtype="u1", chunks=(1,))
    dataset[0] = dataset[2500] = 1


def far(f):
    dataset = f.create_dataset("a", shape=(140000,), dtype="u1", chunks=(1,), maxshape=(None,), compression="gzip")
    dataset[0] = dataset[139000] = 1


def attributes(f):
    for i in range(12):
        f.attrs[f"attribute {i}"] = i
    f.attrs["text"] = "text"
    f.attrs["fixed"] = np.bytes_(b"text")


def links(f):
    for i in range(40):
        f[f"link {i}"] = h5py.SoftLink("/x" * 10)
    f["out"] = h5py.ExternalLink("other.h5", "/x")


def objects(f):
    f["a/b/c/cells"] = FEW
    f["committed"] = np.dtype("i4")
    f.create_dataset("of-committed", (3,), dtype=f["committed"])


SEEDS = {
    "single": chunks(chunks=(4, 6)),
    "single-filtered": chunks(chunks=(4, 6), compression="gzip"),
    "fixed": chunks(chunks=(2, 3)),
    "fixed-filtered": chunks(chunks=(2, 3), compression="gzip"),
    "growing": chunks(chunks=(1, 1), maxshape=(4, None)),
    "both": chunks(chunks=(1, 1), maxshape=(None, None)),
    "both-filtered": chunks(chunks=(1, 1), maxshape=(None, None), compression="gzip"),
    "paged": paged, "far": far, "attributes": attributes, "links": links, "objects": objects,
}
for version in "earliest", "latest":
    for name, write in SEEDS.items():
        block = 512 if name == "objects" else None
        with h5py.File(f"{sys.argv[1]}/{version}-{name}.h5", "w", libver=version, userblock_size=block) as file:
            write(file)
