#!/usr/bin/env bash
# Builds the README's program with add_subdirectory and the core alone; several sources at once, as
# some like it, and quickly.
set -euo pipefail
source_dir=$1 work=$2/subdirectory compiler=$3
rm -rf "$work"
mkdir -p "$work"
cp "$source_dir/tests/package/subdirectory/CMakeLists.txt" "$work/"
awk '/^```cpp$/ && !n {n = 1; next} /^```$/ && n == 1 {exit} n == 1' "$source_dir/README.md" >"$work/main.cpp"
cmake -S "$work" -B "$work/build" -G Ninja -DWEFT_SOURCE="$source_dir" -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_BUILD_TYPE=Debug -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 >"$work/configure.log" 2>&1 || { cat "$work/configure.log"; exit 1; }
cmake --build "$work/build" --target program >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; exit 1; }
"$work/build/program"
