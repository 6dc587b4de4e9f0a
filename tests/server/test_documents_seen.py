"""Who may see a document because of a right: those in the chain that rests on it, by that way."""

from tests.cases.samples import venue
from tests.stories import DOCUMENT, EXCHANGE
from yaosu.cases.commands import KeepDocument
from yaosu.server.documents_seen import is_kept, may_see


def test_a_deed_is_shown_to_those_in_the_chain_of_the_right_that_rests_on_it() -> None:
    story = venue()
    story.right("plot", "owner", 10)
    story.right("yard", "neighbour", 10)
    given = {"party": EXCHANGE, "kind": "deed", "media_type": "text/plain", "size": 10}
    state = story.venue.state
    assert not is_kept(state, DOCUMENT)
    story.ask(KeepDocument, EXCHANGE, document=DOCUMENT, **given)
    assert is_kept(state, DOCUMENT)

    def seen(party: str, right: str) -> bool:
        return may_see(state, DOCUMENT, (party,), is_office=False, right=right)

    assert seen("owner", "plot")
    assert not seen("neighbour", "plot")
    assert not seen("owner", "")
    assert not seen("owner", "no such right")
    assert not may_see(state, "7e" * 32, ("owner",), is_office=False, right="plot")
    assert may_see(state, DOCUMENT, (), is_office=True)
