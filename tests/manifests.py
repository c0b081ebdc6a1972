"""Manifests that somebody edited, and what else an editor would renew."""

import csv
import json

import h5py

from bratsfuse.release import MANIFEST_NAME, read_manifest
from bratsfuse.release.documents import document
from bratsfuse.release.fingerprint import part_digests


def edit(release, change):
    """Change the JSON of a manifest and nothing else."""
    path = release / MANIFEST_NAME
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def edit_and_prove(release, change):
    """Change the JSON of a manifest and renew its fingerprint."""
    edit(release, change)
    read_manifest(release, check=False).proven().write(release)


def renew_documents(release):
    """Write index, card, sheets and file digests as the edited manifest has them."""
    manifest = read_manifest(release, check=False).proven()
    coding = manifest.source.label_map.items()
    path = release / "index.csv"
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        for line in lines:
            line["label_map"] = " ".join(f"{value}>{name}" for value, name in coding)
            writer.writerow(line)
    return document(release, manifest, manifest.columns)


def renew_everything(release):
    """Renew the attributes of the split files, too: a release that bears itself out."""
    manifest = read_manifest(release, check=False).proven()
    for record in manifest.splits.values():
        with h5py.File(release / record.file, "r+") as file:
            file.attrs["scored"] = json.dumps(part_digests(manifest.scored))
    return renew_documents(release)
