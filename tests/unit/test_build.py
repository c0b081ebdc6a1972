"""Building: exact, atomic, resumable, the same whatever happens on the way."""

import csv
import dataclasses
import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from toys import TOY_RECIPE, small, toy, write_toys

import bratsfuse.building.pipeline
from bratsfuse.anatomy import Label, Modality
from bratsfuse.builders import find_cases
from bratsfuse.building import BadCasesError, build, to_uint8
from bratsfuse.errors import InvalidInputError, ReleaseError
from bratsfuse.fusers import FUSERS
from bratsfuse.place import unfinished
from bratsfuse.raw import read_case, scan
from bratsfuse.records import Window, json_values
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.release.recipe import DEFAULT_FUSERS
from bratsfuse.release.verify import verify

FORM = small("brats2021")


def found(raw, form=FORM):
    return form.arrangement.find(form, scan(raw))


def make(raw, release, recipe=TOY_RECIPE, form=FORM, **options):
    return build(form, found(raw, form), recipe, release, read=read_case, **options)


@pytest.fixture
def raw(tmp_path):
    return write_toys(tmp_path / "raw", cases=4)


def left_behind(tmp_path):
    return sorted(path.name for path in tmp_path.iterdir() if path.name != "raw")


def content(release):
    return {
        path.relative_to(release).as_posix(): path.read_bytes()
        for path in release.rglob("*")
        if path.is_file()
    }


# What is in a release.


def test_a_release_holds_what_was_asked_for(raw, tmp_path):
    manifest = make(raw, tmp_path / "release")
    counts = {name: split.slice_sets for name, split in manifest.splits.items()}
    assert counts == {"train": 14, "validation": 2, "test": 4}
    assert verify(tmp_path / "release") == []
    assert left_behind(tmp_path) == ["release"]
    assert read_manifest(tmp_path / "release") == manifest


def test_rows_are_the_scaled_slices_in_radiological_view(raw, tmp_path):
    manifest = make(raw, tmp_path / "release")
    checked = 0
    for split in manifest.splits.values():
        with SplitFile(tmp_path / "release" / split.file) as file:
            lows, highs = file.array("intensity_low"), file.array("intensity_high")
            for row, (name, z) in enumerate(
                zip(file.texts("case_id"), file.array("slice_index"), strict=True)
            ):
                made = toy(int(name[-1]))
                scaled = []
                for place, modality in enumerate(Modality):
                    window = Window(float(lows[row, place]), float(highs[row, place]))
                    # Rows run along y, anterior to posterior; columns along x.
                    expected = to_uint8(made.images[modality][:, :, z].T, window)
                    np.testing.assert_array_equal(file.pixels(modality, row), expected)
                    scaled.append(expected)
                np.testing.assert_array_equal(
                    file.pixels("mask", row), made.mask[:, :, z].T
                )
                sources = np.stack([scaled[1], scaled[3]])  # t1ce and flair
                for fuser in DEFAULT_FUSERS:
                    np.testing.assert_array_equal(
                        file.pixels(f"fusion_{fuser}", row), FUSERS[fuser](sources)
                    )
                checked += 1
    assert checked == 20


