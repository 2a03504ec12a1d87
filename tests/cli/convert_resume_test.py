"""`volary convert` that is stopped or killed, runs out of disk, or is shared by several processes: an unfinished output
never looks whole, and a resumed one equals what a single run writes."""

import filecmp
import os
import random
import resource
import signal
import subprocess
import unittest

import numpy

from bdv_files import BdvFile
from support import VOLARY, CommandLineTest

# Some work in small blocks; the field is computed, which takes time.
SOURCE = "synthetic:embryo?size=160x144x96"
BLOCKS = ["--chunks", "16,16,16", "--factors", "1,1,1;2,2,2;4,4,4;8,8,8;16,16,16", "--memory-mb", "2"]
ZARR = [*BLOCKS, "--codec", "gzip"]
TIMES = "synthetic:ramp?size=150x120x90&timepoints=3&setups=2&slope=3x5x7"
PARTS = ["--partition", "both", "--factors", "1,1,1;2,2,2", "--deflate", "9"]


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(place, name), folder) for place, _, names in os.walk(folder) for name in names)


# A library that makes the process send itself a signal at a chosen point of its work, see signal_itself.cpp.
SIGNAL_ITSELF = os.environ["VOLARY_SIGNAL_ITSELF"]


def signal_after(number, count, text=""):
    """The environment of a process that gets the signal after `count` files with `text` in their paths."""
    return {**os.environ, "LD_PRELOAD": SIGNAL_ITSELF, "VOLARY_SIGNAL": f"{int(number)} {count} {text}"}


