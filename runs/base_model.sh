#!/usr/bin/env bash
# The bundled acoustic model from recordings to ONNX: pack, train, export. A stopped run goes on.
#
#   runs/base_model.sh DATA OUT [setting=value ...]
#
# DATA holds speech/NAME.tar and noise/noise.tar; OUT gets packed/, the checkpoint and ears.onnx.
# RECIPE names another recipe, PYTHON another interpreter.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
data="${1:?usage: runs/base_model.sh DATA OUT [setting=value ...]}"
out="${2:?usage: runs/base_model.sh DATA OUT [setting=value ...]}"
shift 2
recipe="${RECIPE:-$here/recipes/conv_recurrent.toml}"
python="${PYTHON:-python}"

"$python" -m sayfind.training.packed "$data" "$out/packed"
"$python" -m sayfind.training.recipes.acoustic "$out/packed" "$out" "$recipe" "$@"
"$python" -m sayfind.training.export_ears "$out/ears.pt" "$out/ears.onnx"
