"""A release as a torch dataset."""

import copy

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Subset
from toys import SHAPE

import bratsfuse
from bratsfuse.anatomy import Label
from bratsfuse.errors import InvalidInputError, ReleaseError
from bratsfuse.release import SplitFile

WIDTH, HEIGHT, _ = SHAPE


@pytest.fixture(params=[True, False], ids=["memory", "disk"])
def in_memory(request):
    return request.param


def load(release, **options):
    return bratsfuse.BraTSFuse(release, **options)


def test_a_sample_is_what_the_contract_says(toy_release, in_memory):
    data = load(toy_release, split="train", in_memory=in_memory)
    assert data.in_memory is in_memory
    assert len(data) == 14
    sample = data[3]
    assert list(sample) == ["image", "fused", "mask", "case_id", "slice_index"]
    assert sample["image"].shape == (2, HEIGHT, WIDTH)
    assert sample["image"].dtype == torch.float32
    assert sample["fused"].shape == (1, HEIGHT, WIDTH)
    assert sample["fused"].dtype == torch.float32
    assert sample["mask"].shape == (HEIGHT, WIDTH)
    assert sample["mask"].dtype == torch.int64
    assert isinstance(sample["case_id"], str)
    assert isinstance(sample["slice_index"], int)
    assert sample["image"].max() == 1
    assert sample["image"].min() == 0


def test_a_sample_holds_what_is_stored(toy_release, in_memory):
    data = load(
        toy_release, sources=("flair", "t1"), fusion="maximum", in_memory=in_memory
    )
    with SplitFile(toy_release / "data" / "train.h5") as file:
        for row in (0, 5, 13, -1):
            sample = data[row]
            place = row % len(data)
            for channel, name in enumerate(("flair", "t1")):
                np.testing.assert_array_equal(
                    sample["image"][channel].numpy(),
                    file.pixels(name, place).astype(np.float32) / np.float32(255),
                )
            stored = file.pixels("fusion_maximum", place)
            np.testing.assert_array_equal((sample["fused"][0] * 255).round(), stored)
            np.testing.assert_array_equal(sample["mask"], file.pixels("mask", place))
            assert sample["case_id"] == file.texts("case_id")[place]
            assert sample["slice_index"] == file.array("slice_index")[place]


def test_samples_may_be_written_to(toy_release, in_memory):
    more = ("t2", "intensity_low", "intensity_high")
    data = load(toy_release, in_memory=in_memory, columns=more)
    names = ("image", "fused", "mask", *more)
    before = {name: data[0][name].clone() for name in names}
    sample = data[0]
    for name in names:
        sample[name].fill_(77)
    for name in names:
        assert not torch.equal(sample[name], before[name])
        assert torch.equal(data[0][name], before[name])


def test_columns_come_as_they_are_stored(toy_release, in_memory):
    names = ("patient_id", "grade", "intensity_low", "t2", "row_sha256")
    sample = load(toy_release, columns=names, in_memory=in_memory)[0]
    assert sample["patient_id"].startswith("GLI_9")
    assert sample["grade"] == 0
    assert sample["intensity_low"].shape == (4,)
    assert sample["t2"].dtype == torch.uint8
    assert len(sample["row_sha256"]) == 64


def test_regions_nest(toy_release, in_memory):
    data = load(toy_release, regions=("WT", "TC", "ET"), in_memory=in_memory)
    for sample in (data[0], data[7]):
        whole, core, enhancing = sample["regions"]
        assert sample["regions"].dtype == torch.float32
        mask = sample["mask"]
        assert torch.equal(whole, (mask > 0).float())
        assert torch.equal(core, ((mask == Label.NCR) | (mask == Label.ET)).float())
        assert torch.equal(enhancing, (mask == Label.ET).float())


