"""A disk that fills up while a file is written: one sentence, and nothing half-written under any name."""

import os
import resource
import subprocess
import unittest

from support import VOLARY, CommandLineTest

SMALL = 48 << 10
FIELD = "synthetic:embryo?size=96x80x64"
TOO_LARGE = "File too large"
NO_SPACE = "No space left on device"


class DiskFullTest(CommandLineTest):
    def writers(self):
        """The commands that write files, all larger than SMALL, into an empty folder: (file to be written, command)."""
        for name, command in (("plane.npy", ["slice", "synthetic:embryo?size=512x512x8", "-o"]),
                              ("plane.tif", ["slice", "synthetic:embryo?size=512x512x8", "-o"]),
                              ("plane.png", ["slice", "synthetic:embryo?size=512x512x8", "-o"]),
                              ("picture.png", ["render", FIELD, "--size", "1200x900", "-o"]),
                              ("specimen.xml", ["synth", "embryo", "--size", "96x80x64"])):
            yield name, command

    def assert_one_sentence_and_nothing_left(self, result, folder, words, before):
        self.assertEqual((result.returncode, result.stdout), (1, ""), result)
        self.assertTrue(result.stderr.startswith("volary: ") and result.stderr.count("\n") == 1, result)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertEqual(sorted(os.listdir(folder)), before)

    def assert_contained(self, folder, cause, preexec=None):
        for name, command in self.writers():
            # A software device keeps its memory in a file, to which the limit applies as well.
            if preexec and command[0] == "render":
                continue
            path = os.path.join(folder, name)
            call = [VOLARY, *command, path]
            with self.subTest(call=" ".join(call)):
                result = subprocess.run(call, capture_output=True, text=True, timeout=300, check=False, preexec_fn=preexec)
                self.assert_one_sentence_and_nothing_left(result, folder, [folder, cause], [])
                # What was there before is still there.
                with open(path, "w", encoding="utf-8") as file:
                    file.write("before")
                force = ["--force"] if command[0] == "synth" else []
                result = subprocess.run(call + force, capture_output=True, text=True, timeout=300, check=False,
                                        preexec_fn=preexec)
                self.assert_one_sentence_and_nothing_left(result, folder, [folder, cause], [name])
                with open(path, encoding="utf-8") as file:
                    self.assertEqual(file.read(), "before")
                os.remove(path)

    def test_a_file_that_may_not_grow_further(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL))
        folder = self.path("limited")
        os.mkdir(folder)
        self.assert_contained(folder, TOO_LARGE, limit)

    def test_a_file_system_without_space(self):
        folder = self.path("full")
        os.mkdir(folder)
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "volary-test", folder], capture_output=True,
                               check=False)
        if mount.returncode != 0:
            self.skipTest("only root can mount a small file system")
        self.addCleanup(subprocess.run, ["umount", "--lazy", folder], check=True)
        self.assert_contained(folder, NO_SPACE)

    def test_text_that_does_not_fit(self):
        picture, view, stats = self.path("picture.png"), self.path("view.json"), self.path("stats.json")
        for option, path in (("--save-view", view), ("--stats", stats)):
            os.symlink("/dev/full", path)
            self.assert_fails(1, [path, NO_SPACE], "render", FIELD, "--size", "64x48", "-o", picture, option, path)
        for command in (["info", FIELD], ["info", FIELD, "--json"], ["keys"], ["keys", "--json"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                result = subprocess.run([VOLARY, *command], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(result.returncode, 1, command)
            self.assertEqual(result.stderr, f"volary: standard output can't be written: {NO_SPACE}\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
