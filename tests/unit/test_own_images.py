"""A method over folders of a user's own images, without a release."""

import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bratsfuse import baselines
from bratsfuse.anatomy import Modality
from bratsfuse.baselines.fuse4seg.config import Fuse4SegConfig
from bratsfuse.baselines.fuse4seg.trainable import TRAINING as FUSE4SEG
from bratsfuse.cli import main
from bratsfuse.errors import InvalidInputError, RawDataError
from bratsfuse.methods import fuse_folders, segment_folders
from bratsfuse.raw.own_folders import (
    find_case_images,
    match_cases,
    read_case_image,
    write_case_image,
)
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.training import train


@pytest.fixture
def folders(built_toy_release, tmp_path):
    """Put T1ce and FLAIR of the toy cases into a folder each, as users have them."""
    raw = built_toy_release.parent / "raw"
    found = {}
    for modality in (Modality.T1CE, Modality.FLAIR):
        found[modality] = tmp_path / modality
        found[modality].mkdir()
        for path in raw.rglob(f"*_{modality}.nii.gz"):
            shutil.copy(path, found[modality])
    return found


def pictures(folder, images):
    folder.mkdir()
    for name, image in images.items():
        Image.fromarray(image).save(folder / name)
    return folder


def test_volumes_are_fused_as_a_release_fuses_them(
    folders, built_toy_release, tmp_path
):
    release = built_toy_release
    made = fuse_folders("maximum", folders, tmp_path / "fused")
    manifest = read_manifest(release)
    assert len(made.cases) == len(manifest.cases)
    compared = 0
    for split in manifest.splits.values():
        with SplitFile(release / split.file) as file:
            ids = zip(
                file.texts("case_id"), file.array("slice_index").tolist(), strict=True
            )
            for row, (case, z) in enumerate(ids):
                (name,) = (one for one in made.cases if case.endswith(one))
                path = tmp_path / "fused" / made.cases[name]
                slices = read_case_image(path).slices
                assert np.array_equal(slices[z], file.pixels("fusion_maximum", row))
                compared += 1
    assert compared == manifest.slice_sets


def test_volumes_come_back_on_the_grid_of_their_file(folders, tmp_path):
    for folder in folders.values():
        for path in folder.iterdir():
            image = nib.load(path)
            turned = nib.as_closest_canonical(image)  # RAS, not as BraTS stores it
            data = np.asarray(turned.dataobj).transpose(2, 0, 1)
            affine = turned.affine[:, [2, 0, 1, 3]]
            nib.save(nib.Nifti1Image(data, affine), path)
    made = fuse_folders("average", folders, tmp_path / "fused")
    for case, name in made.cases.items():
        fused = nib.load(tmp_path / "fused" / name)
        (source,) = folders[Modality.FLAIR].glob(f"*{case}*")
        original = nib.load(source)
        assert fused.shape == original.shape
        assert np.allclose(fused.affine, original.affine)
        assert fused.get_data_dtype() == np.uint8
        outside = np.asarray(original.dataobj) == 0
        t1ce = next(folders[Modality.T1CE].glob(f"*{case}*"))
        outside &= np.asarray(nib.load(t1ce).dataobj) == 0
        assert not np.asarray(fused.dataobj)[outside].any()


@settings(max_examples=25)
@given(
    axes=st.permutations("LPS").flatmap(
        lambda order: st.tuples(
            *(
                st.sampled_from((one, {"L": "R", "P": "A", "S": "I"}[one]))
                for one in order
            )
        )
    ),
    seed=st.integers(0, 99),
)
def test_writing_and_reading_a_volume_keeps_it(tmp_path_factory, axes, seed):
    folder = tmp_path_factory.mktemp("volumes")
    rng = np.random.default_rng(seed)
    data = rng.integers(0, 256, (3, 4, 5), dtype=np.uint8)
    orientation = nib.orientations.axcodes2ornt(axes)
    shape = nib.orientations.apply_orientation(data, orientation).shape
    affine = nib.orientations.inv_ornt_aff(orientation, shape)
    nib.save(nib.Nifti1Image(data, affine), folder / "a.nii.gz")
    before = read_case_image(folder / "a.nii.gz")
    again = write_case_image(folder, "b", np.asarray(before.slices), before)
    after = nib.load(again)
    assert np.array_equal(np.asarray(after.dataobj), data)
    assert np.allclose(after.affine, affine)
    assert before.fits(read_case_image(again))


