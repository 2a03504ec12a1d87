#!/usr/bin/python3
"""Measures what peaks cost and what they bring: `volary render --mode mip` from afar with --peaks 0 to 3, against a
picture with more pixels.

    tests/bench/bench_peaks.py VOLARY FILE [--size WxH] [--finer F] [--passes K] [-- OPTIONS OF volary render]

For each number of peaks: the bricks of peaks, the bytes decoded, the milliseconds until the picture converged and the
seconds of all cores, as the best of K passes in turns, with the system's page cache warm. It also says how far the
picture is from what more pixels would show. In that reference each pixel is the mean of the F x F pixels that it covers
in a picture of the same view without peaks, with F times as many pixels along each side. The differences are those of
the pixels that are not dark in the reference, in 8-bit grey values: the mean, the root mean square, and how many pixels
are darker or brighter by 25. State the contrast (-- --range LO,HI) where the file does not: pictures of other levels
would get another one.
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile

import numpy
from PIL import Image

DARK = 20  # grey values
VISIBLE = 25


def draw(volary, file, folder, size, options):
    """The picture's grey values [y, x], its statistics, and the seconds of all cores."""
    png, stats = (os.path.join(folder, name) for name in ("o.png", "s.json"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([volary, "render", file, "--mode", "mip", "--size", "%dx%d" % size, "-o", png, "--stats", stats,
                    *options], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with open(stats, encoding="utf-8") as text:
        return numpy.asarray(Image.open(png).convert("L")).astype(int), json.load(text), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("volary")
    parser.add_argument("file")
    parser.add_argument("--size", default="192x160")
    parser.add_argument("--finer", type=int, default=4)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("options", nargs="*")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    finer = arguments.finer

    with tempfile.TemporaryDirectory() as folder:
        def shoot(factor, peaks):
            return draw(arguments.volary, arguments.file, folder, (width * factor, height * factor),
                        ["--peaks", str(peaks), *arguments.options])

        reference = shoot(finer, 0)[0].reshape(height, finer, width, finer).mean(axis=(1, 3))
        shown = reference > DARK
        passes = [[shoot(1, peaks) for peaks in range(4)] for _ in range(arguments.passes)]
        print("| peaks | bricks of peaks | decoded, MB | converged, ms | seconds of the cores | mean difference | rms "
              "| darker by %d | brighter by %d |" % (VISIBLE, VISIBLE))
        print("|---|---|---|---|---|---|---|---|---|")
        for peaks, results in enumerate(zip(*passes)):
            picture, stats, _ = results[0]
            difference = (picture - reference)[shown]
            print("| %d | %d | %.1f | %.0f | %.2f | %+.1f | %.1f | %.1f %% | %.1f %% |" % (
                peaks, stats["bricksPeaks"], stats["bytesDecoded"] / 1e6, min(r[1]["msConverged"] for r in results),
                min(r[2] for r in results), difference.mean(), numpy.sqrt((difference ** 2).mean()),
                100 * (difference <= -VISIBLE).mean(), 100 * (difference >= VISIBLE).mean()))


if __name__ == "__main__":
    main()
