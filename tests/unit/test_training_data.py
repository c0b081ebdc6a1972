"""What a step sees: slices in an order that only the seed and the step decide."""

import shutil
from typing import ClassVar

import numpy as np
import pytest
import torch

from bratsfuse.errors import InvalidInputError
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.training import Prediction
from bratsfuse.training import slices as module
from bratsfuse.training.augmentation import augment
from bratsfuse.training.crop import Box, box_in_use, brain_box, training_box
from bratsfuse.training.resizing import downsample, enlarge
from bratsfuse.training.sampling import Stream, patient_parts
from bratsfuse.training.slices import Slices
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
    kept = Slices(built_toy_release, "train", COLUMNS)
    monkeypatch.setattr(module, "AUTO_MEMORY_BYTES", 0)
    read = Slices(built_toy_release, "train", COLUMNS)
    assert kept.brain_box() == read.brain_box()
    for box in (None, Box(top=2, left=3, height=8, width=6)):
        for slices in (kept, read):
            if box is not None:
                slices.crop(box)
        one, other = kept.batch([1, 3]), read.batch([1, 3])
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.masks, other.masks)
    assert one.images.shape[-2:] == one.masks.shape[-2:] == (8, 6)


def varied(kind, seed, count=40):
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(count, 2, 24, 20, generator=generator)
    images[..., :5, :] = 0
    masks = torch.zeros(count, 24, 20, dtype=torch.uint8)
    masks[:, 10:16, 3:9] = 3
    return images, masks, *augment(images, masks, kind, np.random.default_rng(seed))


def test_without_augmentation_nothing_is_varied():
    images, masks, same, labels = varied("none", 0)
    assert torch.equal(images, same)
    assert torch.equal(masks, labels)


def test_light_augmentation_mirrors_every_other_slice():
    images, masks, found, labels = varied("light", 0)
    mirrored = [
        bool((one != other).any()) for one, other in zip(images, found, strict=True)
    ]
    assert 10 < sum(mirrored) < 30
    for place, is_mirrored in enumerate(mirrored):
        turn = (lambda one: one.flip(-1)) if is_mirrored else (lambda one: one)
        assert torch.equal(found[place], turn(images[place]))
        assert torch.equal(labels[place], turn(masks[place]))


def test_full_augmentation_moves_images_and_masks_alike():
    """A bright square is where its mask is, wherever both went."""
    masks = torch.zeros(30, 48, 40, dtype=torch.uint8)
    masks[:, 18:34, 10:24] = 3
    images = (masks[:, None] > 0).float().repeat(1, 2, 1, 1)
    found, labels = augment(images, masks, "full", np.random.default_rng(1))
    bright = found.amax(dim=1) > 0.45
    agree = (bright == (labels > 0)).float().mean()
    assert agree > 0.98
    assert set(labels.unique().tolist()) == {0, 3}
    assert not torch.equal(labels, masks)
    centre = [float((one > 0).nonzero()[:, 0].float().mean()) for one in labels]
    assert np.std(centre) > 1


def test_full_augmentation_keeps_the_range_and_the_background():
    images, _, found, labels = varied("full", 2)
    assert found.shape == images.shape
    assert labels.dtype == torch.uint8
    assert 0 <= float(found.min()) <= float(found.max()) <= 1
    nothing = torch.zeros(4, 2, 24, 20)
    mask = torch.zeros(4, 24, 20, dtype=torch.uint8)
    empty, _ = augment(nothing, mask, "full", np.random.default_rng(0))
    assert not empty.any()


def test_sources_are_made_brighter_each_by_itself():
    images = torch.full((50, 2, 24, 20), 0.5)
    mask = torch.zeros(50, 24, 20, dtype=torch.uint8)
    found, _ = augment(images, mask, "full", np.random.default_rng(0))
    centre = found[:, :, 12, 10]
    assert float((centre[:, 0] - centre[:, 1]).abs().mean()) > 0.02
    assert abs(float(centre.mean()) - 0.5) < 0.05


