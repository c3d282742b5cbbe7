#!/bin/sh
# Rebuilds the sample drivers byte for byte (--check compares only), or one driver: build.sh mydriver.c out.sys
set -eu

root=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$root" "$work/drivers"

compile="--target=x86_64-pc-windows-msvc -fms-extensions -ffreestanding -O2 -gcodeview -Wall -Wextra"
c="-std=gnu17 -fasync-exceptions -Wno-microsoft-anon-tag -Werror=implicit-function-declaration"
cpp="-std=gnu++17 -fno-exceptions -fno-rtti -fno-threadsafe-statics -funwind-tables -Wno-missing-field-initializers"
guard="-fstack-protector-strong -Xclang -cfguard"
link="/nologo /driver /subsystem:native,10.0 /nodefaultlib /dynamicbase /nxcompat /Brepro /debug \
 /section:INIT,ERD ntoskrnl.lib hal.lib"
plain="legacy nic5" # built without cookie, control-flow guard and load configuration, as before Windows 8
mingw="edu legacy nic"
folders=${FOLDERS-wdm ndis}

contains() { case " $1 " in *" $2 "*) true ;; *) false ;; esac; }

prepare() {
  cd "$work"
  for name in ntoskrnl hal ndis netio fltmgr cng; do
    llvm-dlltool -m i386:x86-64 -d "drivers/lib/$name.def" -l "$name.lib"
    if [ -n "$mingw" ]; then x86_64-w64-mingw32-dlltool -d "drivers/lib/$name.def" -l "lib$name.a"; fi
  done
  for layout in drivers/support/*layout.c; do
    clang $compile $c -Idrivers/include -c "$layout" -o layout.obj
  done
  for version in NDIS51_MINIPORT NDIS630_MINIPORT NDIS687_MINIPORT; do
    clang $compile $cpp -Werror -D$version -Idrivers/include -fsyntax-only drivers/support/headers.cpp
  done
  clang $compile $c $guard -Idrivers/include -fno-stack-protector -c drivers/support/runtime.c -o runtime.obj
}

# build OUT.sys SOURCE...: one image; objects keep their sources' names so that symbols do not depend on the folder
build() {
  out=$1; shift
  name=$(basename "$out" .sys)
  objects=; others=
  if grep -q '<wsk.h>\|<netioapi.h>' "$1"; then others="$others netio.lib"; fi
  if grep -q '<fltkernel.h>' "$1"; then others="$others fltmgr.lib"; fi
  if grep -q '<bcrypt.h>' "$1"; then others="$others cng.lib"; fi
  if contains "$plain" "$name"; then
    protect=; runtime="/entry:DriverEntry"
  else
    protect=$guard; runtime="/entry:GsDriverEntry /guard:cf runtime.obj"
  fi
  for source in "$@"; do
    case $source in
      *.cpp) object=$(basename "$source" .cpp).obj; language=$cpp ;;
      *) object=$(basename "$source" .c).obj; language=$c ;;
    esac
    objects="$objects $object"
    case $source in */skeleton*/*) if [ -e "$object" ]; then continue; fi ;; esac
    clang $compile $language $protect -Idrivers/include -fdebug-compilation-dir=. -ffile-prefix-map="$root=drivers" \
      -c "$source" -o "$object"
  done
  lld-link $link $library $others $runtime $objects /out:"$out" \
    /pdb:"${out%.sys}.pdb" /pdbaltpath:"$name.pdb" '/pdbsourcepath:C:\iospace'
}

build_mingw() {
  out=$1; shift
  x86_64-w64-mingw32-gcc -std=gnu17 -ffreestanding -O2 -g1 -Wall -Wextra -Idrivers/include \
    -ffile-prefix-map="$root=drivers" -fdebug-prefix-map="$work/$folder=." -nostdlib -Wl,--subsystem,native:10.0 \
    -Wl,-e,DriverEntry -Wl,--no-insert-timestamp -Wl,--dynamicbase,--nxcompat -Wl,--image-base,0x140000000 \
    -Wl,--exclude-all-symbols -o "$out" "$@" -L. $mingw_library -lntoskrnl -lhal
}

# A sample is one file, the files of the folder of its name, and those of a skeleton or of a whole driver that it includes.
sources() {
  ls "drivers/$folder/$1".c* "drivers/$folder/$1"/*.c* 2>/dev/null || true
  for skeleton in skeleton skeleton5; do
    if grep -q "\"$skeleton/" "drivers/$folder/$1".c*; then ls "drivers/$folder/$skeleton"/*.c; fi
  done
  if grep -q '"vionet.cpp"' "drivers/$folder/$1".c*; then ls "drivers/$folder/vionet"/*.cpp; fi
}

# framework FOLDER: the libraries that its drivers take besides the kernel's
framework() {
  folder=$1; library=; mingw_library=
  if [ "$folder" = ndis ]; then library=ndis.lib; mingw_library=-lndis; fi
}

build_folder() {
  framework "$1"
  mkdir -p "$work/$folder/bin"
  ln -s "$root" "$work/$folder/drivers"
  cp "$work"/*.lib "$work"/runtime.obj "$work/$folder"
  if [ -n "$mingw" ]; then cp "$work"/*.a "$work/$folder"; fi
  cd "$work/$folder"
  for file in drivers/$folder/*.c drivers/$folder/*.cpp; do
    if [ ! -e "$file" ]; then continue; fi
    name=$(basename "${file%.c*}")
    build "bin/$name.sys" $(sources "$name")
    if contains "$mingw" "$name"; then build_mingw "bin/$name-mingw.sys" $(sources "$name"); fi
  done
  for file in drivers/$folder/*.inf; do
    if [ -e "$file" ]; then cp "$file" bin/; fi
  done
  cd "$work"
}

build_all() {
  for each in $folders; do build_folder "$each"; done
}

absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }

case ${1-} in
  '')
    prepare; build_all
    for each in $folders; do
      mkdir -p "$root/bin/$each"; rm -f "$root/bin/$each"/*
      install -m 644 $(ls $each/bin/*.sys $each/bin/*.inf 2>/dev/null) "$root/bin/$each/"
    done
    ;;
  --check)
    prepare; build_all
    status=0
    for each in $folders; do
      for image in $each/bin/*.sys $each/bin/*.inf; do
        if [ -e "$image" ]; then cmp "$image" "$root/bin/$each/$(basename "$image")" || status=1; fi
      done
    done
    exit $status
    ;;
  *)
    mingw=
    [ $# -eq 2 ] || { echo "usage: build.sh [--check | source.c out.sys | source.cpp out.sys]" >&2; exit 2; }
    source=$(absolute "$1"); out=$(absolute "$2")
    framework "$(if grep -q '<ndis.h>' "$source"; then echo ndis; else echo wdm; fi)"
    prepare; build "$out" "$source"
    ;;
esac
