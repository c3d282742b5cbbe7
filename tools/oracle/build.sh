#!/bin/sh
# Records the vectors anew on this processor; on the same processor nothing changes. Needs gcc on x86-64 Linux.
# usage: tools/oracle/build.sh [TOPIC...]
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -O2 -Wall -Wextra -o "$work/recorder" tools/oracle/native.c
npx tsx tools/oracle/generate.ts "$work/recorder" src/cpu/vectors "$@"
