"""Large images within memory: in strips of rows, or with maps that are let go.

- `scores`: whether a fused image is scored as it is or in one of these ways;
- `strips`: where one strip ends and the next begins;
- `tiles`: metrics that are sums over pixels, strip by strip;
- `whole`: metrics that look at the whole image, with fewer maps at a time;
- `phase`, `phase_large`: phase congruency, and that of an image whose maps do not fit;
- `shelf`: maps of a large image in a temporary file.
"""
