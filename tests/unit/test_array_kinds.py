"""Both chapters accept the same kinds of arrays, and refuse the same."""

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
import torch
from PIL import Image

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics import fusion, segmentation

RNG = np.random.default_rng(0)
SOURCES = RNG.integers(0, 256, (2, 24, 24), dtype=np.uint8)
FUSED = SOURCES.mean(axis=0).astype(np.uint8)
REFERENCE = np.zeros((24, 24), np.uint8)
REFERENCE[4:16, 5:17] = 2
REFERENCE[7:12, 8:13] = 3
PREDICTION = np.roll(REFERENCE, 2, axis=1)
KEYS = ["en", "mi"]


class LikeAnArray:
    """What other array packages hand out."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype)


KINDS = {
    "uint8 tensor": torch.from_numpy,
    "int64 tensor": lambda a: torch.from_numpy(a.astype(np.int64)),
    "tensor with a gradient": lambda a: torch.nn.Parameter(
        torch.from_numpy(a.astype(np.int64)), requires_grad=False
    ),
    "int64": lambda a: a.astype(np.int64),
    "int32 of the other byte order": lambda a: a.astype(">i4"),
    "lists": lambda a: a.tolist(),
    "array of another package": LikeAnArray,
    "memory order": np.asfortranarray,
    "read-only": lambda a: np.frombuffer(a.tobytes(), np.uint8).reshape(a.shape),
    "Pillow": Image.fromarray,
}


@pytest.mark.parametrize("kind", KINDS)
def test_both_chapters_accept_it_without_loss(kind):
    of = KINDS[kind]
    kept = SOURCES.copy(), FUSED.copy(), REFERENCE.copy()
    expected = segmentation.evaluate(REFERENCE, PREDICTION)
    assert segmentation.evaluate(of(REFERENCE), of(PREDICTION)) == expected
    assert segmentation.evaluate(REFERENCE, of(PREDICTION)) == expected
    expected = fusion.evaluate(SOURCES, FUSED, KEYS)
    assert fusion.evaluate([of(a) for a in SOURCES], of(FUSED), KEYS) == expected
    if kind != "Pillow":
        assert fusion.evaluate(of(SOURCES), of(FUSED), KEYS) == expected
    for before, after in zip(kept, (SOURCES, FUSED, REFERENCE), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("of", [torch.from_numpy, np.ndarray.tolist, Image.fromarray])
def test_boolean_masks_of_all_kinds_are_taken(of):
    masks = REFERENCE > 0, PREDICTION > 0
    assert segmentation.dice(*map(of, masks)) == segmentation.dice(*masks)
    assert segmentation.hausdorff_distance(
        *map(of, masks)
    ) == segmentation.hausdorff_distance(*masks)
    assert segmentation.lesion_dice(*map(of, masks)) == segmentation.lesion_dice(*masks)
    inside = fusion.evaluate(SOURCES, FUSED, KEYS, regions={"tumour": of(masks[0])})
    assert inside == fusion.evaluate(SOURCES, FUSED, KEYS, regions={"tumour": masks[0]})


def test_booleans_of_other_bytes_count_once():
    odd = ((REFERENCE > 0) * np.uint8(255)).view(np.bool_)
    assert segmentation.METRICS["dice"].function(odd, odd) == 1.0
    assert segmentation.dice(odd, PREDICTION > 0) == segmentation.dice(
        REFERENCE > 0, PREDICTION > 0
    )
    assert fusion.standard_deviation(
        None, FUSED, inside=odd
    ) == fusion.standard_deviation(None, FUSED, inside=REFERENCE > 0)


def test_what_the_torch_dataset_hands_out_is_taken(toy_release):
    from bratsfuse import BraTSFuse

    mask = BraTSFuse(toy_release, split="train")[0]["mask"]
    assert mask.dtype == torch.int64
    scores = segmentation.evaluate(mask, mask, coding="bratsfuse", metrics=["dice"])
    assert scores["WT"]["dice"] == 1.0


# Masked arrays: no metric sees the mask.

MASKED = np.ma.masked_array(FUSED, mask=REFERENCE > 0)


@pytest.mark.parametrize("mask", [np.ma.nomask, REFERENCE > 0])
def test_masked_arrays_are_refused_in_both_chapters(mask):
    masked = np.ma.masked_array(FUSED, mask=mask)
    said = r"found a masked array.*filled\(0\).*inside=~"
    for sources, fused in (
        (SOURCES, masked),
        ([masked, FUSED], FUSED),
        (np.ma.masked_array(SOURCES), FUSED),
    ):
        with pytest.raises(InvalidInputError, match=said):
            fusion.evaluate(sources, fused)
    for key, metric in fusion.METRICS.items():
        with pytest.raises(InvalidInputError, match=said):
            metric.function(SOURCES, masked)
        assert key
    with pytest.raises(InvalidInputError, match=said):
        fusion.entropy(None, FUSED, inside=np.ma.masked_array(REFERENCE > 0))
    labels = np.ma.masked_array(REFERENCE, mask=mask)
    for pair in ((labels, PREDICTION), (PREDICTION, labels)):
        with pytest.raises(InvalidInputError, match=said):
            segmentation.evaluate(*pair)
    for metric in segmentation.METRICS.values():
        with pytest.raises(InvalidInputError, match=said):
            metric.function(labels > 0, PREDICTION > 0)


def test_the_line_for_masked_arrays_works():
    left_out = fusion.entropy(None, MASKED.data, inside=~MASKED.mask)
    expected = fusion.entropy(None, FUSED[REFERENCE == 0][None])
    assert left_out == expected


# Pillow images whose values are something else

PALETTE = Image.fromarray(REFERENCE).convert("P")
PALETTE.putpalette([255, 0, 0] * 256)


def test_the_indices_of_a_palette_are_labels_but_no_grey_levels():
    indices = Image.fromarray(REFERENCE, "L").copy()
    indices.putpalette([0, 0, 0, 9, 0, 0, 0, 200, 0, 255, 255, 255])
    assert indices.mode == "P"
    scores = segmentation.evaluate(indices, REFERENCE, metrics=["dice"])
    assert scores["ET"]["dice"] == 1.0
    with pytest.raises(InvalidInputError, match=r"mode P.*convert\('L'\)"):
        fusion.evaluate(SOURCES, indices)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "CMYK", "F"])
def test_images_of_several_bands_are_refused(mode):
    image = Image.fromarray(REFERENCE).convert(mode)
    with pytest.raises(InvalidInputError, match=f"reference: found .* mode {mode}"):
        segmentation.evaluate(image, image)
    with pytest.raises(InvalidInputError, match=f"fused: found .* mode {mode}"):
        fusion.evaluate(SOURCES, image)


def test_deep_grey_images_are_refused():
    for image in (
        Image.fromarray(FUSED.astype(np.int32)),
        Image.fromarray(FUSED.astype(np.uint16)),
    ):
        with pytest.raises(InvalidInputError, match="mode I"):
            fusion.evaluate(SOURCES, image)


# Objects of volumes, whose spacing has an order

VOLUME = np.stack([REFERENCE] * 4)


def test_volumes_are_refused_with_the_order_of_their_spacing():
    image = SimpleITK.GetImageFromArray(VOLUME)
    with pytest.raises(InvalidInputError, match=r"GetSpacing\(\)\[::-1\]"):
        segmentation.evaluate(image, image)
    loaded = nib.Nifti1Image(VOLUME, np.eye(4))
    with pytest.raises(InvalidInputError, match=r"header.get_zooms\(\)\[:3\]"):
        segmentation.evaluate(loaded, loaded)


@pytest.mark.parametrize(
    "value", [None, "mask.png", {"a": 1}, [[1, 2], [3]], np.array(["1"]), 1j]
)
def test_what_has_no_numbers_is_refused(value):
    with pytest.raises(InvalidInputError, match=r"reference: found .*expected"):
        segmentation.evaluate(value, REFERENCE)
    with pytest.raises(InvalidInputError, match=r"fused: found .*expected"):
        fusion.evaluate(SOURCES, value)


def test_tensors_that_are_no_arrays_are_refused():
    for tensor in (
        torch.zeros(24, 24, dtype=torch.bfloat16),
        torch.zeros(24, 24).to_sparse(),
    ):
        with pytest.raises(InvalidInputError, match="torch tensor that is no array"):
            segmentation.evaluate(tensor, tensor)
