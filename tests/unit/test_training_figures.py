"""The pictures of a training show what was fused, where, and when."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from bratsfuse.training.figures import draw_figures, keep_fused

GREYS = {"t1ce": 40, "flair": 200}
HEIGHT, WIDTH = 60, 48
SLICES = 2


@pytest.fixture
def slices():
    """Two slices, each with a brain of one grey in every source."""
    images = torch.zeros(SLICES, len(GREYS), HEIGHT, WIDTH)
    for place, grey in enumerate(GREYS.values()):
        images[:, place, 10:50, 8:40] = grey / 255
    images[1] *= 0.5

    class Slices:
        def __len__(self):
            return SLICES

        def batch(self, rows):
            return SimpleNamespace(images=images[list(rows)])

    return Slices()


def fusing(share):
    """Return a network that shows so much of the second source."""

    def predict(images):
        fused = (1 - share) * images[:, :1] + share * images[:, 1:]
        return SimpleNamespace(fused=fused)

    return SimpleNamespace(predict=predict)


def test_sources_and_steps_are_columns_and_slices_are_rows(slices, tmp_path):
    for step, share in ((5, 0.0), (10, 0.5)):
        keep_fused(tmp_path, fusing(share), slices, step)
    draw_figures(tmp_path, [{"step": 5.0, "train_loss": 1.0}], list(GREYS))
    with Image.open(tmp_path / "figures" / "fused.png") as picture:
        grey = np.asarray(picture.convert("L"))
    # Titles are above the lower part, in which every picture has an equal share.
    tall = round(grey.shape[1] / 4 * 40 / 32 * SLICES)
    pictures = grey[-tall:]
    shown = [
        [
            pictures[
                int((row + 0.5) / SLICES * tall),
                int((column + 0.5) / 4 * grey.shape[1]),
            ]
            for column in range(4)
        ]
        for row in range(SLICES)
    ]
    expected = np.array([40, 200, 40, 120])
    assert np.abs(np.array(shown, float) - [expected, expected / 2]).max() <= 2
    assert (grey[:-tall] < 128).any()  # the titles


def test_the_curve_names_losses_and_regions(tmp_path):
    rows = [
        {"step": step, "train_loss": 1 / step, "validation_loss": 2 / step}
        | {f"validation_dice_{name}": 0.1 * step for name in ("WT", "TC", "ET")}
        for step in (1.0, 2.0, 3.0)
    ]
    draw_figures(tmp_path, rows, ["t1ce"])
    curve = tmp_path / "figures" / "learning_curve.svg"
    text = curve.read_text()
    for name in ("loss", "validation Dice", "training", "validation", "WT", "TC", "ET"):
        assert f"<!-- {name} -->" in text
    assert not (tmp_path / "figures" / "fused.png").exists()
    draw_figures(tmp_path, rows, ["t1ce"])
    assert curve.read_text() == text
