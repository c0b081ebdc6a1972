"""Images that break no rule and cannot be meant are doubted, honest ones are not."""

import itertools

import numpy as np
import pytest
from scipy import ndimage

from bratsfuse.fusers import FUSERS
from bratsfuse.plausibility import DOUBTS, Repeats, fused_doubts, mask_doubts, spread
from bratsfuse.plausibility.turns import AS_IS, TURNS, turns_of

SIZE = 64
RNG = np.random.default_rng(5)


def head(seed):
    """Return two modalities of a symmetric head with detail of its own, uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]
    inside = (x / 0.8) ** 2 + (y / 0.9) ** 2 < 1
    images = []
    shared = ndimage.gaussian_filter(rng.normal(size=(SIZE, SIZE)), 1.5)
    for weight in (1.0, 0.6):
        own = ndimage.gaussian_filter(rng.normal(size=(SIZE, SIZE)), 1.2)
        detail = weight * shared + 0.3 * own
        grey = 110 + 40 * weight * np.hypot(x, y) + 180 * detail
        images.append(np.where(inside, np.clip(grey, 1, 255), 0).astype(np.uint8))
    return images


HEADS = [head(seed) for seed in range(6)]
SOURCES = {"t1ce": [one for one, _ in HEADS], "flair": [one for _, one in HEADS]}
FUSED = [((a.astype(int) + b) // 2).astype(np.uint8) for a, b in HEADS]
SHOWN = [(a > 0) | (b > 0) for a, b in HEADS]


def codes(doubts):
    return [doubt.code for doubt in doubts]


def doubts_of(change, images=FUSED):
    return fused_doubts([np.ascontiguousarray(change(one)) for one in images], SOURCES)


@pytest.mark.parametrize("name", ["average", "maximum", "laplacian", "pca"])
def test_honest_fusion_is_not_doubted(name):
    images = [FUSERS[name](np.stack(pair)) for pair in HEADS]
    assert fused_doubts(images, SOURCES, SHOWN) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda image: ndimage.gaussian_filter(image, 1.5),
        lambda image: image // 2,
        lambda image: np.where(image > 0, 255 * (image / 255.0) ** 2.2, 0),
        lambda image: np.where(image > 0, np.minimum(image + 60.0, 255), 0),
    ],
    ids=["blurred", "darker", "gamma", "brighter"],
)
def test_a_method_may_blur_and_stretch(change):
    assert doubts_of(lambda image: change(image).astype(np.uint8)) == []


@pytest.mark.parametrize("words", [words for words in TURNS if words != AS_IS])
def test_fused_images_that_are_turned_are_named_with_the_turn_back(words):
    (found,) = doubts_of(TURNS[words])
    assert found.code == "fused-flipped"
    back = {
        "rotated by 90 degrees anticlockwise": "rotated by 90 degrees clockwise",
        "rotated by 90 degrees clockwise": "rotated by 90 degrees anticlockwise",
    }
    assert back.get(words, words) in found.found
    assert " as is, 0.9" in found.found


def test_fused_images_that_are_shifted_are_named_with_the_shift_back():
    (found,) = doubts_of(lambda image: np.roll(image, (5, -3), (0, 1)))
    assert found.code == "fused-shifted"
    assert "moved 5 rows up and 3 columns right" in found.found
    (found,) = doubts_of(lambda image: np.roll(image, 1, 0))
    assert "moved 1 row up," in found.found


def test_a_picture_that_is_not_square_is_only_flipped():
    assert list(turns_of((3, 4))) == list(TURNS)[:4]
    sources = {name: [one[:40] for one in of] for name, of in SOURCES.items()}
    (found,) = fused_doubts([one[:40][:, ::-1] for one in FUSED], sources)
    assert "flipped left-right" in found.found


@pytest.mark.parametrize(
    ("change", "code", "number"),
    [
        (lambda image: np.rint(image / 255), "not-scaled", "largest value is 1,"),
        (lambda image: 255 - image, "inverted", "values is -0.9"),
        (
            lambda image: np.where(image > 0, 255 - image, 0),
            "inverted",
            "where sources are not 0",
        ),
    ],
    ids=["0 and 1", "inverted", "inverted in the head"],
)
def test_grey_values_that_cannot_be_meant(change, code, number):
    (found,) = doubts_of(lambda image: change(image).astype(np.uint8))
    assert found.code == code
    assert number in found.found
    assert found.message == f"{found.found}; {DOUBTS[code].fix}"


@pytest.mark.parametrize(
    "images",
    [FUSED[::-1], [*FUSED[1:], FUSED[0]], [RNG.integers(0, 256, (SIZE, SIZE))] * 6],
    ids=["reversed", "one off", "noise"],
)
def test_images_of_other_slices_are_doubted(images):
    """Matched by order, or sorted as text where numbers were meant."""
    (found,) = fused_doubts([one.astype(np.uint8) for one in images], SOURCES)
    assert found.code == "fits-other-slices"
    assert found.found in {f"{n} of 6 fit their own sources best" for n in (0, 1)}


def test_a_source_is_no_fusion():
    (found,) = doubts_of(lambda image: image, SOURCES["flair"])
    assert (found.code, found.found) == ("same-as-source", "6 of 6 are equal to flair")
    same = {"a": SOURCES["flair"], "b": SOURCES["flair"]}
    assert fused_doubts(SOURCES["flair"], same) == []


def test_a_background_that_is_lit():
    lit = [np.where(seen, one, 7) for one, seen in zip(FUSED, SHOWN, strict=True)]
    lit = [one.astype(np.uint8) for one in lit]
    found = fused_doubts([*lit[:2], *FUSED[2:]], SOURCES, SHOWN)
    assert codes(found) == ["background-not-zero"]
    assert "up to a value of 7" in found[0].found
    assert "in 2 of 6 slices" in found[0].found


def test_constant_images_and_images_of_other_shapes_are_passed_over():
    assert doubts_of(np.zeros_like) == []
    assert fused_doubts([], {"t1ce": [], "flair": []}) == []
    odd = [one[:20] for one in SOURCES["t1ce"]]
    sources = {name: [*of, *odd] for name, of in SOURCES.items()}
    assert (
        fused_doubts(
            [*FUSED, *FUSED[:1], *odd[:5]],
            {name: [*of, of[0], *odd[:5]] for name, of in SOURCES.items()},
        )
        == []
    )
    assert len(sources["flair"]) == 12


def tumour(seed):
    """Return a mask of nested labels off the middle."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIZE, :SIZE]
    radius = np.hypot(x - 20 - rng.integers(4), y - 26 - rng.integers(4))
    return np.select([radius < 4, radius < 8, radius < 12], [1, 3, 2], 0).astype(
        np.uint8
    )


