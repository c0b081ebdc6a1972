"""What the figures of reports and of folder scores are drawn with.

- `sheet`: a drawing in SVG that takes its colours from the page;
- `plate`: a figure with its title and its words;
- `clouds`, `intervals`: scores as dots, means with what they could be off by;
- `slices`: slices with their outlines;
- `tips`: what a dot says of itself when it is pointed at.
"""
