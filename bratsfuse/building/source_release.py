"""What a release records of the raw release that it was built from."""

from bratsfuse.raw.layout import Layout
from bratsfuse.records import Case
from bratsfuse.release.manifest_parts import SourceRelease


def source_release(layout: Layout, case: Case) -> SourceRelease:
    """Return the record of a dataset layout, with the label coding of its cases."""
    return SourceRelease(
        layout=layout.name,
        title=layout.title,
        label_map={
            str(value): label.name for value, label in sorted(case.label_map.items())
        },
        regions=case.regions,
        licence=layout.licence,
        licence_url=layout.licence_url,
        citation=layout.citation,
        synthetic=layout.synthetic,
    )
