"""What the page of masks says of itself."""

from collections.abc import Mapping

from bratsfuse.folder_scores.masks import MaskScores
from bratsfuse.folder_scores.page import PageText
from bratsfuse.metrics.empty_policy import POLICIES

_IN_3D = "HD95: 3D, surfel, as the BraTS scores since 2023."
_IN_2D = "HD95: of slices, in 2D, surfel; not comparable with 3D HD95."


def text_of(scores: MaskScores, digests: Mapping[str, str]) -> PageText:
    """Return the texts of the page.

    Parameters
    ----------
    scores
        What was found.
    digests
        Table beside the page -> SHA-256.
    """
    rules = scores.rules
    in_3d = all(case.ndim == 3 for case in scores.cases)
    regions = ", ".join(
        f"{name} {'+'.join(map(str, labels))}" for name, labels in rules.regions.items()
    )
    coding = rules.told
    if rules.reference_told != coding:
        coding += f"; references {rules.reference_told}"
    places = [
        (f"Predictions of {name}", _place(str(method.place), method.affix))
        for name, method in scores.methods.by_name.items()
    ]
    sizes = sorted({case.spacing_mm for case in scores.cases})
    shown = "; ".join(" x ".join(f"{s:.4g}" for s in size) for size in sizes[:3])
    more = f" and {len(sizes) - 3} more" if len(sizes) > 3 else ""
    return PageText(
        kicker="Scores of folders of masks",
        unit="case",
        compared_with=scores.reference.name,
        note=(
            f"{_IN_3D if in_3d else _IN_2D} Empty-mask policy {rules.policy}: "
            f"{POLICIES[rules.policy].meaning}."
        ),
        facts=[
            ("References", _place(str(scores.reference), scores.affix)),
            *places,
            ("Coding of the labels", coding),
            ("Regions (labels)", regions),
            ("Pixel size, mm (z, y, x or y, x)", shown + more),
            ("Lesion-wise preset", rules.preset),
            ("Empty-mask policy", rules.policy),
            *([("Challenge", rules.challenge)] if rules.challenge else []),
            *((f"Digest of {name}", digest) for name, digest in digests.items()),
        ],
    )


def _place(path: str, affix: tuple[str, str]) -> str:
    taken = " and ".join(repr(part) for part in affix if part)
    return f"{path}; {taken} taken off the names" if taken else path
