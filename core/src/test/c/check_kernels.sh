#!/bin/sh
# Compiles check_kernels.c with the native kernels and runs it: on this processor, and, where aarch64-linux-gnu-gcc and qemu-aarch64 are
# installed, on an emulated 64-bit ARM (on Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sources=$here/../../main/c
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
options="-std=c11 -O3 -ffp-contract=off -fno-math-errno -Wall -Wextra -Werror -I$sources"
# shellcheck disable=SC2086
"${CC:-cc}" $options -o "$work/check" "$here/check_kernels.c" "$sources"/*.c -lm
"$work/check"
if command -v aarch64-linux-gnu-gcc >/dev/null 2>&1 && command -v qemu-aarch64 >/dev/null 2>&1; then
  # shellcheck disable=SC2086
  aarch64-linux-gnu-gcc $options -static -o "$work/check-arm" "$here/check_kernels.c" "$sources"/*.c -lm
  qemu-aarch64 "$work/check-arm"
else
  echo "64-bit ARM not checked: aarch64-linux-gnu-gcc and qemu-aarch64 are not both installed"
fi
