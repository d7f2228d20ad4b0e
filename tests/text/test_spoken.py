from __future__ import annotations

import gzip
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayfind.text.spoken import spoken_forms, written_form

ICECAT = Path(__file__).parents[3] / "shared/data/catalog/icecat/products.jsonl.gz"
SPOKEN = re.compile(r"[a-z']+(?: [a-z']+)*")

FIRST = """
iPhone 15 Pro Max -> iphone fifteen pro max
RTX 4090 -> r t x forty ninety
RTX 4090 Ti -> r t x forty ninety t i
43.2 cm (17") -> forty three point two centimeters seventeen inches
5L -> five liter
1.5L -> one point five liter
4 GB DDR2-SDRAM -> four gigabyte d d r two s d ram
250 GB HDD -> two hundred fifty gigabyte h d d
Intel® Core™2 Duo -> intel core two duo
NVIDIA® GeForce® 9200M GS -> nvidia geforce ninety two hundred m g s
1440 x 900 pixels -> fourteen forty by nine hundred pixels
19x27 mm -> nineteen by twenty seven millimeters
60 in x 100 ft -> sixty inch by one hundred feet
HP Pavilion dv7-1211ea -> h p pavilion d v seven twelve eleven e a
Canon EOS 5D Mark II -> canon eos five d mark two
GS108 -> g s one oh eight
i7-2600K -> i seven twenty six hundred k
WH-1000XM5 -> w h one thousand x m five
006R90321 -> zero zero six r nine zero three two one
802.11ac Wi-Fi -> eight oh two point eleven a c wifi
f/3.5L -> f three point five l
USB 2.0 -> u s b two point zero
1080p -> ten eighty p
4K TV -> four k t v
5G 10G -> five g ten g
VB-FD2-32G -> v b f d two thirty two g
5.0m -> five meter
3M -> three meter
3.5in -> three point five inch
6 ft -> six feet
6-ft. cable -> six foot cable
5000mAh -> five thousand milliamp hour
250g -> two hundred fifty gram
6 pc(s) -> six pieces
1 pc(s) -> one piece
3-pack -> three pack
2-in-1 -> two in one
5 in 1 -> five in one
All-in-One -> all in one
100% Cotton -> one hundred percent cotton
$19.99 -> nineteen ninety nine dollars
£5 -> five pounds
$1,299 -> one thousand two hundred ninety nine dollars
100,000 pages -> one hundred thousand pages
8th Gen -> eighth gen
21st -> twenty first
20th -> twentieth
1/2 inch -> half inch
16:9 -> sixteen nine
24/7 -> twenty four seven
Café Crème -> cafe creme
L'Oréal -> l'oreal
AT&T -> a t and t
Salt & Pepper -> salt and pepper
Galaxy S23+ -> galaxy s twenty three plus
Black/White -> black white
Men’s T-Shirt -> men's t shirt
Levi's 501 -> levi's five hundred one
DVDs -> d v d's
Li-Ion -> lithium ion
StarTech.com -> startech dot com
40°C -> forty degrees c
SELFIE STICK BLACK -> selfie stick black
LED TV -> l e d t v
Cat6a -> cat six a
Sony SAL1680Z -> sony s a l sixteen eighty z
96x139,7 mm -> ninety six by one hundred thirty nine point seven millimeters
Print Cartridge (2.2K) -> print cartridge two point two k
i9-10900K -> i nine ten nine hundred k
7FF2FPA/00 -> seven f f two f p a zero zero
GS6000 -> g s six thousand
SRU2104S -> s r u twenty one oh four s
C2G 37098 -> c two g three seven zero nine eight
RAM -> ram
iPhone15手机 -> iphone fifteen
小米 14 Pro -> fourteen pro
w/o lens -> without lens
"""


def _rows() -> list[list[str]]:
    return [row.split(" -> ") for row in FIRST.strip().splitlines()]


@pytest.mark.parametrize(("text", "spoken"), _rows())
def test_the_likeliest_form(text: str, spoken: str) -> None:
    assert spoken_forms(text)[0] == spoken


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("RTX 4090", "r t x four thousand ninety"),
        ("500GB", "five hundred gig"),
        ("256 GB SSD", "two fifty six gig s s d"),
        ("USB 2.0", "u s b two"),
        ("USB 3.0", "u s b three point oh"),
        ("17 inch", "seventeen inches"),
        ("17 inches", "seventeen inch"),
        ("5L", "five liters"),
        ("LaserJet", "laser jet"),
        ("Levi's 501", "levi's five oh one"),
        ("GS108", "g s one hundred eight"),
        ("3M", "three m"),
        ("12896", "one two eight nine six"),
    ],
)
def test_other_ways_are_among_the_forms(text: str, also: str) -> None:
    assert also in spoken_forms(text)


@pytest.mark.parametrize("text", ["", "  ", "手机", "保温杯", "😀", "---", "®™"])
def test_nothing_english_gives_nothing(text: str) -> None:
    assert spoken_forms(text) == []


def test_the_limit_holds_and_the_first_form_does_not_depend_on_it() -> None:
    title = 'HP 17" 1440 x 900 4 GB DDR2 250 GB'
    forms = spoken_forms(title, limit=10)
    assert len(spoken_forms(title, limit=2)) == 2
    assert spoken_forms(title, limit=1) == forms[:1]
    assert len(set(forms)) == len(forms)


def test_a_lexicon_decides_what_is_a_word() -> None:
    assert spoken_forms("QNAP TS-251") == spoken_forms("QNAP TS-251", words=frozenset())
    assert spoken_forms("QNAP")[0] == "q n a p"
    assert spoken_forms("QNAP", words={"qnap"})[0] == "qnap"


def test_written_form_is_at_hand_here_too() -> None:
    assert written_form("r t x forty ninety") == "rtx 4090"


@given(st.text(), st.integers(1, 6))
def test_forms_are_words_of_letters_only(text: str, limit: int) -> None:
    forms = spoken_forms(text, limit)
    assert len(forms) <= limit
    assert all(SPOKEN.fullmatch(form) for form in forms)
    assert forms == spoken_forms(text, limit)


@given(st.text(alphabet="aAbBgGmM019.-/ x\"'()%&+", max_size=24))
def test_forms_of_code_like_text_are_words_too(text: str) -> None:
    assert all(SPOKEN.fullmatch(form) for form in spoken_forms(text))


@given(st.integers(2, 9999))
def test_a_model_number_comes_back(number: int) -> None:
    form = spoken_forms(f"rtx {number}", limit=1)[0]
    assert written_form(form) == f"rtx {number}"


@pytest.mark.shared
@pytest.mark.skipif(not ICECAT.exists(), reason="needs ../shared")
def test_real_titles() -> None:
    with gzip.open(ICECAT, "rt", encoding="utf-8") as lines:
        titles = [json.loads(line)["title"] for line in lines]
    started = time.perf_counter()
    forms = [spoken_forms(title) for title in titles]
    assert time.perf_counter() - started < 20  # 3 s on an idle core; a loaded one gets room
    assert all(SPOKEN.fullmatch(form) for each in forms for form in each)
    assert sum(not each for each in forms) < 20