def test_the_index_tells_of_every_row(raw, tmp_path):
    make(raw, tmp_path / "release")
    with (tmp_path / "release" / "index.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    for row in rows:
        mask = toy(int(row["case_id"][-1])).mask[:, :, int(row["slice_index"])]
        for label in (Label.NCR, Label.ED, Label.ET):
            assert int(row[f"area_{label.name.lower()}"]) == (mask == label).sum()
        assert row["slice_id"] == f"{row['case_id']}_z{int(row['slice_index']):03d}"
        assert row["layout"] == "brats2021"
        assert row["label_map"] == "1>NCR 2>ED 4>ET"
        assert row["licence"] == FORM.licence
        assert len(row["source_sha256"]) == 64


def test_the_choices_are_stored_in_every_file(raw, tmp_path):
    recipe = dataclasses.replace(TOY_RECIPE, sources=tuple(Modality)[1:], seed=5)
    make(raw, tmp_path / "release", recipe)
    with h5py.File(tmp_path / "release" / "data" / "train.h5") as file:
        stored = json.loads(file.attrs["recipe"])
        assert file.attrs["complete"]
    assert stored == json_values(recipe)
    assert read_manifest(tmp_path / "release").recipe == recipe
    text = (tmp_path / "release" / "DATASHEET.md").read_text()
    assert "t1ce + t2 + flair" in text
    assert "seed (5)" in text


def test_sources_are_proven_by_their_digests(raw, tmp_path):
    import hashlib

    manifest = make(raw, tmp_path / "release")
    for name, case in manifest.cases.items():
        for source in case.sources.values():
            path = raw / name / source.name
            assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


# The same release, whatever happens on the way.


def test_any_number_of_workers_gives_the_same_bytes(raw, tmp_path):
    one = make(raw, tmp_path / "one", workers=1)
    two = make(raw, tmp_path / "two", workers=2)
    assert one == two
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_the_place_of_the_raw_folder_does_not_matter(raw, tmp_path):
    one = make(raw, tmp_path / "one")
    (tmp_path / "sub").mkdir()
    moved = shutil.copytree(raw, tmp_path / "sub" / "elsewhere")
    assert make(moved, tmp_path / "two").fingerprint == one.fingerprint


def test_one_voxel_more_gives_another_fingerprint(raw, tmp_path):
    from toys import save

    one = make(raw, tmp_path / "one")
    for number in (1, 2, 3, 4):
        mask = toy(number).mask.copy()
        mask[mask == Label.ET] = 4
        mask[14, 9, 8] = 1 if mask[14, 9, 8] != 1 else 2
        name = f"BraTS2021_9000{number}"
        save(raw / name / f"{name}_seg.nii.gz", mask)
    assert make(raw, tmp_path / "two").fingerprint != one.fingerprint


class Interrupted(BaseException):
    """Stands for Ctrl-C: neither an error of ours nor of the system."""


def interrupt_after(monkeypatch, calls):
    count = iter(range(calls))

    def read(case):
        if next(count, None) is None:
            raise Interrupted
        return read_case(case)

    return read


@pytest.mark.parametrize("calls", [0, 2, 4, 6])
def test_an_interrupted_build_goes_on_where_it_stopped(
    raw, tmp_path, monkeypatch, calls
):
    whole = make(raw, tmp_path / "whole")
    read = interrupt_after(monkeypatch, calls)
    with pytest.raises(Interrupted):
        build(FORM, found(raw), TOY_RECIPE, tmp_path / "release", read=read)
    assert not (tmp_path / "release").exists()
    assert (tmp_path / "release.building").is_dir()
    seen = []

    def count(case):
        seen.append(case.id)
        return read_case(case)

    again = build(FORM, found(raw), TOY_RECIPE, tmp_path / "release", read=count)
    assert again.fingerprint == whole.fingerprint
    assert len(seen) == 8 - calls  # each case is read twice: what was done is kept
    assert not (tmp_path / "release.building").exists()


def test_a_changed_file_is_read_again(raw, tmp_path, monkeypatch):
    read = interrupt_after(monkeypatch, 4)
    with pytest.raises(Interrupted):
        build(FORM, found(raw), TOY_RECIPE, tmp_path / "release", read=read)
    shutil.rmtree(raw / "BraTS2021_90001")
    shutil.copytree(
        write_toys(tmp_path / "raw2", cases=5) / "BraTS2021_90005",
        raw / "BraTS2021_90005",
    )
    assert "BraTS2021_90001" not in make(raw, tmp_path / "release").cases
    assert verify(tmp_path / "release") == []


KILLED = """
import os, signal, sys, traceback
sys.path.insert(0, {tests!r})
from pathlib import Path
import toys
from bratsfuse.building import build
from bratsfuse.raw import read_case
from bratsfuse.raw import scan
from bratsfuse.release import montage

left = process = 0

def count_down(frame, event, _):
    # A call of ours more; what it does to files is done before the next.
    global left
    if event == "call" and "bratsfuse" in frame.f_code.co_filename:
        left -= 1
        # Not the copy of it that tries a file: a killed build is meant.
        if left <= 0 and os.getpid() == process:
            os.kill(process, signal.SIGKILL)

def start(moment):
    global left, process
    left, process = moment, os.getpid()
    sys.setprofile(count_down)
    form = toys.small("brats2021")
    cases = form.arrangement.find(form, scan(Path({raw!r})))
    release = Path({release!r})
    build(form, cases, toys.TOY_RECIPE, release, read=read_case, workers={workers})

if __name__ == "__main__":
    montage.CELL_PIXELS = 64  # as in the process that verifies
    interrupted = 0
    for moment in range(1, 10**6, {stride}):
        child = os.fork()  # a new process in no time: all is imported
        if not child:
            try:
                start(moment)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            break
        interrupted += Path({release!r}).with_name("release.building").exists()
    print(interrupted)
"""


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_kill_9_at_any_moment_leaves_nothing_or_all(raw, tmp_path, workers):
    expected = make(raw, tmp_path / "whole").fingerprint
    release = tmp_path / "release"
    script = tmp_path / "killed.py"
    tests = str(Path(__file__).parents[1])
    script.write_text(
        KILLED.format(
            tests=tests,
            raw=str(raw),
            release=str(release),
            workers=workers,
            stride=1597,
        )
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True
    )
    assert release.exists(), done.stderr
    interrupted = int(done.stdout)
    assert interrupted > 1, "it was hardly killed while it built"
    assert verify(release) == []
    assert read_manifest(release).fingerprint == expected
    # Killed parts of it may lie there; the next build must not mind them.
    assert make(raw, release, overwrite=True).fingerprint == expected


def test_a_broken_survey_of_an_interrupted_build_is_measured_again(
    raw, tmp_path, monkeypatch
):
    expected = make(raw, tmp_path / "whole").fingerprint
    with monkeypatch.context() as patch:
        patch.setattr("bratsfuse.building.pipeline.assemble", _interrupt)
        with pytest.raises(Interrupted):
            make(raw, tmp_path / "release")
    surveys = sorted(tmp_path.rglob("surveys/*.json"))
    assert len(surveys) == 4
    whole = json.loads(surveys[3].read_text())
    del whole["issues"]
    for path, text in zip(surveys, ["", "[]", "{}", json.dumps(whole)], strict=True):
        path.write_text(text)
    assert make(raw, tmp_path / "release").fingerprint == expected


# Refusals: one clear line, nothing written.


def refused(raw, tmp_path, error, **options):
    with pytest.raises(error) as problem:
        make(raw, tmp_path / "release", **options)
    assert left_behind(tmp_path) == []
    return problem.value


def test_one_bad_case_refuses_the_build_with_all_its_problems(raw, tmp_path):
    (raw / "BraTS2021_90002" / "BraTS2021_90002_t1.nii.gz").write_bytes(b"text")
    (raw / "BraTS2021_90003" / "BraTS2021_90003_t2.nii.gz").unlink()
    problem = refused(raw, tmp_path, BadCasesError)
    assert {issue.where for issue in problem.issues} == {
        "BraTS2021_90002",
        "BraTS2021_90003",
    }
    assert "2 of 4 cases" in str(problem)


def test_skip_bad_builds_without_it_and_keeps_it_on_record(raw, tmp_path):
    (raw / "BraTS2021_90002" / "BraTS2021_90002_t1.nii.gz").write_bytes(b"text")
    ten = dataclasses.replace(TOY_RECIPE, slices=10)
    manifest = make(raw, tmp_path / "release", ten, skip_bad=True)
    assert set(manifest.cases) == {f"BraTS2021_9000{n}" for n in (1, 3, 4)}
    assert any(issue.where == "BraTS2021_90002" for issue in manifest.issues)
    assert "BraTS2021_90002" in (tmp_path / "release" / "DATASHEET.md").read_text()


def test_nothing_usable_is_refused_even_with_skip_bad(raw, tmp_path):
    for path in raw.rglob("*_t1.nii.gz"):
        path.unlink()
    refused(raw, tmp_path, BadCasesError, skip_bad=True)


def test_too_few_patients_are_refused(tmp_path):
    raw = write_toys(tmp_path / "raw", cases=2)
    refused(raw, tmp_path, InvalidInputError)


def test_too_many_slices_are_refused_unless_fewer_will_do(raw, tmp_path):
    recipe = dataclasses.replace(TOY_RECIPE, slices=1000)
    problem = refused(raw, tmp_path, InvalidInputError, recipe=recipe)
    most = int(str(problem).split("contain ")[1].split()[0])
    manifest = make(raw, tmp_path / "release", recipe, allow_fewer=True)
    assert manifest.slice_sets == most > 3


def test_the_same_scan_under_two_ids_is_refused(raw, tmp_path):
    twin = shutil.copytree(raw / "BraTS2021_90001", raw / "BraTS2021_90009")
    for path in list(twin.iterdir()):
        path.rename(twin / path.name.replace("90001", "90009"))
    problem = refused(raw, tmp_path, BadCasesError)
    assert {issue.code for issue in problem.issues} == {"duplicate-voxels"}
    assert all("BraTS2021_90001" in issue.message for issue in problem.issues)
    manifest = make(raw, tmp_path / "release", skip_bad=True)
    assert "BraTS2021_90001" in manifest.cases
    assert "BraTS2021_90009" not in manifest.cases


def test_an_existing_release_is_kept_without_overwrite(raw, tmp_path):
    make(raw, tmp_path / "release")
    before = content(tmp_path / "release")
    with pytest.raises(ReleaseError, match="--overwrite"):
        make(raw, tmp_path / "release", dataclasses.replace(TOY_RECIPE, seed=3))
    assert content(tmp_path / "release") == before
    other = dataclasses.replace(TOY_RECIPE, seed=3)
    manifest = make(raw, tmp_path / "release", other, overwrite=True)
    assert manifest.recipe.seed == 3
    assert verify(tmp_path / "release") == []
    assert left_behind(tmp_path) == ["release"]


def test_a_refused_rebuild_keeps_the_old_release(raw, tmp_path):
    make(raw, tmp_path / "release")
    before = content(tmp_path / "release")
    too_many = dataclasses.replace(TOY_RECIPE, slices=1000)
    with pytest.raises(InvalidInputError):
        make(raw, tmp_path / "release", too_many, overwrite=True)
    assert content(tmp_path / "release") == before


def test_a_folder_that_is_no_release_is_never_replaced(raw, tmp_path):
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "thesis.tex").write_text("ten years of work")
    with pytest.raises(ReleaseError, match="is no release"):
        make(raw, tmp_path / "release", overwrite=True)
    assert (tmp_path / "release" / "thesis.tex").exists()


