"""How long a board takes to render, and how large its index page is.

Run as: python benchmarks/rendering.py [ENTRIES ...]

Entries are drawn from a seed: both tracks, 12 cases of 12 patients, three regions.
The index page of 200 entries should be below 1 MB.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from boards import evaluation_of, table_of

from bratsfuse.leaderboard.entry import entry_of, to_json
from bratsfuse.leaderboard.render import INDEX_NAME, render


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("entries", nargs="*", type=int, default=[10, 50, 200])
    print("| entries | seconds | processor, s | index page, MB | whole site, MB |")
    print("|---|---|---|---|---|")
    for count in parser.parse_args().entries:
        with tempfile.TemporaryDirectory() as name:
            board, site = Path(name, "board"), Path(name, "site")
            fill(board, count)
            start, busy = time.perf_counter(), time.process_time()
            render(board, site)
            spent, used = time.perf_counter() - start, time.process_time() - busy
            index = (site / INDEX_NAME).stat().st_size / 1e6
            whole = sum(path.stat().st_size for path in site.rglob("*")) / 1e6
            print(f"| {count} | {spent:.1f} | {used:.1f} | {index:.2f} | {whole:.1f} |")


def fill(board: Path, count: int) -> None:
    """Write the entries of a board."""
    board.mkdir()
    for number in range(count):
        name = f"Method {number:03d}"
        evaluation = evaluation_of(name, table_of(name, 0.5 + 0.4 * number / count))
        entry = entry_of(evaluation)
        (board / f"{entry.slug}.json").write_text(to_json(entry))


if __name__ == "__main__":
    main()
