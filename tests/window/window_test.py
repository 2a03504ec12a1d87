"""Operates the viewer as a person would: a real window, every documented key and gesture, looked at after each.

The keys come from `volary keys --json`, so a key without an expectation here fails the test. Screenshots of the
milestones are kept in the output folder.
"""

import argparse
import json
import os
import subprocess
import sys

import numpy
from PIL import Image

from display import Display, missing_tools
from sample_files import damage_chunk, write_dataset
from session import (SCREEN, SKIPPED, WINDOW, Session, camera, expect, find_window, finish, nothing_changes, toggled,
                     view)
from viewer_process import Viewer


def direction(axis):
    """The orientation that faces the plane across `axis` of an image that lies along the world's axes: w, x, y, z."""
    half = 0.5 ** 0.5
    quaternions = {"z": (1, 0, 0, 0), "x": (half, 0, -half, 0), "y": (half, half, 0, 0)}
    return lambda _, after: abs(numpy.dot(quaternions[axis], after["view"]["camera"]["orientationWxyz"])) > 0.9999


# What each command does, by its id: a condition on the status before and after. None: it has a test of its own.
EXPECTATIONS = {
    "fly-forward": None, "fly-back": None, "fly-left": None, "fly-right": None, "fly-down": None, "fly-up": None,
    "turn-left": camera("orientationWxyz"), "turn-right": camera("orientationWxyz"),
    "zoom-in": lambda b, a: a["view"]["camera"]["pivotDistance"] < b["view"]["camera"]["pivotDistance"],
    "zoom-out": lambda b, a: a["view"]["camera"]["pivotDistance"] > b["view"]["camera"]["pivotDistance"],
    "align-xy": direction("z"), "align-zy": direction("x"), "align-xz": direction("y"),
    "toggle-projection": camera("projection"),
    "reset-view": camera("orthoHeight"),
    "undo": camera("orientationWxyz"), "redo": camera("orientationWxyz"),
    "step-back": camera("position"), "step-forward": camera("position"),
    "previous-timepoint": view("timepoint"), "next-timepoint": view("timepoint"),
    "choose-setup": None, "toggle-visible": None, "toggle-fused": view("fused"), "next-blend": view("blend"),
    "toggle-layout": view("layout"), "toggle-oblique": view("layout"), "toggle-mode": view("mode"), "next-mode": view("mode"),
    "toggle-lighting": view("lighting"), "toggle-interpolation": view("interpolation"),
    "toggle-clip": lambda b, a: a["view"]["clip"]["on"] != b["view"]["clip"]["on"],
    "add-clip-plane": lambda b, a: len(a["view"]["clip"]["planes"]) == len(b["view"]["clip"]["planes"]) + 1,
    "add-shown-plane": lambda b, a: len(a["view"]["slices"]["planes"]) == len(b["view"]["slices"]["planes"]) + 1,
    "auto-contrast": view("setups"),
    "toggle-overlay": view("overlay"), "toggle-resolution": view("overlay"),
    "toggle-panel": toggled("panelsOpen"), "toggle-help": toggled("helpOpen"), "toggle-full-screen": None,
    "screenshot": None, "retry-failed": nothing_changes, "close-dialogs": None, "quit": None,
}

# What has to be done first so that the command can show its effect.
PREPARATIONS = {
    "align-xy": ["Left"], "align-zy": ["Left"], "align-xz": ["Left"], "reset-view": ["Up"], "undo": ["Left"],
    "redo": ["Left", "Ctrl+Z"], "toggle-lighting": ["C", "C"], "previous-timepoint": ["]"], "next-timepoint": ["["],
    "toggle-clip": ["B"],
    # A second plane where the first one lies would cut nothing away.
    "add-clip-plane": ["Left", "Left"],
}

# Commands that change what the 3-D picture shows: the screen must show it. Trilinear or nearest is visible only in
# slices. The sum of green and magenta is their maximum. In a complete picture no pixel is coarser than wanted.
INVISIBLE = {"toggle-resolution", "retry-failed", "toggle-interpolation", "auto-contrast", "next-blend"}

FLIGHT = {"fly-forward": (2, 1), "fly-back": (2, -1), "fly-left": (0, -1), "fly-right": (0, 1), "fly-down": (1, 1),
          "fly-up": (1, -1)}


