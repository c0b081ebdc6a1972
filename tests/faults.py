"""Faults of the machine, made on purpose: a program, not a test.

    python tests/faults.py [--kills N] [--flips N] [--seed S] [COMMAND ...]

Every command is killed (SIGKILL) at random moments of its work. After each kill nothing
may be under the name of its result but a whole one, and nothing visible beside it but
the folder that a build goes on from; the same command, run again, has to succeed and
leave nothing. Only kills that struck while the command worked are counted. Then bytes
of a release are flipped, each of which `verify` has to find.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

AGAIN_EVERY = 5
"""After so many kills the command is run to its end, and what is left is looked at."""


def prepared(work):
    """Return command -> its words; ``{out}`` is the result."""
    from toys import write_toys

    raw = write_toys(work / "raw", cases=4)
    build = ["build", str(raw), "-o", "{out}", "--slices", "20", "--min-area", "4"]
    build += ["--any-shape", "--workers", "1"]
    release = work / "release"
    assert run([word.format(out=release) for word in build]) == 0
    submission, report, board = work / "submission", work / "report", work / "board"
    predict = ["predict", "average", str(release), "-o", "{out}", "--workers", "1"]
    evaluate = ["evaluate", str(submission), "--release", str(release), "-o", "{out}"]
    evaluate += ["--workers", "1", "--no-reference-segmenter"]
    assert run([word.format(out=submission) for word in predict]) == 0
    assert run([word.format(out=report) for word in evaluate]) == 0
    assert run(["leaderboard", "add", str(report), "--to", str(board)]) == 0
    return release, {
        "build": build,
        "build --withhold-labels": [*build, "--withhold-labels", "test"],
        "predict": predict,
        "evaluate": evaluate,
        "fuse": ["fuse", "pca", str(release), "-o", "{out}", "--workers", "1"],
        "template": ["template", str(release), "-o", "{out}"],
        "preview": ["preview", str(release), "-o", "{out}"],
        "leaderboard render": ["leaderboard", "render", str(board), "-o", "{out}"],
        "phantom": ["phantom", "{out}", "--cases", "2", "--workers", "1"],
    }


def start(words):
    """Start a command in a copy of this process, which has all loaded."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        from bratsfuse.cli import main

        main(words)
        status = 0
    except SystemExit as ended:
        status = int(ended.code or 0)
    finally:
        os._exit(status)


def run(words):
    return os.waitstatus_to_exitcode(os.waitpid(start(words), 0)[1])


def killed(words, after_s):
    """Return whether a command was killed while it worked."""
    child = start(words)
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def whole(name, out):
    """Return whether a result is complete."""
    if name.startswith(("build", "fuse")):
        from bratsfuse.release.verify import verify

        return verify(out) == []
    if name == "preview":
        from PIL import Image

        with Image.open(out) as image:
            image.load()
        return True
    needed = {"predict": "submission.toml", "template": "submission.toml"}
    needed |= {"evaluate": "report.json", "leaderboard render": "index.html"}
    return name not in needed or (out / needed[name]).is_file()


def visible(folder):
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))


def kill_often(name, words, kills, rng, scratch):
    """Return how many kills struck, and what was wrong."""
    folder = scratch / name.replace(" ", "_")
    folder.mkdir()
    out = folder / ("out.png" if name == "preview" else "out")
    words = [word.format(out=out) for word in words]
    began = time.monotonic()
    wrong = [] if run(words) == 0 else ["it fails without a fault"]
    takes = time.monotonic() - began
    struck = tries = 0
    while struck < kills and tries < 4 * kills and not wrong:
        tries += 1
        clear(folder, keep=tries % AGAIN_EVERY != 1)
        if not killed(words, rng.uniform(0.02, takes)):
            continue
        struck += 1
        allowed = {out.name, f"{out.name}.building", f"{out.name}.key.h5"}
        if not set(visible(folder)) <= allowed:
            wrong.append(f"left {visible(folder)}")
        if out.exists() and not whole(name, out):
            wrong.append("a result that is not whole")
        if struck % AGAIN_EVERY == 0:
            if out.exists():
                clear(folder, keep=False)
            if run(words) != 0 or not whole(name, out):
                wrong.append("the next run does not succeed")
            left = {p.name for p in folder.iterdir()}
            if not left <= {out.name, f"{out.name}.key.h5"}:
                wrong.append(f"the next run left {sorted(left)}")
    return struck, wrong


def clear(folder, *, keep):
    """Take finished results away; unfinished ones only if they are not to be kept."""
    for path in [*folder.iterdir()]:
        unfinished = path.name.endswith((".unfinished", ".building"))
        if not (keep and unfinished):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def flip_often(release, flips, rng):
    """Return how many flipped bits verify was shown, and the places it missed."""
    from bratsfuse.errors import ReleaseError
    from bratsfuse.release.verify import verify

    files = [path for path in sorted(release.rglob("*")) if path.is_file()]
    missed = []
    for _ in range(flips):
        path = rng.choice(files)
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
    return flips, missed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commands", nargs="*")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--flips", type=int, default=600)
    parser.add_argument("--seed", type=int, default=17)
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)  # noqa: S311  (no secret)
    # Loaded before the copies are made, so that a kill strikes work and no import.
    import bratsfuse.building.assemble
    import bratsfuse.evaluation.pipeline
    import bratsfuse.leaderboard.render
    import bratsfuse.methods.predictions
    import bratsfuse.release.montage  # noqa: F401

    failed = False
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        work = Path(name)
        release, commands = prepared(work)
        for command in chosen.commands or commands:
            words = commands[command]
            struck, wrong = kill_often(command, words, chosen.kills, rng, work)
            failed |= bool(wrong)
            print(f"{command:24} {struck:4} kills {wrong or 'ok'}", flush=True)
        flips, missed = flip_often(release, chosen.flips, rng)
        failed |= bool(missed)
        print(f"{'verify':24} {flips:4} flipped bits, missed {missed or 'none'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
