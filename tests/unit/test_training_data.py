"""What a step sees: slices in an order that only the seed and the step decide."""

import shutil
from typing import ClassVar

import numpy as np
import pytest
import torch

from bratsfuse.errors import InvalidInputError
from bratsfuse.release.manifest import read_manifest
from bratsfuse.release.split_file import SplitFile
from bratsfuse.training import slices as module
from bratsfuse.training.resizing import enlarge, shrink_images, shrink_labels
from bratsfuse.training.sampling import Stream, patient_parts
from bratsfuse.training.slices import Slices
from bratsfuse.training.trainable import Prediction
from bratsfuse.training.validation import validate

COLUMNS = ("flair", "t1", "fusion_maximum")


def stored(release, split, name):
    with SplitFile(release / read_manifest(release).splits[split].file) as file:
        return file.array(name)


def test_a_batch_holds_the_columns_in_order_and_the_masks(built_toy_release):
    slices = Slices(built_toy_release, "train", COLUMNS)
    batch = slices.batch([2, 0])
    for place, name in enumerate(COLUMNS):
        expected = stored(built_toy_release, "train", name)[[2, 0]] / np.float32(255)
        assert np.array_equal(batch.images[:, place].numpy(), expected)
    mask = stored(built_toy_release, "train", "mask")[[2, 0]]
    assert np.array_equal(batch.masks.numpy(), mask)
    assert mask.any()
    assert batch.slice_ids == (slices.slice_ids[2], slices.slice_ids[0])


def test_slices_are_the_same_from_memory_and_from_disk(built_toy_release, monkeypatch):
    kept = Slices(built_toy_release, "train", COLUMNS, shrink=2).batch([1, 3])
    monkeypatch.setattr(module, "AUTO_MEMORY_BYTES", 0)
    read = Slices(built_toy_release, "train", COLUMNS, shrink=2).batch([1, 3])
    assert torch.equal(kept.images, read.images)
    assert torch.equal(kept.masks, read.masks)


def test_a_flipped_slice_is_its_mirror_image(built_toy_release):
    slices = Slices(built_toy_release, "train", ("t1",))
    plain, flipped = slices.batch([0, 1]), slices.batch([0, 1], [True, False])
    assert torch.equal(flipped.images[0], plain.images[0].flip(-1))
    assert torch.equal(flipped.masks[0], plain.masks[0].flip(-1))
    assert torch.equal(flipped.images[1], plain.images[1])
    assert not torch.equal(flipped.images[0], plain.images[0])


def test_an_unknown_product_is_refused_with_what_there_is(built_toy_release):
    with pytest.raises(InvalidInputError, match="did you mean 'fusion_maximum'"):
        Slices(built_toy_release, "train", ("fusion_maximun",))


def test_pixels_are_averaged_and_labels_elected():
    image = torch.tensor([[0.0, 1.0, 4.0], [1.0, 2.0, 8.0]])[None, None]
    assert shrink_images(image, 2).tolist() == [[[[1.0, 3.0]]]]
    labels = torch.tensor([[0, 2, 1, 1], [2, 2, 3, 0], [0, 0, 1, 3], [0, 3, 3, 1]])
    small = shrink_labels(labels[None].to(torch.uint8), 2)
    assert small.tolist() == [[[2, 1], [0, 3]]]
    assert small.dtype == torch.uint8


@pytest.mark.parametrize(("height", "width", "factor"), [(24, 20, 4), (9, 7, 4)])
def test_enlarging_gives_back_size_and_place(height, width, factor):
    image = torch.zeros(1, 1, height, width)
    image[..., -1, 0] = 1
    whole = enlarge(shrink_images(image, factor), factor, (height, width))
    assert whole.shape == image.shape
    brightest = int(whole.flatten().argmax())
    assert brightest // width >= height - factor
    assert brightest % width < factor


def test_every_slice_is_seen_once_a_round_in_an_order_of_the_seed():
    stream = Stream([10, 11, 12, 13, 14], batch_size=2, seed=3)
    seen = [row for step in range(5) for row in stream.rows(step)]
    assert sorted(seen[:5]) == sorted(seen[5:]) == [10, 11, 12, 13, 14]
    assert seen[:5] != seen[5:]
    again = Stream([10, 11, 12, 13, 14], batch_size=2, seed=3)
    assert again.rows(4) == seen[8:]
    other = Stream([10, 11, 12, 13, 14], batch_size=2, seed=4)
    assert [row for step in range(5) for row in other.rows(step)] != seen


def test_a_batch_larger_than_the_split_goes_round():
    assert sorted(Stream([5, 6], batch_size=4, seed=0).rows(0)) == [5, 5, 6, 6]


def test_half_of_the_slices_are_mirrored_as_seed_and_step_say():
    stream = Stream([0], batch_size=1000, seed=0)
    flips = stream.flips(7)
    assert flips == Stream([0], batch_size=1000, seed=0).flips(7) != stream.flips(8)
    assert 400 < sum(flips) < 600


def test_leader_and_follower_have_different_patients_as_many_as_possible():
    patients = [f"p{number}" for number in range(11)] * 2
    parts = patient_parts(patients, ("leader", "follower"), seed=0)
    leader, follower = parts["leader"], parts["follower"]
    assert not leader & follower
    assert leader | follower == set(patients)
    assert abs(len(leader) - len(follower)) == 1
    reordered = patient_parts(reversed(patients), ("leader", "follower"), seed=0)
    assert reordered == parts
    assert patient_parts(patients, ("leader", "follower"), seed=1) != parts


def test_one_stream_has_all_patients():
    assert patient_parts(["b", "a", "b"], ("train",), 0) == {"train": {"a", "b"}}


def test_one_patient_cannot_be_both_leader_and_follower():
    with pytest.raises(InvalidInputError, match="at least 2"):
        patient_parts(["a", "a"], ("leader", "follower"), 0)


def test_an_empty_split_is_refused(toy_release, monkeypatch):
    monkeypatch.setattr(module.BraTSFuse, "__len__", lambda self: 0)
    with pytest.raises(InvalidInputError, match="validation split is empty"):
        Slices(toy_release, "validation", ("t1",))


def test_only_the_file_of_the_split_is_opened(toy_release):
    shutil.rmtree(toy_release / "previews")
    (toy_release / "data" / "test.h5").unlink()
    (toy_release / "data" / "validation.h5").unlink()
    assert len(Slices(toy_release, "train", ("t1",)))


class Brightness:
    """Stands in for networks: its loss on a batch is a mean over the slices of it."""

    networks: ClassVar[dict] = {}

    def losses(self, batch):
        return {"loss": float(batch.images.mean())}

    def predict(self, images, size):
        return Prediction()


def test_the_size_of_batches_does_not_change_a_validation_loss(built_toy_release):
    slices = Slices(built_toy_release, "train", ("t1",))
    every = [float(slices.batch([row]).images.mean()) for row in range(len(slices))]
    expected = np.mean(every)
    assert np.ptp(every) > 0.01
    for batch_size in (1, len(slices) - 1, len(slices), len(slices) + 1):
        found = validate(Brightness(), slices, batch_size)
        assert found == {"loss": pytest.approx(expected, rel=1e-5)}, batch_size