def test_patients_can_be_chosen(toy_release, in_memory):
    everyone = load(toy_release, in_memory=in_memory)
    patient = everyone.patient_ids[0]
    some = load(toy_release, patients=[patient], in_memory=in_memory)
    assert some.patient_ids == [patient]
    assert 0 < len(some) < len(everyone)
    ids = {(s["case_id"], s["slice_index"]) for s in some}
    expected = {
        (s["case_id"], s["slice_index"])
        for s in load(toy_release, columns=("patient_id",))
        if s["patient_id"] == patient
    }
    assert ids == expected


def test_a_transform_makes_the_sample(toy_release):
    data = load(toy_release, transform=lambda sample: sample["image"].sum())
    assert data[0].shape == ()


def test_no_fusion_is_possible(toy_release):
    assert "fused" not in load(toy_release, fusion=None)[0]


def test_iteration_ends(toy_release):
    assert len(list(load(toy_release))) == 14
    with pytest.raises(IndexError):
        load(toy_release)[14]


@pytest.mark.parametrize("index", [np.int64(3), np.uint8(3), torch.tensor(3)])
def test_integers_of_every_kind_are_indices(toy_release, index):
    data = load(toy_release)
    assert torch.equal(data[index]["image"], data[3]["image"])


@pytest.mark.parametrize(
    ("index", "told"),
    [
        (slice(0, 2), "slice"),
        (1.0, "float"),
        ("1", "str"),
        ([0, 1], "list"),
        (torch.tensor([0, 1]), "Tensor"),
    ],
)
def test_what_is_no_integer_is_no_index(toy_release, index, told):
    with pytest.raises(InvalidInputError, match=f"found an? {told}") as info:
        load(toy_release)[index]
    assert "\n" not in str(info.value)


@pytest.mark.parametrize(("context", "workers"), [("fork", 2), ("spawn", 1)])
def test_workers_serve_the_same(toy_release, in_memory, context, workers):
    data = load(toy_release, in_memory=in_memory)
    data[0]  # the file is open in the parent before workers start
    alone = list(DataLoader(data, batch_size=4))
    several = {"num_workers": workers, "multiprocessing_context": context}
    served = list(DataLoader(data, batch_size=4, **several))
    assert len(alone) == len(served) == 4
    for one, other in zip(alone, served, strict=True):
        assert one["case_id"] == other["case_id"]
        for name in ("image", "fused", "mask", "slice_index"):
            assert torch.equal(one[name], other[name])


def test_it_is_a_torch_dataset(toy_release):
    data = load(toy_release)
    assert isinstance(data, torch.utils.data.Dataset)
    assert len(Subset(data, [1, 2])) == 2
    assert torch.equal(copy.deepcopy(data)[2]["mask"], data[2]["mask"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"split": "dev"}, "train, validation, test"),
        ({"sources": ("t1", "pd")}, "pd"),
        ({"sources": ()}, "no sources"),
        ({"fusion": "magic"}, "average, maximum, laplacian"),
        ({"columns": ("magic",)}, "fusion_average"),
        ({"regions": ("NCR",)}, "WT, TC, ET"),
        ({"patients": ["nobody"]}, "GLI_9"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(toy_release, options, told):
    with pytest.raises(InvalidInputError, match=told):
        load(toy_release, **options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"fusion": "fusion_laplacian"}, "did you mean 'laplacian'"),
        ({"fusion": "Maximum"}, "did you mean 'maximum'"),
        ({"regions": ("wt",)}, "did you mean 'WT'"),
        ({"sources": ("t1c",)}, "did you mean 't1ce'"),
        ({"columns": ("patient",)}, "did you mean 'patient_id'"),
    ],
)
def test_a_name_that_is_nearly_right_is_told_what_it_could_be(
    toy_release, options, told
):
    with pytest.raises(InvalidInputError, match=told):
        load(toy_release, **options)


@pytest.mark.parametrize(
    "name", ["image", "fused", "mask", "regions", "case_id", "slice_index"]
)
def test_a_column_replaces_no_entry_of_a_sample(toy_release, name):
    with pytest.raises(InvalidInputError, match=f"'{name}' is an entry that a sample"):
        load(toy_release, columns=("t2", name))