def test_a_missing_parent_is_one_line(raw, tmp_path):
    with pytest.raises(ReleaseError, match="create it first"):
        make(raw, tmp_path / "no" / "release")


def test_an_unwritable_target_is_one_line(raw, tmp_path, monkeypatch):
    # Root may write anywhere, so the answer of the system is put in its place.
    monkeypatch.setattr("bratsfuse.place.os.access", lambda path, mode: False)
    with pytest.raises(ReleaseError, match="no permission"):
        make(raw, tmp_path / "release")
    assert left_behind(tmp_path) == []


def test_two_builds_at_once_do_not_mix(raw, tmp_path):
    def meet(case):
        with pytest.raises(ReleaseError, match="another process"):
            make(raw, tmp_path / "release")
        return read_case(case)

    build(FORM, found(raw), TOY_RECIPE, tmp_path / "release", read=meet)
    assert verify(tmp_path / "release") == []


def test_a_raw_file_that_changes_during_the_build_is_refused(raw, tmp_path):
    calls = []

    def read(case):
        calls.append(case.id)
        if len(calls) == 5:  # the first reading for slices
            path = case.images[Modality.T1].path
            other = next(p for p in raw.rglob("*_t1.nii.gz") if p != path)
            shutil.copy(other, path)
        return read_case(case)

    with pytest.raises(ValueError, match="changed while the release was built"):
        build(FORM, found(raw), TOY_RECIPE, tmp_path / "release", read=read)
    assert left_behind(tmp_path) == []


