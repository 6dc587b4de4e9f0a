"""Notices: who is told what, once, in which language; proved on record; nothing secret in them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.samples import PAPERS, complete, file, registration, venue, wait
from tests.stories import DOCUMENT, MINISTRY, REGISTRY, Story
from tests.workers.notices.post_office import PostOffice
from yaosu.cases.commands import (
    AddDocuments,
    AppealCase,
    DecideAppeal,
    DeleteDocument,
    ObjectToCase,
    RefuseCase,
)
from yaosu.cases.documents import YEAR
from yaosu.kernel.refusal import Refusal
from yaosu.rights.commands import FreezeRight
from yaosu.workers.delivering import Delivering
from yaosu.workers.documents import DocumentFolder
from yaosu.workers.keeping import Keeper
from yaosu.workers.notices import kinds
from yaosu.workers.notices.inbox import Inbox, Kept
from yaosu.workers.notices.mail import PLAIN, Answered, Server, message, send
from yaosu.workers.notices.notifier import Notifier
from yaosu.workers.notices.texts import forms, say
from yaosu.workers.outbox import Outbox

SECRET = "a reason that is nobody's business"


class Office:
    """A venue with its notices, run by hand."""

    def __init__(self, story: Story, folder: Path, server: Server | None = None) -> None:
        self.story, self.folder, self.server, self.draws = story, folder, server, 0
        self.begin()

    def begin(self) -> None:
        """As after a start: what stands in the files, nothing else."""
        clock, venue = self.story.clock, self.story.venue
        self.inbox = Inbox(str(self.folder / "m.notices"), clock)
        self.outbox = Outbox(str(self.folder / "m.outbox"), clock)
        self.keeper = Keeper(venue, DocumentFolder(self.folder / "m.documents"), self.draw, 10_000)
        self.notifier = Notifier(
            venue, self.inbox, self.keeper, self.outbox, clock, self.draw,
            url="https://market.example", server=self.server,
        )  # fmt: skip
        feeds, channels = {"notices": self.notifier.feed}, self.notifier.channels
        size = lambda: venue.size  # noqa: E731  # asked each time
        self.running = Delivering(self.outbox, venue.store, size, feeds, channels)

    def draw(self, size: int) -> bytes:
        self.draws += 1
        return self.draws.to_bytes(size, "big")

    def run(self) -> None:
        """Until there is nothing to read and nothing that is due to be brought out."""
        while self.running.read_on() or self.running.deliver_one():
            pass

    def kinds(self, party: str) -> list[str]:
        return [one.kind for one in reversed(self.inbox.listed([party]))]

    def only(self, party: str, kind: str) -> Kept:
        (found,) = [one for one in self.inbox.listed([party]) if one.kind == kind]
        return found


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(venue("first_registration"), tmp_path)


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with PostOffice() as running:
        yield running


def by(post: PostOffice) -> Server:
    return Server(host="127.0.0.1", port=post.port, way=PLAIN, sender="market@venue.example")


def filed(story: Story, case: str = "C-1") -> None:
    facts = {"right": "R-1", "unit": "unit-R-1"}
    request = registration(story, case)
    file(story, case, "first_registration", facts=facts, request=request, documents=PAPERS)


def refuse(story: Story, case: str = "C-1") -> None:
    story.ask(RefuseCase, REGISTRY, case=case, stage="acceptance", reasons=(SECRET,))


def test_a_case_tells_everybody_whose_turn_it_is_and_how_it_ended(office: Office) -> None:
    story = office.story
    filed(story)
    story.ask(AddDocuments, "owner", case="C-1", documents={"source": DOCUMENT})
    office.run()
    refuse(story)
    story.ask(AppealCase, "owner", case="C-1", reason=SECRET)
    story.ask(DecideAppeal, MINISTRY, case="C-1", is_upheld=True, ground=SECRET)
    complete(story, "C-1", "acceptance", REGISTRY)
    story.ask(ObjectToCase, "neighbour", case="C-1", objection="o-1", reason=SECRET)
    office.run()
    assert office.kinds("owner") == [
        "case_filed", "case_refused", "appeal_decided", "objection_made",
    ]  # fmt: skip
    assert office.kinds(REGISTRY)[:2] == ["case_needs_you", "case_documents"]
    assert office.kinds(MINISTRY) == ["case_appealed"]
    assert office.kinds("neighbour") == []
    assert SECRET not in str(office.inbox.listed(["owner", REGISTRY, MINISTRY]))


def test_what_was_told_is_not_told_again_after_a_start(office: Office) -> None:
    filed(office.story)
    office.run()
    told = office.kinds("owner")
    office.outbox.put("notices", 0, [])  # as if nothing had been read yet
    office.begin()
    office.run()
    assert office.kinds("owner") == told


def test_a_decision_is_served_and_the_proof_is_a_document_on_record(office: Office) -> None:
    """The record says party, case, channel and instant; the document what was sent."""
    filed(office.story)
    refuse(office.story)
    office.run()
    notice = office.only("owner", "case_refused")
    ((channel, document, entry),) = notice.proofs
    served = list(office.story.venue.state.cases.files.served.values())
    assert [(one.party, one.about, one.form, one.channel) for one in served] == [
        ("owner", "C-1", "case_refused", "inbox")
    ]
    assert (channel, served[0].document, served[0].told_at) == ("inbox", document, notice.came)
    known, opened = office.keeper.open(document)
    with opened:
        text = opened.read().decode()
    assert "Your case C-1 is refused." in text
    assert "party: owner" in text
    assert [one.kind for one in known.keepings] == ["service"]
    assert entry < office.story.venue.size


def test_a_kill_between_any_two_steps_serves_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Put in the inbox, kept, recorded, noted: broken after each, begun again, one of each."""
    filed(office.story)
    refuse(office.story)
    for target, name in (
        (Inbox, "put"), (Keeper, "keep_bytes"), (type(office.story.venue), "submit"),
        (Inbox, "has_proved"),
    ):  # fmt: skip
        real = getattr(target, name)

        def dies(self: object, *given: object, real: object = real, **named: object) -> object:
            real(self, *given, **named)  # type: ignore[operator]  # it is what was there
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(target, name, dies)
            with pytest.raises(KeyboardInterrupt):
                office.run()
        office.story.clock.forward(3_600_000_000)
        office.begin()
    office.run()
    state = office.story.venue.state
    assert len(state.cases.files.served) == 1
    assert len([1 for one in state.cases.files.documents.values()
                if one.keepings[0].kind == "service"]) == 1  # fmt: skip
    assert office.kinds("owner").count("case_refused") == 1


