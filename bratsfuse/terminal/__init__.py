"""What a terminal shows.

- `tables`: tables as wide as it is at most;
- `streams`: nothing that is printed moves the cursor, but for bars;
- `progress`: how far long work is, as a bar or in quiet lines.
"""
