"""Which runs of Latin letters are said as a word, and which are spelled out.

``LaserJet`` is a word, ``HDMI`` is four letters, ``RAM`` is a word although it is an abbreviation,
``LED`` is spelled although it could be one. A run that is in neither list is judged by its case
and by whether English could pronounce it.
"""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache

__all__ = ["CLOSED_NAMES", "close_names", "is_pronounceable", "is_word", "split_abbreviations"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Short English words: anything this short that is not here is more likely an abbreviation.
_SHORT_WORDS = _words(
    """
    a i am an as at be by do go he hi if in is it me my no of oh ok on or so to up us we
    ace act add age ago aid aim air ale all and ant any ape apt arc are arm art ash ask ate axe
    bad bag ban bar bat bay bed bee beg bet bi bib bid big bin bit box boy bra bud bug bun bus but
    buy cab can cap car cat cod cot cow cow cox cry cub cue cup cut dad dam day den dew did die
    dig dim dip dog dot dry dub duo dye ear eat eco ego egg elf elk end era eve eye fan far fat
    fax fed fee few fig fin fir fit fix flu fly fog fox fry fun fur gap gas gel gem get gin god
    got gum gun gut guy gym had ham has hat hay hen her hex hid him hip his hit hog hop hot how
    hub hug hut ice ink inn ivy jam jar jaw jet job jog joy jug key kid kin kit lab lap law lay
    leg let lid lie lip lit log lot low mac mad man map mat max may men met mid mix mob mop mud
    mug nap neo net new nib nil nip not now nut oak oar oat odd off oil old one opt orb our out
    owl own pad pal pan pat paw pay pea peg pen per pet pie pig pin pit pod pop pot pro pub pup
    put rag ram ran rat raw ray red rib rid rig rim rip rob rod row rub rug rum run sad sap sat
    saw say sea see set she shy sit six ski sky son sow soy spa sum sun tab tag tan tap tar tax
    tea ten the tie tin tip toe tri ton too top toy try tub two use van vet vow wax way web wet who
    why wig win wok won yes yet you zen zip zoo
    """
)
_SAID_AS_WORDS = _words(
    """
    aldi asus bic bios bob bose cad cat cmos co dan de del dell dimm duo el eos epson evo fi gif
    hepa iams jan jbod joe jpeg ken kim la lan laser le lee lego len leo liz mag max may mia
    nand nas nasa neo nexus nova ohm opus pam philips pixma pom qi raid ram ray rex rom ron roy
    sam sat sata sim sodimm sonos taser ted tefal tim tom uni vans vesa von wan wi wifi wii xbox
    xeon yoga zara
    """
)
_SPELLED = _words(
    """
    aa aaa ac acl aeg afc aio akg ana anc ansi aoc api apu atm ati atx aux avi bmw cd cea cf dab
    dac db dc ddr dj dl dp dpi dram dvd dvi eol eps esata eu fhd fm gb gps gpu gt gtx hd hdd
    hdmi hp html id iec ieee io ios iot ip ips ir isdn iso jbl jvc kb kvm lcd led lg mb mp nec
    nfc oem oled os ota pa pc pci pcie pda pe poe pos ps psu pvc qa qhd rgb rj rpm rs rtx rx sas
    sd sdi sdr sdk sdram sla ssd ssi stb tb tcl tcp tft ti tn tv uhd ui uk ul uma usa usb utp uv
    uva uvc uxga va vga vpn vr wlan wps wqhd wxga xl xlr xp xs xt xxl xxxl
    """
)
# All in capitals these are abbreviations, otherwise words.
_SPELLED_IN_CAPITALS = _words(
    "am an as at be co de do el fi ha he hi if it la le me mo oh so us we wi add dim mag pom spa"
)

# Names that are said, and often heard, in more words than they are written.
CLOSED_NAMES = {
    "wi fi": "wifi", "wi-fi": "wifi", "hi fi": "hifi", "hi-fi": "hifi", "x box": "xbox",
    "i phone": "iphone", "i phones": "iphones", "i pad": "ipad", "i pads": "ipads",
    "i pod": "ipod", "i mac": "imac", "mac book": "macbook", "play station": "playstation",
    "air pods": "airpods", "you tube": "youtube", "e book": "ebook", "e reader": "ereader",
    "e-book": "ebook", "e-reader": "ereader", "e mail": "email", "e-mail": "email",
}  # fmt: skip
_OPEN = re.compile(r"\b(" + "|".join(CLOSED_NAMES) + r")\b", re.IGNORECASE)


def close_names(text: str) -> str:
    """The text with names such as "wi fi" and "i phone" in one word."""
    return _OPEN.sub(lambda match: CLOSED_NAMES[match[1].lower()], text)


_VOWEL = re.compile(r"[aeiouy]")
_SYLLABLES = re.compile(r"[aeiouy]+")
_TRIPLED = re.compile(r"(.)\1\1")
_ONSET = re.compile(
    r"""(?: qu | [bcdfghjklmnpqrstvwxz] | [bcfgkps]l | [bcdfgkptvw]r | s[ckmnpqtw] | s[cpt]r | spl
      | [cgpstw]h | [dtkgs]w | chr | chl | sch[lmnrw]? | shr | thr | kn | gn | ps | pf | wh | gh
      | squ | scl | dj | ts | tz | zh | ph[lr]? | rh | vl | mc | kj | hj | bj | fj | ll )?""",
    re.VERBOSE,
)
_CODA = re.compile(
    r"""(?: [bcdfghjklmnpqrstvwxz] | ([bcdfglkmnprstz])\1 | l[bcdfkmpstv] | r[bcdfgklmnpstvz]
      | m[bp] | n[cdgkstxz] | ng[ks] | nks | s[ckpt] | c[kt] | [cgpst]h | ght | ghts | [fpx]t | tz
      | [bcdfghklmnprtw]s | [lrn]ch | tch | [nrldp]th | ngth | rst | rld | [rlnmpcf]ts | sts | cks
      | lls | w[nkl] | wls | [lr][kmnpds]s | n[d]s | nths | ths | mps | ngs | mn | gn | ffs | rtz
      | pps | gs | hm )?""",
    re.VERBOSE,
)


@lru_cache(maxsize=65536)
def is_pronounceable(run: str) -> bool:
    """Whether a lower-case run has vowels, and beginnings and ends of syllables as English has.

    >>> [is_pronounceable(run) for run in ("latte", "hdmi", "usb", "strength")]
    [True, False, False, True]
    """
    vowels = list(_SYLLABLES.finditer(run))
    if not vowels:
        return False
    # Long names with several syllables get said whatever their spelling (NVIDIA, Schwarzkopf).
    if _unspeakable(run):
        return False
    if len(run) >= 6 and len(vowels) >= 2:
        return True
    onset, coda = run[: vowels[0].start()], run[vowels[-1].end() :]
    # A long run that starts like a word is one, whatever piles up at its end (lengths, films).
    return bool(_ONSET.fullmatch(onset) and (_CODA.fullmatch(coda) or len(run) >= 6))


def _unspeakable(run: str) -> bool:
    return max(map(len, _SYLLABLES.split(run))) > 6 or _TRIPLED.search(run) is not None


def is_word(run: str, informative_case: bool = True, words: Container[str] = frozenset()) -> bool:
    """Whether a run of letters is said as a word.

    ``informative_case`` is False where the whole text is in capitals, so that capitals say
    nothing; ``words`` are lower-case words known to be words.
    """
    lower = run.lower()
    if len(run) == 1 or lower in words:
        return True
    shouted = informative_case and run.isupper()
    return _is_word(lower, shouted)


@lru_cache(maxsize=65536)
def _is_word(lower: str, shouted: bool) -> bool:
    if lower in _SPELLED or (shouted and lower in _SPELLED_IN_CAPITALS):
        return False
    if lower in _SHORT_WORDS or lower in _SAID_AS_WORDS:
        return True
    if len(lower) == 2 or (shouted and len(lower) == 3):
        return False
    return bool(_VOWEL.search(lower)) and is_pronounceable(lower)


# What spelled letters stand for when a speaker strings several abbreviations together.
_ABBREVIATIONS = (_SPELLED | _words("ac cpu hq hz fx gsm ghz mhz mah rc rv suv tpu qled")) - {
    "io",
    "ul",
    "pe",
    "db",
    "va",
    "ti",
    "ir",
    "ui",
    "ana",
    "rs",
    "dl",
    "cf",
    "aa",
    "id",
    "os",
}


def split_abbreviations(letters: str) -> list[str]:
    """Spelled letters as the abbreviations they are made of, or as one if they are not.

    >>> split_abbreviations("gbssd"), split_abbreviations("hdmi"), split_abbreviations("qxvt")
    (['gb', 'ssd'], ['hdmi'], ['qxvt'])
    """
    if letters in _ABBREVIATIONS or len(letters) < 4:
        return [letters]
    for cut in range(len(letters) - 2, 1, -1):
        if letters[:cut] in _ABBREVIATIONS:
            rest = split_abbreviations(letters[cut:])
            if all(part in _ABBREVIATIONS for part in rest):
                return [letters[:cut], *rest]
    return [letters]
