"""Word lists that several readers of this room share: currencies and small function words."""

from __future__ import annotations

import re

__all__ = [
    "ACCESSORIES",
    "COMPARED",
    "CURRENCIES",
    "CURRENCY_AFTER",
    "CURRENCY_BEFORE",
    "DETERMINERS",
    "JOIN",
    "STOP_WORDS",
    "ZH_ACCESSORIES",
    "ZH_STOP_WORDS",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NAMES = {
    "USD": "dollars dollar bucks buck usd us$ $ usdollars usdollar 美元 美金 刀",
    "EUR": "euros euro eur € 欧元 欧",
    "GBP": "pounds pound quid gbp £ 英镑",
    "CNY": "yuan rmb cny kuai 块钱 块 元钱 元 人民币 圆",
    "JPY": "yen jpy 日元",
    "HKD": "hkd hk$ 港币 港元",
}

# As said, without spaces -> (ISO 4217 code, factor).
CURRENCIES: dict[str, tuple[str, float]] = {
    **{name: (code, 1.0) for code, names in _NAMES.items() for name in names.split()},
    "¥": ("CNY", 1.0),
    "cents": ("USD", 0.01),
    "cent": ("USD", 0.01),
}

CURRENCY_AFTER = (
    r"(?:(?:us )?dollars?|bucks?|usd|euros?|eur|pounds?|quid|gbp|yuan|rmb|cny|kuai|yen|jpy|hkd|"
    r"cents?)(?![a-z])|块钱|块|元钱|元|圆|人民币|美元|美金|刀(?![具片鞘])|欧元|欧(?![洲美式码])|英镑|日元|港币|港元|€|£|\$"
)
CURRENCY_BEFORE = r"us\$|hk\$|\$|€|£|¥|usd|rmb|eur|gbp|cny"

DETERMINERS = _words("a an the any some this that these those my your our their his her its")

# Function words of English that say nothing about a product. They leave the terms unless they
# are part of a catalogue value.
STOP_WORDS = DETERMINERS | _words(
    "i i'm i'd i've im me we us you he she it they them is are was be been am do does did has "
    "have had can could may might will would should shall must and or but nor of for with "
    "without in on at to from by as so if then than that's it's there here which who what "
    "where how please thanks thank just also too very really quite maybe something anything "
    "one ones not no kind sort type bit lot lots little few um uh er erm hmm ah oh okay ok yeah "
    "yes hi hello hey nothing only"
)

ZH_STOP_WORDS = _words(
    "的 了 吗 呢 吧 啊 呀 哦 嗯 呃 额 我 你 您 我们 你们 想 要 想要 给 帮 帮我 把 "
    "那 那个 这 这个 就 "
    "是 有 和 与 或 或者 还是 还 也 都 很 请 一下 一个 一款 一些 一点 点 些 个 款 种 "
    "有没有 什么 哪些 哪个 怎么 可以 能 能不能 吗 在 用 来 去 看看 看 买 找 "
    "搜 搜索 查 需要 推荐 比较 但 但是 "
    "不要 不 没 没有 别 除了 以外 之外"
)

# Nouns that turn a product before them into what they are for: a laptop sleeve is no laptop.
ACCESSORIES = _words(
    "accessory accessories adapter bag band battery batteries bowl box brush cable cap case "
    "charger cleaner clip clips cord cover covers dock dryer filter frame guard holder hook "
    "hose kit lace laces lid light mat mount oil organizer organiser pad part polish pouch "
    "protector rack refill replacement ribbon screen shelf shelves skin sleeve spray stand "
    "sticker storage strap straps table tray tripod wallet wash wire"
)
ZH_ACCESSORIES = tuple(
    sorted(
        _words(
            "壳 套 膜 架 带 绳 线 包 盒 垫 贴 柜 罩 配件 充电 支架 保护 袋 刷 清洁"
            " 收纳 电池 挂 扣 链 座 滤 油 支"
        )
    )
)

# What joins two values of one column: both are wanted, or both are not; "and" is heard as "an".
JOIN = re.compile(
    r"\s*(?:,|/|&|\bor\b|\band?\b|\bnor\b|和|或者?|还是|跟|与|及|以及|,\s*(?:or|and))+\s*"
    r"(?:(?:an?|the|in|any)(?![a-z])\s*)?"
)

# What stands between two values that are weighed against each other: both are meant.
COMPARED = re.compile(
    r"(?:\s+[a-z-]+)?\s*(?:versus|vs\.?|against|compared (?:to|with)|"
    r"(?:better|worse|cheaper|bigger|lighter|newer|more expensive|different) (?:than|from))\s+"
    r"(?:(?:an?|the)\s+)?|\s*(?:比|对比|相比|pk)\s*"
)
