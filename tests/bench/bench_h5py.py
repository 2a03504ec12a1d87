#!/usr/bin/python3
"""Measures how fast h5py reads a level, chunk by chunk, on 1 thread and on several: the companion of `volary bench io`.

    tests/bench/bench_h5py.py FILE.h5 t00000/s00/0/cells [--threads N] [--passes K]

Prints one JSON object. MB/s are 10^6 bytes of decoded voxels a second. The page cache is warm: an untimed pass comes
first.
"""

import argparse
import itertools
import json
import os
import statistics
import threading
import time

import h5py


def time_pass(cells, boxes, threads):
    """Seconds until `threads` threads have read all boxes."""
    remaining = iter(boxes)
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                box = next(remaining, None)
            if box is None:
                return
            cells[box]

    workers = [threading.Thread(target=work) for _ in range(threads)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("dataset")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--passes", type=int, default=5)
    arguments = parser.parse_args()
    with h5py.File(arguments.file, "r") as file:
        cells = file[arguments.dataset]
        boxes = list(itertools.product(*([slice(at, min(at + step, extent)) for at in range(0, extent, step)]
                                         for extent, step in zip(cells.shape, cells.chunks))))
        time_pass(cells, boxes, 1)
        threads = sorted({1, arguments.threads})
        seconds = {count: [] for count in threads}
        for _ in range(arguments.passes):
            for count in threads:
                seconds[count].append(time_pass(cells, boxes, count))
        megabytes = int(cells.size) * cells.dtype.itemsize / 1e6
        print(json.dumps({
            "size": list(map(int, reversed(cells.shape))),
            "chunk": list(map(int, reversed(cells.chunks))),
            "chunks": len(boxes),
            "bytesDecoded": int(cells.size) * cells.dtype.itemsize,
            "h5py": h5py.version.version,
            "hdf5": h5py.version.hdf5_version,
            "runs": [{"pageCache": "warm",
                      "threads": count,
                      "mbPerSecondBest": megabytes / min(times),
                      "mbPerSecondMedian": megabytes / statistics.median(times),
                      "seconds": times} for count, times in seconds.items()],
        }))


if __name__ == "__main__":
    main()
