#!/usr/bin/env bash
# base_model.sh in five minutes on one core: fewer recordings, a small network, three minutes of
# training. The model that comes out is good for nothing but showing that every step works.
#
#   runs/base_model_tiny.sh DATA OUT [setting=value ...]
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
data="${1:?usage: runs/base_model_tiny.sh DATA OUT [setting=value ...]}"
out="${2:?usage: runs/base_model_tiny.sh DATA OUT [setting=value ...]}"
shift 2
some="$(mktemp -d)"
trap 'rm -rf "$some"' EXIT
mkdir -p "$some/speech" "$some/noise"
cp "$data/noise/noise.tar" "$some/noise/"
for name in vctk-mini seedlingo-zh misc-zh; do
    [ ! -e "$data/speech/$name.tar" ] || cp "$data/speech/$name.tar" "$some/speech/"
done
RECIPE="$here/recipes/tiny.toml" "$here/base_model.sh" "$some" "$out" "$@"
