#!/usr/bin/env bash
# The taggers of intents and slots, each measured on the texts that are held out.
#
#   runs/taggers.sh DATA OUT [CORPUS ...]
#
# DATA holds text/ and catalog/; CORPUS is snips, nlu, dsner or shop (all, where none is named).
# OUT gets CORPUS.onnx and CORPUS.json with the figures. PYTHON names another interpreter.
set -euo pipefail
data="${1:?usage: runs/taggers.sh DATA OUT [CORPUS ...]}"
out="${2:?usage: runs/taggers.sh DATA OUT [CORPUS ...]}"
shift 2
[ "$#" -gt 0 ] || set -- snips nlu dsner shop
for corpus in "$@"; do
    "${PYTHON:-python}" -m sayfind.training.recipes.tagger "$data" "$out" "$corpus"
done
