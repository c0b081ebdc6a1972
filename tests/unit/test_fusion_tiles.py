"""Large images in strips: the same values as from the whole image."""

import errno
import math
import subprocess
import sys

import numpy as np
import pytest

from bratsfuse.errors import ScoringError
from bratsfuse.metrics import fusion
from bratsfuse.metrics.in_strips import phase, scores, shelf, strips, tiles, whole
from bratsfuse.metrics.of_fusion import nabf

RNG = np.random.default_rng(3)
IN_STRIPS = {**tiles.TILES, **whole.WHOLE}


def triplet(height, width):
    rows, columns = np.mgrid[:height, :width]
    a = 60 * np.sin(rows / 5) + 40 * np.cos(columns / 7) + 110
    b = 50 * np.sin((rows + columns) / 6) + 120
    a, b = (one + RNG.normal(0, 5, one.shape) for one in (a, b))
    a[:40, :50] = b[:40, :50] = 0
    a[60:90, 70:99] = 255
    sources = np.clip(np.stack([a, b]), 0, 255).astype(np.uint8)
    return sources, np.round(0.6 * sources[0] + 0.4 * sources[1]).astype(np.uint8)


@pytest.fixture
def in_strips(monkeypatch):
    """Score every image in strips of 16 rows."""

    def evaluate(*args, **options):
        with monkeypatch.context() as patch:
            patch.setattr(scores, "LARGE", 1)
            patch.setattr(strips, "STRIP", 1)
            return fusion.evaluate(*args, **options)

    return evaluate


@pytest.mark.parametrize(
    "shape",
    [
        (48, 300),
        pytest.param((197, 181), marks=pytest.mark.slow),
        pytest.param((176, 190), marks=pytest.mark.slow),
    ],
)
def test_strips_give_the_values_of_the_whole(in_strips, shape):
    keys = [key for key in fusion.METRICS if key in IN_STRIPS]
    sources, fused = triplet(*shape)
    inside = RNG.random(shape) < 0.7
    inside[100:] &= RNG.random(shape)[100:] < 0.1
    options = {"brain": inside, "regions": {"nothing": np.zeros(shape, bool)}}
    whole = fusion.evaluate(sources, fused, keys, **options)
    strips = in_strips(sources, fused, keys, **options)
    assert strips == pytest.approx(whole, rel=1e-11, abs=1e-12, nan_ok=True)
    defined = [key for key, value in strips.items() if not math.isnan(value)]
    of_the_whole = 2  # of frequencies, which lie nowhere in the image
    assert len(defined) >= 2 * (len(keys) - 1) - of_the_whole


def test_what_looks_at_the_whole_image_is_unchanged(in_strips):
    sources, fused = triplet(60, 70)
    keys = [key for key in fusion.METRICS if key not in IN_STRIPS]
    whole = fusion.evaluate(sources, fused, keys)
    assert in_strips(sources, fused, keys) == whole


@pytest.mark.slow
def test_a_constant_source_is_undefined_in_strips_too(in_strips):
    sources, fused = triplet(197, 181)
    sources[1] = 7
    keys = list(IN_STRIPS)
    whole = fusion.evaluate(sources, fused, keys)
    strips = in_strips(sources, fused, keys)
    assert all(math.isnan(strips[key]) for key in ("vif", "qcv", "qcb"))
    assert strips == pytest.approx(whole, rel=1e-11, abs=1e-12, nan_ok=True)


@pytest.mark.slow
def test_each_source_alone_is_scored_in_strips_too(in_strips, monkeypatch):
    sources, fused = triplet(176, 190)
    keys = list(IN_STRIPS)
    whole = fusion.evaluate(sources, fused, keys, per_source=("a", "b"))
    looked_at = []
    score = tiles.value_in_strips
    monkeypatch.setattr(
        tiles,
        "value_in_strips",
        lambda key, tiles, scene: (
            looked_at.append((key, len(scene.sources))) or score(key, tiles, scene)
        ),
    )
    strips = in_strips(sources, fused, keys, per_source=("a", "b"))
    assert strips == pytest.approx(whole, rel=1e-11, abs=1e-12, nan_ok=True)
    assert looked_at.count(("ssim", 1)) == 2


def test_shares_of_sources_are_not_taken_from_whole_maps(in_strips, monkeypatch):
    sources, fused = triplet(60, 70)
    keys = ["nabf", "labf", "qabf_p"]
    whole = fusion.evaluate(sources, fused, keys, per_source=True)
    rows = []
    parts = nabf.parts
    monkeypatch.setattr(
        nabf, "parts", lambda scene: rows.append(scene.fused.shape[0]) or parts(scene)
    )
    strips = in_strips(sources, fused, keys, per_source=True)
    assert strips == pytest.approx(whole, rel=1e-11, abs=1e-12)
    assert max(rows) < 60


@pytest.mark.parametrize("convention", ["cddfuse", "linfeng-tang", "vifb"])
def test_conventions_are_unchanged(in_strips, convention):
    sources, fused = triplet(60, 70)
    keys = fusion.check_names("all", convention)
    whole = fusion.evaluate(sources, fused, keys, convention=convention)
    strips = in_strips(sources, fused, keys, convention=convention)
    assert strips == pytest.approx(whole, rel=1e-11, abs=1e-12, nan_ok=True)


def test_filters_of_large_images_are_not_kept(monkeypatch):
    sources, fused = triplet(60, 70)
    whole = fusion.evaluate(sources, fused, ["qp"])
    phase.kept_filters.cache_clear()
    monkeypatch.setattr(phase, "KEPT", 60 * 70 - 1)
    assert fusion.evaluate(sources, fused, ["qp"]) == whole
    assert phase.kept_filters.cache_info().currsize == 0


def test_a_full_disk_is_told_with_the_way_out():
    class Full:
        def seek(self, _place):
            pass

        def write(self, _rows):
            raise OSError(errno.ENOSPC, "No space left on device")

    with shelf.Shelf(3, (40, 50)) as maps:
        maps.file.close()
        maps.file = Full()
        maps.file.close = lambda: None
        with pytest.raises(ScoringError, match=r"No space left.*TMPDIR"):
            maps.write(0, 0, np.zeros((2, 50)))


MEMORY = """
import resource, sys
import numpy as np
from bratsfuse.metrics import fusion
small = np.random.default_rng(0).integers(0, 256, (2, 180, 190), np.uint8)
keys = sys.argv[1].split(",")
fusion.evaluate(small, small[0], keys)  # compiles
side = 2100
image = np.add.outer(np.arange(side), np.arange(side)).astype(np.uint8)
sources = np.stack([image, image.T + np.uint8(9)])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
fusion.evaluate(sources, image, keys)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no resource module")
@pytest.mark.parametrize("keys", ["ssim,vif,qabf,nabf,qs", "qp"])
def test_memory_grows_with_a_strip_and_not_with_the_image(keys):
    """Of 2100 x 2100 pixels: the maps of these five would take 1.6 GB, of qp 2.4 GB."""
    command = [sys.executable, "-c", MEMORY, keys]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    kilobytes = int(found.stdout) / (1024 if sys.platform == "darwin" else 1)
    assert kilobytes < 700_000
