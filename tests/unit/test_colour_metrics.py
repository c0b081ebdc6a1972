"""Colours of fused images: published examples, literal versions; luminance."""

import math

import numpy as np
import pytest
from PIL import Image

from bratsfuse.errors import InvalidInputError, UnknownNameError
from bratsfuse.luminance import luminance
from bratsfuse.metrics import colour

RNG = np.random.default_rng(1)
SOURCE = RNG.integers(0, 256, (30, 40, 3), np.uint8)
FUSED = np.clip(SOURCE.astype(int) + RNG.integers(-30, 31, SOURCE.shape), 0, 255)
FUSED = FUSED.astype(np.uint8)

# Sharma, Wu and Dalal 2005, table 1: rows that programs get wrong.
SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0009), 7.1792),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0011), 7.2195),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "expected"), SHARMA)
def test_ciede2000_is_that_of_the_published_pairs(one, other, expected):
    found = colour.ciede2000(np.array([one]), np.array([other]))
    assert found == pytest.approx(expected, abs=5e-5)


def test_black_and_white_are_a_hundred_apart():
    black, white = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 255, np.uint8)
    assert colour.colour_difference(black, white) == pytest.approx(100, abs=1e-3)
    assert colour.chroma_difference(black, white) < 0.02


def test_lightness_alone_is_no_change_of_chroma():
    """Of one image, lightness is the only thing that differs in Lab."""
    one, other = (np.array([[level, 20.0, -30.0]]) for level in (40.0, 70.0))
    assert colour.ciede2000(one, other) > 20
    one[:, 0] = other[:, 0] = 50
    assert colour.ciede2000(one, other) == pytest.approx(0, abs=1e-12)


def test_an_equal_image_has_no_difference():
    assert colour.evaluate(SOURCE, SOURCE) == {
        "delta_e": 0,
        "delta_e_chroma": 0,
        "sam": pytest.approx(0, abs=2e-6),
        "colourfulness_error": 0,
    }


def test_spectral_angle_leaves_black_pixels_out():
    source, fused = np.zeros((2, 1, 4, 3), np.uint8)
    source[0, :3] = (10, 0, 0), (10, 10, 0), (5, 5, 5)
    fused[0, :2] = (0, 200, 0), (7, 0, 0)
    assert colour.spectral_angle(source, fused) == pytest.approx((90 + 45) / 2)
    assert math.isnan(colour.spectral_angle(source, np.zeros_like(source)))


def test_colourfulness_is_the_literal_one():
    red, green, blue = np.moveaxis(SOURCE.astype(float), 2, 0)
    a, b = red - green, 0.5 * (red + green) - blue
    expected = math.sqrt(a.var() + b.var())
    expected += 0.3 * math.sqrt(a.mean() ** 2 + b.mean() ** 2)
    assert colour.colourfulness(SOURCE) == pytest.approx(expected, abs=1e-12)
    grey = np.repeat(SOURCE[..., :1], 3, axis=2)
    assert colour.colourfulness(grey) == 0
    assert math.isnan(colour.colourfulness_error(grey, SOURCE))
    assert colour.colourfulness_error(SOURCE, grey) == 1


def test_a_mask_is_a_part_of_the_image():
    inside = np.zeros(SOURCE.shape[:2], bool)
    inside[5:20, 8:30] = True
    part = np.s_[5:20, 8:30]
    found = colour.evaluate(SOURCE, FUSED, inside=inside)
    assert found == pytest.approx(colour.evaluate(SOURCE[part], FUSED[part]), rel=1e-12)
    nothing = colour.evaluate(SOURCE, FUSED, inside=np.zeros_like(inside))
    assert all(map(math.isnan, nothing.values()))


def test_records_declare_range_and_direction():
    scores = colour.evaluate(SOURCE, FUSED, "all")
    assert list(scores) == list(colour.METRICS)
    for key, metric in colour.METRICS.items():
        assert metric.low < scores[key] <= metric.high
        assert metric.higher_is_better is False
        assert metric.function.__doc__.startswith("Return ")


