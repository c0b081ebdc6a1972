"""Leader and follower: any size, any number of sources, and their promised cost."""

import pytest
import torch

from bratsfuse.baselines import (
    MAX_CHANNELS,
    UNET_PRESETS,
    UNet,
    count_macs,
    count_parameters,
)
from bratsfuse.baselines.fuse4seg.fusion_net import (
    FUSION_PRESETS,
    FusionNet,
    to_eight_bits,
)
from bratsfuse.errors import InvalidInputError

SIZES = [(240, 240), (155, 240), (17, 23), (1, 1)]
CDDFUSE_PARAMETERS = 1_188_272
CDDFUSE_GMAC = 103


def random_sources(batch, count, height, width):
    generator = torch.Generator().manual_seed(height * width + count)
    return torch.rand(batch, count, height, width, generator=generator)


@pytest.mark.parametrize("size", SIZES)
def test_leader_fuses_images_of_any_size(size):
    fused = FusionNet.preset("tiny")(random_sources(2, 2, *size))
    assert fused.shape == (2, 1, *size)
    assert fused.dtype == torch.float32


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("preset", FUSION_PRESETS)
def test_fused_image_lies_in_range_whatever_the_weights(preset, count):
    network = FusionNet.preset(preset, sources=count)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(5)
        fused = network(random_sources(1, count, 24, 20))
    assert 0 <= float(fused.min()) <= float(fused.max()) <= 1
    assert float(fused.std()) > 0


def test_background_is_exactly_zero_and_brain_is_not():
    sources = random_sources(1, 3, 21, 19)
    sources[..., :6, :] = 0
    sources[:, 0, 10, 10] = 0  # one source alone does not make background
    fused = FusionNet.preset("tiny", sources=3)(sources)
    assert (fused[..., :6, :] == 0).all()
    assert (fused[..., 6:, :] > 0).all()


@torch.no_grad()
def test_untrained_leader_shows_about_the_mean_of_its_sources():
    torch.manual_seed(0)
    sources = random_sources(1, 2, 32, 32)
    fused = FusionNet.preset("default")(sources)
    mean = sources.mean(dim=1, keepdim=True)
    assert float((fused - mean).abs().mean()) < 0.05


def test_order_of_the_sources_matters_to_the_leader():
    sources = random_sources(1, 2, 16, 16)
    network = FusionNet.preset("tiny")
    assert not torch.equal(network(sources), network(sources.flip(1)))


def test_an_image_is_fused_alike_whatever_its_neighbours():
    network = FusionNet.preset("tiny").double()
    sources = random_sources(3, 2, 20, 20).double()
    alone = torch.cat([network(image[None]) for image in sources])
    assert torch.allclose(network(sources), alone, rtol=0, atol=1e-12)


@torch.no_grad()
def test_low_branch_sees_the_mean_and_high_branch_what_differs_from_it():
    torch.manual_seed(0)
    network = FusionNet.preset("tiny").double()
    features = network.encode(random_sources(1, 2, 32, 32).double())
    inside = (..., slice(4, -4), slice(4, -4))
    means = torch.nn.functional.avg_pool2d(features.high[0], 4)
    assert float(means[inside[0], 1:-1, 1:-1].abs().mean()) < 0.25 * float(
        features.high[inside].abs().mean()
    )
    assert float(features.low.abs().mean()) > float(means.abs().mean())


@pytest.mark.parametrize("count", [1, 5])
def test_leader_refuses_too_few_and_too_many_sources(count):
    with pytest.raises(InvalidInputError, match=r"found .* expected 2 to 4"):
        FusionNet(count)


def test_leader_refuses_what_it_was_not_made_for():
    network = FusionNet.preset("tiny")
    with pytest.raises(InvalidInputError, match="expected \\(batch, 2, height, width"):
        network(random_sources(1, 3, 8, 8))
    with pytest.raises(InvalidInputError, match="divide 8-bit images by 255"):
        network(torch.zeros(1, 2, 8, 8, dtype=torch.uint8))


def test_default_leader_costs_a_small_part_of_cddfuse():
    network = FusionNet.preset("default")
    assert count_parameters(network) <= CDDFUSE_PARAMETERS / 4
    assert count_macs(network, (1, 2, 240, 240)) <= 8e9 < CDDFUSE_GMAC * 1e9 / 10


def test_default_leader_has_the_size_that_the_card_says():
    assert count_parameters(FusionNet.preset("default")) == 65_223


