"""Contestants in turns: how often, how long, and what ratios say of it.

A busy moment hits all contestants alike. The least disturbed round of each counts;
the spread is how far the others are from it.
"""

import math
import resource
import time

CPU, WALL = "cpu_s", "wall_s"
SHORT = 0.5
"""Seconds: what takes less is called again until it has taken as long."""


def cpu_time():
    """Return the processor time of this process and of its children so far."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = map(resource.getrusage, kinds)
    return sum(one.ru_utime + one.ru_stime for one in used)


def in_turns(contestants, rounds=5, items=1, first=None):
    """Return name -> processor and wall seconds of every round, for one item.

    Before the first round every contestant is called once, to compile and to fill
    caches; or else what is given as `first`, where that would take too long. In a turn,
    what is `SHORT` is called many times in a row after that one call, and their mean is
    timed: so it is used, and finds in memory and caches what it left there itself, not
    what its peers did.
    """
    for run in contestants.values() if first is None else (first,):
        run()
    spent = {name: {CPU: [], WALL: []} for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            cpu, wall = _timed(run, 1)
            if wall < SHORT:
                cpu, wall = _timed(run, math.ceil(SHORT / max(wall, 1e-4)))
            spent[name][CPU].append(cpu / items)
            spent[name][WALL].append(wall / items)
    return spent


def _timed(run, times):
    """Return the processor and wall seconds of one call, the mean of so many."""
    wall, cpu = time.perf_counter(), cpu_time()
    for _ in range(times):
        run()
    return (cpu_time() - cpu) / times, (time.perf_counter() - wall) / times


def least(row, clock=CPU):
    """Return the seconds of the least disturbed round."""
    return min(row[clock])


def spread(row, clock=CPU):
    """Return by how much the median round is longer than the least, as a share."""
    ordered = sorted(row[clock])
    return ordered[len(ordered) // 2] / ordered[0] - 1 if ordered[0] else 0.0


def goal(text, found, *, at_most=None, at_least=None):
    """Return a goal with what was found, a ratio within this run."""
    return {
        "text": text,
        "found": found,
        **({"at_most": at_most} if at_most is not None else {"at_least": at_least}),
    }


def ratio(rows, upper, lower, clock=CPU):
    """Return how many times as long one takes as another."""
    return least(rows[upper], clock) / least(rows[lower], clock)
