#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing of the named sections of packages.txt: cmake/install_packages.sh build check
# Says nothing when nothing is missing. Needs apt-get as root or through sudo; exits 1 with one sentence where neither works.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export PATH="$PATH:/usr/sbin:/sbin"

fail() {
  printf 'xingu: %s\n' "$1" >&2
  exit 1
}

# The packages of the sections given as arguments, one a line, with the program that does as well in brackets.
listed_packages() {
  local line section="" wanted=" $* "
  while IFS= read -r line || [[ -n "$line" ]]; do
    line="${line%%#*}"
    read -r line <<<"$line" || true
    if [[ "$line" == \[*\] ]]; then
      section="${line:1:-1}"
    elif [[ -n "$line" && "$wanted" == *" $section "* ]]; then
      printf '%s\n' "$line"
    fi
  done <"$root/packages.txt"
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  if [[ "${XINGU_SKIP_PACKAGES:-}" == 1 ]]; then
    exit 0
  fi
  fail "this machine has no apt-get (Xingu is built from Debian 12 packages); install what packages.txt lists by other means and run again with XINGU_SKIP_PACKAGES=1."
fi

missing=()
while read -r package program; do
  if [[ -n "$program" ]] && command -v "${program:1:-1}" >/dev/null; then
    continue
  fi
  status="$(dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null || true)"
  [[ "$status" == *installed* && "$status" != *not-installed* ]] || missing+=("$package")
done < <(listed_packages "$@")

if ((${#missing[@]} == 0)); then
  exit 0
fi
printf 'Installing %d Debian packages: %s\n' "${#missing[@]}" "${missing[*]}"

as_root=()
if [[ "$(id -u)" != 0 ]]; then
  if ! command -v sudo >/dev/null || { [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; }; then
    fail "these Debian packages are missing and this user may not install them (neither root nor sudo); ask an administrator to run: apt-get install ${missing[*]}"
  fi
  as_root=(sudo)
fi

apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
"${apt[@]}" update || printf 'xingu: warning: the package lists could not be refreshed; going on with those at hand\n' >&2
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" ||
  fail "apt-get could not install the missing packages (its own message is above); Xingu needs Debian 12 with its standard 'main' sources, so check /etc/apt and the network and run again."
