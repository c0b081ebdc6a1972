"""Work spread over processes of this machine, or over a cluster, with results in order.

- `processes`: items and rows in order, in bounded memory;
- `places`: where work is done: in this process and its workers, or where a scheduler
  of Dask has workers;
- `cluster`: such a scheduler, its workers, and those that are lost.
"""

from bratsfuse.parallel.places import chosen_cluster, on_cluster
from bratsfuse.parallel.processes import (
    available_cores,
    idle_cores,
    in_order,
    row_by_row,
)

__all__ = [
    "available_cores",
    "chosen_cluster",
    "idle_cores",
    "in_order",
    "on_cluster",
    "row_by_row",
]