def check_keys(session, keys):
    unknown = {command["command"] for command in keys} ^ set(EXPECTATIONS)
    expect(not unknown, "commands without an expectation, or expectations without a command:", unknown)
    for command in keys:
        expected = EXPECTATIONS[command["command"]]
        if not expected:
            continue
        for chord in command["keys"]:
            for first in PREPARATIONS.get(command["command"], []):
                session.do("before " + chord, lambda: session.display.key(first), lambda b, a: True)
            # There and back again: what follows starts from the same state.
            for _ in range(2 if command["command"].startswith("toggle-") else 1):
                before = session.look("before " + chord)
                session.press(chord, expected)
                if command["command"] not in INVISIBLE:
                    session.look_changed(chord, before)
    print("keys: %d commands" % len(keys))


def check_flight(session, keys):
    """A held key flies along the camera's own axis for as long as it is down."""
    session.ensure("O", lambda s: s["view"]["camera"]["projection"] == "perspective")
    session.press("Home", lambda b, a: True)
    session.press("Shift+Z", direction("z"))  # the camera's axes are the world's now
    for command in keys:
        if command["command"] not in FLIGHT:
            continue
        axis, sign = FLIGHT[command["command"]]
        key = command["keys"][0].lower()
        before = session.viewer.settle("flight")["view"]["camera"]["position"]
        session.display.xdotool("keydown", key)
        session.viewer.wait(lambda s: s["moving"] and sign * (s["view"]["camera"]["position"][axis] - before[axis]) > 5,
                            command["command"])
        session.display.xdotool("keyup", key)
        after = session.viewer.settle("after " + command["command"])["view"]["camera"]["position"]
        sideways = [abs(after[i] - before[i]) for i in range(3) if i != axis]
        expect(max(sideways) < 1e-6 * max(map(abs, after)), command["command"], "goes straight", before, after)
    print("flight")


def check_setups(session, setup_ids):
    for number in range(9, 0, -1):
        if number <= len(setup_ids):
            session.press(str(number), lambda _, a: a["view"]["setup"] == setup_ids[number - 1])
            session.look("setup %d" % number)
        else:
            session.press(str(number), lambda _, a: any("no setup number %d" % number in m for m in a["messages"]))
    session.press("Esc", lambda _, a: not a["messages"])

    # All at once, as channels of one image are opened; the first is the current one.
    session.ensure("F", lambda s: s["view"]["fused"])
    session.ensure("C", lambda s: s["view"]["mode"] == "mip")
    both = session.look("both setups", keep="fused")
    session.press("Shift+2", lambda _, a: not a["view"]["setups"][1]["visible"])
    first = session.look_changed("the second one hidden", both)
    session.press("F", lambda _, a: not a["view"]["fused"])
    session.look("alone it looks the same", lambda window: (window == first).all())
    session.press("F", lambda _, a: a["view"]["fused"])
    session.press("Shift+2", lambda _, a: a["view"]["setups"][1]["visible"])
    session.look("both again", lambda window: (window == both).all())
    session.ensure("U", lambda s: s["view"]["blend"] == "over")
    session.look_changed("one over the other", both)
    session.ensure("U", lambda s: s["view"]["blend"] == "sum")
    session.press("Shift+3", lambda _, a: any("no setup number 3" in m for m in a["messages"]))
    session.press("Esc", lambda _, a: not a["messages"])
    print("setups")


def check_dialogs(session):
    session.press("F1", lambda _, a: a["helpOpen"])
    session.look("help", keep="help")
    session.press("Esc", lambda _, a: not a["helpOpen"])
    session.press("P", lambda _, a: a["panelsOpen"])
    session.press("R", lambda _, a: a["view"]["overlay"] == "residency")
    session.look("residency", keep="residency")
    session.press("Shift+R", lambda _, a: a["view"]["overlay"] == "resolution")
    session.look("resolution", keep="resolution")
    session.press("Shift+R", lambda _, a: a["view"]["overlay"] == "none")
    session.press("P", lambda _, a: not a["panelsOpen"])
    print("help and panels")


def check_undo(session):
    """Undo brings back the very picture."""
    session.press("Home", lambda b, a: True)
    first = session.look("first view")
    session.press("Up", camera("pivotDistance"))
    second = session.look_changed("zoom", first)
    session.press("Ctrl+Z", camera("pivotDistance"))
    session.look("undo brings back the picture", lambda window: (window == first).all())
    session.press("Ctrl+Shift+Z", camera("pivotDistance"))
    session.look("redo brings back the picture", lambda window: (window == second).all())
    print("undo and redo")


