"""Readers of files from elsewhere, each with small whole files: what `fuzz` mutates."""

import atexit
import functools
import io
import json
import os
import re
import shutil
import sys
import tempfile
import zlib
from pathlib import Path

import bratsfuse

TRACKS = ("fusion", "segmentation")
SCRATCH = Path(tempfile.mkdtemp(prefix="fuzz-", dir=os.environ.get("FUZZ_SCRATCH")))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)


SHAPE = (8, 9)
"""Of the images of a submission."""


def file_with(content, name):
    path = SCRATCH / "samples" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def volume(content, suffix):
    from bratsfuse.raw.volume_file import read_volume_file

    read_volume_file(file_with(content, f"sample{suffix}"))


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

    with SplitFile(file_with(content, "sample.h5")) as file:
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

    read_config(UNetConfig, file_with(content, "sample.toml"))


def weights(content):
    from bratsfuse.training.files import read_tensors

    read_tensors(file_with(content, "sample.safetensors"))


def checkpoint(content):
    """Read a checkpoint whose JSON is this, with a digest that fits it."""
    from bratsfuse.training.averaging import Average
    from bratsfuse.training.checkpoint import load_checkpoint
    from bratsfuse.training.files import Tensors

    trainable, tensors, _ = learning()
    try:
        facts = json.loads(content)
    except ValueError:
        return
    if not isinstance(facts, dict):
        return  # `weights` looks at that
    path = SCRATCH / "samples" / "checkpoint.safetensors"
    path.unlink(missing_ok=True)
    Tensors(tensors, facts).write(path)
    load_checkpoint(path, trainable, Average(trainable, 0.5))


@functools.cache
def learning():
    """Return something that learns, and the tensors and the JSON of its checkpoint."""
    from types import SimpleNamespace

    import torch

    from bratsfuse.training.averaging import Average
    from bratsfuse.training.checkpoint import save_checkpoint
    from bratsfuse.training.files import read_tensors

    network = torch.nn.Linear(2, 1)
    optimiser = torch.optim.Adam(network.parameters())
    network(torch.ones(1, 2)).sum().backward()
    optimiser.step()
    trainable = SimpleNamespace(
        networks={"net": network}, optimisers={"net": optimiser}, memory={}
    )
    path = file_with(b"", "whole.checkpoint")
    save_checkpoint(path, trainable, Average(trainable, 0.5), {"step": 1})
    content = read_tensors(path)
    return trainable, content.tensors, json.dumps(dict(content.facts)).encode()


def run_record(content):
    from bratsfuse.training.run import read_run

    read_run(file_with(content, "run.json").parent)


def definition(content):
    from bratsfuse.experiments.definition import read_definition

    read_definition(str(file_with(content, "sample.toml")))


def name_table(content):
    from bratsfuse.builders import BUILDERS
    from bratsfuse.raw.name_tables import read_name_mappings

    read_name_mappings(
        [file_with(content, "sample.csv")], [BUILDERS[name] for name in BUILDERS]
    )


def spreadsheet(content):
    from bratsfuse.builders import BUILDERS
    from bratsfuse.raw.name_tables import read_name_mappings

    read_name_mappings(
        [file_with(content, "sample.xlsx")], [BUILDERS[name] for name in BUILDERS]
    )


def scored_picture(content):
    from bratsfuse.image_files import inspect_picture, read_grey

    path = file_with(content, "sample.png")  # what it is stands in its first bytes
    inspect_picture(path)
    read_grey(path)


def zipped_submission(content):
    submission(content, ".zip")


def hdf5_submission(content):
    """Read in a process with limits, as always: the library may loop for ever."""
    from bratsfuse.submission.limits import Limits
    from bratsfuse.submission.parse import limit_process

    child = os.fork()
    if not child:
        status = 1
        try:
            limit_process(Limits(seconds=1), 2, 1 << 24)
            submission(content, ".h5")
            status = 0
        except BaseException as problem:
            sys.stderr.write(f"{problem!r}\n")
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status <= 0, f"it ended with status {status}"  # less: a signal, an answer


def submission(content, suffix):
    """Read a submission as its reading process does, but without its limits."""
    from bratsfuse.submission.ids import Wanted
    from bratsfuse.submission.limits import Limits
    from bratsfuse.submission.parse import Reader
    from bratsfuse.submission.stage import prepare

    with tempfile.TemporaryDirectory(dir=SCRATCH) as name:
        work = Path(name)
        prepare(work, 2, SHAPE[0] * SHAPE[1])
        wanted = Wanted([("case", 1), ("case", 2)])
        reader = Reader(work, wanted, SHAPE, Limits())
        json.dumps(reader.read(file_with(content, f"sample{suffix}")))


def submissions():
    """Return a submission as a zip archive and as HDF5."""
    import numpy as np

    from bratsfuse.records import SliceId
    from bratsfuse.submission import SubmissionRecord, write_submission

    folder = SCRATCH / "submission"
    if not folder.is_dir():
        record = SubmissionRecord(name="a", method="b", authors=("c",), tracks=TRACKS)
        images = np.arange(2 * SHAPE[0] * SHAPE[1]).reshape(2, *SHAPE) % 4
        ids = (SliceId("case", 1), SliceId("case", 2))
        tracks = {track: iter(images.astype(np.uint8)) for track in TRACKS}
        write_submission(folder, record, ids, tracks)
    archive = shutil.make_archive(str(SCRATCH / "submission"), "zip", folder)
    return Path(archive).read_bytes(), (folder / "predictions.h5").read_bytes()


def spreadsheet_of(rows):
    """Return rows as a spreadsheet."""
    from openpyxl import Workbook

    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def pictures():
    """Return small images of every kind."""
    import numpy as np
    from PIL import Image

    grey = Image.fromarray(np.arange(99, dtype=np.uint8).reshape(9, 11))
    for kind in ("PNG", "TIFF", "BMP", "JPEG"):
        stream = io.BytesIO()
        grey.save(stream, kind)
        yield stream.getvalue()


def trained():
    """Return weights and the record of a run."""
    import torch

    from bratsfuse.training.files import Tensors

    path = file_with(b"", "whole.safetensors")
    Tensors({"a": torch.zeros(3, 2)}, {"baseline": "unet"}).write(path)
    run = Path(bratsfuse.__file__).parent / "baselines" / "bundled"
    record = next(iter(sorted(run.rglob("run.json"))))
    return path.read_bytes(), record.read_bytes()


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
    zipped, bare = submissions()
    tensors, run = trained()
    table = [["BraTS_2020_subject_ID", "Grade"], ["BraTS20_Training_001", "HGG"]]
    claims = Path(bratsfuse.__file__).parent / "baselines/experiments/claims.toml"
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
        "scored_picture": (scored_picture, list(pictures())),
        "zipped_submission": (zipped_submission, [zipped]),
        "hdf5_submission": (hdf5_submission, [bare]),
        "weights": (weights, [tensors]),
        "checkpoint": (checkpoint, [learning()[2]]),
        "run_record": (run_record, [run]),
        "definition": (definition, [claims.read_bytes()]),
        "name_table": (name_table, [b"\n".join(",".join(r).encode() for r in table)]),
        "spreadsheet": (spreadsheet, [spreadsheet_of(table)]),
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
