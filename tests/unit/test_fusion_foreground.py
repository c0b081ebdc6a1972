"""The background is left out of loops, and no value changes by it."""

import gc

import numpy as np
import pytest

from bratsfuse.metrics import fusion
from bratsfuse.metrics.of_fusion import Image, Scene, qabf

SHAPE = (180, 183)
KEYS = [
    key for key in fusion.METRICS if key not in ("qp", "qcb", "fmi_dct", "fmi_wavelet")
]
PLACES = {
    "in the middle": np.s_[60:111, 43:120],
    "at two borders": np.s_[:70, 120:],
    "one pixel": np.s_[179:, :1],
    "everywhere": np.s_[:, :],
    "nowhere": np.s_[:0, :0],
}


def images_at(place):
    rng = np.random.default_rng(3)
    images = np.zeros((3, *SHAPE), np.uint8)
    images[(..., *place)] = rng.integers(1, 256, images[(..., *place)].shape)
    images[2] = images[:2].mean(axis=0)
    return images


def without_boxes(monkeypatch, *arguments, **options):
    with monkeypatch.context() as patch:
        height, width = SHAPE
        patch.setattr(Image, "box", property(lambda _: (0, height, 0, width)))
        return fusion.evaluate(*arguments, **options)


def scored_alike(monkeypatch, sources, fused):
    mask = np.zeros(SHAPE, np.bool_)
    mask[50:100, 30:170] = True
    options = {"per_source": True, "regions": {"box": mask, "none": mask & False}}
    found = fusion.evaluate(sources, fused, KEYS, **options)
    expected = without_boxes(monkeypatch, sources, fused, KEYS, **options)
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-13, nan_ok=True)


@pytest.mark.parametrize("place", PLACES)
def test_values_are_those_of_loops_over_the_whole_image(place, monkeypatch):
    *sources, fused = images_at(PLACES[place])
    scored_alike(monkeypatch, np.stack(sources), fused)


def test_so_are_those_of_images_with_boxes_of_their_own(monkeypatch):
    one, _, _ = images_at(np.s_[20:60, 100:150])
    other, _, _ = images_at(np.s_[50:120, 30:120])
    _, _, fused = images_at(np.s_[90:140, 90:170])  # something where no source has
    scored_alike(monkeypatch, np.stack([one, other]), fused)
    scored_alike(monkeypatch, np.stack([one, other]), one)


def test_maps_of_sources_serve_the_next_fused_image(monkeypatch):
    seen = []
    edges = qabf.edges
    monkeypatch.setattr(
        qabf,
        "edges",
        lambda image, border: (seen.append(image), edges(image, border))[1],
    )
    *images, fused = images_at(PLACES["in the middle"])
    sources = fusion.Sources(images)
    first, second = (
        (fusion.edge_transfer(sources, image), seen.copy(), seen.clear())[1]
        for image in (fused, fused // 2)
    )
    assert first[0] is second[0]
    assert first[0].shape == (55, 81)  # two lines around the box


@pytest.mark.parametrize("place", PLACES)
def test_scenes_are_freed_with_their_maps(place):
    """Else every image takes memory from the system until the collector comes."""
    *sources, fused = images_at(PLACES[place])
    gc.freeze()  # what there is; only what is made from now on is looked at
    gc.disable()
    try:
        fusion.evaluate(sources, fused)
        # isinstance would ask every object, torch's deprecated ones too, for its class.
        assert not [one for one in gc.get_objects() if type(one) is Scene]
    finally:
        gc.enable()
        gc.unfreeze()
