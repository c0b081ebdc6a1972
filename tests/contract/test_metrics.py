"""What every metric of both chapters declares, refuses and leaves alone."""

import math

import numpy as np
import pytest

from bratsfuse import metrics
from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics import METRICS, fusion, segmentation

RECORDS = [
    pytest.param(kind, key, metric, id=f"{kind}-{key}")
    for kind, records in METRICS.items()
    for key, metric in records.items()
]


def arguments(kind):
    """Return two arguments that every metric of a kind takes."""
    rng = np.random.default_rng(3)
    if kind == "fusion":
        sources = rng.integers(0, 256, (2, 192, 192), np.uint8)
        return sources, np.round(sources.mean(axis=0)).astype(np.uint8)
    reference = np.zeros((40, 50), bool)
    reference[10:30, 12:28] = True
    return reference, np.roll(reference, 3, axis=1)


@pytest.mark.parametrize(("kind", "key", "metric"), RECORDS)
def test_the_record_is_complete(kind, key, metric):
    assert (metric.kind, metric.key) == (kind, key)
    assert isinstance(metric, metrics.Metric)
    assert metric.title
    assert metric.source
    assert metric.undefined_when
    assert metric.low < metric.high
    chapter = getattr(metrics, kind)
    name = metric.function.__name__
    assert name in dir(chapter)
    assert getattr(chapter, name) is metric.function
    assert metric.function.__doc__.startswith("Return ")


@pytest.mark.parametrize(("kind", "key", "metric"), RECORDS)
def test_the_value_is_a_float_in_the_range_and_the_input_is_left_alone(
    kind, key, metric
):
    given = arguments(kind)
    copies = [array.copy() for array in given]
    value = metric.function(*given)
    if metric.undefined_when == "the masks are slices":
        assert math.isnan(value)
        value = metric.function(*(mask[np.newaxis] for mask in given))
    assert math.isfinite(value)
    assert metric.low <= value <= metric.high
    for array, copy in zip(given, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize(("kind", "key", "metric"), RECORDS)
def test_another_dtype_or_shape_is_refused(kind, key, metric):
    first, second = arguments(kind)
    with pytest.raises(InvalidInputError, match="float64"):
        metric.function(first, second.astype(float))
    with pytest.raises(InvalidInputError):
        metric.function(first, second[0])  # a line of pixels


def test_evaluate_gives_what_the_functions_give():
    for kind, chapter in (("fusion", fusion), ("segmentation", segmentation)):
        first, second = arguments(kind)
        if kind == "fusion":
            found = chapter.evaluate(first, second, "all")
        else:
            labels = first.astype(np.uint8), second.astype(np.uint8)
            found = chapter.evaluate(*labels, regions={"mask": {1}}, metrics="all")
            found = found["mask"]
        assert list(found) == list(chapter.METRICS)
        for key, metric in chapter.METRICS.items():
            assert found[key] == pytest.approx(
                metric.function(first, second), 1e-12, nan_ok=True
            )
