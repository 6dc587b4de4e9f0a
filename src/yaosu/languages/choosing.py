"""Which language a reader is told in: the one asked for that we have, else English."""

LANGUAGES = ("en", "zh")
FIRST = LANGUAGES[0]
ASKED_MAX = 40  # languages that one header may name


def language_asked(accepted: str) -> str:
    """What a header ``Accept-Language`` asks for (RFC 9110); English where nothing fits.

    ``zh-CN, zh;q=0.9, en;q=0.8`` asks for Chinese. Of two of one weight the first counts; a weight
    of 0 means: not this one.
    """
    best, weight_best = FIRST, 0
    for part in accepted.split(",")[:ASKED_MAX]:
        name, _, terms = part.partition(";")
        found = name.strip().lower().partition("-")[0]
        weight = _thousandths(terms)
        if found in LANGUAGES and weight > weight_best:
            best, weight_best = found, weight
    return best


def _thousandths(terms: str) -> int:
    """The weight in thousandths; what cannot be read counts nothing."""
    name, equals, text = terms.strip().partition("=")
    if not equals:
        return 0 if name else 1000
    head, _, tail = text.strip().partition(".")
    is_weight = name.strip().lower() == "q" and head in {"0", "1"} and len(tail) <= 3
    if not is_weight or (tail and not (tail.isascii() and tail.isdecimal())):
        return 0
    return min(1000, int(head) * 1000 + int(tail.ljust(3, "0")))
