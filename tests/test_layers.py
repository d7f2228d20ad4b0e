"""The import law: a room imports strictly lower levels, never a peer."""

from __future__ import annotations

import ast
from pathlib import Path

import sayfind

LEVELS = {
    **dict.fromkeys(["types", "errors"], 0),
    **dict.fromkeys(["stages", "config"], 1),
    **dict.fromkeys(["text", "audio"], 2),
    **dict.fromkeys(["catalog", "features", "lm"], 3),
    **dict.fromkeys(
        ["acoustic", "decoding", "correction", "understanding", "retrieval", "recommendation",
         "feedback", "privacy"], 4
    ),
    **dict.fromkeys(["shop", "ears", "learnt"], 5),
    **dict.fromkeys(["correctors", "updates"], 6),
    "pipeline": 7,
    **dict.fromkeys(["data", "demo", "domains"], 6),
    **dict.fromkeys(["training", "evaluation", "learning"], 8),
    "serving": 9,
    "cli": 10,
    "client": 10,
    "testing": 10,
}  # fmt: skip

PACKAGE = Path(sayfind.__file__).parent


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = [node.module or ""]
            if node.module == "sayfind":
                names = [f"sayfind.{alias.name}" for alias in node.names]
        rooms |= {name.split(".")[1] for name in names if name.startswith("sayfind.")}
    return rooms


def test_rooms_import_only_lower_levels() -> None:
    broken = []
    for path in sorted(PACKAGE.rglob("*.py")):
        room = room_of(path)
        if room in ("__init__", "__main__"):
            continue
        assert room in LEVELS, f"{path}: give the room {room!r} a level"
        for other in imported_rooms(path) - {room}:
            if other in LEVELS and LEVELS[other] >= LEVELS[room]:
                broken += [f"{path.relative_to(PACKAGE)} imports {other}"]
    assert not broken, "\n".join(broken)


def test_importing_sayfind_is_light() -> None:
    import subprocess
    import sys

    heavy = ["numpy", "onnxruntime", "pocketsphinx", "torch", "av", "starlette", "rjieba"]
    code = f"import sayfind, sys; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
