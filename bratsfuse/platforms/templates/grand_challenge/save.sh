#!/bin/sh
# Write the two files that are uploaded.
set -eu
cd "$(dirname "$0")"
docker save bratsfuse-evaluation | gzip -c > bratsfuse-evaluation.tar.gz
chmod -R a+rX ground_truth
tar -C ground_truth -czf ground_truth.tar.gz .
ls -lh bratsfuse-evaluation.tar.gz ground_truth.tar.gz
