#!/usr/bin/env bash
# Puts the peers into a folder: llama.cpp built from the source that an npm package carries, Debian's torch and faiss.
# A peer that cannot be had is said aloud and left out: its rows have no ratio then. Done once; later calls only look.
set -uo pipefail
peers="${1:?the folder for the peers}"
package=node-llama-cpp version=3.22.1
mkdir -p "$peers"
cd "$peers" || exit 1

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

need_tools() {
  local tool missing=()
  for tool in clang cmake ninja git npm; do
    command -v "$tool" >/dev/null || missing+=("${tool/ninja/ninja-build}")
  done
  [ ${#missing[@]} -eq 0 ] && return
  { as_root apt-get update && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
    >tools.log 2>&1
}

get_source() {
  [ -d llama.cpp/.git ] && return
  # Packing runs no script of the package.
  npm pack "$package@$version" >npm.log 2>&1 || npm pack "$package" >>npm.log 2>&1 || return 1
  tar xzf "$package"-*.tgz package/llama/gitRelease.bundle package/llama/llama.cpp.info.json || return 1
  git clone -q package/llama/gitRelease.bundle llama.cpp 2>>npm.log
}

build_llama() {
  local folder="llama.cpp/$1" flags="$2"
  [ -x "$folder/bin/llama-bench" ] && [ -x "$folder/bin/llama-perplexity" ] && [ -x "$folder/bin/llama-export-lora" ] && return
  echo "Building llama.cpp into $folder; this takes a while." >&2
  # clang: gcc 12 miscompiles the set-up of AMX tiles. The two macros: clang 14 spells them otherwise than the source asks for.
  cmake -S llama.cpp -B "$folder" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Release \
    -DGGML_NATIVE=ON -DLLAMA_CURL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_BUILD_SERVER=OFF \
    -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="$flags" >"$1.log" 2>&1 \
    && nice -n 5 ninja -C "$folder" llama-bench llama-batched-bench llama-completion llama-perplexity llama-tokenize \
      llama-embedding llama-export-lora >>"$1.log" 2>&1 && return
  tail -n 20 "$1.log" >&2
  return 1
}

# Debian's packages, unpacked and not installed: nothing on the machine changes, and nobody needs to be root.
get_python() {
  [ -f debian/done ] && return
  [ -x /usr/bin/python3 ] || { as_root apt-get update && as_root apt-get install -y --no-install-recommends python3; } >python.log 2>&1
  mkdir -p debian/packages debian/root
  apt-get install --no-install-recommends --print-uris -qq python3-torch python3-faiss libopenblas0-pthread 2>>python.log \
    | awk '{print $2}' | sed 's/%3a/:/; s/_[^_]*\.deb$//; s/_/=/' >debian/list
  [ -s debian/list ] || /usr/bin/python3 -c 'import torch, faiss' 2>>python.log || return 1
  (cd debian/packages && xargs -r apt-get download <../list) >>python.log 2>&1 || return 1
  for file in debian/packages/*.deb; do
    [ ! -f "$file" ] || dpkg -x "$file" debian/root >>python.log 2>&1 || return 1
  done
  touch debian/done
}

need_tools || { echo "clang, cmake, ninja, git or npm could not be installed; see $peers/tools.log." >&2; }
if get_source; then
  build_llama build "" || echo "llama.cpp could not be built; see $peers/build.log." >&2
  if grep -q -w amx_int8 /proc/cpuinfo 2>/dev/null; then
    build_llama build-amx "-D__AMX_INT8__=1 -D__AMX_TILE__=1" || echo "llama.cpp could not be built with AMX; see $peers/build-amx.log." >&2
  fi
else
  echo "The source of llama.cpp could not be fetched; see $peers/npm.log." >&2
fi
get_python || echo "Debian's torch and faiss could not be fetched; see $peers/python.log." >&2
exit 0
