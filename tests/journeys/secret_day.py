"""A day with secrets, as a process of its own: all that it prints and leaves behind is looked at.

python -m tests.journeys.secret_day FOLDER      up to a crash, before any bid is opened
"""

import logging
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from tests.journeys.planted import ID_NUMBER, LATIN, NAME, PHONE, PRICE
from tests.stories import EXCHANGE, Story, row, shipped
from yaosu.door import Venue, open_keys
from yaosu.engine.sealed import Sealed
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel.canonical import encode
from yaosu.markets.commands import OfferRight, OpenBids, SubmitSealedOrders
from yaosu.markets.terms import SealedTerms
from yaosu.parties.commands import EraseKey, RegisterParty, SealData

PERSON = {"name": NAME, "latin": LATIN, "id_number": ID_NUMBER, "phone": PHONE}
ORDERS = row("anna", 1, PRICE, 3, "east", "gpu")
LEVELS = """
[[parameter]]
id = "parties.level_{field}"
value = "personal"
unit = "level"
reason = "level_of_{field}"
text = {{ en = "what may stand in plain" }}
[[parameter.example]]
facts = {{}}
result = "personal"
"""


def try_and_print(ask: Callable[[], object]) -> None:
    """What goes wrong is printed with its whole traceback, as a careless program would."""
    try:
        ask()
    except Exception as error:
        traceback.print_exc()
        logging.exception("failed")
        print(repr(error), error.args, getattr(error, "facts", None))
    else:
        print("went through")


def main(folder: Path) -> None:
    """Persons, bids, mistakes, refusals, an erasure, copies of the files; then the power goes."""
    logging.basicConfig(filename=folder / "log", level=logging.DEBUG)
    path = folder / "market.db"
    keys = open_keys(path, folder / "wrapping")
    story = Story(open_sqlite(path), keys=keys)
    rules = shipped("rules/national.toml")
    rules += "".join(LEVELS.format(field=field) for field in ("name", "id_number"))
    story.found(factors=("compute",), rules=rules)
    story.party("seller")
    story.party("anna", money=10**12)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(sealed=SealedTerms(deposit_minor=500))
    story.ask(OfferRight, "seller", market="m", right="r1", price=10, quantity=100)
    venue = story.venue
    _persons(venue)
    _bids(venue)
    _mistakes(venue)
    venue.submit(
        EraseKey(
            actor=EXCHANGE,
            key="erase",
            data_key="person/gone",
            reason="asked",
            legal_basis="PIPL art. 47",
        )
    ).accepted()
    print(venue.state, venue.verify(), venue.audit())
    (folder / "copy").mkdir()
    for file in sorted(folder.iterdir()):  # while the log beside the journal is full
        if file.is_file() and file.name != "wrapping":
            shutil.copy2(file, folder / "copy" / file.name)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)  # the power goes


def _persons(venue: Venue) -> None:
    for number, party in enumerate(("wei", "gone")):
        command = RegisterParty(
            actor=EXCHANGE, key=f"person-{number}", party=party, kind="person", name=""
        )
        print(venue.submit(command, sealed=PERSON).accepted())
        print(venue.submit(replace(command, key=f"again-{number}"), sealed=PERSON).refusal)
    print(venue.submit(SealData(actor="wei", key="s", party="wei"), sealed=PERSON).accepted())
    print(venue.submit(SealData(actor="wei", key="t", party="gone"), sealed=PERSON).refusal)


def _bids(venue: Venue) -> None:
    command = SubmitSealedOrders(actor="anna", key="bid", market="m", batch="b")
    sealed = venue.seal(command, {"orders": ORDERS})
    print(sealed, venue.submit(sealed).accepted())
    print(venue.submit(replace(command, key="twice"), sealed={"orders": ORDERS}).refusal)
    print(venue.open_sealed(venue.entry_of("anna", "bid") or 0, "orders"))


def _mistakes(venue: Venue) -> None:
    opened = venue.open_sealed(venue.entry_of("anna", "bid") or 0, "orders")
    early = OpenBids(
        actor="anna", key="early", market="m", batch="b", salt=opened.salt, orders=ORDERS
    )
    try_and_print(lambda: venue.submit(early))
    in_plain = RegisterParty(actor=EXCHANGE, key="p", party="p", kind="person", name=NAME)
    try_and_print(lambda: venue.submit(in_plain))
    facts = {"id_number": ID_NUMBER}
    try_and_print(lambda: venue.submit(replace(in_plain, key="q", name="", facts=facts)))
    nobody = replace(in_plain, key="n", actor="nobody", name="")
    try_and_print(lambda: venue.submit(nobody, sealed=PERSON))
    unnamed = replace(in_plain, key="m", name="")
    for value in ([PRICE, 2**70], {NAME: 1.5}, {1: LATIN}, f"{LATIN}e\u0301", object()):
        try_and_print(lambda value=value: venue.submit(unnamed, sealed={"name": value}))
    sealed = venue.seal(unnamed, PERSON)
    try_and_print(lambda: venue.submit(Sealed(unnamed, sealed.items)))
    try_and_print(lambda: venue.submit(Sealed(sealed.command, sealed.items[:-1] + b"x")))
    try_and_print(lambda: venue.submit(Sealed(sealed.command, encode([NAME]))))
    try_and_print(lambda: venue.seal(unnamed, PERSON, level="secret"))
    try_and_print(lambda: venue.open_sealed(10**6, "orders"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
