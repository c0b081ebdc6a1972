"""Whether the downstream section of a report follows from its table."""

from collections.abc import Iterator

from bratsfuse.evaluation.downstream_rules import (
    FIDELITY,
    KEYS,
    POLICY,
    SEED,
    below_floor,
)
from bratsfuse.evaluation.summary import by_region, summarise
from bratsfuse.leaderboard.agreement import differing
from bratsfuse.report.scores import Downstream
from bratsfuse.results import Results


def unsupported_use(
    section: Downstream, table: Results, cases: Results
) -> Iterator[tuple[str, str]]:
    """Yield code and text of what a downstream section says without support.

    Parameters
    ----------
    section
        Of the report.
    table
        Its scores per case.
    cases
        The report's table per case, whose rows are the same.
    """
    if (table.ids, table.patients) != (cases.ids, cases.patients):
        yield "bad-table", "the tables per case and downstream differ in their cases"
        return
    if {measure.track for measure in table.measures} != {"downstream"}:
        yield "bad-table", "the downstream table has measures of other sections"
        return
    again = by_region(summarise(table, policy=POLICY, seed=SEED), "downstream")
    for region in dict.fromkeys([*again, *section.scores]):
        mine, theirs = section.scores.get(region, {}), again.get(region, {})
        for key in dict.fromkeys([*KEYS, *mine]):
            name = f"downstream {region} {key}"
            for text in differing(name, mine.get(key), theirs.get(key)):
                yield "bad-scores", text
    floor = section.floor
    if set(floor) != set(FIDELITY) or not all(0 <= one <= 1 for one in floor.values()):
        expected = f"{' and '.join(FIDELITY)}, each from 0 to 1"
        yield (
            "bad-protocol",
            f"a floor of fidelity of {dict(floor)}; expected {expected}",
        )
    elif tuple(section.below_floor) != below_floor(section.fidelity, floor):
        yield "bad-scores", "what is below the floor is not what the fidelity says"
