"""Images on a scale of their own."""

import pytest
import torch

from bratsfuse.baselines import TrainableUNet, UNetConfig
from bratsfuse.baselines.fuse4seg.config import Fuse4SegConfig
from bratsfuse.baselines.fuse4seg.trainable import TrainableFuse4Seg
from bratsfuse.training.standardising import standardise
from bratsfuse.training.trainable import Batch


@pytest.fixture
def images():
    """Two sources of two slices, each with its own background."""
    drawn = torch.rand(
        2, 2, 24, 20, generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    drawn = 0.2 + 0.6 * drawn
    drawn[:, :, :8] = 0
    drawn[1, 0, :, 5:] = 0
    return drawn


@pytest.fixture
def brighter(images):
    """The same, with more light over all of the foreground."""
    return torch.where(images > 0, images + 0.2, 0.0)


def test_every_image_has_mean_0_and_deviation_1_over_its_foreground(images):
    found = standardise(images)
    for before, after in zip(images.flatten(0, 1), found.flatten(0, 1), strict=True):
        inside = after[before > 0]
        assert inside.mean().item() == pytest.approx(0, abs=1e-12)
        assert inside.std(correction=0).item() == pytest.approx(1, rel=0.01)
        assert (after[before == 0] == 0).all()


def test_gain_light_and_background_do_not_matter(images, brighter):
    found = standardise(images)
    assert torch.allclose(standardise(0.8 * images), found, atol=5e-3)
    assert torch.allclose(standardise(brighter), found, atol=1e-12)
    wider = torch.nn.functional.pad(images, (3, 4, 2, 1))
    assert torch.allclose(standardise(wider)[..., 2:-1, 3:-4], found, atol=1e-12)


def test_an_even_image_and_one_of_background_are_0():
    even = torch.full((1, 1, 4, 4), 0.25)
    for images in (even, torch.zeros(1, 2, 4, 4)):
        images = images.clone().requires_grad_()
        found = standardise(images)
        assert (found == 0).all()
        found.sum().backward()
        assert torch.isfinite(images.grad).all()


def test_a_segmenter_is_given_them_where_its_config_says_so(images, brighter):
    masks = torch.randint(0, 4, (2, 24, 20), generator=torch.Generator().manual_seed(1))

    def loss(seen, **options):
        torch.manual_seed(2)
        config = UNetConfig(preset="tiny", downsample=1, **options)
        network = TrainableUNet(config, torch.device("cpu"))
        batch = Batch(images=seen.float(), masks=masks.byte(), slice_ids=("a", "b"))
        return network.losses(batch)["loss"]

    same = {"standardise": True}
    assert loss(brighter, **same) == pytest.approx(loss(images, **same), rel=1e-5)
    assert loss(brighter) != pytest.approx(loss(images), rel=1e-4)


def test_a_follower_is_given_them_where_its_config_says_so(images, brighter):
    def agreement(**options):
        torch.manual_seed(2)
        config = Fuse4SegConfig(preset="tiny", downsample=1, **options)
        network = TrainableFuse4Seg(config, torch.device("cpu"))
        one, other = (
            network.labels_in(seen[:, :1].float()) for seen in (images, brighter)
        )
        return (one == other).float().mean().item()

    assert agreement(standardise=True) == 1
    assert agreement() < 1
