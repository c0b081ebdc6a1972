"""Scoring a submission: slices, then cases, then means with their intervals.

`slices` scores every slice as it is, undefined left undefined. `cases` pools the slices
of a case. `missing` says what a slice that was not submitted is worth. `summary` makes
means and intervals. `evaluate` goes all the way from files to an evaluation, and
`recheck` compares one with an earlier report.
"""
