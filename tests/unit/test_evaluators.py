"""The evaluators of a validation loop give the numbers of a report."""

import json
import math

import numpy as np
import pytest
import torch

from bratsfuse import BraTSFuse, FusionEvaluator, SegmentationEvaluator
from bratsfuse.errors import InvalidInputError, UnknownNameError
from bratsfuse.metrics import fusion, segmentation

KEYS = ["en", "mi", "ssim"]


@pytest.fixture
def sources():
    return torch.from_numpy(
        np.random.default_rng(5).integers(0, 256, (4, 2, 32, 32), np.uint8)
    )


@pytest.fixture
def fused(sources):
    return sources.float().mean(dim=1, keepdim=True).round().to(torch.uint8)


def means_over(values):
    return {key: np.mean([one[key] for one in values]) for key in values[0]}


def numbers(scores):
    return {key: value.item() for key, value in scores.items()}


@pytest.mark.parametrize("floats", [False, True])
def test_fused_images_have_the_mean_of_their_scores(sources, fused, floats):
    expected = means_over(
        [
            fusion.evaluate(s.numpy(), f[0].numpy(), KEYS)
            for s, f in zip(sources, fused, strict=True)
        ]
    )
    evaluator = FusionEvaluator(KEYS)
    scale = 255 if floats else 1
    given = (fused / scale, sources / scale) if floats else (fused, sources)
    evaluator.update(given[0][:3], given[1][:3])
    evaluator.update(given[0][3:, 0], given[1][3:])
    assert numbers(evaluator.compute()) == pytest.approx(expected)
    assert all(value.ndim == 0 for value in evaluator.compute().values())


def test_calling_gives_the_batch_and_keeps_it(sources, fused):
    evaluator, alone = FusionEvaluator(KEYS), FusionEvaluator(KEYS)
    evaluator(fused[:1], sources[:1])
    second = evaluator(fused[1:], sources[1:])
    alone.update(fused[1:], sources[1:])
    assert numbers(second) == numbers(alone.compute())
    alone.reset()
    assert all(math.isnan(value) for value in numbers(alone.compute()).values())
    alone.update(fused, sources)
    assert numbers(evaluator.compute()) == pytest.approx(numbers(alone.compute()))


def test_cases_weigh_alike(sources, fused):
    evaluator = FusionEvaluator(["en"])
    evaluator.update(fused, sources, case_id=["a", "b", "b", "b"])
    each = [fusion.entropy(None, f[0].numpy()) for f in fused]
    expected = (each[0] + np.mean(each[1:])) / 2
    assert evaluator.compute()["en"].item() == pytest.approx(expected)


@pytest.mark.slow
def test_the_report_says_the_same(phantom_release, tmp_path):
    """On a release: masks and fused images through batches, and through evaluate."""
    from click.testing import CliRunner

    from bratsfuse.cli import main

    report = tmp_path / "report"
    for words in (
        ["predict", "average", phantom_release, "-o", tmp_path / "s"],
        ["evaluate", tmp_path / "s", "--release", phantom_release, "-o", report],
    ):
        done = CliRunner().invoke(main, [str(word) for word in words])
        assert done.exit_code == 0, done.output
    stated = json.loads((report / "report.json").read_text())
    evaluator = FusionEvaluator(["en", "qabf", "mi"])
    data = BraTSFuse(phantom_release, "test", fusion="average")
    for batch in torch.utils.data.DataLoader(data, batch_size=3):
        evaluator.update(batch["fused"], batch["image"], batch["case_id"])
    for key, value in evaluator.compute().items():
        mean = stated["scores"]["fusion"][key]["mean"]
        assert value.item() == pytest.approx(mean, rel=1e-12), key


def test_label_maps_are_counted_over_a_case():
    rng = np.random.default_rng(7)
    true = torch.from_numpy(rng.integers(0, 4, (5, 12, 12)))
    predicted = torch.where(torch.rand(true.shape) < 0.7, true, 0)
    cases = ["a", "a", "b", "a", "b"]
    evaluator = SegmentationEvaluator(["dice", "precision"])
    evaluator.update(predicted[:2], true[:2], cases[:2])
    evaluator.update(predicted[2:, None], true[2:, None], cases[2:])
    found = numbers(evaluator.compute())
    for region in ("WT", "TC", "ET"):
        for key in ("dice", "precision"):
            # The slices of a case beside each other are one picture with its pixels.
            of_cases = [
                segmentation.evaluate(
                    np.vstack(true[rows].numpy()),
                    np.vstack(predicted[rows].numpy()),
                    metrics=[key],
                )[region][key]
                for rows in ([0, 1, 3], [2, 4])
            ]
            assert found[f"{region}_{key}"] == pytest.approx(np.mean(of_cases))


