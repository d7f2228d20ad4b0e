"""How much personal data redaction finds, and how much that is none it takes.

Names, phones, addresses, cards and identity numbers are made by Faker (its rules are not ours) and
said in sentences; what is no personal data are the queries and product titles of real shops.

    python -m benchmarks.redaction [--titles FEED.tsv ...] [--queries FILE ...]
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from faker import Faker

from sayfind import demo
from sayfind.privacy.redaction import find_personal

SAID = {
    "en": {
        "name": ["my name is {}", "Deliver it to Mr. {}", "my name is {}, I want red shoes"],
        "phone": ["call me on {}", "my number is {} and I need a laptop", "phone {}"],
        "address": ["send it to {}", "I live at {}", "ship the headphones to {}"],
        "card": ["my card is {}", "pay with {} please", "card number {}"],
        "id": ["my social security number is {}", "ssn {}"],
        "email": ["write to {}", "my email is {} thanks"],
    },
    "zh": {
        "name": ["我叫{}", "收件人:{},电话", "我叫{}，想买一双跑鞋"],
        "phone": ["我的电话是{}", "打{}找我", "手机{}要一台电脑"],
        "address": ["寄到{}", "我住在{}", "地址:{}"],
        "card": ["卡号是{}", "用{}付款"],
        "id": ["身份证号{}", "我的身份证是{}，谢谢"],
        "email": ["发到{}", "邮箱{}"],
    },
}
LOCALES = {"en": "en_US", "zh": "zh_CN"}


def made(fake: Faker, kind: str) -> str:
    """One piece of personal data."""
    sources = {
        "name": fake.name, "phone": fake.phone_number, "card": fake.credit_card_number,
        "id": fake.ssn, "email": fake.email,
        "address": lambda: fake.address().replace("\n", ", ").rsplit(" ", 1)[0]
        if fake.locales == ["zh_CN"] else fake.street_address(),
    }  # fmt: skip
    return str(sources[kind]())


def recall(language: str, kind: str, count: int, seed: int) -> float:
    """Share of pieces of which no character that matters is left."""
    fake, chance, whole = Faker(LOCALES[language]), random.Random(seed), 0
    fake.seed_instance(seed)
    for _ in range(count):
        piece = made(fake, kind)
        said = chance.choice(SAID[language][kind]).format(piece)
        start = said.index(piece)
        taken = {i for f in find_personal(said) for i in range(f.start, f.end)}
        left = [said[i] for i in range(start, start + len(piece)) if i not in taken]
        whole += sum(map(str.isalnum, left)) <= 0.2 * len(piece)
    return whole / count


def lines(path: Path) -> Iterator[str]:
    """The lines of a text file, zipped or not."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        yield from (line.rstrip("\n") for line in file)


def taken(texts: Iterable[str]) -> tuple[int, int, list[str]]:
    """(texts, those of which something was taken, examples)."""
    count, hit, examples = 0, 0, []
    for text in texts:
        count += 1
        if found := find_personal(text):
            hit += 1
            first = found[0]
            examples.append(f"{first.kind}: {text[first.start : first.end]}")
    return count, hit, examples


def main() -> None:
    """Print one table and write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, nargs="*", default=[], help="lines, first column")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--out", type=Path, default=Path("runs/out/redaction.json"))
    options = parser.parse_args()
    report: dict[str, object] = {}
    print("| said in | " + " | ".join(SAID["en"]) + " |")
    for language, kinds in SAID.items():
        shares = {kind: recall(language, kind, options.count, 7) for kind in kinds}
        report[language] = shares
        print(f"| {language} | " + " | ".join(f"{s:.3f}" for s in shares.values()) + " |")
    for path in [demo.catalog_path(), *options.texts]:
        count, hit, examples = taken(text for line in lines(path) for text in line.split("\t"))
        report[path.name] = {"texts": count, "taken": hit, "examples": examples[:40]}
        print(f"{path.name}: {hit} of {count} texts ({hit / max(1, count):.5f})", examples[:12])
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
