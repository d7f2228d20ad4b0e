#!/usr/bin/env bash
# The bundled acoustic model from recordings to ONNX: pack, speak, train, export. A stopped run
# goes on.
#
#   runs/base_model.sh DATA OUT [setting=value ...]
#
# DATA holds speech/NAME.tar, noise/noise.tar and, for synthetic speech, text/ and catalog/; OUT
# gets packed/, the checkpoint and ears.onnx.
# RECIPE names another recipe, PYTHON another interpreter.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
data="${1:?usage: runs/base_model.sh DATA OUT [setting=value ...]}"
out="${2:?usage: runs/base_model.sh DATA OUT [setting=value ...]}"
shift 2
recipe="${RECIPE:-$here/recipes/conv_recurrent.toml}"
python="${PYTHON:-python}"

"$python" -m sayfind.training.packed "$data" "$out/packed"
if [ ! -d "$data/text" ] || ! command -v espeak-ng >/dev/null; then
    echo "No synthetic speech: it needs DATA/text, DATA/catalog and espeak-ng." >&2
elif [ ! -f "$out/packed/synthetic-zh.npz" ]; then
    "$python" -m sayfind.training.recipes.synthetic_speech "$data" "$out/packed"
fi
"$python" -m sayfind.training.recipes.acoustic "$out/packed" "$out" "$recipe" "$@"
"$python" -m sayfind.training.export_ears "$out/ears.pt" "$out/ears.onnx"
