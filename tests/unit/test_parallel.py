import subprocess
import sys

import pytest

SCRIPT = """
import sys, threading
from bratsfuse.parallel import in_order

def work(item):
    return item * 2, "colorsys" in sys.modules

if __name__ == "__main__":
    import colorsys
    stop = threading.Event()
    if {threaded}:
        threading.Thread(target=stop.wait).start()
    found = list(in_order(work, range(6), 2, forked={forked}))
    stop.set()
    assert [double for double, _ in found] == [0, 2, 4, 6, 8, 10], found
    print({{has for _, has in found}})
"""


@pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")
@pytest.mark.parametrize(
    ("forked", "threaded", "expected"),
    [(True, False, "{True}"), (True, True, "{False}"), (False, False, "{False}")],
)
def test_forked_workers_have_what_is_loaded_and_threads_forbid_them(
    tmp_path, forked, threaded, expected
):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(forked=forked, threaded=threaded))
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == expected, done.stderr
