#!/usr/bin/env bash
# Installs weft::crdt alone into a prefix, takes the first C++ program out of the README, builds it
# against the installation with find_package, runs it and compares what it prints with the README. So
# too the example of the model checker, which needs weft::testing.
set -euo pipefail
source_dir=$1 build_dir=$2 work=$3/find compiler=$4
rm -rf "$work"
mkdir -p "$work"

cmake --install "$build_dir" --prefix "$work/prefix" >"$work/install.log"

# The first ```cpp block is the program, the first ```text block after it is what it prints.
awk '/^```cpp$/ && !n {n = 1; next} /^```$/ && n == 1 {exit} n == 1' "$source_dir/README.md" >"$work/main.cpp"
awk '/^```cpp$/ {n = 1} n && /^```text$/ && !t {t = 1; next} /^```$/ && t == 1 {exit} t == 1' \
  "$source_dir/README.md" >"$work/expected.txt"
[ -s "$work/main.cpp" ] || { echo "the README has no C++ program"; exit 1; }
[ -s "$work/expected.txt" ] || { echo "the README does not say what its program prints"; exit 1; }
cp "$source_dir/tests/package/consumer/CMakeLists.txt" "$source_dir/examples/05_last_seat.cpp" "$work/"
mv "$work/05_last_seat.cpp" "$work/last_seat.cpp"

# None of the other components' dependencies may be asked for.
cmake -S "$work" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON -DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON \
  -DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON -DCMAKE_DISABLE_FIND_PACKAGE_CapnProto=ON \
  -DCMAKE_DISABLE_FIND_PACKAGE_Qt6=ON >"$work/configure.log" || { cat "$work/configure.log"; exit 1; }
cmake --build "$work/build" >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; exit 1; }
"$work/build/program" >"$work/printed.txt"
diff -u "$work/expected.txt" "$work/printed.txt"
"$work/build/last_seat" | diff -u "$source_dir/examples/05_last_seat.expected" -
echo "the README's program and the model checker's example build against the installed weft::crdt and"
echo "weft::testing and print what they should"
