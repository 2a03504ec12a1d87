"""The viewer under test: started with a status file and asked through it, never waited for by sleeping."""

import json
import os
import subprocess
import time

TIMEOUT = 60.0  # a loaded machine with two cores and no GPU


class Viewer:
    """`volary FILE` on a display."""

    def __init__(self, volary, file, display, folder, size, options=("--cache-mb", "64"), environment=None):
        self.display = display
        self.status_path = os.path.join(folder, "status.json")
        if os.path.exists(self.status_path):
            os.remove(self.status_path)
        self.folder = folder
        environment = dict(display.environment, VOLARY_VALIDATION="1", **(environment or {}))
        self.errors = open(os.path.join(folder, "stderr.txt"), "w+b")
        self.process = subprocess.Popen(
            [volary, file, "--size", "%dx%d" % size, "--status-file", self.status_path, *options],
            cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=self.errors)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.errors.close()

    def stderr(self):
        self.errors.flush()
        with open(self.errors.name, "rb") as file:
            return file.read().decode(errors="replace")

    def status(self):
        try:
            with open(self.status_path) as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def wait(self, condition, what):
        """The first status that fulfils `condition`; the test fails if none comes in time."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError("%s: the viewer ended with %d\n%s" % (what, self.process.returncode, self.stderr()))
            status = self.status()
            if status and condition(status):
                return status
            time.sleep(0.03)
        raise AssertionError("%s: not within %g s; last status %s" % (what, TIMEOUT, json.dumps(self.status())))

    def settle(self, what, condition=lambda status: True):
        """Waits for `condition` and a finished picture."""
        return self.wait(lambda s: s["finished"] and not s["moving"] and condition(s), what)

    def wait_for_exit(self):
        return self.process.wait(TIMEOUT)
