"""Venues in which procedures are followed."""

from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, Story, shipped
from yaosu.cases.commands import AdoptProcedure, CompleteStage, FileCase
from yaosu.cases.parse import parse_procedure
from yaosu.cases.requests import request_of
from yaosu.kernel.instant import DAY, parse_instant
from yaosu.kernel.words import Command, Event
from yaosu.parties.commands import GrantRole, IssueAttestation, RegisterParty
from yaosu.places.commands import DefineCalendar
from yaosu.rights.commands import RegisterRight
from yaosu.rules.parse_places import parse_calendar

OFFICE, CITY = "office", "city-office"
MONDAY = parse_instant("2026-03-02T09:00:00Z")


def venue(*procedures: str) -> Story:
    """A venue with the calendar, the shipped procedures named, an owner, two offices."""
    story = Story()
    story.clock.instant = MONDAY
    story.found(factors=("compute", "land"))
    story.ask(DefineCalendar, MINISTRY, calendar=parse_calendar(shipped("calendars/cn.toml")))
    for name in procedures:
        procedure = parse_procedure(shipped(f"procedures/{name}.toml"))
        story.ask(AdoptProcedure, MINISTRY, procedure=procedure)
    for name in ("owner", "neighbour", OFFICE, CITY):
        story.ask(RegisterParty, EXCHANGE, party=name, kind="organisation", name=name)
    for name, level in ((OFFICE, "county"), (CITY, "city")):
        story.ask(GrantRole, EXCHANGE, party=name, role="agency")
        story.ask(
            IssueAttestation,
            MINISTRY,
            attestation=f"competent-{name}",
            about=name,
            kind="competence",
            scope={"level": level},
        )
    return story


def wait(story: Story, days: int) -> None:
    """Let days pass; what falls due meanwhile happens with the next command, or at once."""
    story.clock.forward(days * DAY)
    story.venue._writer.tick()


def file(story: Story, case: str, procedure: str, /, **fields: object) -> list[Event]:
    return story.ask(FileCase, "owner", case=case, procedure=procedure, **fields)


def complete(story: Story, case: str, stage: str, actor: str = OFFICE) -> list[Event]:
    return story.ask(CompleteStage, actor, case=case, stage=stage)


def registration(story: Story, case: str, right: str = "R-1") -> bytes:
    """The request of a first registration."""
    command: Command = RegisterRight(
        actor="owner", key="any", **story.registration(right, "owner", 10)
    )
    return request_of(command, case, "owner")


PAPERS = {"application": DOCUMENT, "source": DOCUMENT}
