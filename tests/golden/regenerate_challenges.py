"""Write the golden values of the BraTS challenges, by running their evaluators.

    python tests/golden/regenerate_challenges.py BRATS-2023-METRICS BRATS-2024-METRICS

The two folders are checkouts of R. Saluja's scripts (commits 43c9052 and f1131e3). Runs
without bratsfuse, in an environment of its own: BraTS-evaluation 0.0.10 (with panoptica
2.1.7), MedPy 0.5.2. None of this is part of bratsfuse; the numbers are facts.

The label maps are random balls, ``<case>/reference`` and ``<case>/prediction`` of shape
(D, H, W), each in the coding of its challenge. The evaluators of 2026 get arrays and
the spacing of their axes; their parsers' rows are kept for the metastases.
"""

import importlib
import json
import math
import os
import sys
import tempfile
import warnings
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd

TARGET = Path(__file__).parent / "challenges"
ISOTROPIC, ANISOTROPIC = (1.0, 1.0, 1.0), (1.5, 0.5, 0.75)
SCRIPTS = {
    2023: {
        "gli": ("metrics", "BraTS-GLI", 3),
        "men": ("metrics", "BraTS-MEN", 3),
        "met": ("metrics", "BraTS-MET", 3),
        "ped": ("metrics", "BraTS-PED", 3),
        "ssa": ("metrics", "BraTS-SSA", 3),
    },
    2024: {
        "gli": ("metrics_GLI", "BraTS-GLI", 4),
        "men": ("metrics_MEN", "BraTS-MEN", 3),
        "men-rt": ("metrics_MEN_RT", "BraTS-MEN-RT", 1),
        "met": ("metrics_MET", "BraTS-MET", 4),
        "ped": ("metrics_PED", "BraTS-PED", 4),
        "ssa": ("metrics_SSA", "BraTS-SSA", 3),
    },
}
CONFIGS = {
    "gli": ("gli", 4),
    "goat": ("GoAT", 3),
    "men": ("MenPre", 3),
    "men-rt": ("MenRT", 1),
    "met": ("mets", 4),
    "ped": ("ped", 4),
}
THRESHOLDS = ((20.0, 0.1), (60.0, 0.4))


def main(folders):
    maps, values = {}, {}
    for year, folder in zip(SCRIPTS, folders, strict=True):
        let_the_scripts_run(folder)
        for track, (module, name, highest) in SCRIPTS[year].items():
            native = year == 2024 and track in ("met", "men-rt")
            for number, pair in enumerate(pairs(highest)):
                spacing = ANISOTROPIC if native and number else ISOTROPIC
                case = f"brats{year}-{track}_{number}"
                maps[case] = pair
                values[case] = {
                    "challenge": f"brats{year}-{track}",
                    "spacing_mm": spacing,
                    "scores": run_script(module, name, pair, spacing),
                }
        sys.path.remove(folder)
        for module in [*{m for m, *_ in SCRIPTS[year].values()}, "surface_distance"]:
            sys.modules.pop(module, None)
    for track, (config, highest) in CONFIGS.items():
        for number, pair in enumerate(pairs(highest)):
            spacing = ANISOTROPIC if number else ISOTROPIC
            case = f"brats2026-{track}_{number}"
            maps[case] = pair
            values[case] = {
                "challenge": f"brats2026-{track}",
                "spacing_mm": spacing,
                **run_package(config, pair, spacing),
            }
    TARGET.mkdir(exist_ok=True)
    arrays = {
        f"{case}/{side}": labels
        for case, pair in maps.items()
        for side, labels in zip(("reference", "prediction"), pair, strict=True)
    }
    np.savez_compressed(TARGET / "inputs.npz", **arrays)
    rows = [f"{json.dumps(c)}: {json.dumps(plain(v))}" for c, v in values.items()]
    (TARGET / "values.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")


def pairs(highest):
    """Return three pairs: many balls, few, and a prediction without anything."""
    rng = np.random.default_rng(highest)
    found = []
    for shape, balls, radius in (
        ((22, 26, 30), 30, 4.0),
        ((26, 30, 24), 6, 6.0),
        ((12, 14, 16), 4, 4.0),
    ):
        reference = draw(rng, shape, balls, radius, highest)
        moved = np.roll(reference, 1, -1)
        prediction = np.where(rng.random(shape) < 0.97, moved, 0).astype(np.uint8)
        extra = draw(rng, shape, 3, 2.5, highest)
        found.append((reference, np.where(extra, extra, prediction)))
    found[2][1][:] = 0
    return found


