"""Building: how a release comes about from raw cases.

Two passes over the cases, each kept, so that an interrupted build goes on where it
stopped. Read it in this order:

- `pipeline`: the steps of a build, from cases to a folder under its final name;
- `survey`, `measuring`, `surveying`: what a build must know of a case before it can
  choose slices, measured in one case and in all;
- `foreground`: which voxels show the head;
- `scaling`: the window that turns intensities into 8 bits;
- `plan`: case statistics in, the exact slices of every split out;
- `parts`: the chosen slices of one case, as rows in a file of their own;
- `assemble`, `source_release`: finished parts to a complete folder;
- `inspection`: what a raw folder contains, without building;
- `add_images`: a finished release with one more fusion product.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.building.add_images import add_images as add_images
    from bratsfuse.building.inspection import Inspection as Inspection
    from bratsfuse.building.inspection import inspect_cases as inspect_cases
    from bratsfuse.building.measuring import survey_case as survey_case
    from bratsfuse.building.pipeline import BadCasesError as BadCasesError
    from bratsfuse.building.pipeline import build as build
    from bratsfuse.building.plan import Plan as Plan
    from bratsfuse.building.plan import plan_slices as plan_slices
    from bratsfuse.building.scaling import robust_window as robust_window
    from bratsfuse.building.scaling import to_intensity as to_intensity
    from bratsfuse.building.scaling import to_uint8 as to_uint8
    from bratsfuse.building.survey import Survey as Survey

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "add_images": ["add_images"],
        "inspection": ["Inspection", "inspect_cases"],
        "measuring": ["survey_case"],
        "pipeline": ["BadCasesError", "build"],
        "plan": ["Plan", "plan_slices"],
        "scaling": ["robust_window", "to_intensity", "to_uint8"],
        "survey": ["Survey"],
    },
)
