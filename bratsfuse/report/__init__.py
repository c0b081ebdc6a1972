"""Reports: what scoring a submission found, as records, as tables and as a page.

- `records`, `scores`, `drawn`: what a reader must know to believe a number, and what
  is drawn;
- `counts`, `remarks`, `headline`, `words`: what is said, in which order and words;
- `files`: ``report.json`` and the long tables, written and read;
- `text`, `page`, `figures`: the same for a terminal and for a browser;
- `slice_pages`: every scored slice beside it;
- `write`: the whole folder.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.report.files import read_cases as read_cases
    from bratsfuse.report.files import read_report as read_report
    from bratsfuse.report.files import read_slices as read_slices
    from bratsfuse.report.page import render_page as render_page
    from bratsfuse.report.records import Evaluation as Evaluation
    from bratsfuse.report.records import Report as Report
    from bratsfuse.report.text import to_text as to_text
    from bratsfuse.report.write import write_report as write_report

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "files": ["read_cases", "read_report", "read_slices"],
        "page": ["render_page"],
        "records": ["Evaluation", "Report"],
        "text": ["to_text"],
        "write": ["write_report"],
    },
)
