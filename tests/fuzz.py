"""Fuzzing of the readers of files from elsewhere: a program, not a test.

    python tests/fuzz.py [--runs N] [--seconds S] [--plain] [TARGET ...]

With atheris installed, coverage guides it: each target runs in a process of its own
that is instrumented. Without it, or with --plain, a seeded mutation of whole samples
stands in, which knows nothing of coverage. It counts what it has really run, and ends
with status 1 if a reader did anything but read or refuse.
"""

import argparse
import importlib.util
import io
import json
import logging
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stderr
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz_targets import SCRATCH, samples

SEED = 17


def tried(function, content):
    """Let a reader read; return what it did wrong, "" if it read or refused."""
    from bratsfuse.errors import BratsfuseError

    try:
        with redirect_stderr(io.StringIO()):
            function(content)
    except BratsfuseError as problem:
        return "" if "\n" not in str(problem) else f"two lines: {problem}"
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    return ""


def mutated(rng, sample):
    """Return a sample with some of its bytes changed, taken out, doubled or put in."""
    content = bytearray(sample)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        place, kind = rng.randrange(len(content) + 1), rng.randrange(6)
        if kind == 0 and content:
            content[place % len(content)] ^= 1 << rng.randrange(8)
        elif kind == 1 and content:
            content[place % len(content)] = rng.choice((0, 1, 127, 128, 255, 45, 57))
        elif kind == 2:
            del content[place : place + rng.choice((1, 2, 8, 200))]
        elif kind == 3:
            content[place:place] = rng.randbytes(rng.choice((1, 4, 40)))
        elif kind == 4:
            content[place:place] = content[place : place + rng.choice((4, 20, 100))]
        else:
            number = rng.choice((b"-1", b"0", b"nan", b"1e308", b"999999999999", b"'"))
            content[place : place + len(number)] = number
    return bytes(content)


def plain(name, runs, seconds):
    """Fuzz without knowledge of coverage; return the runs done and what went wrong."""
    function, whole = samples()[name]
    rng = random.Random(f"{SEED} {name}")  # noqa: S311  (no secret)
    end, done, wrong = time.monotonic() + seconds, 0, {}
    while done < runs and time.monotonic() < end:
        content = mutated(rng, rng.choice(whole))
        if problem := tried(function, content):
            wrong.setdefault(problem.split(":")[0], (problem, content))
        done += 1
    return done, wrong


def guided(name, runs, seconds):
    """Fuzz in an instrumented process; return the runs done and what went wrong."""
    words = ["--guide", name, "--runs", str(runs), "--seconds", str(seconds)]
    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        done = subprocess.run(  # it ends without a chance to clear its folder
            [sys.executable, __file__, *words],
            env={**os.environ, "FUZZ_SCRATCH": scratch},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    counts = re.findall(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    counts = counts or re.findall(r"Done (\d+) runs", done.stderr) or ["0"]
    if done.returncode == 0:
        return int(counts[-1]), {}
    tail = " | ".join(done.stderr.strip().splitlines()[-12:])
    return int(counts[-1]), {"crash": (f"status {done.returncode}: {tail}", b"")}


def guide(name, runs, seconds):
    """Be the instrumented process."""
    import atheris

    with atheris.instrument_imports(include=["bratsfuse"]):
        function, whole = samples()[name]
        tried(function, whole[0])
    corpus = SCRATCH / "corpus"
    corpus.mkdir()
    for number, content in enumerate(whole):
        (corpus / str(number)).write_bytes(content)

    def one(content):
        if problem := tried(function, content):
            raise AssertionError(problem)

    flags = [f"-runs={runs}", f"-max_total_time={seconds}", "-print_final_stats=1"]
    flags += [f"-seed={SEED}", "-max_len=65536", f"-artifact_prefix={SCRATCH}/"]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], one)
    atheris.Fuzz()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--guide", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)  # nibabel tells of every odd header
    if chosen.guide:
        guide(chosen.guide, chosen.runs, chosen.seconds)
        return 0
    has_atheris = importlib.util.find_spec("atheris") is not None
    way = plain if chosen.plain or not has_atheris else guided
    kind = "coverage-guided" if way is guided else "mutation-based, not guided"
    total, failed = 0, False
    for name in chosen.targets or samples():
        done, wrong = way(name, chosen.runs, chosen.seconds)
        total += done
        print(f"{name:18} {done:9} runs {'ok' if not wrong else ''}", flush=True)
        for problem, content in wrong.values():
            failed = True
            print(f"  {json.dumps(problem[:600])}\n  {content[:200]!r}", flush=True)
    print(f"{'in all':18} {total:9} runs, {kind}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
