#!/bin/sh
# Records vectors and function results anew on this processor; on the same processor nothing changes.
# Needs x86-64 Linux, gcc; clang and lld for the functions.
# usage: tools/oracle/build.sh [TOPIC...]     TOPIC being a file in src/cpu/vectors, or "functions"; all without
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

functions() {
  gcc -O1 -Wall -Wextra -o "$work/functions" tools/oracle/functions-native.c
  for level in O0 O2 Os; do
    for source in test/cpu/functions/*.c; do
      clang --target=x86_64-pc-windows-msvc -ffreestanding -fno-builtin -fno-stack-protector -fno-ident \
        -fno-strict-aliasing -fwrapv -Wall -Wextra -Werror "-$level" -c "$source" \
        -o "$work/$(basename "$source" .c)-$level.obj"
    done
    lld-link /nologo /nodefaultlib /dll /noentry /fixed /base:0x140000000 /subsystem:native /brepro \
      /export:entry "/out:$work/$level.dll" "$work"/*-"$level".obj
  done
  npx tsx tools/oracle/functions.ts "$work/functions" "$work" test/cpu/functions
}

if [ $# -eq 0 ] || [ "$1" = functions ]; then functions; fi
if [ "${1:-}" = functions ]; then shift; [ $# -gt 0 ] || exit 0; fi
gcc -O2 -Wall -Wextra -o "$work/recorder" tools/oracle/native.c
npx tsx tools/oracle/generate.ts "$work/recorder" src/cpu/vectors "$@"
