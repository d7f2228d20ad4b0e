"""Opens the small ONNX models that ship with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnxruntime

from sayfind.errors import ModelError

__all__ = ["MODELS", "open_model"]

MODELS = Path(__file__).parent.parent / "models"
"""Folder of the models inside the installed package."""


def open_model(path: Path) -> Any:
    """An onnxruntime session on one core: these models are too small for threads to pay.

    Raises:
        ModelError: the file is missing or is not an ONNX model.
    """
    runtime: Any = onnxruntime  # its typing does not export what its manual documents
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return runtime.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
    except OSError as error:
        raise ModelError(f"The model {path} is missing; reinstall sayfind.") from error
    except Exception as error:  # onnxruntime's errors share no base class but Exception
        raise ModelError(f"The model {path} cannot be read; reinstall sayfind.") from error