def check_volume_mouse(session):
    session.press("Home", lambda b, a: True)
    centre = (WINDOW[0] // 2, WINDOW[1] // 2)
    drag = session.display.drag

    def look_and_wheel():
        session.display.xdotool("mousedown", 3)
        session.display.xdotool("click", 4)
        session.display.xdotool("mouseup", 3)

    same = lambda name: lambda b, a: b["view"]["camera"][name] == a["view"]["camera"][name]
    both = lambda f, g: lambda b, a: f(b, a) and g(b, a)
    gestures = {
        "left drag": (lambda: drag(1, centre, (60, 40)), camera("orientationWxyz")),
        "middle drag": (lambda: drag(2, centre, (60, 40)), both(camera("position"), same("orientationWxyz"))),
        "right drag": (lambda: drag(3, centre, (60, 40)), both(camera("orientationWxyz"), same("position"))),
        "wheel": (lambda: session.display.wheel(*centre, 3), camera("pivotDistance")),
        "right button + wheel": (look_and_wheel, toggled("flySpeed")),
    }
    check_gestures(session, "volume", gestures, invisible={"right button + wheel"})


def check_slice_mouse(session):
    session.ensure("V", lambda s: s["view"]["layout"] == "slices")
    session.press("Home", lambda b, a: True)
    session.look("slices", keep="slices")
    place = (240, 120)
    display = session.display
    slices = lambda name: lambda b, a: b["view"]["slices"][name] != a["view"]["slices"][name]
    gestures = {
        "click": (lambda: display.click(*place), slices("point")),
        "left drag": (lambda: display.drag(1, place, (40, 20)), slices("centre")),
        "middle drag": (lambda: display.drag(2, place, (-40, 20)), slices("centre")),
        "right drag": (lambda: display.drag(3, place, (20, -20)), slices("centre")),
        "Ctrl+Shift+wheel": (lambda: display.wheel(*place, 2, ("Ctrl", "Shift")), slices("worldPerPixel")),
        "wheel": (lambda: display.wheel(*place, 3), slices("point")),
    }
    check_gestures(session, "slice", gestures)
    # Keys act on the panel under the pointer.
    display.move(*place)
    for chord, name in (("Up", "worldPerPixel"), (".", "point"), ("Shift+,", "point")):
        session.press(chord, slices(name))
    before = session.look("slices")
    session.press("I", view("interpolation"))
    session.look_changed("interpolation", before)
    session.press("V", view("layout"))


def check_gestures(session, place, gestures, invisible=()):
    documented = {g["gesture"] for g in session.gestures if g["place"] == place}
    expect(documented == set(gestures), place, "gestures", documented ^ set(gestures))
    for name, (action, condition) in gestures.items():
        before = session.look("before " + name)
        session.do(place + " " + name, action, condition)
        if name not in invisible:
            session.look_changed(name, before)
    print("mouse on a " + place)


def check_screenshot(session, chords):
    for count, chord in enumerate(chords, 1):
        _, after = session.press(chord, lambda _, a: len(a["screenshots"]) == count)
        with Image.open(after["screenshots"][-1]) as png:
            expect(list(png.size) == after["sizePx"], "the screenshot has the picture's size", png.size)
            expect(numpy.asarray(png).max() > 60, "the screenshot is not black")
            expect("volary:view" in png.text, "the screenshot carries the view")
    expect(len(set(after["screenshots"])) == len(chords), "screenshots never replace each other")
    print("screenshot")


def check_full_screen(session):
    session.press("F11", lambda _, a: a["fullScreen"] and a["sizePx"] == list(SCREEN))
    session.look("full screen")
    session.press("F11", lambda _, a: not a["fullScreen"] and a["sizePx"] == list(WINDOW))
    session.look("window again")
    print("full screen")


def check_resize(session, window):
    for size in ((500, 700), (321, 243), (1000, 500), WINDOW):
        session.display.xdotool("windowsize", window, *size)
        session.viewer.settle("resize to %dx%d" % size, lambda s: s["sizePx"] == list(size))
        session.look("resize")
    print("resize")


def check_everything(arguments, display, keys):
    file = write_dataset(os.path.join(arguments.output, "cells.xml"))
    with Viewer(arguments.volary, file, display, arguments.output, WINDOW) as viewer:
        session = Session(viewer, display, arguments.output)
        session.gestures = keys["mouse"]
        viewer.settle("the first picture")
        session.look("the first picture", keep="first")
        window = find_window(display)
        display.xdotool("windowfocus", window)
        display.move(WINDOW[0] // 2, WINDOW[1] // 2)
        session.press("P", lambda _, a: not a["panelsOpen"])  # its numbers never stand still
        check_dialogs(session)
        check_undo(session)
        check_keys(session, keys["keys"])
        session.ensure("V", lambda s: s["view"]["layout"] == "volume")
        session.ensure("P", lambda s: not s["panelsOpen"])
        check_setups(session, [0, 5])
        check_flight(session, keys["keys"])
        check_volume_mouse(session)
        check_slice_mouse(session)
        check_screenshot(session, next(k["keys"] for k in keys["keys"] if k["command"] == "screenshot"))
        check_full_screen(session)
        check_resize(session, window)
        finish(session)


def check_damaged_file(arguments, display):
    """A brick that can't be decoded is reported and the rest of the picture stands; it comes on request once it can."""
    file = write_dataset(os.path.join(arguments.output, "damaged.xml"))
    with open(file[:-4] + ".h5", "rb") as opened:
        sound = opened.read()
    damage_chunk(file)
    with Viewer(arguments.volary, file, display, arguments.output, WINDOW) as viewer:
        session = Session(viewer, display, arguments.output)
        status = viewer.settle("the damaged file", lambda s: s["bricksFailed"] > 0)
        expect(any("damaged.h5" in message for message in status["messages"]), "the message names the file", status)
        session.look("damaged", keep="damaged")
        display.xdotool("windowfocus", find_window(display))
        session.press("F5", lambda _, a: a["bricksFailed"] > 0)
        with open(file[:-4] + ".h5", "r+b") as opened:
            opened.write(sound)
            opened.truncate()
        session.press("F5", lambda _, a: a["bricksFailed"] == 0)
        session.look("the sound picture", keep="repaired")
        finish(session)
    print("damaged chunk")


def check_sample(arguments, display):
    """The program's own sample, small: both layouts, the overlay and both channels."""
    file = os.path.join(arguments.output, "sample.xml")
    subprocess.run([arguments.volary, "synth", "embryo", file, "--size", "96x96x72", "--force"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    with Viewer(arguments.volary, file, display, arguments.output, WINDOW) as viewer:
        session = Session(viewer, display, arguments.output)
        viewer.settle("the sample")
        display.xdotool("windowfocus", find_window(display))
        session.press("P", lambda _, a: not a["panelsOpen"])
        both = session.look("the sample: channels of one image are shown at once", keep="sample")
        session.press("F", lambda _, a: not a["view"]["fused"])
        first = session.look_changed("one channel", both)
        session.press("2", view("setup"))
        session.look_changed("the second channel", first)
        session.press("F", lambda _, a: a["view"]["fused"])
        session.look("both again", lambda window: (window == both).all())
        session.press("V", view("layout"))
        session.press("R", view("overlay"))
        session.look("the sample's slices", keep="sample-slices")
        finish(session)
    print("sample")


def check_failures(arguments, display):
    def run(file, environment):
        done = subprocess.run([arguments.volary, file], env=environment, capture_output=True, text=True, timeout=60)
        expect(done.returncode == 1 and done.stderr.count("\n") == 1, "one sentence", done.returncode, done.stderr)
        return done.stderr

    missing = os.path.join(arguments.output, "missing.xml")
    expect("missing.xml" in run(missing, display.environment), "the sentence names the file")
    nowhere = {name: value for name, value in display.environment.items() if name != "DISPLAY"}
    sentence = run(os.path.join(arguments.output, "cells.xml"), nowhere)
    expect("volary render" in sentence, "without a display the sentence says what to use", sentence)
    print("failures")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--volary", required=True)
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()
    arguments.volary = os.path.abspath(arguments.volary)
    arguments.output = os.path.abspath(arguments.output)
    os.makedirs(arguments.output, exist_ok=True)
    if missing_tools():
        print("skipped: %s not installed; scripts/setup installs them" % ", ".join(missing_tools()))
        return SKIPPED

    keys = json.loads(subprocess.check_output([arguments.volary, "keys", "--json"]))
    with Display(*SCREEN) as display:
        check_everything(arguments, display, keys)
        check_damaged_file(arguments, display)
        check_sample(arguments, display)
        check_failures(arguments, display)
    return 0


if __name__ == "__main__":
    sys.exit(main())
