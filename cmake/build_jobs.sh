#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints how many compile jobs this machine can carry: one per core, but no more than one per 2 GiB of memory.
set -euo pipefail

cores="$(nproc 2>/dev/null || echo 2)"
gib="$(awk '/^MemAvailable:/ {print int($2 / 1048576)}' /proc/meminfo 2>/dev/null || true)"
jobs=$((${gib:-4} / 2))
if ((jobs > cores)); then jobs=$cores; fi
if ((jobs < 1)); then jobs=1; fi
echo "$jobs"
