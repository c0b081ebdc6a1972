"""How long a user waits for the first word: light commands beside an empty Python.

Run as: python benchmarks/starting.py [RELEASE]

`--help` should take less than 10 times as long as `python -c pass`, and `info` on a
release less than 15 times.
"""

import argparse
import subprocess
import sys
import time

ROUNDS = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", nargs="?", help="for bratsfuse info")
    release = parser.parse_args().release
    commands = {
        "python -c pass": ["-c", "pass"],
        "bratsfuse --help": ["-m", "bratsfuse", "--help"],
    }
    if release:
        commands["bratsfuse info"] = ["-m", "bratsfuse", "info", release]
    times = {name: [] for name in commands}
    for _ in range(ROUNDS):  # in turns, so that a busy moment meets all of them
        for name, words in commands.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, *words], check=True, capture_output=True)
            times[name].append(time.perf_counter() - start)
    nothing = min(times["python -c pass"])
    print("| command | least of all rounds, ms | times an empty Python |")
    print("|---|---|---|")
    for name, spent in times.items():
        print(f"| `{name}` | {1000 * min(spent):.0f} | {min(spent) / nothing:.1f} |")


if __name__ == "__main__":
    main()
