// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks a function whose loops over lanes are compiled once for each width of vector and chosen when the program
/// starts. All clones give the same bits: contraction to fused multiply-add is off, and the loops hold no reductions of
/// floats. Sanitizers start too late for the choice at load time, so their builds have one version.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define XINGU_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define XINGU_VECTOR_CLONES
#endif
