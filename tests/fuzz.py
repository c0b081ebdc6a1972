"""Fuzzing of the readers of files from elsewhere: a program, not a test.

    python tests/fuzz.py [--runs N] [--seconds S] [--plain] [TARGET ...]

With atheris installed, coverage guides it: each target runs in a process of its own
that is instrumented. Without it, or with --plain, a seeded mutation of whole samples
stands in, which knows nothing of coverage. It counts what it has really run, and ends
with status 1 if a reader did anything but read or refuse.
"""

import argparse
import atexit
import importlib.util
import io
import json
import logging
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from contextlib import redirect_stderr
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

SCRATCH = Path(tempfile.mkdtemp(prefix="fuzz-", dir=os.environ.get("FUZZ_SCRATCH")))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
SEED = 17


def file_with(content, suffix):
    path = SCRATCH / f"sample{suffix}"
    path.write_bytes(content)
    return path


def volume(content, suffix):
    from bratsfuse.raw.volume_file import read_volume_file

    read_volume_file(file_with(content, suffix))


def nifti(content):
    volume(content, ".nii")


def packed_nifti(content):
    volume(content, ".nii.gz")


def meta_image(content):
    volume(content, ".mha")


def nrrd(content):
    volume(content, ".nrrd")


def manifest(content):
    from bratsfuse.records import from_json
    from bratsfuse.release.manifest import Manifest

    from_json(Manifest, content, every_key=True)


def entry(content):
    from bratsfuse.leaderboard.entry import parse_entry

    parse_entry(content.decode("utf-8", "replace"), "entry")


def submission_record(content):
    from bratsfuse.submission.findings import Findings
    from bratsfuse.submission.record import record_from_toml

    record_from_toml(content, Findings())


def slice_ids(content):
    from bratsfuse.submission.ids import slice_key, spelled

    text = content.decode("utf-8", "replace")
    key = slice_key(text)
    assert key is None or spelled(key) == text


def tables(content):
    from bratsfuse.wording import csv_rows, csv_text, printable

    text = content.decode("utf-8", "replace")
    shown = printable(text)
    assert all(c in "\n\t" or c == " " or not c.isspace() or c > "\x7f" for c in shown)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
    rows = [[cell] for cell in text.split("\n")]
    for row in csv_rows(csv_text(rows)):
        assert len(row) <= 1


def split_file(content):
    from bratsfuse.release.split_file import SplitFile

    with SplitFile(file_with(content, ".h5")) as file:
        for name in file.names:
            form = file.form(name)
            if form is None:
                continue
            if form[0] == "str":
                file.texts(name)
            elif len(form[1]) == 3:
                file.pixels(name, 0)
            else:
                file.array(name)


def picture(content):
    from bratsfuse.submission.png import PngError, read_png

    try:
        read_png(content, (20, 24))
    except PngError:
        return


def config(content):
    from bratsfuse.baselines import UNetConfig
    from bratsfuse.training.read_config import read_config

    read_config(UNetConfig, file_with(content, ".toml"))


def samples():
    """Return target -> function and whole files of it, small."""
    import gzip

    import nibabel as nib
    import numpy as np
    from PIL import Image

    voxels = np.arange(64, dtype=np.int16).reshape(4, 4, 4)
    whole = nib.Nifti1Image(voxels, np.eye(4)).to_bytes()
    meta = (
        b"ObjectType = Image\nNDims = 3\nBinaryData = True\n"
        b"BinaryDataByteOrderMSB = False\nCompressedData = False\n"
        b"TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\n"
        b"ElementSpacing = 1 1 1\nDimSize = 4 4 4\nElementType = MET_SHORT\n"
        b"ElementDataFile = LOCAL\n"
    ) + voxels.tobytes()
    deflated = zlib.compress(voxels.tobytes())
    packed = meta[: -voxels.nbytes].replace(
        b"CompressedData = False",
        b"CompressedData = True\nCompressedDataSize = %d" % len(deflated),
    )
    nearly = (
        b"NRRD0004\ntype: short\ndimension: 3\nsizes: 4 4 4\n"
        b"space: left-posterior-superior\n"
        b"space directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\n"
        b"endian: little\nencoding: raw\n\n"
    ) + voxels.tobytes()
    stream = io.BytesIO()
    Image.fromarray(np.zeros((20, 24), np.uint8)).save(stream, "PNG")
    release = toy()
    record = b'name = "a"\nmethod = "b"\nauthors = ["c"]\ntracks = ["fusion"]\n'
    return {
        "nifti": (nifti, [whole]),
        "packed_nifti": (packed_nifti, [gzip.compress(whole)]),
        "meta_image": (meta_image, [meta, packed + deflated]),
        "nrrd": (nrrd, [nearly]),
        "manifest": (manifest, [(release / "manifest.json").read_bytes()]),
        "entry": (entry, [b'{"schema": 1, "name": "a", "report": {}}']),
        "submission_record": (submission_record, [record]),
        "slice_ids": (slice_ids, [b"BraTS2021_00001_z077"]),
        "tables": (tables, [b'a,b\n=1,\'x\n"q",-0.5\n']),
        "split_file": (split_file, [(release / "data" / "test.h5").read_bytes()]),
        "picture": (picture, [stream.getvalue()]),
        "config": (config, [b'preset = "tiny"\nsteps = 5\nsources = ["t1ce"]\n']),
    }


def toy():
    """Return a small release."""
    from toys import TOY_RECIPE, small, write_toys

    from bratsfuse.building import build
    from bratsfuse.raw import read_case, scan

    release = SCRATCH / "release"
    if not release.is_dir():
        raw = write_toys(release.with_name("raw"), cases=4)
        form = small("brats2021")
        cases = form.arrangement.find(form, scan(raw))
        build(form, cases, TOY_RECIPE, release, read=read_case)
    return release


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
