"""Whether a hundred evaluations in a row take more than one: memory, files, folders.

    python benchmarks/repeating.py SUBMISSION RELEASE [--times 100] [--commands]

A submission is scored again and again, in one process, or with --commands by a new
process each time. Printed are the memory of the process (of the largest command), its
open files and threads, and what is in its folder for temporary files, after the first,
after every tenth, and the growth from the tenth to the last: the first ones load what
all later ones use.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
from pathlib import Path


def memory_mb():
    """Return what this process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def largest_child_mb():
    """Return the most memory that a finished process had."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3


def state(*, commands, scratch):
    """Return memory in MB, open files, threads, and entries for temporary files."""
    memory = largest_child_mb() if commands else memory_mb()
    files, temporary = (
        len([*Path(folder).iterdir()]) for folder in ("/proc/self/fd", scratch)
    )
    return memory, files, threading.active_count(), temporary


def once(submission, release, *, commands, folder):
    """Score a submission and throw the report away."""
    words = ["evaluate", submission, "--release", release, "-o", f"{folder}/report"]
    words += ["--no-reference-segmenter", "--quiet", "--workers", "1", "--overwrite"]
    if commands:
        code = "import sys; from bratsfuse.cli import main; main(sys.argv[1:])"
        command = [sys.executable, "-c", code, *words]
        subprocess.run(command, check=True, capture_output=True)
        return
    from click.testing import CliRunner

    from bratsfuse.cli import main as bratsfuse

    done = CliRunner().invoke(bratsfuse, words)
    if done.exit_code:
        sys.exit(done.output)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("submission")
    parser.add_argument("release")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--commands", action="store_true")
    chosen = parser.parse_args()
    print("| evaluations | memory, MB | open files | threads | temporary |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as tmp:
        os.environ["TMPDIR"] = tempfile.tempdir = tmp
        before = None
        for number in range(1, chosen.times + 1):
            once(
                chosen.submission,
                chosen.release,
                commands=chosen.commands,
                folder=folder,
            )
            if number == 1 or number % 10 == 0:
                now = state(commands=chosen.commands, scratch=tmp)
                print(f"| {number} | {now[0]:.1f} | {now[1]} | {now[2]} | {now[3]} |")
                sys.stdout.flush()
            if number == min(10, chosen.times):
                before = now
        growth = [late - early for late, early in zip(now, before, strict=True)]
        print(f"growth: {growth[0]:.1f} MB, {growth[1]} files, {growth[2]} threads")


if __name__ == "__main__":
    main()
