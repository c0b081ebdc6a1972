"""Tables of several submissions, checked and stacked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bratsfuse.arrays import Floats
from bratsfuse.errors import InvalidInputError
from bratsfuse.results import Measure, Results
from bratsfuse.wording import counted


@dataclass(frozen=True, slots=True)
class Criterion:
    """A measure that submissions are ranked by.

    Attributes
    ----------
    measure
        A column of every table.
    higher_is_better
        Its direction.
    """

    measure: Measure
    higher_is_better: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The values of all submissions, lower is better, cases without any left out.

    Attributes
    ----------
    cases
        The id of each kept case.
    patients
        The number of each kept case's patient, in the order of their names.
    values
        float64, shape (cases, criteria, submissions); higher-is-better measures with
        the other sign, NaN where undefined.
    n_left_out
        Pairs of a case and a criterion without a value of any submission.
    n_ranked_last
        Values that a submission lacks and another has.
    """

    cases: tuple[str, ...]
    patients: npt.NDArray[np.intp]
    values: Floats
    n_left_out: int
    n_ranked_last: int

    @property
    def n_patients(self) -> int:
        """The number of patients."""
        return int(self.patients.max()) + 1


def stack(tables: Mapping[str, Results], criteria: Sequence[Criterion]) -> Stack:
    """Return the values of all submissions by all criteria.

    Raises
    ------
    InvalidInputError
        If there is no table, criterion or value, a criterion is given twice or missing
        from a table, a table is not per case, rows differ, or a value is infinite.
    """
    problem = next(_problems(tables, criteria), None)
    if problem:
        raise InvalidInputError(problem)
    values = np.stack(
        [
            np.stack([_lower_is_better(table, one) for one in criteria], axis=1)
            for table in tables.values()
        ],
        axis=-1,
    )
    undefined = np.isnan(values)
    by_none = np.logical_and.reduce(undefined, axis=-1)
    kept = ~by_none.all(axis=-1)
    if not kept.any():
        raise InvalidInputError(
            "tables: found no value of any criterion, expected some; rank by others"
        )
    table = next(iter(tables.values()))
    patients = np.asarray(table.patients, np.str_)[kept]
    return Stack(
        cases=tuple(str(case) for case in np.asarray(table.ids, np.str_)[kept]),
        patients=np.unique(patients, return_inverse=True)[1],
        values=values[kept],
        n_left_out=int(by_none.sum()),
        n_ranked_last=int((undefined & ~by_none[..., None]).sum()),
    )


def _lower_is_better(table: Results, criterion: Criterion) -> Floats:
    column = table.column(criterion.measure)
    return -column if criterion.higher_is_better else column


def _problems(
    tables: Mapping[str, Results], criteria: Sequence[Criterion]
) -> Iterator[str]:
    """Yield what is wrong, in one line each."""
    if not tables or not criteria:
        yield (
            f"compare: found {len(tables)} tables and {len(criteria)} criteria, "
            "expected at least one of each"
        )
    measures = [criterion.measure for criterion in criteria]
    for measure in measures:
        if measures.count(measure) > 1:
            yield f"criteria: found {measure} twice, expected it once; leave one out"
    first = next(iter(tables), "")
    for name, table in tables.items():
        if table.unit != "case":
            yield f"{name}: found rows per {table.unit}, expected rows per case"
        for measure in measures:
            if measure not in table.measures:
                yield f"{name}: has no {measure}; score it again or rank by another"
            elif np.isinf(table.column(measure)).any():
                yield f"{name}: {measure} has an infinite value, expected finite ones"
        difference = _difference(tables[first], table)
        if difference:
            yield f"{name}: {difference} in {first}; score both on one split"


def _difference(expected: Results, found: Results) -> str:
    """Return the first difference between the rows of two tables; empty if none."""
    if len(found) != len(expected):
        return f"has {counted(len(found), 'case')}, but there are {len(expected)}"
    for here, there in zip(found.ids, expected.ids, strict=True):
        if here != there:
            return f"has case {here}, where {there} is"
    pairs = zip(found.ids, found.patients, expected.patients, strict=True)
    for case, here, there in pairs:
        if here != there:
            return f"has patient {here} of case {case}, who is {there}"
    return ""