@pytest.mark.parametrize("kind", ["light", "full"])
def test_augmentation_is_a_function_of_the_generator(kind):
    *_, one, _ = varied(kind, 3)
    *_, same, _ = varied(kind, 3)
    *_, other, _ = varied(kind, 4)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_an_unknown_product_is_refused_with_what_there_is(built_toy_release):
    with pytest.raises(InvalidInputError, match="did you mean 'fusion_maximum'"):
        Slices(built_toy_release, "train", ("fusion_maximun",))


def test_pixels_are_averaged_and_regions_become_shares():
    image = torch.tensor([[0.0, 1.0, 4.0], [1.0, 2.0, 8.0]])[None, None]
    assert downsample(image, 2).tolist() == [[[[1.0, 3.0]]]]
    assert torch.equal(downsample(image, 1), image)


@pytest.mark.parametrize(("height", "width", "factor"), [(24, 20, 4), (9, 7, 4)])
def test_enlarging_gives_back_size_and_place(height, width, factor):
    image = torch.zeros(1, 1, height, width)
    image[..., -1, 0] = 1
    whole = enlarge(downsample(image, factor), factor, (height, width))
    assert whole.shape == image.shape
    brightest = int(whole.flatten().argmax())
    assert brightest // width >= height - factor
    assert brightest % width < factor


def marked(shape, rows, columns):
    shown = np.zeros(shape, np.bool_)
    shown[rows, columns] = True
    return shown


def test_the_training_box_contains_every_brain_with_some_background():
    shown = marked((240, 240), slice(60, 200), slice(71, 170))
    assert brain_box(shown) == Box(top=60, left=71, height=140, width=99)
    box = training_box(shown)
    assert (box.height % 16, box.width % 16) == (0, 0)
    assert box.contains(brain_box(shown))
    assert box.top <= 56
    assert box.left + box.width >= 174
    assert box.height * box.width < 240 * 240 / 2


def test_a_box_never_leaves_the_image():
    whole = Box(top=0, left=0, height=20, width=24)
    assert training_box(np.ones((20, 24), np.bool_)) == whole
    assert training_box(np.zeros((20, 24), np.bool_)) == whole
    corner = training_box(marked((100, 100), slice(90, 100), slice(0, 5)))
    assert (corner.top + corner.height, corner.left) == (100, 0)


def test_a_network_in_use_is_given_as_much_of_an_image_as_in_training():
    trained = Box(top=40, left=30, height=160, width=128)
    shape = (240, 240)
    inside = marked(shape, slice(60, 180), slice(50, 140))
    assert box_in_use(inside, trained, shape) == trained
    assert box_in_use(np.zeros(shape, np.bool_), trained, shape) == trained
    beyond = box_in_use(marked(shape, slice(20, 220), slice(50, 140)), trained, shape)
    assert (beyond.top, beyond.height, beyond.width) == (20, 200, 128)
    other = box_in_use(marked((300, 150), 280, 70), trained, shape)
    assert (other.height, other.width) == (160, 128)
    assert other.top + other.height == 300
    small = box_in_use(np.ones((50, 60), np.bool_), trained, shape)
    assert small == Box(top=0, left=0, height=50, width=60)


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


def test_random_choices_are_a_function_of_seed_stream_and_step():
    def drawn(step, **changes):
        stream = Stream([0], **({"batch_size": 1, "seed": 0} | changes))
        return stream.generator(step).integers(0, 2**40)

    assert drawn(7) == drawn(7)
    assert len({drawn(7), drawn(8), drawn(7, seed=1), drawn(7, number=1)}) == 4


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

    def predict(self, images):
        return Prediction()


def test_the_size_of_batches_does_not_change_a_validation_loss(built_toy_release):
    slices = Slices(built_toy_release, "train", ("t1",))
    every = [float(slices.batch([row]).images.mean()) for row in range(len(slices))]
    expected = np.mean(every)
    assert np.ptp(every) > 0.01
    for batch_size in (1, len(slices) - 1, len(slices), len(slices) + 1):
        found = validate(Brightness(), slices, batch_size)
        assert found == {"loss": pytest.approx(expected, rel=1e-5)}, batch_size
