"""The numbers of a training: one row of ``metrics.csv`` per so many steps."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

STEP: Final = "step"
TRAIN: Final = "train_"
VALIDATION: Final = "validation_"

Row = dict[str, float]


class Log:
    """Rows of numbers by name; a number that a row has not is left empty.

    Parameters
    ----------
    state
        What `to_json` returned, to go on with it.
    """

    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        state = state or {"rows": [], "sums": {}}
        self.rows: list[Row] = [dict(row) for row in state["rows"]]
        self._sums: dict[str, tuple[float, int]] = {
            name: (total, count) for name, (total, count) in state["sums"].items()
        }

    def add(self, losses: Mapping[str, float]) -> None:
        """Take in the losses of one step."""
        for name, value in losses.items():
            total, count = self._sums.get(name, (0.0, 0))
            self._sums[name] = (total + value, count + 1)

    def close_row(self, step: int, validation: Mapping[str, float]) -> Row:
        """Return a new row: means since the last one, and what a validation found."""
        row: Row = {STEP: step}
        row |= {TRAIN + name: total / n for name, (total, n) in self._sums.items()}
        row |= {VALIDATION + name: value for name, value in validation.items()}
        self._sums = {}
        self.rows.append(row)
        return row

    def to_json(self) -> dict[str, object]:
        """Return all rows, and the sums of the row to come, as JSON values."""
        return {"rows": self.rows, "sums": self._sums}

    def to_csv(self) -> str:
        """Return the rows as CSV, with full digits, columns as they first appeared."""
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        return _table(names, self.rows)


def _table(names: Sequence[str], rows: Sequence[Row]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()
