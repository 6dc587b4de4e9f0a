"""The page of one right: what it is, what stands on it, what hangs on it, and its whole chain."""

from msgspec import Struct

from yaosu.core import State
from yaosu.kernel.refusal import found
from yaosu.rights.title_chain import ChainStep, TitleChain, title_chain
from yaosu.server.console.names import Names
from yaosu.server.console.pages.applying import WayRow, rows_of_right
from yaosu.server.documents_seen import is_kept


class RightPage(Struct, frozen=True, kw_only=True):
    """The chain of a title with names in place of ids; steps newest first.

    Attributes:
        kept: digests of the documents that are kept, of those the chain rests on.
        ways: what the reader may ask about it.
        papers: as what its certificate can be had here: ``json``, ``pdf``; empty: not here.
    """

    chain: TitleChain
    steps: tuple[ChainStep, ...]
    names: dict[str, str]
    factor: str
    region: str
    is_chinese: bool
    digits: int
    kept: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    ways: tuple[WayRow, ...] = ()


def right_page(
    state: State,
    names: Names,
    right: str,
    parties: tuple[str, ...] | None = None,
    papers: tuple[str, ...] = (),
    own: tuple[str, ...] = (),
) -> RightPage:
    """The page of a right, current or ended.

    Args:
        parties: shown to these only where one of them is in its chain; None: to all.
        own: for whom the reader acts.

    Raises:
        Refusal: ``rights.unknown_right``; ``server.unknown_row`` where it is not to be shown.
    """
    chain = title_chain(state, right)
    people = sorted({who for step in chain.steps for who in (step.holder, step.protects) if who})
    may_see = parties is None or not set(parties).isdisjoint([chain.holder, *people])
    found(chain if may_see else None, "server.unknown_row", what="rights", name=right)
    officers = {who for step in chain.steps for who in (step.made_by, step.confirmed_by) if who}
    holders = {one.holder for one in chain.below}
    known = {*people, *officers, *holders, chain.holder, chain.producer} - {""}
    return RightPage(
        chain=chain,
        steps=chain.steps[::-1],
        names={who: names.party(who) for who in sorted(known)},
        factor=names.factor(chain.factor),
        region=names.region(chain.region),
        is_chinese=names.is_chinese,
        digits=names.digits,
        kept=tuple(
            sorted({step.document for step in chain.steps if is_kept(state, step.document)})
        ),
        papers=papers,
        ways=rows_of_right(state, names, state.rights.rights[right], own),
    )
