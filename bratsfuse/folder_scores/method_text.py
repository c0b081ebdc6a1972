"""Scores of methods as text for a terminal."""

from collections.abc import Iterator

from bratsfuse.folder_scores.columns import unit_of_column
from bratsfuse.folder_scores.methods import Methods, record_of
from bratsfuse.metrics.fusion import Convention
from bratsfuse.pages.numbers import digits, interval, number, p_value, signed
from bratsfuse.results import Measure
from bratsfuse.terminal.tables import aligned

_BETTER = {True: "higher", False: "lower", None: "zero"}


def to_text(methods: Methods, convention: Convention = "bratsfuse") -> str:
    """Return means, intervals and SD, and how several methods compare.

    Of several methods, the headline measures only.

    Parameters
    ----------
    methods
        The scores.
    convention
        Whose units, for fusion metrics.
    """
    lines = list(_scores(methods, convention))
    if methods.paired:
        lines += ["", "differences, case by case:", *_differences(methods)]
    return "\n".join(lines)


def _scores(methods: Methods, convention: Convention) -> Iterator[str]:
    several = len(methods.by_name) > 1
    head = ("method" if several else "", "region", "metric", "better", "unit", "mean")
    rows = [(*head, "95 % interval", "SD", "n", "undefined", "missing")]
    if not any(measure.region for measure in methods.measures):
        rows[0] = (rows[0][0], "", *rows[0][2:])
    for name, method in methods.by_name.items():
        for measure in methods.headline if several else methods.measures:
            score = method.scores[measure]
            decimals = digits(record_of(measure))
            rows.append(
                (
                    name if several else "",
                    measure.region,
                    measure.key,
                    _BETTER[record_of(measure).higher_is_better],
                    _unit(measure, convention),
                    number(score.mean, decimals),
                    interval(score.low, score.high, decimals),
                    number(score.sd, decimals),
                    str(score.n),
                    str(score.n_undefined),
                    str(score.n_missing),
                )
            )
    yield from aligned(rows, right={5, 6, 7, 8, 9, 10})


def _unit(measure: Measure, convention: Convention) -> str:
    if measure.track == "fusion":
        return unit_of_column(measure.key, convention)
    return record_of(measure).unit


def _differences(methods: Methods) -> Iterator[str]:
    rows = [("pair", "measure", "difference", "95 % interval", "n", "p (Holm)", "")]
    for one in methods.paired:
        decimals = digits(record_of(one.measure))
        told = f"{one.better} is better" if one.significant else "not significant"
        rows.append(
            (
                f"{one.first} less {one.second}",
                str(one.measure),
                signed(one.difference, decimals),
                interval(_known(one.low), _known(one.high), decimals),
                str(one.n),
                p_value(one.p_holm),
                told,
            )
        )
    yield from aligned(rows, right={2, 3, 4, 5})


def _known(value: float) -> float | None:
    return None if value != value else value
