#!/bin/sh
# Run the container as the platform does, on a submission: sh try.sh SUBMISSION
set -eu
submission=$(cd "$1" && pwd)
cd "$(dirname "$0")"
mkdir -p output && chmod 777 output
chmod -R a+rX ground_truth
docker run --rm --platform linux/amd64 --network none --read-only --tmpfs /tmp \
  -v "$submission:/input:ro" -v "$PWD/output:/output" \
  -v "$PWD/ground_truth:/opt/ml/input/data/ground_truth:ro" bratsfuse-evaluation
cat output/metrics.json
