"""How much a submission may cost to read: memory, time, bytes, files."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What reading may take; what it needs grows with the number of slices.

    Attributes
    ----------
    memory_bytes
        Address space of the reading process.
    seconds, seconds_per_slice
        Of processor time; the wall clock may show three times as much.
    chunk_bytes
        The largest HDF5 chunk, unpacked.
    """

    memory_bytes: int = 1024 * MIB
    seconds: float = 8.0
    seconds_per_slice: float = 0.05
    chunk_bytes: int = 32 * MIB

    def cpu_seconds(self, slices: int) -> int:
        """Return the processor time that a split of this length may take."""
        return max(1, round(self.seconds + self.seconds_per_slice * slices))

    def rows(self, slices: int) -> int:
        """Return how many rows or files a track may have: repeats are listed too."""
        return 4 * slices + 16

    def file_bytes(self, slices: int, pixels: int) -> int:
        """Return the size of the largest file: both tracks as float64, uncompressed."""
        return 16 * slices * pixels + 64 * MIB

    def png_bytes(self, pixels: int) -> int:
        """Return the size of the largest PNG file."""
        return 4 * pixels + MIB


DEFAULT_LIMITS = Limits()
