"""Fusers against hand-made cases, other people's arithmetic, and pinned bits."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
import pywt
from scipy import ndimage

from bratsfuse.errors import InvalidInputError, MissingExtraError, UnknownNameError
from bratsfuse.fusers import FUSERS, Fuser, check, fuser, principal_weights
from bratsfuse.fusers.guided_filter import box_sizes, box_sums

PINNED = {
    "average": "06b26d5cab92aa01913356ab8db0a0b8",
    "guided_filter": "a3269dad299c4dfc05118744acec9e42",
    "laplacian": "06c9fe6780001a1694dc79deb92456d9",
    "laplacian_max": "8650638221734fe374865c0fe3bda041",
    "laplacian_max_base": "e3ab6e39f2c597697c65b77049c18dcf",
    "laplacian_max_detail": "5ffaf3c847b815116ac28501027bd5a8",
    "maximum": "004e479cd2f329f064e6821cf136de8e",
    "pca": "a575de3734826ee19579f26cc164cdae",
    "pca_background": "ae83cab2b8d7ab8ebeb8d65af8dbf90e",
    "weighted": "307ae0d3d37cb2ae0b859f9200cee070",
}


def textures(count, height, width):
    """Images with edges, texture and background, out of integers alone."""
    z, y, x = np.ogrid[:count, :height, :width]
    pattern = (x * x + 3 * y * y * (z + 1) + 7 * x * y) % 97 + (
        y // 9 + x // 11
    ) % 3 * 50
    head = (2 * y - height) ** 2 * width**2 + (2 * x - width) ** 2 * height**2
    inside = head < (height * width) ** 2 * 0.8
    return np.where(inside, pattern + 1 + 8 * z, 0).astype(np.uint8)


def one(*values):
    return np.array(values, dtype=np.uint8).reshape(-1, 1, 1)


# Bits.


@pytest.mark.parametrize("name", PINNED)
def test_exact_fusers_give_the_pinned_bits(name):
    digest = hashlib.sha256()
    for shape in ((2, 61, 47), (3, 40, 64), (4, 33, 33)):
        digest.update(FUSERS[name](textures(*shape)).tobytes())
    assert digest.hexdigest()[:32] == PINNED[name]


def test_every_fuser_of_ours_that_promises_bits_is_pinned():
    ours = {
        name
        for name, each in FUSERS.usable()
        if type(each).__module__ == Fuser.__module__ and each.exact
    }
    assert ours == set(PINNED)


# The weighted mean.


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("weighted", (30, 0), 20),
        ("weighted", (0, 30), 10),
        ("weighted", (70, 0, 0), 40),
        ("weighted", (0, 0, 70), 10),
        ("weighted", (0, 0, 150, 0), 20),
        ("weighted:0.7,0.3", (100, 50), 85),
        ("weighted:7,3", (100, 50), 85),
        ("weighted: 0.25, 0.75", (2, 0), 1),
        ("weighted:1,1", (1, 2), 2),
        ("weighted:0,1", (255, 3), 3),
        ("weighted:1/3,2/3", (30, 0), 10),
    ],
)
def test_fixed_weights(name, values, expected):
    assert fuser(name)(one(*values)).item() == expected


@pytest.mark.parametrize(
    "options", ["", "1", "a,b", "1,-1", "0,0", "nan,1", "1e30,1", "1,,2", "1/0,1"]
)
def test_weights_that_make_no_sense_are_refused(options):
    with pytest.raises(InvalidInputError, match="weights"):
        fuser(f"weighted:{options}")


def test_there_is_one_weight_per_source():
    with pytest.raises(InvalidInputError, match="2 weights for 3 images"):
        fuser("weighted:0.7,0.3")(one(1, 2, 3))


# Principal components.


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_principal_weights_are_those_of_lapack(count, seed):
    rng = np.random.default_rng([count, seed])
    mixing = rng.uniform(-1, 1, (count, count))
    pixels = np.clip(mixing @ rng.normal(0, 30, (count, 900)) + 128, 0, 255)
    pixels = pixels.astype(np.uint8)
    _, vectors = np.linalg.eigh(np.cov(pixels.astype(np.float64)))
    expected = np.abs(vectors[:, -1]) / np.abs(vectors[:, -1]).sum()
    np.testing.assert_allclose(principal_weights(pixels), expected, atol=1e-9)


@pytest.mark.parametrize("background", [False, True])
def test_principal_component_fusion_is_the_mean_under_these_weights(background):
    images = textures(3, 61, 47)
    inside = images.any(axis=0)
    pixels = images.reshape(3, -1) if background else images[:, inside]
    _, vectors = np.linalg.eigh(np.cov(pixels.astype(np.float64)))
    weights = np.abs(vectors[:, -1]) / np.abs(vectors[:, -1]).sum()
    expected = np.tensordot(weights, images.astype(np.float64), 1)
    fused = FUSERS["pca_background" if background else "pca"](images)
    # Rounded to half a level; the weights to 1/8192 of 255 levels of three images.
    assert np.abs(fused - expected).max() <= 0.5 + 3 * 255 / 8192


def test_background_makes_principal_weights_nearly_equal():
    rng = np.random.default_rng(0)
    images = np.zeros((2, 60, 60), dtype=np.uint8)
    images[0, 10:40, 10:40] = rng.normal(150, 30, (30, 30)).clip(1, 255)
    images[1, 10:40, 10:40] = rng.normal(150, 5, (30, 30)).clip(1, 255)
    strong, weak = principal_weights(images[:, 10:40, 10:40].reshape(2, -1))
    assert strong / weak > 10
    strong, weak = principal_weights(images.reshape(2, -1))
    assert strong / weak < 1.2


def test_where_nothing_or_everything_is_principal_the_weights_are_equal():
    assert principal_weights(np.full((3, 20), 7, dtype=np.uint8)) == [1 / 3] * 3
    # Two images of equal variance and no correlation: every direction is principal.
    orthogonal = np.array([[0, 0, 9, 9], [0, 9, 0, 9]], dtype=np.uint8)
    assert principal_weights(orthogonal) == [0.5, 0.5]


# Pyramids.


def restated_pyramid_fusion(images, base, detail):
    """The pyramid by SciPy; every side but the last is to be odd."""
    kernel = np.array([1, 4, 6, 4, 1]) / 16

    def smooth(image):
        for axis in (0, 1):
            image = ndimage.correlate1d(image, kernel, axis=axis, mode="mirror")
        return image

    def expand(image, shape):
        sparse = np.zeros(shape)
        sparse[::2, ::2] = image
        return 4 * smooth(sparse)

    levels = [images.astype(np.float64)]
    for _ in range(4):
        levels.append(np.stack([smooth(image)[::2, ::2] for image in levels[-1]]))
    fused = levels[-1].mean(axis=0) if base == "mean" else levels[-1].max(axis=0)
    for fine, coarse in zip(levels[-2::-1], levels[:0:-1], strict=True):
        shape = fine.shape[1:]
        details = fine - np.stack([expand(image, shape) for image in coarse])
        if detail == "max":
            which = np.abs(details).argmax(axis=0)
            chosen = np.take_along_axis(details, which[np.newaxis], axis=0)[0]
        else:
            energy = np.stack(
                [ndimage.uniform_filter(one**2, 3, mode="mirror") for one in details]
            )
            whole = energy.sum(axis=0)
            chosen = (energy * details).sum(axis=0) / np.where(whole > 0, whole, 1)
        fused = expand(fused, shape) + chosen
    return np.where(images.any(axis=0), np.clip(fused, 0, 255), 0)


@pytest.mark.parametrize(
    ("name", "base", "detail"),
    [
        ("laplacian", "mean", "energy"),
        ("laplacian_max", "max", "max"),
        ("laplacian_max_base", "max", "energy"),
        ("laplacian_max_detail", "mean", "max"),
    ],
)
def test_pyramids_are_those_of_a_second_writing(name, base, detail):
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (3, 49, 33)).astype(np.uint8)
    expected = restated_pyramid_fusion(images, base, detail)
    assert np.abs(FUSERS[name](images) - expected).max() < 0.6


# The guided filter.


def restated_guided_fusion(images):
    """Li, Kang and Hu's method on [0, 1], with SciPy's filters, in floating point."""
    grey = images / 255

    def box(image, radius):
        size = 2 * radius + 1
        held = ndimage.uniform_filter(np.ones(image.shape), size, mode="constant")
        return ndimage.uniform_filter(image, size, mode="constant") / held

    def guided(guide, image, radius, regularisation):
        mean, mean_guide = box(image, radius), box(guide, radius)
        covariance = box(guide * image, radius) - mean_guide * mean
        variance = box(guide * guide, radius) - mean_guide**2
        a = covariance / (variance + regularisation)
        b = mean - a * mean_guide
        return box(a, radius) * guide + box(b, radius)

    salient = [
        ndimage.gaussian_filter(
            np.abs(ndimage.laplace(image, mode="nearest")), 5, radius=5, mode="nearest"
        )
        for image in grey
    ]
    best = np.max(salient, axis=0)
    fused = np.zeros(grey.shape[1:])
    bases = [box(image, 15) for image in grey]
    for layers, radius, regularisation in (
        (bases, 45, 0.3),
        (list(grey - bases), 7, 1e-6),
    ):
        weights = [
            np.maximum(guided(image, (s == best) * 1.0, radius, regularisation), 0)
            for image, s in zip(grey, salient, strict=True)
        ]
        fused += np.sum(np.multiply(weights, layers), axis=0) / np.sum(weights, axis=0)
    return np.clip(255 * fused, 0, 255)


@pytest.mark.parametrize("count", [2, 3])
def test_guided_filter_fusion_is_that_of_a_second_writing(count):
    rng = np.random.default_rng(count)
    images = rng.integers(1, 256, (count, 70, 110))
    blurred = np.stack(
        [
            ndimage.gaussian_filter(image.astype(float), 1 + 2 * i)
            for i, image in enumerate(images)
        ]
    )
    images = blurred.clip(1, 255).astype(np.uint8)
    error = np.abs(FUSERS["guided_filter"](images) - restated_guided_fusion(images))
    assert error.max() < 0.6


@pytest.mark.parametrize("shape", [(1, 1), (3, 8), (9, 4)])
@pytest.mark.parametrize("radius", [1, 3, 20])
def test_windows_end_at_the_border(shape, radius):
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.float64)
    sizes, sums = box_sizes(shape, radius), box_sums(image, radius)
    for y, x in np.ndindex(shape):
        window = image[max(0, y - radius) : y + radius + 1]
        window = window[:, max(0, x - radius) : x + radius + 1]
        assert sums[y, x] == window.sum()
        assert sizes[y, x] == window.size


def test_the_sharper_image_wins_by_guided_filter():
    sharp = textures(1, 80, 80)[0]
    blurred = ndimage.gaussian_filter(sharp, 4)
    fused = FUSERS["guided_filter"](np.stack([sharp, blurred]))
    inside = np.s_[20:60, 20:60]
    error = np.abs(fused[inside].astype(int) - sharp[inside])
    assert error.mean() < 1


# Wavelets.


@pytest.mark.parametrize("name", ["dwt", "swt"])
def test_wavelets_keep_the_detail_of_the_only_image_that_has_any(name):
    """Of a texture and a plain image of its mean, the fusion is the texture."""
    rng = np.random.default_rng(0)
    texture = rng.integers(80, 121, (64, 64)).astype(np.uint8)
    plain = np.full_like(texture, 100)
    fused = FUSERS[name](np.stack([texture, plain])).astype(int)
    # Only what the coarsest level leaves is averaged.
    left = ndimage.uniform_filter(texture.astype(float), 8) - 100
    assert np.abs(fused - texture).max() <= np.abs(left).max() + 2


@pytest.mark.parametrize("name", ["dwt", "swt"])
def test_wavelets_average_what_has_no_detail(name):
    images = np.stack([np.full((40, 24), v, dtype=np.uint8) for v in (40, 101, 60)])
    assert (FUSERS[name](images) == 67).all()


@pytest.mark.parametrize(("name", "transform"), [("dwt", "wavedec2"), ("swt", "swt2")])
def test_noise_of_the_last_bits_changes_no_pixel(name, transform, monkeypatch):
    images = textures(4, 96, 80)
    expected = FUSERS[name](images)
    rng = np.random.default_rng(0)

    def noisy(function):
        def shaken_transform(*args, **options):
            approximation, *details = function(*args, **options)
            shaken = [tuple(shake(band) for band in bands) for bands in details]
            return [shake(approximation), *shaken]

        return shaken_transform

    def shake(band):
        return band + rng.normal(0, 1e-11, band.shape)

    monkeypatch.setattr(pywt, transform, noisy(getattr(pywt, transform)))
    np.testing.assert_array_equal(FUSERS[name](images), expected)


@pytest.mark.parametrize("shift", [(1, 0), (0, 3), (5, 9)])
def test_moving_the_images_moves_the_stationary_fusion(shift):
    images = np.random.default_rng(1).integers(1, 256, (3, 32, 48)).astype(np.uint8)
    moved = FUSERS["swt"](np.roll(images, shift, axis=(1, 2)))
    expected = np.roll(FUSERS["swt"](images), shift, axis=(0, 1))
    np.testing.assert_array_equal(moved, expected)


@pytest.mark.parametrize("name", ["dwt", "swt"])
def test_without_pywavelets_the_command_that_installs_it_is_told(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "pywt", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'bratsfuse\[wavelets\]'"):
        check([name])
    with pytest.raises(MissingExtraError, match=r"pip install 'bratsfuse\[wavelets\]'"):
        FUSERS[name](textures(2, 20, 20))


# The registry.


def test_names_are_those_of_the_files_and_close_ones_are_suggested():
    assert fuser("laplacian-max") is FUSERS["laplacian_max"]
    with pytest.raises(UnknownNameError, match="did you mean 'laplacian"):
        fuser("laplace")
    with pytest.raises(InvalidInputError, match="takes no options"):
        fuser("average:2")


def test_a_third_party_adds_a_fuser(tmp_path, monkeypatch):
    info = tmp_path / "sharper-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: sharper\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[bratsfuse.fusers]\nfirst = sharper_fusion\nbroken = sharper_fusion:WRONG\n"
    )
    (tmp_path / "sharper_fusion.py").write_text(
        "from bratsfuse.fusers import Fuser\n"
        "FUSER = Fuser(function=lambda images: images[0], summary='the first')\n"
        "WRONG = Fuser(function=lambda images: images[0] / 2, summary='floats')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    try:
        assert "first" in list(FUSERS)
        assert FUSERS["first"](one(3, 4)).item() == 3
        with pytest.raises(InvalidInputError, match="returned float64"):
            FUSERS["broken"](one(3, 4))
    finally:
        sys.modules.pop("sharper_fusion", None)


def test_listing_imports_nothing_heavy():
    code = (
        "import sys, json\nfrom bratsfuse.methods.find import listings\n"
        "list(listings())\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert not loaded & {"torch", "datasets", "scipy", "pywt", "matplotlib", "h5py"}
