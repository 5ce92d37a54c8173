#!/bin/sh
# Compiles the kernels into DIRECTORY/<os>-<architecture>/libbitstack.so, if there is a C compiler: build.sh DIRECTORY
set -eu
here=$(cd "$(dirname "$0")" && pwd)
compiler=""
for candidate in "${CC:-}" cc gcc clang; do
  if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1; then
    compiler=$candidate
    break
  fi
done
if [ -z "$compiler" ]; then
  echo "no C compiler found (cc, gcc, clang): the jar will have no native kernels, and the Vector API is used instead"
  exit 0
fi
target=$1/$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m | sed 's/^arm64$/aarch64/')
library=$target/libbitstack.so
if [ -f "$library" ] && [ -z "$(find "$here" -newer "$library" -type f)" ]; then
  exit 0
fi
mkdir -p "$target"
# Contraction off: where a multiply-add is fused, the sources say so. Loops begin where a processor fetches, or a change anywhere moves them, and with them
# the speed of others by 5 %. Warnings are errors, as in Java.
"$compiler" -std=c11 -O3 -falign-functions=64 -falign-loops=64 -fPIC -shared -fvisibility=hidden -ffp-contract=off -fno-math-errno -Wall -Wextra -Werror \
  -o "$library.new" "$here"/*.c
mv "$library.new" "$library"
echo "compiled $library with $compiler"
