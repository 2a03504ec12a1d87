"""`volary convert` that is stopped, killed, out of disk, or done by many: nothing looks whole that is not, and what is resumed
is what one run writes."""

import filecmp
import os
import random
import resource
import signal
import subprocess
import time
import unittest

from support import VOLARY, CommandLineTest

# Some work in small blocks; the field is computed, so that time goes by.
SOURCE = "synthetic:embryo?size=160x144x96"
ZARR = ["--chunks", "16,16,16", "--factors", "1,1,1;2,2,2;4,4,4;8,8,8;16,16,16", "--memory-mb", "2", "--codec", "gzip"]
TIMES = "synthetic:ramp?size=150x120x90&timepoints=3&setups=2&slope=3x5x7"
PARTS = ["--partition", "both", "--factors", "1,1,1;2,2,2", "--deflate", "9"]


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(place, name), folder) for place, _, names in os.walk(folder) for name in names)


class ConvertResumeTest(CommandLineTest):
    def start(self, *arguments, **options):
        return subprocess.Popen([VOLARY, "convert", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def wait_for_blocks(self, partial, count):
        """Until so many blocks are marked as done."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                if len(os.listdir(os.path.join(partial, "done"))) >= count:
                    return
            except FileNotFoundError:
                pass
            time.sleep(0.005)
        self.fail("no block was done in two minutes")

    def assert_same_folder(self, a, b):
        self.assertEqual(files_below(a), files_below(b))
        _, differing, failed = filecmp.cmpfiles(a, b, files_below(a), shallow=False)
        self.assertEqual((differing, failed), ([], []))

    def convert_whole(self, name, source, *options):
        """What a single run writes: a folder that holds `name`."""
        folder = self.path("whole-" + name)
        os.mkdir(folder)
        self.succeed("convert", source, os.path.join(folder, name), *options)
        return folder

    def assert_same_dataset(self, whole, name):
        """All files of the output are those of convert_whole(), and there are no others."""
        for entry in os.listdir(whole):
            if os.path.isdir(os.path.join(whole, entry)):
                self.assert_same_folder(os.path.join(whole, entry), self.path(entry))
            else:
                self.assertTrue(filecmp.cmp(os.path.join(whole, entry), self.path(entry), shallow=False), entry)
        begin = name.split(".")[0]
        self.assertEqual(sorted(entry for entry in os.listdir(self.folder) if entry.startswith(begin)), sorted(os.listdir(whole)))

    def test_ctrl_c_keeps_blocks_of_a_zarr_and_resume_completes_it(self):
        whole, out = self.convert_whole("out.zarr", SOURCE, *ZARR), self.path("out.zarr")
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.start(SOURCE, out, *ZARR)
            self.wait_for_blocks(out + ".partial", 3)
            process.send_signal(number)
            _, error = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 1, error)
            self.assertIn("--resume", error)
            self.assertFalse(os.path.exists(out))
            self.assert_fails(1, ["--resume", "--force"], "convert", SOURCE, out, *ZARR)
            self.assert_fails(1, ["other options"], "convert", SOURCE, out, *ZARR, "--resume", "--downsample", "max")
            self.succeed("convert", SOURCE, out, *ZARR, "--resume")
            self.assert_same_dataset(whole, "out.zarr")
            self.assertFalse(os.path.exists(out + ".partial"))
            # Done is done.
            self.assertIn("finished", self.succeed("convert", SOURCE, out, *ZARR, "--resume").stderr)
            self.succeed("convert", SOURCE, out, *ZARR, "--force")
            self.assert_same_dataset(whole, "out.zarr")
            subprocess.run(["rm", "-r", out], check=True)

    def test_ctrl_c_leaves_the_old_state_of_a_single_file(self):
        out = self.path("out.xml")
        process = self.start(SOURCE, out)
        while not os.path.exists(out + ".partial/plan.json"):
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, error)
        self.assertEqual(os.listdir(self.folder), [])

    def test_killed_at_any_moment_and_resumed(self):
        dice = random.Random(5)
        for name, source, options in (("zarr", SOURCE, ZARR), ("xml", TIMES, PARTS)):
            whole, out = self.convert_whole(f"{name}.{name}", source, *options), self.path(f"{name}.{name}")
            for _ in range(6):
                process = self.start(source, out, *options, "--resume")
                time.sleep(dice.uniform(0.02, 0.6))
                process.kill()
                process.communicate()
                if os.path.exists(out):
                    break
            self.succeed("convert", source, out, *options, "--resume", "--verify")
            self.assertFalse(os.path.exists(out + ".partial"))
            self.assert_same_dataset(whole, f"{name}.{name}")

    def test_four_workers_of_which_two_are_killed(self):
        for name, source, options in (("zarr", SOURCE, ZARR), ("xml", TIMES, PARTS)):
            whole, out = self.convert_whole(f"{name}.{name}", source, *options), self.path(f"{name}.{name}")
            workers = [self.start(source, out, *options, "--threads", 1, "--worker", f"{i}/4") for i in range(4)]
            self.wait_for_blocks(out + ".partial", 1)
            for worker in workers[1:3]:
                worker.kill()
            outputs = [worker.communicate(timeout=300) for worker in workers]
            for i in (0, 3):
                self.assertEqual(workers[i].returncode, 0, outputs[i])
            # A killed one may have been done already, so look at what is there.
            for i in (1, 2):
                self.succeed("convert", source, out, *options, "--worker", f"{i}/4")
            self.assertFalse(os.path.exists(out + ".partial"))
            self.assert_same_dataset(whole, f"{name}.{name}")
            # Started once more, each finds that all is done.
            for i in range(4):
                self.assertIn("finished", self.succeed("convert", source, out, *options, "--worker", f"{i}/4").stderr)

    def test_two_at_once_need_to_be_workers(self):
        out = self.path("out.zarr")
        process = self.start(SOURCE, out, *ZARR)
        self.wait_for_blocks(out + ".partial", 1)
        self.assert_fails(1, ["another process"], "convert", SOURCE, out, *ZARR, "--resume")
        self.assert_fails(1, ["another process"], "convert", SOURCE, out, *ZARR, "--force")
        _, error = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, error)

    def test_a_full_disk_is_resumed_where_there_is_room(self):
        out = self.path("out.zarr")
        options = ["--chunks", "32,32,32", "--factors", "1,1,1;2,2,2;4,4,4", "--memory-mb", "16", "--codec", "raw"]
        whole = self.convert_whole("out.zarr", SOURCE, *options)
        # A limit on the size of a file, which a chunk of 64 KiB is larger than, stands for the disk.
        process = self.start(SOURCE, out, *options, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50000, 50000)))
        _, error = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, error)
        self.assertIn("can't be written", error)
        self.assertFalse(os.path.exists(out))
        self.succeed("convert", SOURCE, out, *options, "--resume")
        self.assert_same_dataset(whole, "out.zarr")


if __name__ == "__main__":
    unittest.main(verbosity=2)
