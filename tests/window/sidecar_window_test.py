"""A stack without a pyramid in the real window: seen at once, refined while its coarser levels are made, swift the second time."""

import argparse
import json
import os
import shutil
import sys

import numpy
import tifffile
from PIL import Image

from display import Display, missing_tools
from viewer_process import Viewer
from session import SCREEN, SKIPPED, WINDOW, Session, difference, expect, finish

SHAPE = (300, 600, 512)   # z, y, x: some 90 MB, which take seconds to decode


def write_stack(path):
    """Balls of different brightness in noise, which deflate has to work at."""
    random = numpy.random.default_rng(5)
    volume = random.integers(0, 900, SHAPE, dtype=numpy.uint16)
    for _ in range(12):
        centre = [random.uniform(0.15, 0.85) * n for n in SHAPE]
        radius = random.uniform(30, 70)
        lo = [max(0, int(c - radius)) for c in centre]
        box = tuple(slice(a, int(c + radius)) for a, c in zip(lo, centre))
        z, y, x = numpy.meshgrid(*(numpy.arange(s.start, min(s.stop, n)) for s, n in zip(box, SHAPE)), indexing="ij")
        inside = (z - centre[0]) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2 < radius ** 2
        volume[box][inside] += numpy.uint16(random.uniform(1000, 4000))
    tifffile.imwrite(path, volume, compression="zlib", metadata=None, photometric="minisblack")


def lit(window):
    """Share of pixels that are not background."""
    return float((window.max(axis=2) > 50).mean())


def without_status_line(window):
    return window[:-60]


def allow_blocks(path, count):
    """Lets the viewer begin this many blocks of the levels, see --sidecar-blocks."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(str(count))


def check_first_opening(session, blocks):
    """The viewer waits before its first block, and again after it: what is seen until then is seen before the levels."""
    viewer = session.viewer
    viewer.wait(lambda s: s["growing"] and s["sidecar"]["state"] == "building", "the levels are being made")
    early = session.look("the volume is seen while its levels are made", lambda window: lit(window) > 0.1)
    growing = viewer.status()
    expect(growing["growing"] and growing["sidecar"] == {"state": "building", "fraction": 0}, "no level is there yet",
           growing["sidecar"])
    expect(growing["levels"] == 4 and not growing["finished"], "all levels and the preview are announced",
           growing["levels"])
    allow_blocks(blocks, 1)
    viewer.wait(lambda s: 0 < s["sidecar"]["fraction"] < 1, "progress is shown")
    partly = session.look("the first block", lambda window: difference(*map(without_status_line, (window, early))) > 0.001)
    expect(viewer.status()["growing"], "the other blocks are still to be made")
    os.remove(blocks)
    done = viewer.settle("the levels are there", lambda s: s["sidecar"]["state"] == "ready")
    expect(done["levels"] == 3 and not done["growing"], "the preview is gone", done["levels"])
    window = session.look("the whole", keep="sidecar-first")
    expect(lit(window) > 0.1 and difference(*map(without_status_line, (window, partly))) > 0.001,
           "the picture was refined")
    return window


def check_again(session, first):
    opened = session.viewer.wait(lambda s: True, "the second opening")
    expect(opened["sidecar"]["state"] == "ready" and opened["levels"] in (0, 3), "nothing is built again", opened["sidecar"])
    session.viewer.settle("the second opening")
    again = session.look("the second opening", keep="sidecar-again")
    # The status line shows what was read.
    expect((without_status_line(again) == without_status_line(first)).all(), "the same picture")


def check_refused(session):
    status = session.viewer.settle("without coarser levels")
    expect(status["sidecar"]["state"] == "none" and status["levels"] == 1, "the file's own level alone", status["sidecar"])
    # The page cache holds a part of its one level, and nothing says that this is all.
    expect(not status["cacheHoldsAll"], "the page cache is too small", status["cacheHoldsAll"])
    session.look("without coarser levels", keep="sidecar-none")
    session.display.key("F12")
    saved = session.viewer.wait(lambda s: s["screenshots"], "a picture of it")["screenshots"][0]
    with Image.open(saved) as image:
        shown = json.loads(image.text["volary:shown"])
        expect(not shown["cacheHeldAll"] and image.text["volary:converged"] == "99 %", "the picture says so", image.text)
    os.remove(saved)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--volary", required=True)
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()
    volary, output = os.path.abspath(arguments.volary), os.path.abspath(arguments.output)
    os.makedirs(output, exist_ok=True)
    if missing_tools():
        print("skipped: %s not installed; scripts/setup installs them" % ", ".join(missing_tools()))
        return SKIPPED
    stack, cache = os.path.join(output, "stack.tif"), os.path.join(output, "cache")
    shutil.rmtree(cache, ignore_errors=True)
    write_stack(stack)
    environment = {"XDG_CACHE_HOME": cache}
    with Display(*SCREEN) as display:
        def run(check, *more, options=("--cache-mb", "64")):
            with Viewer(volary, stack, display, output, WINDOW, options, environment) as viewer:
                session = Session(viewer, display, output)
                result = check(session, *more)
                finish(session)
                return result

        blocks = os.path.join(output, "blocks")
        allow_blocks(blocks, 0)
        first = run(check_first_opening, blocks, options=("--cache-mb", "64", "--sidecar-blocks", blocks))
        print("first opening")
        run(check_again, first)
        print("second opening")
        shutil.rmtree(os.path.join(cache, "volary"))
        run(check_refused, options=("--cache-mb", "64", "--no-sidecar"))
        expect(not os.path.exists(os.path.join(cache, "volary")), "nothing is kept")
        print("refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
