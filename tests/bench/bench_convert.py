#!/usr/bin/python3
"""Compares `volary convert` with scripts that use h5py and zarr-python and write the same levels with the same chunks.

    tests/bench/bench_convert.py INPUT.xml [--passes K] [--threads N] [--memory-mb N]

INPUT.xml is a BigDataViewer dataset of one image of uint16 (tests/bench/make_volume.py makes one). Both sides read it
from its .h5 and write to a folder that is removed afterwards; they take turns, each in a process of its own. The script
prints one JSON object: for each side the seconds, the seconds of all cores, the peak memory and the size of the output,
and the ratios of the best passes. BigDataViewer: deflate 6; OME-Zarr 0.4: zstd 3.
Volary compresses integers as Fiji does (scale-offset before deflate), the h5py script with deflate alone. The scripts
hold one slab of the input at a time and make each level from the one before, which is less work than Volary's exact
means.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

PROJECT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def halve(volume):
    """Means of 2 x 2 x 2 voxels, rounded half up; the last voxel is repeated where one is missing."""
    import numpy
    padded = numpy.pad(volume, [(0, n % 2) for n in volume.shape], mode="edge").astype(numpy.uint32)
    total = sum(padded[z::2, y::2, x::2] for z in (0, 1) for y in (0, 1) for x in (0, 1))
    return ((total + 4) // 8).astype(volume.dtype)


def write_levels(source, create, depth):
    """Writes the levels slab by slab; `create(level, shape)` gives an array to assign to. Each level is made from the
    one before."""
    import numpy
    levels, shape = [], source.shape
    while True:
        levels.append(create(len(levels), shape))
        if max(shape) <= 256:
            break
        shape = tuple(-(-n // 2) for n in shape)
    step = depth << (len(levels) - 1)
    for z in range(0, source.shape[0], step):
        slab = source[z:z + step].view(numpy.uint16)
        for level, target in enumerate(levels):
            if level > 0:
                slab = halve(slab)
            first = z >> level
            target[first:first + slab.shape[0]] = slab


def run_script(kind, hdf5, out):
    import h5py
    with h5py.File(hdf5, "r") as file:
        timepoint = min(name for name in file if name.startswith("t"))
        source = file[f"{timepoint}/{min(file[timepoint])}/0/cells"]
        if kind == "h5py":
            with h5py.File(out, "w", libver="earliest") as written:
                write_levels(source, lambda level, shape: Int16(written.create_dataset(
                    f"t00000/s00/{level}/cells", shape, "int16", chunks=(16, 16, 16), maxshape=(None,) * 3, compression="gzip",
                    compression_opts=6)), 16)
        else:
            import numcodecs
            import zarr
            form = {"dtype": "uint16", "chunks": (64, 64, 64)}
            if zarr.__version__.startswith("3."):
                group = zarr.open_group(out, mode="w", zarr_format=2)
                write_levels(source, lambda level, shape: group.create_array(
                    str(level), shape=shape, compressors=numcodecs.Zstd(3), chunk_key_encoding={"name": "v2", "separator": "/"},
                    **form), 64)
            else:
                group = zarr.open_group(out, mode="w")
                write_levels(source, lambda level, shape: group.create_dataset(
                    str(level), shape=shape, compressor=numcodecs.Zstd(3), dimension_separator="/", **form), 64)


class Int16:
    """Stores uint16 as the int16 that BigDataViewer reads."""

    def __init__(self, dataset):
        self.dataset = dataset

    def __setitem__(self, key, value):
        self.dataset[key] = value.view("int16")


def measure(command):
    """Seconds, seconds of all cores, and peak memory in MB of a process."""
    start = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} failed")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def size_of(path):
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(place, name)) for place, _, names in os.walk(path) for name in names)


def main():
    if sys.argv[1:2] == ["--script"]:
        return run_script(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input")
    parser.add_argument("--volary", default=os.path.join(PROJECT, "build/release/bin/volary"))
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--memory-mb", type=int, default=1024)
    arguments = parser.parse_args()
    hdf5 = arguments.input.replace(".xml", ".h5")
    convert = [arguments.volary, "convert", arguments.input]
    options = ["--quiet", "--force", "--threads", str(arguments.threads), "--memory-mb", str(arguments.memory_mb)]
    script = [sys.executable, os.path.abspath(__file__), "--script"]
    with tempfile.TemporaryDirectory(prefix="volary-bench-") as folder:
        def at(name):
            return os.path.join(folder, name)

        ways = {
            "volaryBdv": (convert + [at("v.xml")] + options + ["--chunks", "16,16,16", "--deflate", "6"], "v.h5"),
            "h5py": (script + ["h5py", hdf5, at("h.h5")], "h.h5"),
            "volaryZarr": (convert + [at("v.ome.zarr")] + options + ["--chunks", "64,64,64", "--codec", "zstd"], "v.ome.zarr"),
            "zarrPython": (script + ["zarr", hdf5, at("z.zarr")], "z.zarr"),
        }
        results = {name: {"seconds": [], "cpuSeconds": [], "peakMb": 0.0} for name in ways}
        for _ in range(arguments.passes):
            for name, (command, output) in ways.items():
                shutil.rmtree(at(output), ignore_errors=True)
                seconds, cpu, peak = measure(command)
                results[name]["seconds"].append(round(seconds, 2))
                results[name]["cpuSeconds"].append(round(cpu, 2))
                results[name]["peakMb"] = round(max(results[name]["peakMb"], peak))
                results[name]["outputMb"] = round(size_of(at(output)) / 1e6, 1)
    def ratio(script, ours, figure):
        return round(min(results[script][figure]) / min(results[ours][figure]), 2)

    print(json.dumps({"input": arguments.input, "load": os.getloadavg()[0], "ways": results,
                      "bdvToH5py": ratio("h5py", "volaryBdv", "seconds"),
                      "bdvToH5pyCpu": ratio("h5py", "volaryBdv", "cpuSeconds"),
                      "zarrToZarrPython": ratio("zarrPython", "volaryZarr", "seconds"),
                      "zarrToZarrPythonCpu": ratio("zarrPython", "volaryZarr", "cpuSeconds")}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