FULL = """
import resource, signal, sys
sys.path.insert(0, {tests!r})
from pathlib import Path
import toys
from bratsfuse.building import build
from bratsfuse.raw import read_case
from bratsfuse.raw import scan
from bratsfuse.builders import find_cases
from bratsfuse.raw import scan
from bratsfuse.errors import ReleaseError
import bratsfuse.building.assemble, matplotlib.figure

form = toys.small("brats2021")
cases = form.arrangement.find(form, scan(Path({raw!r})))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    build(form, cases, toys.TOY_RECIPE, Path({release!r}), read=read_case)
except ReleaseError as problem:
    print("refused:", problem)
"""


@pytest.mark.parametrize("limit", [0, 1000, 8000, 40_000])
def test_a_full_disk_is_one_line_and_keeps_what_is_finished(raw, tmp_path, limit):
    # The system refuses every byte beyond the limit of a file: the lowest level at
    # which a write can fail without a disk of its own.
    script = FULL.format(
        tests=str(Path(__file__).parents[1]),
        raw=str(raw),
        release=str(tmp_path / "release"),
        limit=limit,
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("refused: "), done.stderr[-2000:]
    assert "File too large" in done.stdout
    assert done.stdout.count("\n") == 1
    assert "is kept in" in done.stdout
    assert left_behind(tmp_path) == ["release.building"]
    kept = list((tmp_path / "release.building").rglob("*.*"))
    assert len(kept) >= (limit > 1000)  # surveys, then parts
    assert not [path for path in kept if "unfinished" in path.name]


# Options.


def test_any_shape_pads_to_the_largest(tmp_path):
    raw = write_toys(tmp_path / "raw", cases=3)
    from toys import write_files

    from bratsfuse.phantom.write import stored_arrays
    from bratsfuse.raw import PhantomCase
    from bratsfuse.records import Grade

    made = toy(4, shape=(30, 26, 12))
    files = FORM.arrangement.phantom_files(FORM, PhantomCase(4, Grade.HGG))
    write_files(raw, FORM, files, stored_arrays(FORM, made))
    with pytest.raises(BadCasesError):
        make(raw, tmp_path / "strict")
    recipe = dataclasses.replace(TOY_RECIPE, any_shape=True)
    manifest = make(raw, tmp_path / "release", recipe)
    assert manifest.image_shape == (26, 30)
    assert verify(tmp_path / "release") == []
    for split in manifest.splits.values():
        with SplitFile(tmp_path / "release" / split.file) as file:
            for row, name in enumerate(file.texts("case_id")):
                image = file.pixels("t1", row)
                if name != "BraTS2021_90004":
                    assert not image[:3].any()
                    assert not image[-3:].any()
                    assert image[3:-3, 3:-3].any()


def test_clipped_negatives_become_background(tmp_path):
    from toys import save

    raw = write_toys(tmp_path / "raw", cases=3)
    data = toy(1).images[Modality.T2].copy()
    data[12, 10, 8] = -136
    save(raw / "BraTS2021_90001" / "BraTS2021_90001_t2.nii.gz", data)
    recipe = dataclasses.replace(TOY_RECIPE, slices=10, clip_negatives=True)
    make(raw, tmp_path / "release", recipe)
    assert verify(tmp_path / "release") == []


@pytest.mark.slow
def test_memory_of_a_worker_is_bounded(phantom_raw, tmp_path):
    script = (
        "from pathlib import Path\n"
        "from bratsfuse.building.pipeline import build\n"
        "from bratsfuse.builders import find_cases\n"
        "from bratsfuse.raw.read_case import read_case\n"
        "from bratsfuse.release.recipe import Recipe\n"
        f"found = find_cases(Path({str(phantom_raw)!r}))\n"
        "build(found.layout, found.cases, Recipe(slices=40), "
        f"Path({str(tmp_path / 'release')!r}), read=read_case)\n"
        # Not ru_maxrss: a child starts with the peak of its parent.
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) / 1024 < 400


# What went wrong once.


def test_another_label_map_is_never_served_from_an_interrupted_build(
    tmp_path, monkeypatch
):
    raw = write_toys(tmp_path / "raw", "brats2023_ped", cases=4)
    old, new = small("brats2023_ped"), small("brats2024_ped")
    fresh = make(raw, tmp_path / "fresh", form=new)
    monkeypatch.setattr(bratsfuse.building.pipeline, "assemble", _interrupt)
    with pytest.raises(Interrupted):
        make(raw, tmp_path / "release", form=old)
    monkeypatch.undo()
    assert make(raw, tmp_path / "release", form=new).fingerprint == fresh.fingerprint


def _with_a_negative_voxel(raw):
    from toys import save

    data = toy(1).images[Modality.T2].copy()
    data[12, 10, 8] = -136
    save(raw / "BraTS2021_90001" / "BraTS2021_90001_t2.nii.gz", data)
    return FORM


def _of_an_unexpected_shape(_raw):
    return dataclasses.replace(FORM, shapes=((240, 240, 155),))


@pytest.mark.parametrize(
    ("allowance", "spoil"),
    [
        ("clip_negatives", _with_a_negative_voxel),
        ("any_shape", _of_an_unexpected_shape),
    ],
)
def test_what_was_allowed_once_is_not_allowed_by_an_interrupted_build(
    raw, tmp_path, monkeypatch, allowance, spoil
):
    form = spoil(raw)
    lenient = dataclasses.replace(TOY_RECIPE, slices=10, **{allowance: True})
    strict = dataclasses.replace(lenient, **{allowance: False})
    monkeypatch.setattr(bratsfuse.building.pipeline, "assemble", _interrupt)
    with pytest.raises(Interrupted):
        make(raw, tmp_path / "release", lenient, form)
    monkeypatch.undo()
    with pytest.raises(BadCasesError):
        make(raw, tmp_path / "release", strict, form)
    assert make(raw, tmp_path / "release", lenient, form).recipe == lenient


def _interrupt(*_arguments, **_options):
    raise Interrupted


def _die(case):
    os._exit(1)


def test_what_the_workers_finished_is_kept_when_one_dies(raw, tmp_path):
    with pytest.raises(RuntimeError, match="what is finished is kept"):
        build(FORM, found(raw), TOY_RECIPE, tmp_path / "r", read=_die, workers=2)
    assert (tmp_path / "r.building").is_dir()
    assert not (tmp_path / "r").exists()


def test_a_link_to_nowhere_is_an_unreadable_file(raw, tmp_path):
    path = raw / "BraTS2021_90002" / "BraTS2021_90002_t1.nii.gz"
    path.unlink()
    path.symlink_to(tmp_path / "nowhere.nii.gz")
    problem = refused(raw, tmp_path, BadCasesError)
    assert [issue.code for issue in problem.issues] == ["unreadable"]


def test_a_target_that_is_a_link_is_refused_at_once(raw, tmp_path):
    (tmp_path / "release").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ReleaseError, match="is a link"):
        make(raw, tmp_path / "release")