class ConvertResumeTest(CommandLineTest):
    def start(self, *arguments, **options):
        return subprocess.Popen([VOLARY, "convert", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def start_and_stop(self, *arguments, blocks):
        """A process that stops once this many blocks were marked as done, until it is told to go on."""
        return self.stopped(self.start(*arguments, env=signal_after(signal.SIGSTOP, blocks, "/done/")))

    def stopped(self, process):
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        self.assertTrue(os.WIFSTOPPED(status), status)
        return process

    def go_on(self, process, number=None):
        """Lets a stopped process go on, with a signal if one is given. Returns what it writes to standard error."""
        if number:
            process.send_signal(number)
        process.send_signal(signal.SIGCONT)
        return process.communicate(timeout=100)[1]

    def kill(self, process):
        process.kill()
        process.communicate()
        self.assertEqual(process.returncode, -signal.SIGKILL)

    def assert_same_folder(self, a, b):
        self.assertEqual(files_below(a), files_below(b))
        _, differing, failed = filecmp.cmpfiles(a, b, files_below(a), shallow=False)
        self.assertEqual((differing, failed), ([], []))

    def outputs(self, begin):
        """The entries of the test's folder whose names begin with `begin`."""
        return sorted(entry for entry in os.listdir(self.folder) if entry.startswith(begin))

    def convert_whole(self, name, source, *options, environment=None):
        """What a single run writes: a folder that holds `name`."""
        folder = self.path("whole-" + name)
        os.mkdir(folder)
        self.succeed("convert", source, os.path.join(folder, name), *options, environment=environment)
        return folder

    def assert_same_dataset(self, whole, name):
        """All files of the output are those of convert_whole(), and there are no others."""
        for entry in os.listdir(whole):
            if os.path.isdir(os.path.join(whole, entry)):
                self.assert_same_folder(os.path.join(whole, entry), self.path(entry))
            else:
                self.assertTrue(filecmp.cmp(os.path.join(whole, entry), self.path(entry), shallow=False), entry)
        self.assertEqual(self.outputs(name.split(".", maxsplit=1)[0]), sorted(os.listdir(whole)))

    def test_ctrl_c_keeps_blocks_and_resume_completes_them(self):
        for name, options in (("zarr", ZARR), ("xml", BLOCKS)):
            whole, out = self.convert_whole(f"{name}.{name}", SOURCE, *options), self.path(f"{name}.{name}")
            for number in (signal.SIGINT, signal.SIGTERM):
                with self.subTest(name, signal=number):
                    process = self.start_and_stop(SOURCE, out, *options, blocks=3)
                    error = self.go_on(process, number)
                    self.assertEqual(process.returncode, 1, error)
                    self.assertIn("--resume", error)
                    self.assertEqual(self.outputs(name), [f"{name}.{name}.partial"])
                    self.assert_fails(1, ["--resume", "--force"], "convert", SOURCE, out, *options)
                    self.assert_fails(1, ["other options"], "convert", SOURCE, out, *options, "--resume", "--downsample", "max")
                    self.succeed("convert", SOURCE, out, *options, "--resume")
                    self.assert_same_dataset(whole, f"{name}.{name}")
                    # A finished conversion stays finished.
                    self.assertIn("finished", self.succeed("convert", SOURCE, out, *options, "--resume").stderr)
                    self.succeed("convert", SOURCE, out, *options, "--force")
                    self.assert_same_dataset(whole, f"{name}.{name}")
                    subprocess.run(["rm", "-r", *(self.path(entry) for entry in self.outputs(name))], check=True)

    def test_a_single_file_goes_on_where_it_was(self):
        """The first run stores most blocks; the second overwrites none of them, and h5py reads what a single run
        writes."""
        whole, out = self.convert_whole("out.xml", SOURCE, *BLOCKS), self.path("out.xml")
        done = os.path.join(out + ".partial", "done")
        self.kill(self.start_and_stop(SOURCE, out, *BLOCKS, blocks=12))
        before = {name: os.stat(os.path.join(done, name)).st_mtime_ns for name in os.listdir(done) if not name.startswith(".")}
        self.assertGreaterEqual(len(before), 12)
        self.kill(self.start_and_stop(SOURCE, out, *BLOCKS, "--resume", blocks=3))
        self.assertEqual({name: os.stat(os.path.join(done, name)).st_mtime_ns for name in before}, before)
        self.succeed("convert", SOURCE, out, *BLOCKS, "--resume", "--verify")
        for resumed, single in zip(BdvFile(out).levels(0, 0), BdvFile(os.path.join(whole, "out.xml")).levels(0, 0), strict=True):
            numpy.testing.assert_array_equal(resumed, single)
        self.assert_same_dataset(whole, "out.xml")

    def test_what_a_single_file_has_lost_is_told(self):
        out = self.path("out.xml")
        self.kill(self.start_and_stop(SOURCE, out, *BLOCKS, blocks=5))
        part = os.path.join(out + ".partial", "data", "out.h5.part")
        os.truncate(part, os.path.getsize(part) // 2)
        self.assert_fails(1, ["out.h5.part", "missing or damaged", "--force"], "convert", SOURCE, out, *BLOCKS, "--resume")
        os.remove(part)
        self.assert_fails(1, ["out.h5.part", "missing or damaged", "--force"], "convert", SOURCE, out, *BLOCKS, "--resume")
        self.assertEqual(self.outputs("out"), ["out.xml.partial"])
        self.succeed("convert", SOURCE, out, *BLOCKS, "--force")
        self.assert_same_dataset(self.convert_whole("out.xml", SOURCE, *BLOCKS), "out.xml")

    def test_ctrl_c_before_the_first_block_leaves_the_old_state(self):
        out = self.path("out.xml")
        process = self.stopped(self.start(SOURCE, out, env=signal_after(signal.SIGSTOP, 1, "/plan.json")))
        error = self.go_on(process, signal.SIGINT)
        self.assertEqual(process.returncode, 1, error)
        self.assertEqual(os.listdir(self.folder), [])

    def test_killed_at_any_moment_and_resumed(self):
        dice = random.Random(5)
        for name, source, options in (("zarr.zarr", SOURCE, ZARR), ("single.xml", SOURCE, BLOCKS), ("parts.xml", TIMES, PARTS)):
            counted = self.path("steps")
            whole, out = self.convert_whole(name, source, *options, environment={
                "LD_PRELOAD": SIGNAL_ITSELF, "VOLARY_COUNT_STEPS": counted}), self.path(name)
            with open(counted, encoding="utf-8") as file:
                steps = int(file.read())
            # All of them together do fewer steps than one run has, so that each is killed.
            for _ in range(6):
                process = self.start(source, out, *options, "--resume",
                                     env=signal_after(signal.SIGKILL, dice.randint(1, steps // 7)))
                process.communicate(timeout=100)
                self.assertEqual(process.returncode, -signal.SIGKILL)
                self.assertFalse(os.path.exists(out))
            self.succeed("convert", source, out, *options, "--resume", "--verify")
            self.assert_same_dataset(whole, name)

    def test_four_workers_of_which_two_are_killed(self):
        for name, source, options in (("zarr", SOURCE, ZARR), ("xml", TIMES, PARTS)):
            whole, out = self.convert_whole(f"{name}.{name}", source, *options), self.path(f"{name}.{name}")
            workers = [self.start(source, out, *options, "--threads", 1, "--worker", f"{i}/4",
                                  env=signal_after(signal.SIGKILL, 1, "/done/") if i in (1, 2) else None) for i in range(4)]
            outputs = [worker.communicate(timeout=100) for worker in workers]
            self.assertEqual([worker.returncode for worker in workers], [0, -signal.SIGKILL, -signal.SIGKILL, 0], outputs)
            self.assertFalse(os.path.exists(out))
            for i in (1, 2):
                self.succeed("convert", source, out, *options, "--worker", f"{i}/4")
            self.assertFalse(os.path.exists(out + ".partial"))
            self.assert_same_dataset(whole, f"{name}.{name}")
            # Started once more, each finds that everything is done.
            for i in range(4):
                self.assertIn("finished", self.succeed("convert", source, out, *options, "--worker", f"{i}/4").stderr)

    def test_two_at_once_need_to_be_workers(self):
        out = self.path("out.zarr")
        process = self.start_and_stop(SOURCE, out, *ZARR, blocks=1)
        self.assert_fails(1, ["another process"], "convert", SOURCE, out, *ZARR, "--resume")
        self.assert_fails(1, ["another process"], "convert", SOURCE, out, *ZARR, "--force")
        error = self.go_on(process)
        self.assertEqual(process.returncode, 0, error)

    def test_one_share_is_for_one_process(self):
        whole, out = self.convert_whole("out.xml", SOURCE, *BLOCKS), self.path("out.xml")
        process = self.start_and_stop(SOURCE, out, *BLOCKS, "--worker", "0/1", blocks=1)
        self.assert_fails(1, ["out.h5", "another process"], "convert", SOURCE, out, *BLOCKS, "--worker", "0/1")
        error = self.go_on(process)
        self.assertEqual(process.returncode, 0, error)
        self.assert_same_dataset(whole, "out.xml")

    def test_a_full_disk_is_resumed_where_there_is_room(self):
        # A limit on the size of a file stands in for a full disk: less than a chunk of 64 KiB, or half of the only
        # file.
        raw = ["--chunks", "32,32,32", "--factors", "1,1,1;2,2,2;4,4,4", "--memory-mb", "16", "--codec", "raw"]
        for name, limit, options in (("zarr.zarr", 50_000, raw), ("single.xml", None, BLOCKS)):
            with self.subTest(name):
                whole, out = self.convert_whole(name, SOURCE, *options), self.path(name)
                most = limit or os.path.getsize(os.path.join(whole, "single.h5")) // 2
                process = self.start(SOURCE, out, *options,
                                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
                _, error = process.communicate(timeout=120)
                self.assertEqual(process.returncode, 1, error)
                self.assertIn("can't be written", error)
                self.assertFalse(os.path.exists(out))
                if not limit:
                    self.assertIn("--resume goes on", error)
                    self.assertGreater(len(os.listdir(os.path.join(out + ".partial", "done"))), 5)
                self.succeed("convert", SOURCE, out, *options, "--resume")
                self.assert_same_dataset(whole, name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