@pytest.mark.parametrize(
    ("source", "fused", "message"),
    [
        (SOURCE[..., 0], FUSED, r"source: found shape \(30, 40\).*\(H, W, 3\)"),
        (SOURCE, FUSED / 255, "fused: found float64; expected uint8"),
        (
            SOURCE,
            FUSED[1:],
            r"fused: found shape \(29, 40, 3\); expected \(30, 40, 3\)",
        ),
        (np.dstack([SOURCE, SOURCE[..., :1]]), FUSED, r"source: found shape"),
    ],
)
def test_other_arrays_are_refused(source, fused, message):
    for function in (
        colour.evaluate,
        colour.spectral_angle,
        colour.colourfulness_error,
    ):
        with pytest.raises(InvalidInputError, match=message):
            function(source, fused)


def test_other_masks_and_keys_are_refused():
    with pytest.raises(InvalidInputError, match="mask: found uint8"):
        colour.evaluate(SOURCE, FUSED, inside=SOURCE[..., 0])
    with pytest.raises(UnknownNameError, match="'delta_f'; did you mean 'delta_e'"):
        colour.evaluate(SOURCE, FUSED, ["delta_f"])


# Luminance


def test_pillow_is_what_pillow_does():
    expected = np.asarray(Image.fromarray(SOURCE).convert("L"))
    np.testing.assert_array_equal(luminance(SOURCE), expected)


# Red, green, blue, white and three others, by rgb2gray and by the first channel of
# rgb2ycbcr of GNU Octave 7.3.0 with image 2.14.0.
PIXELS = np.uint8(
    [
        [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0],
        [17, 200, 99], [1, 2, 3], [128, 128, 128],
    ]
)[np.newaxis]  # fmt: skip
OCTAVE = {
    "matlab": [76, 150, 29, 255, 0, 134, 2, 128],
    "matlab-ycbcr": [81, 145, 41, 235, 16, 131, 18, 126],
}


@pytest.mark.parametrize("rule", OCTAVE)
def test_matlab_is_what_octave_does(rule):
    assert luminance(PIXELS, rule)[0].tolist() == OCTAVE[rule]


@pytest.mark.parametrize("rule", ["pillow", "matlab"])
def test_grey_stays_grey(rule):
    levels = np.arange(256, dtype=np.uint8)
    image = np.repeat(levels[np.newaxis, :, np.newaxis], 3, axis=2)
    np.testing.assert_array_equal(luminance(image, rule)[0], levels)


def test_matlabs_grey_differs_from_pillows_by_one_at_most():
    difference = luminance(SOURCE).astype(int) - luminance(SOURCE, "matlab")
    assert set(np.unique(difference)) <= {-1, 0, 1}


def test_an_unknown_luminance_is_refused():
    with pytest.raises(UnknownNameError, match="expected one of pillow, matlab"):
        luminance(SOURCE, "rec709")


# Files


def test_files_are_scored_by_the_luminance_that_is_asked_for(tmp_path):
    from bratsfuse.folder_scores.score import score_folders
    from bratsfuse.metrics import fusion

    grey = RNG.integers(0, 256, SOURCE.shape[:2], np.uint8)
    for name, image in (("fused", FUSED), ("pet", SOURCE), ("mri", grey)):
        (tmp_path / name).mkdir()
        Image.fromarray(image).save(tmp_path / name / "a.png")
    for rule in ("pillow", "matlab", "matlab-ycbcr"):
        table = score_folders(
            tmp_path / "fused",
            [tmp_path / "pet", tmp_path / "mri"],
            metrics=["en", "mi", "ssim"],
            luminance=rule,
        )
        expected = fusion.evaluate(
            [luminance(SOURCE, rule), grey],
            luminance(FUSED, rule),
            ["en", "mi", "ssim"],
        )
        assert dict(table.rows["a"]) == expected
        assert table.luminance == rule


def test_an_unknown_luminance_of_files_is_refused(tmp_path):
    from bratsfuse.image_files import read_grey

    Image.fromarray(SOURCE).save(tmp_path / "a.png")
    with pytest.raises(UnknownNameError, match="unknown luminance 'rec709'"):
        read_grey(tmp_path / "a.png", "rec709")