def draw(rng, shape, balls, radius, highest):
    labels = np.zeros(shape, np.uint8)
    grid = np.indices(shape)
    for _ in range(balls):
        centre = [rng.integers(0, n) for n in shape]
        squared = sum((g - c) ** 2 for g, c in zip(grid, centre, strict=True))
        labels[squared < rng.uniform(1.0, radius) ** 2] = rng.integers(0, highest + 1)
    return labels


def let_the_scripts_run(folder):
    """Give today's NumPy and pandas the names that the scripts use."""
    sys.path.insert(0, folder)
    setattr(np, "Inf", np.inf)  # noqa: B010  (a plain name would be linted away)
    setattr(np, "NaN", np.nan)  # noqa: B010
    pd.DataFrame.append = lambda self, other: pd.concat([self, other])
    warnings.simplefilter("ignore")
    replace = pd.Series.replace

    def replace_in_columns(table, found, by, inplace=False):
        # pandas 2 cannot do it where a column contains arrays.
        changed = table if inplace else table.copy()
        for name, column in list(changed.items()):
            if column.dtype != object:
                changed[name] = replace(column, found, by)
            else:
                changed[name] = [
                    by if np.isscalar(v) and v == found else v for v in column
                ]
        return None if inplace else changed

    pd.DataFrame.replace = replace_in_columns


def run_script(module, name, pair, spacing_mm):
    """Return the rows of a script, by region. It reads files, (x, y, z)."""
    with tempfile.TemporaryDirectory() as folder:
        before = Path.cwd()
        os.chdir(folder)
        paths = []
        for side, labels in zip(("gt", "pred"), pair, strict=True):
            image = nibabel.Nifti1Image(labels.T, np.diag([*spacing_mm[::-1], 1.0]))
            image.header.set_zooms(spacing_mm[::-1])
            paths.append(f"{side}.nii.gz")
            nibabel.save(image, paths[-1])
        rows = importlib.import_module(module).get_LesionWiseResults(
            pred_file=paths[1], gt_file=paths[0], challenge_name=name
        )
        os.chdir(before)
    rows = rows[0] if isinstance(rows, tuple) else rows
    return rows.set_index("Labels").to_dict("index")


def run_package(config, pair, spacing_mm):
    """Return the scores of the package, its parser's rows and the areas under F1."""
    from brats_evaluation import config_path, metrics_parser
    from panoptica import Panoptica_Evaluator

    evaluator = Panoptica_Evaluator.load_from_config(str(config_path(config)))
    reference, prediction = pair
    arrays = {"prediction_arr": prediction, "reference_arr": reference}
    found = evaluator.evaluate(**arrays, voxelspacing=spacing_mm)
    areas = evaluator.evaluate_autc(**arrays, voxelspacing=spacing_mm)
    scores = {group: result.to_dict(True) for group, result in found.items()}
    printed = {
        "scores": scores,
        "areas": {group: area.get_autc("rq") for group, area in areas.items()},
    }
    if config != "mets":
        return printed
    with tempfile.TemporaryDirectory() as folder:
        summary, table = Path(folder, "summary.json"), Path(folder, "table.csv")
        subject = {**scores, "subject_name": "one"}
        text = json.dumps({"metrics": [subject]}, default=float)
        summary.write_text(text)
        metrics_parser.parse_seg_results(summary, table)
        rows = {"": read_row(table)}
        for volume, overlap in THRESHOLDS:
            metrics_parser.parse_mets_results(summary, volume, overlap, table)
            rows[f"{volume} {overlap}"] = read_row(table)
    return {**printed, "rows": rows}


def read_row(table):
    return pd.read_csv(table).iloc[0].drop("subject_id").to_dict()


def plain(value):
    """Return what JSON can hold: NaN is null, infinity a word."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, str):
        return value
    number = float(value)
    if math.isnan(number):
        return None
    return "inf" if math.isinf(number) else number


if __name__ == "__main__":
    main(sys.argv[1:])