def confirmed(office: Office, post: PostOffice, party: str = "owner") -> None:
    """An address that its owner has confirmed."""
    office.notifier.send_code(party, f"{party}@home.example")
    office.run()
    code = str(post.got.pop()[1].get_content()).split("code is ")[1][:8]
    office.inbox.confirm_address(party, code)


def test_e_mail_says_where_to_read_and_nothing_secret(tmp_path: Path, post: PostOffice) -> None:
    office = Office(venue("first_registration"), tmp_path, by(post))
    confirmed(office, post)
    office.inbox.set_wish("owner", "zh", ("case_refused",))
    filed(office.story)
    refuse(office.story)
    office.run()
    ((to, letter),) = post.got
    assert (to, letter["From"]) == ("owner@home.example", "market@venue.example")
    assert letter["Subject"] == say("case_refused", {"case": "C-1"}, "zh").subject
    assert letter["Auto-Submitted"] == "auto-generated"
    text = str(letter.get_content())
    assert "https://market.example/cases/C-1" in text
    assert SECRET not in str(letter)
    notice = office.only("owner", "case_refused")
    assert [channel for channel, _, _ in notice.proofs] == ["email", "inbox"]
    _, opened = office.keeper.open({c: d for c, d, _ in notice.proofs}["email"])
    with opened:
        proof = opened.read().decode()
    assert "answer: 250 OK number" in proof
    assert "to: owner@home.example" in proof
    assert str(letter["Message-ID"]) in proof


def test_a_server_that_is_busy_is_asked_again_and_one_that_never_will_is_not(
    tmp_path: Path, post: PostOffice
) -> None:
    office = Office(venue("first_registration"), tmp_path, by(post))
    confirmed(office, post)
    post.answers = ["451 try later"]
    filed(office.story)
    refuse(office.story)
    office.run()
    assert post.got == []
    office.story.clock.forward(60_000_000)
    office.run()
    assert len(post.got) == 1
    post.answers = ["554 never"]
    filed(office.story, "C-2")
    refuse(office.story, "C-2")
    office.run()
    office.story.clock.forward(10**12)
    office.run()
    assert len(post.got) == 1
    (dead,) = office.outbox.deliveries("email:owner", state="dead")
    assert "554 never" in dead.told


