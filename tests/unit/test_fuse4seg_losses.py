"""The losses: zero for what is perfect, right against formula and oracle."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from skimage.metrics import structural_similarity

from bratsfuse.anatomy import REGIONS, Label
from bratsfuse.baselines import (
    REGION_ORDER,
    labels_to_regions,
    logits_to_labels,
    region_cross_entropy,
    regions_to_labels,
    segmentation_loss,
    soft_dice_loss,
)
from bratsfuse.baselines.fuse4seg.fusion_net import Features
from bratsfuse.baselines.fuse4seg.losses import (
    LossWeights,
    frequency_decomposition_loss,
    fusion_terms,
    intensity_loss,
    similarity_loss,
    spatial_gradient_loss,
    weighted_sum,
)
from bratsfuse.errors import InvalidInputError

IMAGE_LOSSES = [intensity_loss, spatial_gradient_loss, similarity_loss]


def random_images(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("loss", IMAGE_LOSSES)
def test_image_losses_are_zero_when_every_source_is_the_fused_image(loss):
    fused = random_images(2, 1, 24, 20)
    assert float(loss(fused.expand(-1, 3, -1, -1), fused)) == pytest.approx(
        0, abs=1e-12
    )


@pytest.mark.parametrize("loss", IMAGE_LOSSES)
def test_image_losses_grow_with_noise(loss):
    fused = random_images(2, 1, 24, 20)
    noise = random_images(2, 1, 24, 20, seed=1) - 0.5
    values = [
        float(loss(fused.expand(-1, 2, -1, -1), fused + scale * noise))
        for scale in (0, 0.1, 0.2)
    ]
    assert values == sorted(set(values))


def test_intensity_loss_asks_for_the_maximum():
    sources = random_images(2, 3, 16, 16)
    assert float(intensity_loss(sources, sources.amax(1, keepdim=True))) == 0
    assert float(intensity_loss(sources, sources.mean(1, keepdim=True))) > 0.1


def test_spatial_gradient_loss_is_that_of_scipys_sobel_filter():
    sources, fused = random_images(1, 2, 17, 19), random_images(1, 1, 17, 19, seed=3)

    def magnitude(image):
        filtered = (ndimage.sobel(image, axis, mode="nearest") for axis in (0, 1))
        return sum(np.abs(response) for response in filtered)

    strongest = np.maximum(*(magnitude(image) for image in sources[0].numpy()))
    expected = np.abs(strongest - magnitude(fused[0, 0].numpy())).mean()
    assert float(spatial_gradient_loss(sources, fused)) == pytest.approx(expected)


def test_similarity_loss_is_that_of_scikit_image():
    sources, fused = random_images(1, 2, 30, 26), random_images(1, 1, 30, 26, seed=3)
    indices = [
        structural_similarity(
            image,
            fused[0, 0].numpy(),
            data_range=1.0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
        for image in sources[0].numpy()
    ]
    assert float(similarity_loss(sources, fused)) == pytest.approx(1 - np.mean(indices))


def test_similarity_loss_refuses_images_smaller_than_its_window():
    with pytest.raises(InvalidInputError, match="at least 11 each way"):
        similarity_loss(random_images(1, 2, 10, 40), random_images(1, 1, 10, 40))


def make_features(low_of_second, high_of_second):
    low, high = random_images(1, 4, 5, 6, seed=7), random_images(1, 4, 20, 24, seed=8)
    return Features(
        low=torch.stack([low, low_of_second], dim=1),
        high=torch.stack([high, high_of_second], dim=1),
    )


def test_frequency_loss_falls_as_base_maps_correlate():
    base = random_images(1, 4, 5, 6, seed=7)
    other = random_images(1, 4, 5, 6, seed=9)
    details = random_images(1, 4, 20, 24, seed=8)
    values = [
        float(
            frequency_decomposition_loss(
                make_features(share * base + (1 - share) * other, details)
            )
        )
        for share in (0.0, 0.5, 1.0)
    ]
    assert values == sorted(set(values), reverse=True)
    assert values[-1] == pytest.approx(1 / 2.01, rel=1e-5)


def test_frequency_loss_rises_as_detail_maps_correlate():
    base = random_images(1, 4, 5, 6, seed=7)
    details = random_images(1, 4, 20, 24, seed=8)
    other = random_images(1, 4, 20, 24, seed=9)
    values = [
        float(
            frequency_decomposition_loss(
                make_features(base, share * details + (1 - share) * other)
            )
        )
        for share in (0.0, 0.5, 1.0)
    ]
    assert values == sorted(set(values))


def test_frequency_loss_is_the_formula_of_numpys_correlation():
    low, high = random_images(1, 2, 3, 5, 5), random_images(1, 2, 3, 9, 9, seed=1)

    def correlation(maps):
        one, other = maps[0].numpy().reshape(2, 3, -1)
        return np.mean(
            [np.corrcoef(a, b)[0, 1] for a, b in zip(one, other, strict=True)]
        )

    expected = correlation(high) ** 2 / (1.01 + correlation(low))
    found = frequency_decomposition_loss(Features(low=low, high=high))
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_frequency_loss_of_constant_maps_has_a_finite_gradient():
    low = torch.ones(1, 2, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    loss = frequency_decomposition_loss(Features(low=low, high=low))
    loss.backward()
    assert torch.isfinite(low.grad).all()


def test_frequency_loss_of_three_sources_is_the_mean_over_pairs():
    low, high = random_images(2, 3, 4, 5, 5), random_images(2, 3, 4, 9, 9, seed=1)
    pairs = [
        frequency_decomposition_loss(Features(low=low[:, pair], high=high[:, pair]))
        for pair in ([0, 1], [0, 2], [1, 2])
    ]
    whole = frequency_decomposition_loss(Features(low=low, high=high))
    assert float(whole) == pytest.approx(float(sum(pairs)) / 3)


def test_segmentation_losses_are_zero_for_a_sure_and_right_answer():
    regions = (random_images(2, 3, 8, 8) > 0.5).double()
    regions[1, 2] = 0  # a slice without enhancing tumour
    sure = (2 * regions - 1) * 1e4
    for loss in (region_cross_entropy, soft_dice_loss, segmentation_loss):
        assert float(loss(sure, regions)) == 0
        assert float(loss(-sure, regions)) > 0.9


def test_soft_dice_of_a_square_is_the_formula():
    regions = torch.zeros(1, 3, 4, 4, dtype=torch.float64)
    regions[..., :2, :] = 1
    halves = torch.zeros_like(regions)  # probability one half everywhere
    expected = 1 - (2 * 4 + 1) / (8 + 8 + 1)
    assert float(soft_dice_loss(halves, regions)) == pytest.approx(expected)


def test_soft_dice_pools_the_pixels_of_a_batch():
    regions = torch.zeros(2, 3, 4, 4, dtype=torch.float64)
    regions[0, :, :2] = 1  # the second slice has no region
    halves = torch.zeros_like(regions)
    expected = 1 - (2 * 4 + 1) / (16 + 8 + 1)
    assert float(soft_dice_loss(halves, regions)) == pytest.approx(expected)


def test_fusion_losses_of_a_batch_are_the_mean_of_its_images():
    sources, fused = random_images(3, 2, 20, 20), random_images(3, 1, 20, 20, seed=1)
    features = Features(
        low=random_images(3, 2, 4, 5, 5, seed=2),
        high=random_images(3, 2, 4, 20, 20, seed=3),
    )

    def losses(images):
        part = Features(low=features.low[images], high=features.high[images])
        weights = LossWeights(similarity=1)
        return fusion_terms(sources[images], fused[images], part, weights)

    whole = losses([0, 1, 2])
    alone = [losses([image]) for image in range(3)]
    for name, value in whole.items():
        mean = sum(float(terms[name]) for terms in alone) / 3
        assert float(value) == pytest.approx(mean, rel=1e-12), name


def test_terms_of_weight_zero_are_left_out():
    weights = LossWeights(similarity=0, frequency=0)
    sources, fused = random_images(1, 2, 5, 5), random_images(1, 1, 5, 5, seed=1)
    features = Features(low=sources[:, :, None], high=sources[:, :, None])
    terms = fusion_terms(sources, fused, features, weights)
    assert set(terms) == {"intensity", "gradient"}
    expected = 0.3 * (terms["intensity"] + 5 * terms["gradient"])
    assert float(weighted_sum(terms, weights)) == pytest.approx(float(expected))


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_weights_are_finite_and_not_negative(value):
    with pytest.raises(InvalidInputError, match="loss weight 'gradient'"):
        LossWeights(gradient=value)


def test_weights_are_not_all_zero():
    with pytest.raises(InvalidInputError, match="nothing to learn from"):
        LossWeights(intensity=0, gradient=0, frequency=0, similarity=0, segmentation=0)
    with pytest.raises(InvalidInputError, match="nothing to learn from"):
        LossWeights(fusion=0, segmentation=0)


def test_one_weight_is_for_the_whole_fusion_loss():
    weights = LossWeights(fusion=0.3, intensity=1, gradient=5, segmentation=2)
    names = ("intensity", "gradient", "segmentation")
    assert [weights.of(name) for name in names] == pytest.approx([0.3, 1.5, 2])
    terms = {name: torch.tensor(10.0) for name in names}
    assert float(weighted_sum(terms, weights)) == pytest.approx(38)


def test_labels_become_the_regions_of_the_vocabulary():
    labels = torch.arange(6, dtype=torch.uint8).reshape(1, 2, 3)
    regions = labels_to_regions(labels)
    assert regions.shape == (1, 3, 2, 3)
    for channel, region in enumerate(REGION_ORDER):
        inside = {int(label) for label in labels[regions[:, channel] == 1]}
        assert inside == {int(label) for label in REGIONS[region]}


def test_regions_give_back_the_labels_of_adult_glioma():
    labels = torch.tensor([[[0, 1], [2, 3]]], dtype=torch.uint8)
    again = regions_to_labels(labels_to_regions(labels).bool())
    assert again.dtype == torch.uint8
    assert torch.equal(again, labels)


@pytest.mark.parametrize(
    ("whole", "core", "enhancing", "label"),
    [
        (True, False, False, Label.ED),
        (False, True, False, Label.NCR),
        (False, False, True, Label.ET),
        (True, False, True, Label.ET),
        (True, True, False, Label.NCR),
    ],
)
def test_innermost_region_decides_even_where_regions_do_not_nest(
    whole, core, enhancing, label
):
    logits = torch.tensor([whole, core, enhancing]).reshape(1, 3, 1, 1) * 2.0 - 1
    assert int(logits_to_labels(logits)) == label