def test_default_leader_sees_far():
    """What a pixel becomes depends on pixels far away, more than by normalisation."""
    torch.manual_seed(0)
    network = FusionNet.preset("default").double()
    for module in network.modules():
        if isinstance(module, torch.nn.GroupNorm):
            module.forward = lambda features: features  # it hears every pixel
    sources = random_sources(1, 2, 160, 160).double().requires_grad_()
    coefficients = network.decode(network.encode(sources))
    coefficients[0, 0, 80, 80].backward()
    heard = sources.grad.abs().sum(dim=(0, 1)).nonzero() - 80
    assert int(heard.abs().amax()) >= 40
    assert int(heard.abs().amax()) < 80


@torch.no_grad()
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_leader_fuses_at_full_resolution_whatever_its_stride(stride):
    torch.manual_seed(0)
    network = FusionNet.preset("tiny", stride=stride)
    sources = random_sources(1, 2, 30, 34)
    fused = network(sources)
    assert fused.shape == (1, 1, 30, 34)
    mean = sources.mean(dim=1, keepdim=True)
    fine = fused - torch.nn.functional.avg_pool2d(fused, 3, 1, 1)
    expected = mean - torch.nn.functional.avg_pool2d(mean, 3, 1, 1)
    assert float((fine * expected).mean() / expected.square().mean()) > 0.8


@torch.no_grad()
@pytest.mark.parametrize(("stride", "most"), [(2, 0.5), (4, 0.2)])
def test_a_leader_adds_its_sources_by_smooth_maps(stride, most):
    """Maps that pixels are shuffled into show a grid of the network's size."""
    torch.manual_seed(0)
    network = FusionNet.preset("tiny", stride=stride)
    maps = network.decode(network.encode(random_sources(1, 2, 64, 64)))
    assert maps.shape == (1, 3, 64, 64)
    fine = maps - torch.nn.functional.avg_pool2d(maps, 3, 1, 1)
    inside = (..., slice(8, -8), slice(8, -8))
    assert float(fine[inside].std()) < most * float(maps[inside].std())


def test_rounding_gives_what_a_file_stores_and_passes_gradients_on():
    images = torch.rand(2, 1, 9, 9, requires_grad=True)
    rounded = to_eight_bits(images)
    stored = (images.detach() * 255).round()
    assert torch.allclose(rounded * 255, stored, atol=1e-4)
    weights = torch.rand(2, 1, 9, 9)
    (rounded * weights).sum().backward()
    assert torch.equal(images.grad, weights)


def test_presets_grow():
    networks = [FusionNet.preset(name) for name in ("tiny", "default", "base")]
    parameters = [count_parameters(network) for network in networks]
    macs = [count_macs(network, (1, 2, 64, 64)) for network in networks]
    assert parameters == sorted(set(parameters))
    assert macs == sorted(set(macs))


def test_macs_are_those_of_the_textbook():
    convolution = torch.nn.Conv2d(3, 5, kernel_size=3, padding=1)
    linear = torch.nn.Linear(7, 11)
    assert count_macs(convolution, (2, 3, 10, 20)) == 2 * 10 * 20 * 3 * 5 * 9
    assert count_macs(linear, (4, 7)) == 4 * 7 * 11
    assert count_parameters(convolution) == 3 * 5 * 9 + 5


@pytest.mark.parametrize("size", SIZES)
def test_follower_segments_images_of_any_size(size):
    logits = UNet.preset("default")(random_sources(2, 1, *size))
    assert logits.shape == (2, 3, *size)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("channels", [1, 2, 4, MAX_CHANNELS])
@pytest.mark.parametrize("preset", UNET_PRESETS)
def test_follower_takes_several_images_side_by_side(preset, channels):
    network = UNet.preset(preset, channels)
    assert network(random_sources(1, channels, 16, 16)).shape == (1, 3, 16, 16)


def test_networks_have_no_buffers():
    for network in (UNet.preset("default"), FusionNet.preset("default")):
        assert list(network.buffers()) == []


def test_default_follower_is_about_half_a_million_parameters():
    assert 4e5 < count_parameters(UNet.preset("default")) < 5e5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channels": 0}, "0 input channels"),
        ({"channels": 9}, "9 input channels"),
        ({"width": 6}, "width 6"),
        ({"levels": 1}, "1 levels"),
    ],
)
def test_follower_refuses_sizes_that_cannot_be(options, message):
    with pytest.raises(InvalidInputError, match=message):
        UNet(**options)


def test_follower_refuses_the_wrong_number_of_images():
    with pytest.raises(InvalidInputError, match="expected \\(batch, 1, height, width"):
        UNet.preset("tiny")(random_sources(1, 2, 16, 16))


def test_follower_learns_a_square():
    torch.manual_seed(0)
    network = UNet.preset("tiny")
    images = torch.zeros(1, 1, 16, 16)
    images[..., 4:9, 5:12] = 1
    target = images.expand(-1, 3, -1, -1)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(40):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            network(images), target
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert torch.equal(network(images) > 0, target > 0)