def test_an_e_mail_that_was_taken_is_not_sent_again(
    tmp_path: Path, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill after our note of the answer: none more. One before it: again, under the same id."""
    office = Office(venue("first_registration"), tmp_path, by(post))
    confirmed(office, post)
    filed(office.story)
    refuse(office.story)
    real = Inbox.has_mailed

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "has_mailed", dies)
        with pytest.raises(KeyboardInterrupt):
            office.run()
    office.story.clock.forward(60_000_000)
    office.begin()

    def noted(self: Inbox, *given: str) -> None:
        real(self, *given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "has_mailed", noted)
        with pytest.raises(KeyboardInterrupt):
            office.run()
    office.story.clock.forward(600_000_000)
    office.begin()
    office.run()
    letters = [letter for _, letter in post.got]
    assert len(letters) == 2
    assert letters[0]["Message-ID"] == letters[1]["Message-ID"]
    assert office.only("owner", "case_refused").proofs


def test_no_address_counts_before_its_code_has_come_back(tmp_path: Path, post: PostOffice) -> None:
    office = Office(venue("first_registration"), tmp_path, by(post))
    office.notifier.send_code("owner", "stranger@home.example")
    office.run()
    assert len(post.got) == 1
    filed(office.story)
    refuse(office.story)
    office.run()
    assert len(post.got) == 1, "nothing but the code went there"
    code = str(post.got[0][1].get_content()).split("code is ")[1][:8]
    for _ in range(5):
        with pytest.raises(Refusal, match=r"workers\.wrong_code"):
            office.inbox.confirm_address("owner", "00000000")
    with pytest.raises(Refusal, match=r"workers\.wrong_code"):
        office.inbox.confirm_address("owner", code)  # too many wrong ones
    for bad in ("nobody", "a@b", "a b@c.de", "a@b.c\r\nBcc: x@y.z", "a@b.c,d@e.f"):
        with pytest.raises(Refusal, match=r"workers\.bad_email"):
            office.notifier.send_code("owner", bad)


def test_what_falls_due_soon_is_told_once(office: Office) -> None:
    """The due instants are the journal's own, counted in working days there."""
    filed(office.story)
    office.run()
    assert office.notifier.look_ahead() == 0
    wait(office.story, 5)
    assert office.notifier.look_ahead() == 1
    assert office.notifier.look_ahead() == 0
    office.begin()
    assert office.notifier.look_ahead() == 0
    office.run()
    near = office.only(REGISTRY, "deadline_near")
    due = office.story.venue.state.cases.cases["C-1"].stages["acceptance"].due
    assert near.facts["due"].startswith("2026-03-")
    assert due > office.story.clock.instant


def test_a_frozen_right_is_told_to_its_holder_and_served(office: Office) -> None:
    story = office.story
    story.right("plot", "owner", 10)
    story.ask(FreezeRight, MINISTRY, entry="f-1", right="plot", reason=SECRET)
    office.run()
    assert office.only("owner", "right_frozen").proofs


def test_inboxes_are_read_by_their_parties_alone(office: Office) -> None:
    filed(office.story)
    refuse(office.story)
    office.run()
    assert office.inbox.unread(["owner"]) == 2
    first = office.inbox.listed(["owner"])[-1]
    assert office.inbox.mark_read(["neighbour"], [first.number], is_read=True) == 0
    assert office.inbox.mark_read(["owner"], [first.number], is_read=True) == 1
    assert office.inbox.unread(["owner"]) == 1
    assert office.inbox.mark_all_read(["owner"], 2**60) == 1
    assert office.inbox.listed([]) == []


def test_wishes_are_those_that_there_are(office: Office) -> None:
    with pytest.raises(Refusal, match=r"workers\.bad_wish"):
        office.inbox.set_wish("owner", "fr", ())
    with pytest.raises(Refusal, match=r"workers\.bad_wish"):
        office.inbox.set_wish("owner", "en", ("everything",))


def test_every_text_can_be_said_in_both_languages() -> None:
    words = "case stage objection commitment charge what due market listing loan right factor role"
    facts = dict.fromkeys(words.split(), "x")
    for kind in forms():
        english, chinese = say(kind, facts, "en"), say(kind, facts, "zh")
        assert english.subject.isascii()
        assert english.text.isascii()
        assert not chinese.subject.isascii()
        assert not chinese.text.isascii()


def test_every_kind_that_is_made_has_a_text() -> None:
    """And the other way round: read from the one file that makes them."""
    source = Path(str(kinds.__file__)).read_text("utf-8")
    made = set(re.findall(r'"([a-z]+(?:_[a-z]+)*)"', source)) & set(forms())
    assert made == set(forms())
    first = set(re.findall(r'yield \(?"([a-z_]+)"', source))
    assert first <= set(forms())


def test_the_same_message_is_the_same_bytes() -> None:
    given = ("id", "a@b.example", "c@d.example", "要素", "正文", 10**15)
    assert message(*given) == message(*given)
    assert b"Message-ID: <" in message(*given)


def test_nobody_listening_is_a_try_that_failed() -> None:
    gone = Server(host="127.0.0.1", port=1, way=PLAIN, sender="a@b.example")
    assert send(gone, "c@d.example", b"x") == Answered(False, False, "ConnectionRefusedError")


def test_fills_are_told_once_an_hour(tmp_path: Path) -> None:
    story = Story().found(["compute"])
    office = Office(story, tmp_path)
    story.party("anna", money=1_000_000)
    story.party("bert", money=1_000_000)
    story.right("gpu-bert", "bert", 1_000, instrument="gpu")
    story.market("live", mechanism="continuous", clear_at_close=False)
    for minutes in (0, 1, 90):
        story.clock.forward(minutes * 60_000_000)
        for side, party in ((-1, "bert"), (1, "anna")):
            story.order(party, side, 5, 1, market="live").accepted()
    office.run()
    assert office.kinds("anna").count("order_filled") == 2
    assert office.kinds("bert").count("order_filled") == 2


def test_the_file_of_a_deleted_document_goes_by_whatever_way_it_was_asked(office: Office) -> None:
    kept = office.keeper.keep_bytes(b"a letter", "owner", "other", "letter.txt")
    place = office.keeper.folder.place(kept.document)
    office.story.clock.forward(YEAR)
    office.story.ask(DeleteDocument, REGISTRY, document=kept.document, reason="old")
    assert place.exists()
    office.run()
    assert not place.exists()
    assert office.keeper.folder.names(kept.document) == {}
