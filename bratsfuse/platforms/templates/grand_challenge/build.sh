#!/bin/sh
# Build the container.
set -eu
cd "$(dirname "$0")"
docker build --platform linux/amd64 -t bratsfuse-evaluation .
