"""The figures of folder scores: methods beside each other, case by case.

One file per figure. Each has a function that takes the scores and returns a `Plate`, or
None where there is nothing to draw; `draw` returns all of them in order.
"""

from bratsfuse.folder_scores.figures.draw import draw

__all__ = ["draw"]
