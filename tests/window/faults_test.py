"""The device fails under the viewer, as drivers do: a Vulkan layer (fault_layer.cpp) between the program and its real driver
says so. The window lives on with the same view, or ends with one sentence and the view saved."""

import argparse
import os
import subprocess
import sys
import tempfile

from display import Display, missing_tools
from sample_files import write_dataset
from viewer_process import Viewer
from session import SCREEN, SKIPPED, WINDOW, Session, camera, expect, find_window


class Faults:
    """What the layer is told."""

    def __init__(self, layer_folder, folder):
        self.path = os.path.join(folder, "fault")
        self.state_folder = os.path.join(folder, "state")
        self.environment = {
            "VK_ADD_LAYER_PATH": layer_folder, "VK_INSTANCE_LAYERS": "VK_LAYER_VOLARY_faults",
            "VOLARY_FAULTS": self.path, "XDG_STATE_HOME": self.state_folder}

    def cause(self, name):
        with open(self.path + ".new", "w") as file:
            file.write(name)
        os.rename(self.path + ".new", self.path)


def open_viewer(arguments, display, folder, faults, **options):
    return Viewer(arguments.volary, os.path.join(folder, "cells.xml"), display, folder, WINDOW,
                  environment=faults.environment, **options)


def check_recovery(arguments, display, folder, fault, transfer_queue=False):
    faults = Faults(arguments.layer, folder)
    if transfer_queue:
        faults.environment["VOLARY_TRANSFER_DELAY_MS"] = "30"
    with open_viewer(arguments, display, folder, faults) as viewer:
        session = Session(viewer, display, arguments.output)
        viewer.settle("the picture")
        display.xdotool("windowfocus", find_window(display))
        session.press("P", lambda _, a: not a["panelsOpen"])
        session.press("Left", camera("position"))
        display.move(40, 40)
        before = viewer.settle("with the pointer aside")
        picture = session.look("before the fault")
        faults.cause(fault)
        display.move(41, 40)
        display.move(40, 40)
        after = viewer.settle("after " + fault, lambda s: any("opened again" in m for m in s["messages"]))
        expect(not os.path.exists(faults.path), "the fault has happened")
        expect(after["view"] == before["view"], "the view is the same", before["view"], after["view"])
        session.press("P", lambda _, a: not a["panelsOpen"])
        session.press("Esc", lambda _, a: not a["messages"])
        session.look("the same picture", lambda window: (window == picture).all(), keep="after-" + fault)
        session.press("Right", camera("position"))
        display.key("Ctrl+Q")
        expect(viewer.wait_for_exit() == 0, "a clean end", viewer.stderr())
        expect(viewer.stderr().count("\n") == 1 and "lost" in viewer.stderr(), "one warning", viewer.stderr())
    print("recovered from", fault, "with a transfer queue" if transfer_queue else "")
    return picture


def check_hopeless(arguments, display, folder):
    """A device that is lost again at once: one sentence, and a view that can be opened."""
    faults = Faults(arguments.layer, folder)
    with open_viewer(arguments, display, folder, faults) as viewer:
        viewer.settle("the picture")
        faults.cause("lose-device-twice")
        display.move(60, 60)
        expect(viewer.wait_for_exit() == 1, "exit status 1")
        last = viewer.stderr().strip().splitlines()[-1]
    saved = os.path.join(faults.state_folder, "volary", "last-view.json")
    expect("lost" in last and saved in last, "the sentence names the cause and the view", last)
    picture = os.path.join(folder, "again.png")
    subprocess.run([arguments.volary, "render", os.path.join(folder, "cells.xml"), "--view", saved, "-o", picture],
                   check=True, timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    expect(os.path.getsize(picture) > 0, "the saved view can be drawn")
    print("a device that is lost for good")


def check_little_memory(arguments, display, folder):
    """A page cache that the GPU has no room for becomes smaller."""
    faults = Faults(arguments.layer, folder)
    faults.environment["VOLARY_FAULT_MEMORY"] = str(100 << 20)
    with open_viewer(arguments, display, folder, faults, options=("--cache-mb", "300")) as viewer:
        session = Session(viewer, display, arguments.output)
        viewer.settle("the picture")
        session.look("with little memory")
        expect("half of 300 MiB is tried" in viewer.stderr(), "it is told", viewer.stderr())
        faults.cause("never")
    print("little memory")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--volary", required=True)
    parser.add_argument("--layer", required=True, help="folder of the layer's manifest")
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()
    arguments.volary = os.path.abspath(arguments.volary)
    os.makedirs(arguments.output, exist_ok=True)
    if missing_tools():
        print("skipped: %s not installed; scripts/setup installs them" % ", ".join(missing_tools()))
        return SKIPPED
    with Display(*SCREEN) as display, tempfile.TemporaryDirectory(prefix="volary-faults-") as folder:
        write_dataset(os.path.join(folder, "cells.xml"))
        picture = check_recovery(arguments, display, folder, "lose-device")
        same = check_recovery(arguments, display, folder, "lose-device", transfer_queue=True)
        expect((same == picture).all(), "the picture is the same with a transfer queue")
        check_recovery(arguments, display, folder, "lose-surface")
        check_hopeless(arguments, display, folder)
        check_little_memory(arguments, display, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
