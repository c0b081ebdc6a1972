"""Faults of the machine, made on purpose: a program, not a test.

    python tests/faults.py [--kills N] [--flips N] [--seed S] [COMMAND ...]

Every command that writes is killed (SIGKILL) at random moments of its work, ``build``
three times as often as N, ``evaluate`` twice. After each kill nothing may be under the
name of its result but a whole one, and nothing visible beside it but the folder that a
build goes on from; the same command, run again, has to succeed and to leave nothing,
also in the folder for temporary files. Only kills that struck while the command worked
are counted. Then bits of a release are flipped, each of which `verify` has to find.
"""

import argparse
import dataclasses
import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

MORE_OFTEN = {"build": 3, "evaluate": 2}


def call(words):
    from kills import run

    if run(words) != 0:
        raise SystemExit(f"bratsfuse {' '.join(words)} fails without a fault")


def make_short(put=setattr):
    """Let the longest commands be short: fewer of everything that they do."""
    from bratsfuse import demo
    from bratsfuse.experiments import downstream_track

    less = {"CASES": 6, "SLICES": 12, "STEPS": 2, "METHODS": (demo.SHOWN,)}
    for name, value in less.items():
        put(demo, name, value)
    whole = downstream_track.read_definition("downstream")
    names = ("flair", "fusion_maximum")
    rows = {name: row for name, row in whole.rows.items() if name in names}
    short = dataclasses.replace(whole, rows=rows)
    put(downstream_track, "read_definition", lambda _: short)


def flip_often(release, flips, rng):
    """Return the files and places of flipped bits that verify missed."""
    from bratsfuse.errors import ReleaseError
    from bratsfuse.release.verify import verify

    files = [path for path in sorted(release.rglob("*")) if path.is_file()]
    missed = []
    for number in range(flips):
        path = files[number % len(files)]
        before = path.read_bytes()
        place = rng.randrange(len(before))
        broken = bytearray(before)
        broken[place] ^= 1 << rng.randrange(8)
        path.write_bytes(broken)
        try:
            if not verify(release):
                missed.append(f"{path.name} at {place}")
        except ReleaseError:
            pass
        finally:
            path.write_bytes(before)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commands", nargs="*")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--flips", type=int, default=600)
    parser.add_argument("--seed", type=int, default=17)
    chosen = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    rng = random.Random(chosen.seed)  # noqa: S311  (no secret)
    from kills import Campaign
    from writers import inputs, writers

    make_short()
    failed, total = False, 0
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        work = Path(name)
        known = writers(inputs(work, call))
        print("| command | kills | at an operation | by the clock | run again |")
        print("|---|---|---|---|---|", flush=True)
        for number, command in enumerate(chosen.commands or known):
            kills = MORE_OFTEN.get(command, 1) * chosen.kills
            began = time.monotonic()
            campaign = Campaign(known[command], work / f"killed-{number}", rng)
            done = campaign.strike(kills)
            failed |= bool(done.wrong)
            total += done.kills
            counts = (done.kills, done.by_operation, done.by_clock, done.again)
            print(f"| `{command}` | {' | '.join(map(str, counts))} |", flush=True)
            for wrong in done.wrong:
                print(f"WRONG: {command}: {wrong}", flush=True)
            print(f"{time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        print(f"\n{total} kills in all")
        missed = flip_often(work / "release", chosen.flips, rng)
        failed |= bool(missed)
        print(f"{chosen.flips} flipped bits, missed by verify: {missed or 'none'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
