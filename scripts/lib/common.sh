# Sourced by the scripts of this folder: where the project is, and installing what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tools=$PWD/.build-tools

say() { printf '%s\n' "$*" >&2; }

die() { say "$*"; exit 1; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# Installs those of the named Debian packages that are missing; services are not started.
need() {
  local missing=() package
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} = 0 ] && return 0
  command -v apt-get >/dev/null || die "missing: ${missing[*]} (no apt-get here to install them)"
  say "installing Debian packages: ${missing[*]}"
  as_root apt-get update -qq
  as_root env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Installs Debian packages that only some tests need; where that fails, those tests are skipped.
want() { (need "$@") || say "skipping the tests that need: $*"; }

# Likewise for PyPI packages.
want_python() { (need_python "$@") || say "skipping the tests that need, from PyPI: $*"; }

# Installs PyPI packages into a private environment under .build-tools.
need_python() {
  local package missing=()
  [ -x "$tools/python/bin/python3" ] || {
    need python3 python3-venv && python3 -m venv "$tools/python" || return
  }
  for package in "$@"; do
    [ -e "$tools/python/.has-$package" ] || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return 0
  say "installing PyPI packages into .build-tools: ${missing[*]}"
  "$tools/python/bin/pip" install -q --disable-pip-version-check "${missing[@]}" || return
  for package in "${missing[@]}"; do : > "$tools/python/.has-$package"; done
}

need_build_tools() {
  command -v swift >/dev/null || die "a Swift 6.2 or newer toolchain is needed: https://swift.org/install"
  need libpcre2-dev zlib1g-dev libc-ares-dev libcrypt-dev pkg-config
}
