"""What a file really is, by its first bytes, and what to do where that is no volume.

Names promise little: a download may be a log-in page, a pointer to a file that was
never fetched, or an archive under a volume's name.
"""

from pathlib import PurePosixPath
from typing import Final

IMAGE_EXTENSION: Final = r"\.(?i:nii\.gz|nii|mha|seg\.nrrd|nrrd)"
"""Regular expression of what the name of a readable volume ends in."""

GZIP: Final = b"\x1f\x8b"

_ARCHIVES: Final = (
    ".zip",
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tar.xz",
    ".7z",
    ".rar",
)

_MAGIC: Final[tuple[tuple[int, bytes, str, str], ...]] = (
    (0, b"version https://git-lfs", "a Git LFS pointer", "run git lfs pull"),
    (0, b"/annex/objects/", "a git-annex pointer", "run git annex get"),
    (0, b"PK\x03\x04", "a ZIP archive", "unpack it"),
    (257, b"ustar", "a TAR archive", "unpack it"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it"),
    (0, b"Rar!", "a RAR archive", "unpack it"),
    (0, b"BZh", "compressed with bzip2", "decompress it with bunzip2"),
    (0, b"\xfd7zXZ", "compressed with xz", "decompress it with unxz"),
    (0, GZIP, "compressed twice", "decompress it once with gunzip"),
    (0, b"NRRD", "an NRRD file", "rename it to .nrrd"),
    (0, b"ObjectType", "a MetaImage file", "rename it to .mha"),
    (0, b"\x89HDF", "an HDF5 file", "export the volume as NIfTI"),
    (0, b"\x93NUMPY", "a NumPy array", "save it as NIfTI with its affine"),
    (0, b"\x89PNG", "a PNG picture", "use the original volume"),
    (0, b"%PDF", "a PDF document", "fetch the volume again"),
    (
        128,
        b"DICM",
        "a DICOM file",
        "convert the series to NIfTI, for example by dcm2niix",
    ),
)

_HTML: Final = (b"<!doctype", b"<html", b"<?xml")


def misfit(content: bytes | bytearray) -> str | None:
    """Return what bytes that should be a NIfTI volume are instead, and what to do.

    Parameters
    ----------
    content
        The file, or what it decompressed to; its first 512 bytes are looked at.

    Returns
    -------
    str or None
        For example ``a Git LFS pointer; run git lfs pull``, None if the bytes may be a
        volume.
    """
    head = bytes(content[:512])
    if not head.strip(b"\0 \t\r\n"):
        found = "full of zeros or blanks" if head else "empty"
        return f"the file is {found}; fetch or copy it again"
    for start, magic, what, fix in _MAGIC:
        if head[start : start + len(magic)] == magic:
            return f"it is {what}; {fix}"
    if head.lstrip()[:9].lower().startswith(_HTML):
        return (
            "it is a web page, probably of a log-in; download it again while logged "
            "in, or by the site's own client"
        )
    if _is_text(head):
        first = head.decode().strip().splitlines()[0][:60]
        return f"it is a text that begins with {first!r}; fetch or copy it again"
    return None


def _is_text(head: bytes) -> bool:
    try:
        return head.decode().replace("\n", "").replace("\r", "").isprintable()
    except UnicodeDecodeError:
        return False


def is_archive(path: PurePosixPath) -> bool:
    """Return whether a name is that of an archive, which no reader looks into."""
    return path.name.lower().endswith(_ARCHIVES)