def test_pictures_stay_pictures(tmp_path):
    rng = np.random.default_rng(0)
    one, other = (rng.integers(0, 256, (5, 7), dtype=np.uint8) for _ in range(2))
    sources = {
        Modality.T1CE: pictures(tmp_path / "a", {"p1_t1ce.png": one}),
        Modality.FLAIR: pictures(tmp_path / "b", {"p1_flair.png": other}),
    }
    result = CliRunner().invoke(
        main,
        [
            *("fuse", "maximum", "-o", str(tmp_path / "out")),
            *(f"--source={name}={folder}" for name, folder in sources.items()),
        ],
        catch_exceptions=False,
    )
    assert result.exit_code == 0, result.output
    assert "1 case by maximum" in result.output
    with Image.open(tmp_path / "out" / "p1.png") as fused:
        assert np.array_equal(np.asarray(fused), np.maximum(one, other))


def test_the_lines_of_the_document_fuse(folders, tmp_path, monkeypatch):
    for modality, folder in folders.items():
        folder.rename(tmp_path / modality.upper())
    document = (Path(__file__).parents[2] / "docs" / "fusers.md").read_text()
    _, own = document.split("## Your own images")
    monkeypatch.chdir(tmp_path)
    exec(own.split("```python\n")[1].split("```")[0], {})  # noqa: S102
    assert len(list((tmp_path / "fused").glob("*.nii.gz"))) == 4


@pytest.mark.parametrize("depth", [None, 3])
def test_a_run_fuses_own_images_of_any_size(built_toy_release, tmp_path, depth):
    config = Fuse4SegConfig(preset="tiny", batch_size=2, steps=1, validate_every=1)
    run = tmp_path / "run"
    train("fuse4seg", FUSE4SEG, built_toy_release, run, config, device="cpu")
    rng = np.random.default_rng(0)
    images = rng.integers(1, 256, (2, depth or 1, 31, 45), dtype=np.uint8)
    images[..., :12, :] = 0
    sources = {}
    for modality, stack in zip(("t1ce", "flair"), images, strict=True):
        sources[Modality(modality)] = tmp_path / modality
        if depth is None:
            pictures(tmp_path / modality, {"a.png": stack[0]})
            continue
        (tmp_path / modality).mkdir()
        volume = nib.Nifti1Image(stack.T, np.diag([-1.0, -1.0, 1.0, 1.0]))
        nib.save(volume, tmp_path / modality / "a.nii.gz")
    made = fuse_folders(str(run), sources, tmp_path / "fused")
    assert set(made.cases) == {"a"}
    fused = read_case_image(tmp_path / "fused" / made.cases["a"]).slices
    assert fused.shape == images[0].shape
    assert not fused[:, :12].any()
    assert fused[:, 12:].all()
    if depth is None:
        model = baselines.load(run)
        given = {
            str(name): stack[0] for name, stack in zip(sources, images, strict=True)
        }
        assert np.array_equal(fused[0], model.fuse(given))


def test_masks_of_own_volumes(folders, tmp_path):
    with pytest.raises(InvalidInputError, match="not segmentation"):
        segment_folders("maximum", folders, tmp_path / "masks")
    made = segment_folders("threshold", folders, tmp_path / "masks")
    for name in made.cases.values():
        labels = np.asarray(nib.load(tmp_path / "masks" / name).dataobj)
        assert set(np.unique(labels)) <= {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("names", "cases"),
    [
        (["BraTS_001_flair.nii.gz", "BraTS_002_flair.nii.gz"], ["001", "002"]),
        (["a-t2f.nii.gz", "b-t2f.nii.gz"], ["a", "b"]),
        (["001.nii.gz", "002.nii"], ["001", "002"]),
        (["case_flair.nii.gz"], ["case"]),
        (["case_0001.nii.gz"], ["case"]),
        (["case_7.nii.gz"], ["case_7"]),
        (["case.nii.gz", "case_2.nii.gz"], ["case", "case_2"]),
        (["x1.png", "x2.PNG"], ["x1", "x2"]),
    ],
)
def test_what_names_have_in_common_is_no_part_of_a_case(tmp_path, names, cases):
    for name in names:
        (tmp_path / name).touch()
    assert list(find_case_images(tmp_path).files) == cases


@settings(max_examples=50)
@given(
    cases=st.sets(st.text("ab1", min_size=1, max_size=4), min_size=2, max_size=5),
    start=st.sampled_from(("", "BraTS_", "x-y-")),
    end=st.sampled_from(("", "_flair", "-t2f")),
)
def test_an_affix_never_merges_or_loses_a_case(tmp_path_factory, cases, start, end):
    folder = tmp_path_factory.mktemp("names")
    for case in cases:
        (folder / f"{start}{case}{end}.png").touch()
    found = find_case_images(folder)
    assert len(found.files) == len(cases)
    assert all(found.files)
    taken = found.affix
    assert {f"{taken[0]}{case}{taken[1]}" for case in found.files} == {
        f"{start}{case}{end}" for case in cases
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: next(f["flair"].iterdir()).unlink(), "no flair of 1 case"),
        (lambda f: shutil.rmtree(f["flair"]), "no such file or folder"),
        (lambda f: [one.unlink() for one in f["flair"].iterdir()], "no image"),
        (
            lambda f: Image.new("L", (3, 3)).save(f["flair"] / "a.png"),
            "volumes and pictures",
        ),
    ],
)
def test_folders_that_do_not_go_together_are_refused(folders, tmp_path, change, told):
    change({str(name): folder for name, folder in folders.items()})
    with pytest.raises(InvalidInputError, match=told):
        fuse_folders("maximum", folders, tmp_path / "fused")
    assert not (tmp_path / "fused").exists()


