#!/bin/sh
# Rebuilds the sample drivers byte for byte (--check compares only), or one driver: build.sh mydriver.c out.sys
set -eu

root=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$root" "$work/drivers"

compile="--target=x86_64-pc-windows-msvc -fms-extensions -std=gnu17 -ffreestanding -O2 -gcodeview -fasync-exceptions \
 -fstack-protector-strong -Xclang -cfguard -Wall -Wextra -Wno-microsoft-anon-tag -Werror=implicit-function-declaration"
link="/nologo /driver /subsystem:native,10.0 /nodefaultlib /dynamicbase /nxcompat /Brepro /debug \
 /section:INIT,ERD ntoskrnl.lib hal.lib"
plain="legacy"   # built without cookie, control-flow guard and load configuration, as before Windows 8
mingw="edu legacy"

contains() { case " $1 " in *" $2 "*) true ;; *) false ;; esac; }

prepare() {
  cd "$work"
  for name in ntoskrnl hal; do
    llvm-dlltool -m i386:x86-64 -d "drivers/lib/$name.def" -l "$name.lib"
    if [ -n "$mingw" ]; then x86_64-w64-mingw32-dlltool -d "drivers/lib/$name.def" -l "lib$name.a"; fi
  done
  clang $compile -Idrivers/include -c drivers/support/layout.c -o layout.obj
  clang $compile -Idrivers/include -fno-stack-protector -c drivers/support/runtime.c -o runtime.obj
}

# build OUT.sys SOURCE...: one image; objects keep their sources' names so that symbols do not depend on the folder
build() {
  out=$1; shift
  name=$(basename "$out" .sys)
  objects=
  if contains "$plain" "$name"; then
    protect="-fno-stack-protector -Xclang -cfguard-no-checks"; runtime="/entry:DriverEntry"
  else
    protect=; runtime="/entry:GsDriverEntry /guard:cf runtime.obj"
  fi
  for source in "$@"; do
    object=$(basename "$source" .c).obj
    objects="$objects $object"
    if [ "$object" = skeleton.obj ] && [ -e "$object" ]; then continue; fi
    clang $compile $protect -Idrivers/include -fdebug-compilation-dir=. -ffile-prefix-map="$root=drivers" \
      -c "$source" -o "$object"
  done
  lld-link $link $runtime $objects /out:"$out" \
    /pdb:"${out%.sys}.pdb" /pdbaltpath:"$name.pdb" '/pdbsourcepath:C:\iospace'
}

build_mingw() {
  out=$1; shift
  x86_64-w64-mingw32-gcc -std=gnu17 -ffreestanding -O2 -g1 -Wall -Wextra -Idrivers/include \
    -ffile-prefix-map="$root=drivers" -fdebug-prefix-map="$work=." -nostdlib -Wl,--subsystem,native:10.0 \
    -Wl,-e,DriverEntry -Wl,--no-insert-timestamp -Wl,--dynamicbase,--nxcompat -Wl,--image-base,0x140000000 \
    -Wl,--exclude-all-symbols -o "$out" "$@" -L. -lntoskrnl -lhal
}

# A sample is one file, the files of the folder of its name, and the skeleton when it includes that.
sources() {
  ls "drivers/wdm/$1.c" "drivers/wdm/$1"/*.c 2>/dev/null || true
  if grep -q '"skeleton/skeleton.h"' "drivers/wdm/$1.c"; then echo drivers/wdm/skeleton/skeleton.c; fi
}

build_all() {
  mkdir -p "$work/bin"
  for file in drivers/wdm/*.c; do
    name=$(basename "$file" .c)
    build "bin/$name.sys" $(sources "$name")
    if contains "$mingw" "$name"; then build_mingw "bin/$name-mingw.sys" $(sources "$name"); fi
  done
}

absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }

case ${1-} in
  '')
    prepare; build_all
    mkdir -p "$root/bin/wdm"; rm -f "$root"/bin/wdm/*.sys
    install -m 644 bin/*.sys "$root/bin/wdm/"
    ;;
  --check)
    prepare; build_all
    status=0
    for image in bin/*.sys; do
      cmp "$image" "$root/bin/wdm/$(basename "$image")" || status=1
    done
    exit $status
    ;;
  *)
    mingw=
    [ $# -eq 2 ] || { echo "usage: build.sh [--check | source.c out.sys]" >&2; exit 2; }
    source=$(absolute "$1"); out=$(absolute "$2")
    prepare; build "$out" "$source"
    ;;
esac
