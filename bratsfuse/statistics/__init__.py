"""Honest statistics of scores: intervals, rankings and what they can tell apart."""
