#!/bin/sh
# Compiles the kernels beside this file with nvcc 13 and lowers the header, so that older drivers would take them too.
set -eu
cd "$(dirname "$0")"
for source in *.cu ../kernels/*.cu; do
  nvcc -ptx -arch=compute_75 -O3 -o - "$source" |
    sed -e 's/^\.version .*/.version 6.0/' -e 's/^\.target .*/.target sm_60/' -e '/^\/\//d' >"${source%.cu}.ptx"
done
