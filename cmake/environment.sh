# SPDX-License-Identifier: Apache-2.0
# Sourced by ./demo and ./check at the root of the tree: what they need of the shell, whoever calls them and from where.
# Defines configure PRESET, build PRESET [TARGET], and build_pages PRESET.

export LC_ALL=C.UTF-8
export PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/sbin:/sbin"
if ! mkdir -p build/log 2>/dev/null || [[ ! -w build ]]; then
  printf 'xingu: %s cannot be written by this user (everything is built there); run as its owner or in a copy of the tree.\n' \
    "$PWD/build" >&2
  exit 1
fi
if [[ ! -w "${HOME:-/nonexistent}" ]]; then
  export HOME="$PWD/build/home" CCACHE_DIR="${CCACHE_DIR:-$PWD/build/ccache}"
  mkdir -p "$HOME"
fi

# One ninja line per object is for terminals only.
ninja_options=()
[[ -t 1 ]] || ninja_options=(--quiet)

# The presets' pools of two compile jobs are widened to what the machine can carry.
configure() {
  cmake --preset "$1" "-DCMAKE_JOB_POOLS=compile=$(cmake/build_jobs.sh);link=1" -Wno-dev >"build/log/configure-$1" 2>&1 ||
    { cat "build/log/configure-$1" >&2; return 1; }
}
build() { cmake --build --preset "$1" ${2:+--target "$2"} -- "${ninja_options[@]}"; }

# The console's pages in web/dist. All else works without them, and npm needs a network the first time.
build_pages() {
  build "$1" web && return
  printf "xingu: the console's pages could not be built (npm's message is above); see that npm reaches its registry and run again.\n" >&2
  return 1
}
