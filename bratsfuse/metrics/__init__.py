"""Metrics of image fusion and of segmentation: pure NumPy in, plain floats out."""
