from collections.abc import Iterator

import pytest
from chromium import EXECUTABLE, Browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser for all tests of a process."""
    if EXECUTABLE is None:
        pytest.skip("no chromium on the PATH: what pages do in a browser is not tested")
    with Browser() as running:
        yield running