def test_an_overwrite_that_was_killed_can_be_done_again(raw, tmp_path):
    make(raw, tmp_path / "release")
    aside = unfinished(tmp_path / "release")
    aside.mkdir()
    shutil.copytree(tmp_path / "release", aside / "old")
    make(raw, tmp_path / "release", overwrite=True)
    assert verify(tmp_path / "release") == []
    assert left_behind(tmp_path) == ["release"]


def test_an_overwrite_that_was_killed_between_says_where_the_old_release_is(
    raw, tmp_path
):
    make(raw, tmp_path / "release")
    aside = unfinished(tmp_path / "release")
    aside.mkdir()
    (tmp_path / "release").rename(aside / "old")
    with pytest.raises(ReleaseError, match="move it back") as problem:
        read_manifest(tmp_path / "release")
    assert str(aside / "old") in str(problem.value)
    with pytest.raises(ReleaseError, match="already exists"):
        make(raw, tmp_path / "release")
    assert verify(tmp_path / "release") == []
    assert left_behind(tmp_path) == ["release"]


def test_a_folder_that_appears_while_it_is_built_is_kept(raw, tmp_path):
    def appear(case):
        (tmp_path / "release").mkdir(exist_ok=True)
        (tmp_path / "release" / "thesis.tex").write_text("ten years of work")
        return read_case(case)

    with pytest.raises(ReleaseError, match="already exists"):
        build(FORM, found(raw), TOY_RECIPE, tmp_path / "release", read=appear)
    assert [path.name for path in (tmp_path / "release").iterdir()] == ["thesis.tex"]