MASKS = [tumour(seed) for seed in range(6)]
LABELS = (1, 2, 3)


def of_masks(change, labels=LABELS, reference=MASKS):
    masks = [np.ascontiguousarray(change(mask)).astype(np.uint8) for mask in MASKS]
    return mask_doubts(masks, labels, reference=reference)


def recoded(mask, coding):
    return np.array([0, *coding], np.uint8)[mask]


@pytest.mark.parametrize("coding", list(itertools.permutations(LABELS))[1:])
def test_every_other_coding_of_the_labels_is_named(coding):
    (found,) = of_masks(lambda mask: recoded(mask, coding))
    assert found.code == "looks-recoded"
    assert ", 1.00 with " in found.found
    for meant, written in enumerate(coding, 1):
        assert (f"{written} -> {meant}" in found.found) == (written != meant)


def test_labels_that_every_region_treats_alike_cannot_be_exchanged():
    """NCR and CC are in the same regions: no score changes, and nothing is said."""
    reference = [np.where(mask == 2, 5, mask).astype(np.uint8) for mask in MASKS]
    assert (
        of_masks(lambda mask: recoded(mask, (5, 1, 3)), (1, 2, 3, 5), reference) == []
    )


def test_masks_that_are_turned_and_recoded_are_doubted_twice():
    found = of_masks(lambda mask: recoded(mask[:, ::-1], (2, 1, 3)))
    assert codes(found) == ["looks-flipped", "looks-recoded"]


@pytest.mark.parametrize("words", [words for words in TURNS if words != AS_IS])
def test_masks_that_are_turned(words):
    (found,) = of_masks(TURNS[words])
    assert found.code == "looks-flipped"


def test_masks_that_are_shifted():
    (found,) = of_masks(lambda mask: np.roll(mask, (9, -2), (0, 1)))
    assert found.code == "looks-shifted"
    assert "1.00 moved 9 rows up and 2 columns right" in found.found


@pytest.mark.parametrize(
    "change",
    [
        lambda mask: mask,
        np.zeros_like,
        lambda mask: ndimage.grey_erosion(mask, 3),
        lambda mask: np.where(mask == 3, 1, mask),
        lambda mask: np.roll(mask, 2, 0),
    ],
    ids=["perfect", "empty", "eroded", "no ET", "two pixels off"],
)
def test_honest_masks_are_not_doubted(change):
    assert of_masks(change) == []


def test_without_a_reference_only_what_needs_none_is_said():
    turned = [mask[:, ::-1] for mask in MASKS]
    assert mask_doubts(turned, LABELS) == []
    one = [(mask > 0).astype(np.uint8) for mask in MASKS]
    (found,) = mask_doubts(one, LABELS)
    assert found.code == "single-label"
    assert "label 1 alone, of 1, 2, 3, in 6 slices" in found.found
    assert mask_doubts(one, [1]) == []
    assert codes(mask_doubts(one, LABELS, reference=MASKS)) == ["single-label"]
    (found,) = mask_doubts(MASKS, LABELS, shown=[mask == 1 for mask in MASKS])
    assert found.code == "mask-outside-head"
    assert mask_doubts([], LABELS, reference=[]) == []


def test_repeats_are_counted_with_two_examples():
    repeats = Repeats()
    for name, image in zip("abcdef", [*FUSED[:2], *FUSED[:2], *FUSED[:2]], strict=True):
        repeats.add(image, name)
    (found,) = repeats.doubts()
    assert found.code == "identical-predictions"
    assert found.found.endswith("another slice (c and a, d and b, ...)")
    same = Repeats()
    for name in "abc":
        same.add(FUSED[0], name)
    assert same.doubts()[0].found.startswith("all 3 are the same ")
    empty = Repeats()
    for name in "abc":
        empty.add(np.zeros((4, 4), np.uint8), name)
    assert empty.doubts(5)[0].found == "3 of 5 contain a single value (a, b, ...)"


def test_slices_are_spread_over_all():
    assert spread(1000, 3) == [0, 499, 999]
    assert spread(7, 1) == [0]
    assert all(len(set(spread(n))) == min(n, 48) for n in (0, 1, 47, 48, 49, 400))


def test_nothing_is_changed():
    before = [one.copy() for one in FUSED]
    fused_doubts(FUSED, SOURCES, SHOWN)
    assert all(np.array_equal(a, b) for a, b in zip(FUSED, before, strict=True))
