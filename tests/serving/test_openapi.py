from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import sayfind.serving

WEB = Path(sayfind.serving.__file__).parent / "web"
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str = "$") -> list[str]:
    """Where a value breaks a schema: the part of JSON Schema that the description uses."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return faults(value, root["components"]["schemas"][name], root, at)
    if "anyOf" in schema:
        return [] if any(not faults(value, s, root) for s in schema["anyOf"]) else [f"{at}: none"]
    wrong = isinstance(value, bool) and schema["type"] != "boolean"
    if wrong or not isinstance(value, TYPES[schema["type"]]):
        return [f"{at} is {value!r}, not {schema['type']}"]
    if isinstance(value, list):
        return [
            fault
            for i, item in enumerate(value)
            for fault in faults(item, schema["items"], root, f"{at}[{i}]")
        ]
    if not isinstance(value, dict):
        return []
    known, more = schema.get("properties", {}), schema["additionalProperties"]
    found = [f"{at} has no {name}" for name in schema.get("required", []) if name not in value]
    for name, item in value.items():
        if name in known:
            found += faults(item, known[name], root, f"{at}.{name}")
        elif isinstance(more, dict):
            found += faults(item, more, root, f"{at}.{name}")
        elif not more:
            found.append(f"{at}.{name} is not described")
    return found


@pytest.mark.parametrize(
    ("method", "path", "described", "body"),
    [
        ("POST", "/v1/search", "/v1/search", {"text": "running shoes"}),
        ("POST", "/v1/search", "/v1/search", {"text": ""}),
        ("GET", "/v1/products/shoe-1", "/v1/products/{id}", None),
        ("GET", "/v1/products/none", "/v1/products/{id}", None),
        ("GET", "/v1/products?id=shoe-1", "/v1/products", None),
        ("GET", "/v1/products", "/v1/products", None),
        ("POST", "/v1/batch", "/v1/batch", {"searches": [{"text": "shoes"}, {"text": ""}]}),
        ("POST", "/v1/batch", "/v1/batch", {"searches": []}),
        ("GET", "/v1/suggest?q=runn", "/v1/suggest", None),
        ("GET", "/v1/suggest?k=0", "/v1/suggest", None),
        ("POST", "/v1/transcribe", "/v1/transcribe", {"text": "no sound"}),
        ("GET", "/v1/examples", "/v1/examples", None),
        ("GET", "/v1/shop", "/v1/shop", None),
        ("POST", "/v1/feedback", "/v1/feedback", {}),
        ("DELETE", "/v1/feedback/shopper-1", "/v1/feedback/{session}", None),
        ("GET", "/health/live", "/health/live", None),
        ("GET", "/health/ready", "/health/ready", None),
    ],
)
def test_real_answers_fit_the_description(
    client: Any, method: str, path: str, described: str, body: object
) -> None:
    root = client("GET", "/openapi.json").json
    sent = None if body is None else json.dumps(body).encode()
    reply = client(method, path, sent, {"Content-Type": "application/json"})
    responses = root["paths"][described][method.lower()]["responses"]
    schema = responses[str(reply.status)]["content"]["application/json"]["schema"]
    assert faults(reply.json, schema, root) == []


def test_the_check_itself_finds_faults(client: Any) -> None:
    root = client("GET", "/openapi.json").json
    search = {"$ref": "#/components/schemas/SearchResponse"}
    answer = client.ask(text="x").json
    answer["total"] = "many"
    answer["hits"][0]["product"]["colour"] = "red"
    del answer["query"]["sort"]
    assert sorted(faults(answer, search, root)) == [
        "$.hits[0].product.colour is not described",
        "$.query has no sort",
        "$.total is 'many', not integer",
    ]


def test_every_reference_has_its_schema(client: Any) -> None:
    text = client("GET", "/openapi.json").body.decode()
    schemas = json.loads(text)["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/(\w+)", text)) <= set(schemas)
    assert all(schema["description"] for schema in schemas.values())


def test_the_page_weighs_less_than_150_kb_and_names_no_other_host() -> None:
    files = [path for path in WEB.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 150_000
    for path in files:
        others = re.findall(r"https?://(?!www\.w3\.org/)\S+", path.read_text(encoding="utf-8"))
        assert not others, f"{path.name} names {others}"


def test_both_languages_say_the_same_things() -> None:
    text = (WEB / "strings.js").read_text(encoding="utf-8")
    english, chinese = text.split("const en = {")[1].split("const zh = {")

    def keys(part: str) -> set[str]:
        return set(re.findall(r"^\s{2,4}(\w+):", part.split("\n};", maxsplit=1)[0], re.MULTILINE))

    assert keys(english) - keys(chinese) == set()
    assert keys(chinese) - keys(english) <= {
        "AudioError", "TooLargeError", "MediaTypeError", "LanguageError", "OverloadedError",
        "InternalError",
    }  # fmt: skip
