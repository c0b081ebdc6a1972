"""The same numbers as MONAI and as DeepMind's surface-distance package.

Both are well kept or widely used where they are compared here; where they are wrong or
take another definition, docs/metrics_segmentation.md says so.
"""

import numpy as np
import pytest
import torch
from monai.metrics import compute_dice as monai_dice
from monai.metrics import (
    compute_hausdorff_distance,
    compute_iou,
    compute_surface_dice,
)
from scipy import ndimage
from surface_distance import (
    compute_robust_hausdorff,
    compute_surface_dice_at_tolerance,
    compute_surface_distances,
    lookup_tables,
)

from bratsfuse.metrics import segmentation
from bratsfuse.metrics.of_segmentation import surfel_sizes

# Both warn of what they call themselves: surface-distance of scipy.ndimage.filters,
# MONAI of an argument of its own function.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Please import:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:monai.metrics.utils get_mask_edges"),
]

SPACINGS = {2: [(1.0, 1.0), (0.7, 1.3)], 3: [(1.0, 1.0, 1.0), (3.0, 0.7, 1.3)]}
SHAPES = {2: (40, 33), 3: (13, 22, 17)}
CASES = [
    (ndim, spacing, seed)
    for ndim, spacings in SPACINGS.items()
    for spacing in spacings
    for seed in range(6)
]


def blobs(rng, shape):
    """Draw a mask of smooth islands that may touch the image's edge."""
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), 2.0)
    return noise > np.quantile(noise, rng.uniform(0.5, 0.95))


def pair(ndim, seed):
    rng = np.random.default_rng(seed)
    reference = blobs(rng, SHAPES[ndim])
    prediction = np.roll(reference, rng.integers(0, 4, ndim), range(ndim))
    prediction ^= blobs(rng, SHAPES[ndim]) & (rng.random(SHAPES[ndim]) < 0.3)
    return reference, prediction


@pytest.mark.parametrize(("ndim", "spacing", "seed"), CASES)
def test_surfel_metrics_equal_surface_distance(ndim, spacing, seed):
    reference, prediction = pair(ndim, seed)
    theirs = compute_surface_distances(reference, prediction, spacing)
    areas = theirs["surfel_areas_gt"], theirs["surfel_areas_pred"]
    distances = theirs["distances_gt_to_pred"], theirs["distances_pred_to_gt"]
    pooled = sum(float(d @ a) for d, a in zip(distances, areas, strict=True))
    expected = {
        "hd": compute_robust_hausdorff(theirs, 100),
        "hd95": compute_robust_hausdorff(theirs, 95),
        "assd": pooled / (areas[0].sum() + areas[1].sum()),
        "nsd_1mm": compute_surface_dice_at_tolerance(theirs, 1.0),
        "nsd_2mm": compute_surface_dice_at_tolerance(theirs, 2.0),
    }
    for name, d, a in zip(("reference", "prediction"), distances, areas, strict=True):
        reached = np.searchsorted(np.cumsum(a) / np.sum(a), 0.95)
        expected |= {
            f"hd_from_{name}": d.max(),
            f"hd95_from_{name}": d[min(reached, d.size - 1)],
            f"asd_from_{name}": d @ a / a.sum(),
        }
    means = expected["asd_from_reference"] + expected["asd_from_prediction"]
    expected["masd"] = means / 2
    expected["nsd_0.7mm"] = compute_surface_dice_at_tolerance(theirs, 0.7)
    for key, value in expected.items():
        ours = segmentation.METRICS[key].function(reference, prediction, spacing)
        assert ours == pytest.approx(value, rel=1e-12), key


@pytest.mark.parametrize("spacing", SPACINGS[2])
def test_contour_lengths_equal_surface_distance(spacing):
    # Their first pixel is the highest bit, ours the lowest.
    theirs = lookup_tables.create_table_neighbour_code_to_contour_length(spacing)
    reversed_bits = [int(f"{code:04b}"[::-1], 2) for code in range(16)]
    np.testing.assert_allclose(surfel_sizes(spacing), theirs[reversed_bits], rtol=1e-15)


@pytest.mark.parametrize("spacing", SPACINGS[3])
def test_surface_areas_equal_surface_distance(spacing):
    theirs = lookup_tables.create_table_neighbour_code_to_surface_area(spacing)
    reversed_bits = [int(f"{code:08b}"[::-1], 2) for code in range(256)]
    np.testing.assert_allclose(surfel_sizes(spacing), theirs[reversed_bits], rtol=1e-14)


def as_batch(mask):
    return torch.from_numpy(mask[None, None].astype(np.float32))


@pytest.mark.parametrize(("ndim", "spacing", "seed"), CASES)
def test_voxel_hd95_equals_monai(ndim, spacing, seed):
    reference, prediction = pair(ndim, seed)
    theirs = compute_hausdorff_distance(
        as_batch(prediction),
        as_batch(reference),
        include_background=True,
        percentile=95,
        spacing=spacing,
    )
    ours = segmentation.hausdorff_distance_95_voxel(reference, prediction, spacing)
    assert ours == pytest.approx(theirs.item(), rel=2e-6)  # theirs is float32


@pytest.mark.parametrize(("ndim", "spacing", "seed"), CASES)
def test_surface_dice_equals_monai_with_subvoxels(ndim, spacing, seed):
    reference, prediction = pair(ndim, seed)
    theirs = compute_surface_dice(
        as_batch(prediction),
        as_batch(reference),
        class_thresholds=[1.0],
        include_background=True,
        spacing=spacing,
        use_subvoxels=True,
    )
    ours = segmentation.surface_dice_1mm(reference, prediction, spacing)
    assert ours == pytest.approx(theirs.item(), rel=2e-6)


@pytest.mark.parametrize("ndim", [2, 3])
def test_overlap_equals_monai(ndim):
    reference, prediction = pair(ndim, 0)
    batch = as_batch(prediction), as_batch(reference)
    assert segmentation.dice(reference, prediction) == pytest.approx(
        monai_dice(*batch).item(), rel=1e-6
    )
    assert segmentation.intersection_over_union(reference, prediction) == pytest.approx(
        compute_iou(*batch).item(), rel=1e-6
    )
