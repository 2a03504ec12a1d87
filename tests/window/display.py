"""A display of its own with real keys, a real mouse and screenshots: Xvfb and xdotool."""

import os
import shutil
import struct
import subprocess
import tempfile
import time

import numpy

TOOLS = ("Xvfb", "xdotool")

# What xdotool calls the keys that the viewer's key table writes otherwise.
KEYSYMS = {
    "[": "bracketleft", "]": "bracketright", ",": "comma", ".": "period", "Esc": "Escape", "Backspace": "BackSpace",
    "Ctrl": "ctrl", "Shift": "shift", "Alt": "alt",
}


def missing_tools():
    return [tool for tool in TOOLS if not shutil.which(tool)]


def keysyms(chord):
    """"Ctrl+Shift+Z" -> ["ctrl", "shift", "z"]."""
    return [KEYSYMS.get(part, part.lower() if len(part) == 1 else part) for part in chord.split("+")]


class Display:
    """An X server that nobody sees; it ends with the block."""

    def __init__(self, width, height):
        self.size = (width, height)

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="volary-display-")
        read_end, write_end = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "%dx%dx24" % self.size, "-fbdir", self.folder.name,
             "-nolisten", "tcp", "-noreset"],   # else it lets nobody in for a moment when its last window has closed
            pass_fds=[write_end], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        self.environment = dict(os.environ, DISPLAY=":" + number)
        self.environment.pop("WAYLAND_DISPLAY", None)
        # As each user has it; newer drivers complain where there is none.
        self.environment.setdefault("XDG_RUNTIME_DIR", self.folder.name)
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()
        self.folder.cleanup()

    def xdotool(self, *arguments):
        subprocess.run(["xdotool", *map(str, arguments)], env=self.environment, check=True,
                       stdout=subprocess.DEVNULL, timeout=20)

    def key(self, chord):
        """Presses and releases. Modifiers go down for a moment longer, as under a hand."""
        *modifiers, key = keysyms(chord)
        for modifier in modifiers:
            self.xdotool("keydown", modifier)
        self.xdotool("key", key)
        for modifier in reversed(modifiers):
            self.xdotool("keyup", modifier)

    def move(self, x, y):
        self.xdotool("mousemove", int(x), int(y))

    def drag(self, button, start, by, steps=5):
        self.move(*start)
        self.xdotool("mousedown", button)
        for _ in range(steps):
            self.xdotool("mousemove_relative", "--", int(by[0] / steps), int(by[1] / steps))
            time.sleep(0.01)
        self.xdotool("mouseup", button)

    def click(self, x, y):
        self.move(x, y)
        self.xdotool("click", 1)

    def wheel(self, x, y, steps, modifiers=()):
        self.move(x, y)
        for modifier in modifiers:
            self.xdotool("keydown", keysyms(modifier)[0])
        self.xdotool("click", "--repeat", abs(steps), "--delay", 20, 4 if steps > 0 else 5)
        for modifier in reversed(modifiers):
            self.xdotool("keyup", keysyms(modifier)[0])

    def screenshot(self):
        """All of the screen, rows from the top, RGB: the X server's own memory, which it keeps in a file in the format
        of xwd."""
        with open(os.path.join(self.folder.name, "Xvfb_screen0"), "rb") as file:
            dump = file.read()
        header = struct.unpack(">25I", dump[:100])
        header_bytes, width, height, row_bytes, colours = header[0], header[4], header[5], header[12], header[19]
        start = header_bytes + 12 * colours
        rows = numpy.frombuffer(dump, numpy.uint8, row_bytes * height, start).reshape(height, row_bytes // 4, 4)
        return rows[:, :width, 2::-1].copy()