@pytest.mark.parametrize("option", ["columns", "sources", "patients", "regions"])
def test_a_text_is_not_several_names(toy_release, option):
    with pytest.raises(InvalidInputError, match=rf"pass a tuple: {option}=\('t1',\)"):
        load(toy_release, **{option: "t1"})


@pytest.mark.parametrize("value", ["yes", "True", 1, 0, None])
def test_in_memory_is_one_of_three(toy_release, value):
    with pytest.raises(InvalidInputError, match="expected True, False or 'auto'"):
        load(toy_release, in_memory=value)


def test_a_folder_that_is_no_release_is_told(tmp_path):
    with pytest.raises(ReleaseError, match="no such folder"):
        load(tmp_path / "nothing")


def test_a_region_that_labels_cannot_express_is_refused(tmp_path):
    from toys import TOY_RECIPE, small, write_toys

    from bratsfuse.building import build
    from bratsfuse.raw import read_case, scan

    raw = write_toys(tmp_path / "raw", "brats2012", cases=4)
    form = small("brats2012")
    cases = form.arrangement.find(form, scan(raw))
    build(form, cases, TOY_RECIPE, tmp_path / "release", read=read_case)
    assert load(tmp_path / "release", regions=("WT", "TC"))[0]["regions"].any()
    with pytest.raises(InvalidInputError, match="no region 'ET'"):
        load(tmp_path / "release", regions=("ET",))


def test_a_rebuilt_release_does_not_disturb_an_open_one(toy_release, tmp_path):
    data = load(toy_release, in_memory=False)
    before = data[0]["image"]
    toy_release.rename(tmp_path / "moved")
    assert torch.equal(data[0]["image"], before)  # the open file is still the old one


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_batch_is_its_samples(built_toy_release, in_memory, threads):
    asked = {
        "fusion": ("average", "laplacian"),
        "regions": ("WT", "ET"),
        "columns": ("t2", "patient_id", "intensity_low"),
    }
    data = bratsfuse.BraTSFuse(built_toy_release, in_memory=in_memory, **asked)
    alone = bratsfuse.BraTSFuse(built_toy_release, in_memory=in_memory, **asked)
    indices = [2, 0, -1, 2, *range(len(data))]
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        batch = data.__getitems__(indices)
    finally:
        torch.set_num_threads(before)
    for index, sample in zip(indices, batch, strict=True):
        assert list(sample) == list(alone[index])
        for name, value in alone[index].items():
            if isinstance(value, torch.Tensor):
                assert sample[name].dtype == value.dtype
                assert torch.equal(sample[name], value), name
            else:
                assert sample[name] == value
    batch[0]["image"].zero_()
    assert batch[3]["image"].any()
    assert torch.equal(data[2]["image"], alone[2]["image"])


def test_a_subclass_that_changes_samples_changes_those_of_batches(built_toy_release):
    class Named(bratsfuse.BraTSFuse):
        def __getitem__(self, index):
            return {"name": f"{super().__getitem__(index)['case_id']} of mine"}

    loader = DataLoader(Named(built_toy_release), batch_size=2)
    assert next(iter(loader))["name"][0].endswith(" of mine")


@pytest.mark.parametrize("rows", [[1, 1, 0, 2], [0, 2, 1, 1]])
def test_an_image_that_is_broken_is_refused_by_a_batch(toy_release, rows):
    """Whichever thread it is that meets it."""
    import h5py

    with h5py.File(toy_release / "data" / "train.h5", "r+") as file:
        file["flair"].id.write_direct_chunk((1, 0, 0), b"no deflated stream")
    data = bratsfuse.BraTSFuse(toy_release, in_memory=False)
    torch_threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(ReleaseError, match="row 1 of column flair cannot be read"):
            data.__getitems__(rows)
    finally:
        torch.set_num_threads(torch_threads)