def test_the_prediction_comes_first():
    true, predicted = torch.tensor([[[2, 2, 2, 0]]]), torch.tensor([[[2, 0, 0, 0]]])
    evaluator = SegmentationEvaluator(["sensitivity", "precision"], regions=["WT"])
    assert numbers(evaluator(predicted, true)) == pytest.approx(
        {"WT_sensitivity": 1 / 3, "WT_precision": 1}
    )


def test_empty_masks_follow_the_policy_of_reports():
    nothing, some = torch.zeros(1, 4, 4).long(), torch.ones(1, 4, 4).long()
    by_policy = SegmentationEvaluator(regions=["WT", "ET"])
    assert numbers(by_policy(nothing, nothing)) == {"WT_dice": 1, "ET_dice": 1}
    assert numbers(by_policy(nothing, some)) == {"WT_dice": 0, "ET_dice": 1}
    left_out = SegmentationEvaluator(regions=["ET"], policy="nan")
    assert math.isnan(left_out(nothing, nothing)["ET_dice"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f, s: (s, f), "fused images .* first, then their sources"),
        (lambda f, s: (f, s[:, :1]), "S >= 2"),
        (lambda f, s: (f[:2], s), "expected the fused images"),
        (lambda f, s: (f.float(), s), "preds: found floats .* / 255"),
        (lambda f, s: (f / 255 - 0.5, s), r"clamp\(0, 1\)"),
        (lambda f, s: (f / 255 * math.nan, s), "from nan to nan"),
        (lambda f, s: (f, s.long()), r"target: found torch.int64.*to\(torch.uint8\)"),
        (lambda f, s: (f.numpy(), s), "preds: found ndarray, expected a torch tensor"),
    ],
)
def test_batches_that_would_give_another_number_are_refused(
    sources, fused, change, told
):
    evaluator = FusionEvaluator(["en"])
    with pytest.raises(InvalidInputError, match=told):
        evaluator.update(*change(fused, sources))
    assert math.isnan(evaluator.compute()["en"])


@pytest.mark.parametrize(
    ("predicted", "told"),
    [
        (torch.rand(2, 4, 8, 8), r"preds\.argmax\(dim=1\)"),
        (torch.ones(2, 4, 8, 8).long(), r"found shape \(2, 4, 8, 8\)"),
        (torch.full((2, 8, 8), -1), "values from -1 to -1"),
        (torch.full((2, 8, 8), 7), "7"),
        (torch.zeros(3, 8, 8).long(), "equal shape"),
        (torch.ones(2, 8, 8).bool(), "found torch.bool"),
    ],
)
def test_label_maps_that_are_none_are_refused(predicted, told):
    with pytest.raises(InvalidInputError, match=told):
        SegmentationEvaluator().update(predicted, torch.zeros(2, 8, 8).long())


@pytest.mark.parametrize("case_id", ["ab", ["a"]])
def test_one_case_for_each_image(sources, fused, case_id):
    with pytest.raises(InvalidInputError, match="one for each of the 4 images"):
        FusionEvaluator(["en"]).update(fused, sources, case_id)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: FusionEvaluator(["nimi"]), "did you mean"),
        (lambda: FusionEvaluator(convention="vfib"), "did you mean"),
        (
            lambda: SegmentationEvaluator(["hd95"]),
            "bratsfuse evaluate gives all others",
        ),
        (lambda: SegmentationEvaluator([]), "found none"),
        (lambda: SegmentationEvaluator(regions=["TW"]), "TW"),
        (lambda: SegmentationEvaluator(policy="brast"), "expected one of"),
    ],
)
def test_options_are_checked_when_they_are_given(make, told):
    with pytest.raises((InvalidInputError, UnknownNameError), match=told):
        make()


def test_they_say_what_they_are(sources, fused):
    evaluator = FusionEvaluator(["en"])
    evaluator.update(fused, sources)
    assert repr(evaluator) == "FusionEvaluator(en; 4 images)"
    assert repr(SegmentationEvaluator(regions=["WT"])) == (
        "SegmentationEvaluator(dice of WT; 0 label maps)"
    )
