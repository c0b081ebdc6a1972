"""What looks like a mistake once all masks are read, though each by itself is fine."""

from collections.abc import Iterator, Sequence

from bratsfuse.folder_scores.mask_case import MaskCase
from bratsfuse.folder_scores.mask_rules import MaskRules
from bratsfuse.folder_scores.patients import case_of
from bratsfuse.issues import Issue, error, note, warning
from bratsfuse.wording import counted, some


def doubts(cases: Sequence[MaskCase], rules: MaskRules) -> Iterator[Issue]:
    """Yield what is odd about labels, headers and dimensions of scored cases.

    Parameters
    ----------
    cases
        As they were scored; those with problems of their own are left out.
    rules
        How.
    """
    scored = [case for case in cases if case.methods]
    if not scored:
        return
    yield from _labels(scored, rules)
    flat = [case.case for case in scored if case.ndim == 2]
    if flat and len(flat) < len(scored):
        yield warning(
            "reference",
            "mixed-dimensions",
            f"{counted(len(flat), 'case')} of {len(scored)} ({some(flat, 2)}) is a "
            "single slice and scored in 2D, where distances mean something else; score "
            "slices and volumes apart",
        )
    elif flat:
        told = "every case is a single slice: distances and lesions are in 2D"
        yield note("reference", "in-2d", told)
    if len({case_of(name) for name in flat}) < len(flat):
        yield warning(
            "reference",
            "slices-not-pooled",
            "several slices are of one case: means are over slices, which count small "
            "slices like large ones and reward empty predictions of empty slices; "
            "score volumes, or a submission with bratsfuse evaluate, for means over "
            "cases",
        )
    made_up = [case.case for case in scored if case.is_identity]
    if made_up:
        yield warning(
            "reference",
            "identity-affine",
            f"the header of {counted(len(made_up), 'case')} ({some(made_up, 2)}) is "
            "the identity matrix, which programs write that know no spacing; "
            "distances are in mm only if pixels are 1 mm: "
            "write the headers of the scans",
        )
    if rules.spacing_mm is not None and any(case.has_spacing for case in scored):
        told = "the headers of volumes say their spacing; leave --spacing out"
        yield error("reference", "spacing-twice", told)
    if rules.spacing_mm is None and any(not case.has_spacing for case in scored):
        told = "pictures do not say their pixel size: 1 mm is taken; pass --spacing"
        yield note("reference", "spacing-unknown", told)


def _labels(cases: Sequence[MaskCase], rules: MaskRules) -> Iterator[Issue]:
    true = set().union(*(case.labels for case in cases))
    if len(true) == 1 and not rules.own_regions and len(rules.regions) > 1:
        (label,) = true
        yield warning(
            "reference",
            "one-label",
            f"no reference has another label than {label}; if these are masks of one "
            f"region, score it alone: --regions NAME={label}",
        )
    for region, labels in rules.regions.items():
        if true.isdisjoint(labels):
            told = f"no reference has the region {region}; its scores say nothing"
            yield warning("reference", "region-absent", told)
            continue
        for name in cases[0].methods:
            predicted = set().union(*(case.methods[name].labels for case in cases))
            if predicted.isdisjoint(labels):
                told = (
                    f"no prediction has the region {region}, which references have; "
                    "is its coding another one?"
                )
                yield warning(name, "region-never-predicted", told)
    outside = true.difference(*rules.regions.values())
    if outside and rules.own_regions:
        shown = ", ".join(map(str, sorted(outside)))
        told = f"the labels {shown} belong to no region and count as background"
        yield note("reference", "labels-outside", told)
    for name in cases[0].methods:
        predicted = set().union(*(case.methods[name].labels for case in cases))
        strange = predicted.difference(*rules.regions.values())
        if strange and rules.own_regions:
            shown = some(list(map(str, sorted(strange))))
            told = (
                f"the labels {shown} belong to no region and count as background; "
                "threshold grey or probability images first"
            )
            yield warning(name, "labels-outside", told)
        elif len(predicted) == 1 and len(true) > 1 and not rules.own_regions:
            (label,) = predicted
            yield warning(
                name,
                "one-label",
                f"no prediction has another label than {label}, the references have "
                "several; if these are masks of one region, score it alone: --regions "
                f"NAME={label}, with references of that region",
            )