def test_another_grid_is_refused(folders, tmp_path):
    path = sorted(folders[Modality.FLAIR].iterdir())[0]
    image = nib.load(path)
    affine = image.affine.copy()
    affine[0, 3] += 5
    nib.save(nib.Nifti1Image(np.asarray(image.dataobj), affine), path)
    with pytest.raises(InvalidInputError, match="not on the grid of"):
        fuse_folders("maximum", folders, tmp_path / "fused")


@pytest.mark.parametrize(
    ("value", "told"), [(-5.0, "negative values"), (np.nan, "NaN or infinite")]
)
def test_values_that_no_release_takes_are_refused(folders, tmp_path, value, told):
    path = sorted(folders[Modality.T1CE].iterdir())[0]
    image = nib.load(path)
    data = np.asarray(image.dataobj, np.float32)
    data[10, 10, 8] = value
    nib.save(nib.Nifti1Image(data, image.affine), path)
    with pytest.raises(
        InvalidInputError, match=f"{path.name}: t1ce .*{told}"
    ) as caught:
        fuse_folders("maximum", folders, tmp_path / "fused")
    assert "--clip-negatives" not in str(caught.value)  # fuse has no such option


def test_paths_may_be_texts(folders, tmp_path):
    places = {name: str(folder) for name, folder in folders.items()}
    made = fuse_folders("maximum", places, str(tmp_path / "fused"))
    assert len(made.cases) == 4


def test_pictures_of_16_bits_are_refused(tmp_path):
    deep = np.full((4, 4), 900, np.uint16)
    sources = {
        Modality.T1CE: pictures(tmp_path / "a", {"1.png": deep}),
        Modality.FLAIR: pictures(tmp_path / "b", {"1.png": deep}),
    }
    with pytest.raises(RawDataError, match="16 or more bits"):
        fuse_folders("maximum", sources, tmp_path / "fused")


def test_a_folder_of_something_else_is_never_replaced(folders, tmp_path):
    target = tmp_path / "precious"
    target.mkdir()
    (target / "thesis.txt").write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(InvalidInputError, match=r"exists|no bratsfuse\.json"):
            fuse_folders("maximum", folders, target, overwrite=overwrite)
    assert (target / "thesis.txt").exists()
    made = tmp_path / "made"
    fuse_folders("maximum", folders, made)
    fuse_folders("average", folders, made, overwrite=True)
    assert json.loads((made / "bratsfuse.json").read_text())["method"] == "average"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--source", "pet=x"], "expected MODALITY=FOLDER"),
        (["--source", "t1ce"], "expected MODALITY=FOLDER"),
        (["--source", "t1ce=a", "--source", "t1c=b"], "given twice"),
        (["release", "--source", "t1ce=a"], "--source replaces RELEASE"),
        (["--source", "t1ce=a", "--sources", "t1ce,flair"], "--sources does not go"),
        (["--source", "t1ce=a", "--name", "mine"], "--name does not go"),
        (["--source", "t1ce=a", "--timeout", "3"], "--timeout does not go"),
    ],
)
def test_wrong_usage_says_what_is_right(words, told):
    result = CliRunner().invoke(main, ["fuse", "maximum", "-o", "out", *words])
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())


def test_a_split_of_folders_is_refused_though_it_is_the_default():
    words = ["predict", "threshold", "--source", "t1ce=a", "-o", "out"]
    result = CliRunner().invoke(main, [*words, "--split", "test"])
    assert result.exit_code == 2
    assert "--split does not go with --source" in result.output


def test_missing_and_needless_modalities_are_named(folders, tmp_path):
    flair = folders[Modality.FLAIR]
    with pytest.raises(InvalidInputError, match="t1ce missing: add --source t1ce="):
        segment_folders("threshold", {Modality.FLAIR: flair}, tmp_path / "masks")
    with pytest.raises(InvalidInputError, match="leave t2 out"):
        segment_folders("threshold", folders | {Modality.T2: flair}, tmp_path / "m")


def test_cases_of_one_folder_alone_are_named(tmp_path):
    for place, names in (("a", ("1", "2", "3")), ("b", ("1",))):
        (tmp_path / place).mkdir()
        for name in names:
            (tmp_path / place / f"{name}.png").touch()
    found = {name: find_case_images(tmp_path / name) for name in ("a", "b")}
    with pytest.raises(InvalidInputError, match=r"no b of 2 cases \(2, 3\)"):
        match_cases(found)
