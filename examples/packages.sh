#!/usr/bin/env bash
# The one list of distribution packages Qiao needs, and their installation: Debian 12, Debian 13, Ubuntu 24.04.
# Sourced by examples/run.sh and tests/run.sh; `bash examples/packages.sh` alone prints the list.

qiao_packages=(
  cmake ninja-build g++ git python3 pkg-config
  llvm-19-dev clang-19 lld-19 libclc-19 libclc-19-dev
  libboost-context-dev libcli11-dev nlohmann-json3-dev libtomlplusplus-dev libspdlog-dev
  libhwloc-dev libffi-dev libzstd-dev liblz4-dev zlib1g-dev
  libxml2-dev libz3-dev libncurses-dev
  catch2 libmpfr-dev python3-gmpy2 libopenblas0-pthread
)

# Installs what is missing; as root, or through sudo. Does nothing (and needs no network) when all is there.
qiao_install_packages() {
  local missing=() package
  for package in "${qiao_packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "qiao: installing ${#missing[@]} packages: ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "qiao: not root and no sudo: install these packages first: ${missing[*]}" >&2; return 1; }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then printf '%s\n' "${qiao_packages[@]}"; fi
