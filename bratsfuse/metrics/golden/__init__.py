"""Golden vectors: images and masks with the values that the metrics must give."""
