"""One file per metric of fused images; `bratsfuse.metrics.fusion` is the chapter."""
