"""What a title certificate says to people: the same extract, with names, in their language."""

from msgspec import Struct

from yaosu.core import State
from yaosu.kernel.instant import format_instant
from yaosu.rights.title_certificate import TitleExtract
from yaosu.rights.values import RegisterEntry
from yaosu.rights.vocabulary import VOCABULARY
from yaosu.workers.titles.words import say

Line = tuple[str, str]  # what, and what of it
BURDENS_MAX, CHARACTERS_MAX = 100, 1_000  # that are printed; the data in the file has all
GROUP = 8  # digits of a digest between two blanks


class Block(Struct, frozen=True, kw_only=True):
    """Lines under a heading; ``text`` where there are none."""

    heading: str
    lines: tuple[Line, ...] = ()
    text: str = ""


class Face(Struct, frozen=True, kw_only=True):
    """All that is printed, from top to bottom, besides the code and how to check it."""

    language: str
    venue: str
    lead: str
    title: str
    right: str
    blocks: tuple[Block, ...]


def face_of(state: State, extract: TitleExtract, language: str) -> Face:
    """The words of a certificate that was made of this state."""
    venue = state.parties.venue
    assert venue is not None, "a journal begins with its venue"
    operator = _party(state, venue.operator, has_id=False)
    return Face(
        language=language,
        venue=f"{operator} ({extract.venue})",
        lead=say(language, "lead", venue=f"{operator} ({extract.venue})"),
        title=say(language, "title"),
        right=extract.right,
        blocks=(
            Block(heading=say(language, "right"), lines=tuple(_right(state, extract, language))),
            Block(heading=say(language, "unit"), lines=tuple(_unit(state, extract, language))),
            _burdens(state, extract, language),
        ),
    )


def _right(state: State, extract: TitleExtract, language: str) -> list[Line]:
    def line(key: str, text: str) -> Line:
        return say(language, key), text

    begin = moment(extract.term_from)
    open_end = say(language, "term_open", begin=begin)
    end = moment(extract.term_to)
    term = say(language, "term_until", begin=begin, end=end) if extract.term_to else open_end
    lots, quantity = f"{extract.lots:,}", f"{extract.quantity:,}"
    share = say(
        language,
        "share_of",
        share=extract.share,
        lots=lots,
        quantity=quantity,
        measurement=extract.measurement,
    )
    lines = [
        line("number", extract.number or extract.entry),
        line("kind", extract.kind.replace("_", " ")),
        line("holder", _party(state, extract.holder)),
    ]
    known = state.parties.parties.get(extract.holder)
    if known is not None and known.members:
        told = [f"{_party(state, one.party)}: {one.share}" for one in known.members]
        lines.append(line("members", _clipped("; ".join(told))))
    lines += [line("share", share), line("term", term)]
    if extract.scope:
        told = [f"{name}: {text}" for name, text in sorted(extract.scope.items())]
        lines.append(line("scope", _clipped("; ".join(told))))
    if extract.based_on:
        lines.append(line("based_on", extract.based_on))
    if extract.source:
        lines.append(line("source", grouped(extract.source)))
    lines.append(line("version", str(extract.version)))
    return lines


def _unit(state: State, extract: TitleExtract, language: str) -> list[Line]:
    profile = state.rights.profiles[extract.factor][-1].factor
    factor = (language == "zh" and profile.zh) or profile.name.capitalize()
    lines = [
        (say(language, "unit"), extract.unit),
        (say(language, "factor"), factor),
        (say(language, "region"), _region(state, extract.region, language)),
    ]
    attributes = state.rights.units[extract.unit].attributes
    if attributes:
        told = [
            f"{name.replace('_', ' ')}: {_value(value, language)}"
            for name, value in sorted(attributes.items())
        ]
        lines.append((say(language, "attributes"), _clipped("; ".join(told))))
    return lines


def _value(value: str | int | bool, language: str) -> str:
    if isinstance(value, bool):
        return say(language, "yes" if value else "no")
    return _clipped(str(value))


def _burdens(state: State, extract: TitleExtract, language: str) -> Block:
    heading = say(language, "restrictions")
    entries = [state.rights.entries[one] for one in extract.burdens]
    lines = tuple(_burden(state, one, language) for one in entries[:BURDENS_MAX])
    if len(entries) > BURDENS_MAX:
        more = say(language, "more", n=len(entries) - BURDENS_MAX)
        lines = (*lines, ("…", more))
    text = "" if lines else say(language, "none")
    return Block(heading=heading, lines=lines, text=text)


def _burden(state: State, entry: RegisterEntry, language: str) -> Line:
    kind = VOCABULARY[entry.kind]
    word = kind.zh if language == "zh" else entry.kind.replace("_", " ").capitalize()
    told = []
    if entry.beneficiary:
        told.append(say(language, "for", who=_party(state, entry.beneficiary)))
    venue = state.parties.venue
    if entry.amount_minor and venue is not None:
        whole, rest = divmod(entry.amount_minor, 10**venue.minor_digits)
        digits = f".{rest:0{venue.minor_digits}}" if venue.minor_digits else ""
        told.append(f"{whole:,}{digits} {venue.currency}")
    told.append(say(language, "since", at=moment(entry.counts_from)))
    if entry.until:
        told.append(say(language, "until", at=moment(entry.until)))
    if entry.reason:
        told.append(say(language, "reason", reason=_clipped(entry.reason)))
    told.append(entry.number or entry.id)
    return word, "; ".join(told)


def _clipped(text: str) -> str:
    return text if len(text) <= CHARACTERS_MAX else f"{text[: CHARACTERS_MAX - 1]}…"


def grouped(digits: str) -> str:
    """A digest in groups, to be read from paper."""
    return " ".join(digits[i : i + GROUP] for i in range(0, len(digits), GROUP))


def moment(instant: int) -> str:
    """An instant as people read it."""
    return format_instant(instant).replace("T", " ").replace("Z", " UTC")


def _party(state: State, party: str, *, has_id: bool = True) -> str:
    known = state.parties.parties.get(party)
    if known is None or not known.name or known.name == party:
        return party
    return f"{known.name} ({party})" if has_id else known.name


def _region(state: State, region: str, language: str) -> str:
    trees = [tree for tree in state.places.trees if tree.effective <= state.now]
    known = trees[-1].regions.get(region) if trees else None
    name = "" if known is None else (language == "zh" and known.name_zh) or known.name
    return f"{name} ({region})" if name and name != region else region
