"""Let freed maps be used again instead of going back to the operating system."""

import functools

import numpy as np


@functools.cache
def keep_freed_memory() -> None:
    """Raise, once per process, the size from which the C library returns memory.

    The maps of one evaluation, some 20 MB, are freed at its end and allocated again in
    the next. The GNU C library maps such blocks afresh each time, and the page faults
    cost a third of the run time. It adapts by itself to the largest block that a
    program has freed, up to 32 MB (see M_MMAP_THRESHOLD in ``mallopt(3)``): freeing one
    block of nearly that size, never touched, is enough. Elsewhere this does nothing.
    """
    np.empty(30 * 2**20, dtype=np.uint8)
