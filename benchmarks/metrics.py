"""How fast all metrics are, beside plain code and public libraries, in one run.

    python benchmarks/metrics.py

First fusion, then segmentation, in one process and one thread. Needs the `dev` extra.
`metrics_fusion.py` and `metrics_segmentation.py` run one half and take options.
"""

# Both set the number of threads before they import NumPy, so they come first.
import metrics_fusion
import metrics_segmentation


def main() -> None:
    """Run both halves."""
    print("Fusion\n")
    metrics_fusion.main([])
    print("\nSegmentation\n")
    metrics_segmentation.main([])


if __name__ == "__main__":
    main()
