"""One file per metric of masks; `bratsfuse.metrics.segmentation` is the chapter."""
