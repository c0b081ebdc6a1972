"""How true fused images are to their sources within lesions, and what paints over them.

    python benchmarks/fidelity.py RELEASE

Every classical fusion method on the test split, beside controls that draw the true
classes into the lesion. The floor of the downstream track is taken from this table.
"""

import sys
from pathlib import Path

import numpy as np

from bratsfuse.evaluation.downstream_rules import FIDELITY, WEAKEST, floor_of
from bratsfuse.experiments.fidelity import in_lesion
from bratsfuse.fusers import FUSERS, fuser
from bratsfuse.metrics import fusion
from bratsfuse.release import SplitFile, read_manifest

STEP = 4
"""Of the slices, one in so many."""


def painted(image: np.ndarray, mask: np.ndarray, levels: dict[int, int]) -> np.ndarray:
    """Return an image with a grey level for each class."""
    drawn = image.copy()
    for label, level in levels.items():
        drawn[mask == label] = level
    return drawn


def striped(image: np.ndarray, mask: np.ndarray, height: int) -> np.ndarray:
    """Return an image with other stripes in each class."""
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    drawn = image.astype(float)
    for label, stripes in {2: y % 2, 1: x % 2, 3: (y + x) % 2}.items():
        place = mask == label
        drawn[place] = drawn[place] * (1 - height / 255) + height * stripes[place]
    return np.clip(drawn, 0, 255).astype(np.uint8)


def shifted(image: np.ndarray, mask: np.ndarray, grey: int) -> np.ndarray:
    """Return an image whose classes are darker or brighter by some grey levels."""
    drawn = image.astype(int)
    drawn[mask == 2] -= grey
    drawn[mask == 3] += grey
    return np.clip(drawn, 0, 255).astype(np.uint8)


def main() -> None:
    """Print the table."""
    release = Path(sys.argv[1])
    manifest = read_manifest(release)
    rows: dict[str, list[tuple[float, ...]]] = {}
    with SplitFile(release / manifest.splits["test"].file) as file:
        for row in range(0, len(file), STEP):
            names = manifest.recipe.sources
            sources = np.stack([file.pixels(name, row) for name in names])
            mask = file.pixels("mask", row)
            images = {name: fuser(name)(sources) for name in FUSERS}
            average, maximum = images["average"], images["maximum"]
            images["* classes painted in grey"] = painted(
                average, mask, {2: 90, 1: 170, 3: 250}
            )
            images["* stripes of 60"] = striped(maximum, mask, 60)
            images["* stripes of 20"] = striped(maximum, mask, 20)
            images["* classes shifted by 25"] = shifted(average, mask, 25)
            for name, image in images.items():
                whole = fusion.evaluate(sources, image, metrics=["ssim", "vif", "qabf"])
                local = in_lesion(sources, image, mask)
                values = (*local.values(), *whole.values())
                rows.setdefault(name, []).append(values)
    print("| images | lesion SSIM | lesion VIF | SSIM | VIF | QABF |")
    print("|---|---|---|---|---|---|")
    means = {name: np.nanmean(values, axis=0) for name, values in rows.items()}
    for name, values in sorted(means.items(), key=lambda item: item[1][0]):
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in values)} |")
    weakest = dict(zip(FIDELITY, means[WEAKEST], strict=False))
    print(f"floor: {floor_of(weakest)}; {len(next(iter(rows.values())))} slices")


if __name__ == "__main__":
    main()
