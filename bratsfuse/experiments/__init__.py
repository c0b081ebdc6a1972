"""Experiments: a whole field of methods, trained and scored by one command.

An experiment is data, a TOML file of rows in ``baselines/experiments/``; what runs it
is here. Read it in this order:

- `definition`: the rows, read from the file;
- `jobs`: a row on one release with one seed, and the digest of all that decides it;
- `work`: a job done: train, predict, evaluate;
- `outcome`: what is kept of a job, one JSON file;
- `experiment`: all jobs, those left out that are done already;
- `summary`, `tables`: the outcomes put together.
"""
