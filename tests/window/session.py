"""One viewer at work: pressing, dragging and looking, each with what must come of it."""

import os
import subprocess
import time

import numpy
from PIL import Image

from viewer_process import TIMEOUT

SCREEN = (1100, 800)
WINDOW = (800, 600)
SKIPPED = 77


def expect(condition, what, *values):
    if not condition:
        raise AssertionError("%s %s" % (what, values if values else ""))


def difference(a, b):
    """Share of pixels that differ visibly."""
    return float((numpy.abs(a.astype(int) - b.astype(int)).max(axis=2) > 8).mean())


def save(window, folder, name):
    Image.fromarray(window).save(os.path.join(folder, name + ".png"))


class Session:
    """One viewer at work, with the checks that hold after whatever was done to it."""

    def __init__(self, viewer, display, output):
        self.viewer = viewer
        self.display = display
        self.output = output

    def look(self, what, until=lambda window: True, keep=None):
        """The window's content, as soon as it shows something, fulfils `until` and stands still: what was drawn is
        shown a moment later. `keep` names a picture in the output folder."""
        width, height = self.viewer.status()["sizePx"]
        last = None
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            window = self.display.screenshot()[:height, :width]
            shown = window.max() > 60 and window.std() > 2.0
            if shown and until(window) and last is not None and (window == last).all():
                if keep:
                    save(window, self.output, keep)
                return window
            last = window
            time.sleep(0.05)
        save(window, self.output, "failed")
        raise AssertionError("%s: the screen does not show it (see failed.png)" % what)

    def look_changed(self, what, before):
        return self.look("change by " + what, lambda window: difference(before, window) > 0.0005)

    def do(self, what, action, condition):
        """Performs `action` and returns (status before, status after), after `condition(before, after)` came true."""
        before = self.viewer.settle("before " + what)
        action()
        after = self.viewer.settle(what, lambda s: s["events"] > before["events"] and condition(before, s))
        return before, after

    def press(self, chord, condition, what=None):
        return self.do(what or chord, lambda: self.display.key(chord), condition)

    def ensure(self, chord, holds):
        """Presses `chord` unless `holds(status)` is so already."""
        if not holds(self.viewer.settle("ensure")):
            self.press(chord, lambda _, s: holds(s))


def view(name):
    return lambda before, after: before["view"][name] != after["view"][name]


def camera(name):
    return lambda before, after: before["view"]["camera"][name] != after["view"]["camera"][name]


def toggled(name):
    return lambda before, after: before[name] != after[name]


def nothing_changes(before, after):
    return before["view"] == after["view"]


def find_window(display):
    found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "Volary"], env=display.environment,
                           check=True, capture_output=True, text=True).stdout.split()
    expect(len(found) == 1, "one window", found)
    return found[0]


def finish(session):
    session.display.key("Ctrl+Q")
    status = session.viewer.wait_for_exit()
    expect(status == 0 and session.viewer.stderr() == "", "a clean end", status, session.viewer.stderr())