def test_an_overwrite_whose_last_rename_fails_keeps_the_old_release(
    raw, tmp_path, monkeypatch
):
    release = tmp_path / "release"
    make(raw, release)
    before = content(release)
    rename = Path.rename

    def fail(path, target):
        if path.name == "release" and path.parent.name == "new":
            raise OSError(errno.EIO, "Input/output error", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(ReleaseError, match="Input/output error"):
        make(raw, release, overwrite=True)
    assert content(release) == before


def test_the_current_folder_can_become_the_release(raw, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    make(raw, Path())
    assert verify(tmp_path / "here") == []


def test_bad_cases_are_counted_as_cases(raw, tmp_path):
    shutil.copytree(raw / "BraTS2021_90001", raw / "copy" / "BraTS2021_90001")
    cases = find_cases(raw).cases  # of another shape than the layout's, all of them
    with pytest.raises(BadCasesError, match="5 of 5 cases"):
        build(FORM, cases, TOY_RECIPE, tmp_path / "release", read=read_case)


def test_cases_of_several_label_codings_are_refused(tmp_path):
    raw = write_toys(tmp_path / "raw" / "one", "nnunet", cases=3)
    other = write_toys(tmp_path / "raw" / "other", "nnunet", cases=6)
    for path in [*other.rglob("PHANTOM_00[123]*")]:
        path.unlink()
    assert raw.is_dir()
    content = json.loads((other / "dataset.json").read_text())
    content["labels"] = {"background": 0, "ED": 2, "NCR": 1, "ET": 3}
    (other / "dataset.json").write_text(json.dumps(content))
    form = small("nnunet")
    with pytest.raises(InvalidInputError, match="in several ways"):
        make(tmp_path / "raw", tmp_path / "release", form=form)
