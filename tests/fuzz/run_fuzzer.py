"""Collects the seeds of one fuzzer and runs it. For scripts/fuzz and the tests "fuzz: NAME".

Usage: run_fuzzer.py smoke DESCRIPTION.json
       run_fuzzer.py fuzz DESCRIPTION.json CORPUS FINDINGS SECONDS

DESCRIPTION.json is what CMake wrote about the fuzzer. Real files are taken from VOLARY_TEST_DATA, if it is set.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 4  # the exit status that CTest takes for a skipped test


def collect_seeds(description, folder):
    script = pathlib.Path(description["seeds"])
    if script.exists():
        subprocess.run([sys.executable, "-B", script, folder], check=True)
    data = os.environ.get("VOLARY_TEST_DATA")
    if not data:
        return
    for pattern in filter(None, description["data"]):
        top, name = pattern.split("/")[0], pattern.split("/", 1)[1]
        for file in sorted((pathlib.Path(data) / top).rglob(name)):
            if file.is_file() and file.stat().st_size <= description["maxBytes"]:
                shutil.copyfile(file, folder / "-".join(file.relative_to(data).parts))


def smoke(description):
    # The programs that make seeds need what the tests need; without it there are no seeds to begin with.
    if subprocess.run([sys.executable, "-c", "import h5py, numpy"], capture_output=True).returncode != 0:
        print("install python3-h5py to run this test")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="volary-fuzz-") as folder:
        seeds = pathlib.Path(folder) / "seeds"
        seeds.mkdir()
        collect_seeds(description, seeds)
        program = pathlib.Path(description["program"])
        last = program.with_name(program.name + ".input")
        return subprocess.run([program, last, *sorted(seeds.iterdir())]).returncode


def fuzz(description, corpus, findings, seconds):
    corpus, findings = pathlib.Path(corpus), pathlib.Path(findings)
    seeds = corpus.with_name(corpus.name + "-seeds")
    for folder in (corpus, findings, seeds):
        folder.mkdir(parents=True, exist_ok=True)
    collect_seeds(description, seeds)
    # An input may take a second, not more: the rest of the timeout is for slow machines and the sanitizers.
    return subprocess.run([
        description["program"], f"-max_total_time={seconds}", f"-max_len={description['maxBytes']}", "-timeout=20",
        "-rss_limit_mb=2048", "-malloc_limit_mb=600", f"-artifact_prefix={findings}/{description['name']}-",
        "-print_final_stats=1", "-verbosity=1", corpus, seeds]).returncode


def main():
    verb, description, *rest = sys.argv[1:]
    description = json.loads(pathlib.Path(description).read_text())
    sys.exit(smoke(description) if verb == "smoke" else fuzz(description, *rest))


main()
