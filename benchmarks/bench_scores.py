"""Metrics and scoring, beside what would be used instead."""

import importlib.util
import tempfile
from dataclasses import replace
from pathlib import Path

import evaluating
import metrics_fusion
import metrics_segmentation
import numpy as np
import plain_fusion
from turns import WALL, goal, in_turns, least, ratio

from bratsfuse.evaluation import Settings, evaluate
from bratsfuse.evaluation.slices import score_slices
from bratsfuse.metrics import fusion, segmentation
from bratsfuse.progress import silent
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.report import write_report
from bratsfuse.submission import expected_of, read_submission

LARGE = 500
"""Slice sets from which on scoring outweighs what a report costs anyway."""


def of_fusion(rounds):
    with np.load(metrics_fusion.GOLDEN) as arrays:
        images = [arrays[f"p1_brain_avg__{letter}"] for letter in "ABF"]
    sources, fused = np.stack(images[:2]), images[2]
    metrics_fusion.check(sources, fused)
    floats, fused_float = sources.astype(float), fused.astype(float)
    calls = {
        "bratsfuse, default 14": lambda: fusion.evaluate(sources, fused),
        "plain evaluator, same 14": lambda: plain_fusion.evaluate(sources, fused),
        "bratsfuse, vif": lambda: fusion.evaluate(sources, fused, ["vif"]),
        "plain evaluator, vif": lambda: plain_fusion.FUNCTIONS["vif"](
            floats, fused_float
        ),
    }
    for key in ("fmi_pixel", "fmi_gradient", "fmi_dct", "fmi_wavelet", "qcv", "qe"):
        calls[f"bratsfuse, {key}"] = lambda k=key: fusion.evaluate(sources, fused, [k])
    calls["bratsfuse, ssim"] = lambda: fusion.evaluate(sources, fused, ["ssim"])
    if importlib.util.find_spec("torchmetrics"):
        calls["torchmetrics, SSIM of both sources"] = _torchmetrics_ssim(sources, fused)
    if importlib.util.find_spec("sewar"):
        from sewar.full_ref import vifp

        calls["sewar, vif"] = lambda: [vifp(s, fused, sigma_nsq=2) for s in sources]
    rows = in_turns(calls, rounds)
    return {
        "title": "Fusion metrics",
        "item": "slice",
        "rows": rows,
        "notes": ["240 x 240, two sources, one thread."],
        "goals": [
            goal(
                "plain evaluator by the default set",
                ratio(rows, "plain evaluator, same 14", "bratsfuse, default 14"),
                at_least=40,
            ),
            goal(
                "plain VIF by ours",
                ratio(rows, "plain evaluator, vif", "bratsfuse, vif"),
                at_least=20,
            ),
        ],
    }


def _torchmetrics_ssim(sources, fused):
    import torch
    from torchmetrics.functional.image import structural_similarity_index_measure

    def planes(image):
        return torch.from_numpy(image.astype(np.float32))[None, None]

    pairs = [(planes(fused), planes(source)) for source in sources]
    return lambda: [
        structural_similarity_index_measure(*pair, data_range=255.0) for pair in pairs
    ]


def of_segmentation(rounds):
    import warnings

    volume = metrics_segmentation.load_volume()
    z = int(np.count_nonzero(volume[0], axis=(1, 2)).argmax())
    pair = [np.ascontiguousarray(labels[z]) for labels in volume]
    keys = metrics_segmentation.KEYS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        slice_rows = in_turns(
            {
                "bratsfuse, a slice, 18 keys of 3 regions": lambda: (
                    segmentation.evaluate(*pair)
                ),
                "MONAI, a slice, HD95 of 3 regions": metrics_segmentation.monai_hd95(
                    pair
                ),
            },
            rounds * 4,
        )
        volume_rows = in_turns(
            {
                "bratsfuse, a volume, 12 keys of WT": lambda: segmentation.evaluate(
                    *volume, None, ["WT"], metrics=keys
                ),
                "surface-distance, a volume, 5 metrics of WT": (
                    metrics_segmentation.surface_distance_metrics(volume)
                ),
                "bratsfuse, a volume, lesion-wise as BraTS 2026": lambda: (
                    segmentation.challenge_scores(*volume, "brats2026-gli")
                ),
            },
            max(3, rounds // 2),
        )
    return {
        "title": "Segmentation metrics",
        "item": "call",
        "rows": slice_rows | volume_rows,
        "notes": ["One thread."],
        "goals": [],
    }


def of_evaluating(release, rounds):
    manifest = read_manifest(release)
    split = SplitFile(release / manifest.splits["test"].file)
    expected = expected_of(release, manifest, "test")
    settings = Settings(split="test")
    task = evaluating.task_of(manifest, split, expected, settings)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        evaluating.submit(folder / "submission", split, expected.ids)
        with read_submission(folder / "submission", expected) as reading:
            staged = reading.staged
            both = replace(
                task,
                fused=staged["fusion"],
                masks=staged["segmentation"],
                fusers=manifest.recipe.fusers,
            )

            def scored(workers):
                score_slices(both, len(expected), workers=workers, progress=silent)

            def whole():
                found = evaluate(folder / "submission", release, settings)
                write_report(found, folder / "report", overwrite=True)

            names = {
                "metric calls alone": lambda: evaluating.bare(both, len(expected)),
                "bratsfuse, metric phase, 1 worker": lambda: scored(1),
                "bratsfuse, metric phase, 2 workers": lambda: scored(2),
                "bratsfuse evaluate, from folder to report": whole,
            }
            rows = in_turns(
                names,
                max(2, rounds // 3),
                items=len(expected),
                first=lambda: evaluating.bare(both, min(8, len(expected))),
            )
    one, two = "bratsfuse, metric phase, 1 worker", "bratsfuse, metric phase, 2 workers"
    bare, all_of_it = "metric calls alone", "bratsfuse evaluate, from folder to report"
    large = len(expected) >= LARGE
    outside = 1 - least(rows[one]) / least(rows[all_of_it])
    return {
        "title": "Evaluate",
        "item": "slice set",
        "rows": rows,
        "notes": [
            f"{len(expected)} slice sets of the test split, both tracks, and the "
            "release's own fusion images beside them, without the reference segmenter. "
            f"Below {LARGE} the fixed costs of a report and of processes outweigh the "
            "metrics, and goals about them are left out; at 2040 they weigh less."
        ],
        "goals": [
            *[
                goal("share of evaluate outside the metrics", outside, at_most=1 / 3),
                goal(
                    "metric phase, one worker by two, wall clock",
                    ratio(rows, one, two, WALL),
                    at_least=1.8,
                ),
            ][: 2 * large],
            goal(
                "metric phase by metric calls alone",
                ratio(rows, one, bare),
                at_most=1.5,
            ),
        ],
    }
