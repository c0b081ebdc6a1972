"""Submissions: what may be handed in, how it is read, and how it is written.

A submission is a folder, a zip of it, or a single HDF5 file, of predictions for one
split of a release. It is matched by id, never by order, and it is never trusted:
reading happens in a child process that knows which arrays it may fill.
"""
