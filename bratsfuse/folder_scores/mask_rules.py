"""How masks are scored: every option checked, before a mask is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bratsfuse.anatomy.codings import OURS, Coding, find_coding
from bratsfuse.errors import InvalidInputError
from bratsfuse.folder_scores.challenge import check_challenge
from bratsfuse.folder_scores.place_codings import PlaceCodings, find_codings
from bratsfuse.folder_scores.places import Place
from bratsfuse.issues import Issue
from bratsfuse.metrics.empty_policy import POLICIES
from bratsfuse.metrics.of_segmentation import (
    check_regions,
    expressed,
    find_preset,
    metrics_asked,
)
from bratsfuse.raw.coding_beside import DATASET_JSON
from bratsfuse.wording import suggestion

Regions = Iterable[str] | Mapping[str, Iterable[int]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRules:
    """How every case is scored.

    Attributes
    ----------
    codings
        Method -> what the labels of its predictions mean; None is ours where nothing is
        ambiguous.
    reference_coding
        That of the references.
    regions
        Name -> labels.
    own_regions
        Whether the labels of `regions` are the user's own.
    as_stored
        Whether labels are taken as the files store them, whatever they mean.
    metrics
        Keys, in order.
    preset
        The rules of lesions.
    policy
        Of empty masks.
    spacing_mm
        Of pictures, rows before columns; None is 1 mm.
    challenge
        Whose evaluator's scores are given, too; "" for none.
    """

    codings: Mapping[str, Coding | None]
    reference_coding: Coding | None
    regions: Mapping[str, tuple[int, ...]]
    own_regions: bool
    as_stored: bool
    metrics: tuple[str, ...]
    preset: str
    policy: str
    spacing_mm: tuple[float, float] | None
    challenge: str = ""

    @property
    def told(self) -> str:
        """Return in words what the labels of predictions mean."""
        told = {name: self._shown(one) for name, one in self.codings.items()}
        if len(set(told.values())) == 1:
            return next(iter(told.values()))
        return "; ".join(f"{name} {coding}" for name, coding in told.items())

    @property
    def reference_told(self) -> str:
        """Return in words what the labels of the references mean."""
        return self._shown(self.reference_coding)

    def _shown(self, coding: Coding | None) -> str:
        if self.as_stored:
            return "as stored"
        if coding is None:
            return OURS
        # A file beside masks is not with the scores: what it says has to be.
        return str(coding) if Path(coding.name).name == DATASET_JSON else coding.name


def rules_of(
    reference: Place,
    places: Mapping[str, Place],
    *,
    coding: str | None,
    reference_coding: str | None,
    regions: Regions,
    metrics: Iterable[str] | None,
    preset: str,
    challenge: str,
    policy: str,
    spacing_mm: tuple[float, float] | None,
) -> tuple[MaskRules, tuple[Issue, ...]]:
    """Return how to score, every name among the options checked, and what to know.

    Parameters
    ----------
    reference, places
        Where masks lie: files beside them may say what labels mean.
    coding, reference_coding, regions, metrics, preset, challenge, policy, spacing_mm
        As in `bratsfuse.folder_scores.masks.score_masks`, which says what is refused.
    """
    own = isinstance(regions, Mapping)
    for option, name in (("coding", coding), ("reference coding", reference_coding)):
        if name is not None and not find_coding(name).is_ours and own:
            raise InvalidInputError(
                f"{option}: found {name!r} beside regions of your own, which are sets "
                f"of labels as they are stored; leave the {option} out, or ask for "
                "regions by name"
            )
    keys = [metric.key for metric in metrics_asked(metrics)]
    if policy not in POLICIES:
        told = suggestion(policy, POLICIES)
        raise InvalidInputError(f"policy: found {policy!r}; {told}")
    chosen = check_regions(regions)
    challenge = check_challenge(challenge) if challenge else ""
    as_stored = own and coding is None and reference_coding is None
    if as_stored:
        codings = PlaceCodings(reference=None, methods=dict.fromkeys(places))
    else:
        codings = find_codings(
            reference,
            places,
            coding=OURS if own else coding,
            reference_coding=OURS if own else reference_coding,
            challenge=challenge,
        )
    if not own:
        chosen = expressed(chosen, codings.reference, by_default=regions is None)
    rules = MaskRules(
        codings=codings.methods,
        reference_coding=codings.reference,
        regions={name: tuple(sorted(map(int, ls))) for name, ls in chosen.items()},
        own_regions=own,
        as_stored=as_stored,
        metrics=tuple(keys),
        preset=find_preset(preset).name,
        policy=policy,
        spacing_mm=spacing_mm,
        challenge=challenge,
    )
    return rules, codings.issues
