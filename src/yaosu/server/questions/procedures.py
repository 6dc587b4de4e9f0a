"""Questions about cases."""

from typing import Any, Literal

from yaosu.cases import views
from yaosu.kernel.refusal import refuse_unless
from yaosu.server.questions.looking import Asked, Look, Question, is_own, own_rows


class Cases(Asked, frozen=True, kw_only=True):
    """All that are shown."""


class Case(Asked, frozen=True, kw_only=True):
    """A case."""

    case: str


class Waiting(Asked, frozen=True, kw_only=True):
    """For whom things wait: a role or ``applicant``; empty: for anybody."""

    role: str = ""


class Report(Asked, frozen=True, kw_only=True):
    """What is reported on."""

    what: Literal["times", "owner_commitment", "level", "version", "charges", "frequency"]


def cases(look: Look, _: Cases) -> Any:
    """Rows of cases."""
    with look.state() as state:
        table = views.cases_table(state.cases)
    return own_rows(look, table.iterate(), "applicant")


def case(look: Look, asked: Case) -> Any:
    """The page of a case."""
    name = asked.case
    with look.state() as state:
        known = state.cases.cases.get(name)
        is_shown = known is not None and is_own(look, (known.filed.applicant,))
        refuse_unless(is_shown, "cases.unknown", case=name)
        return views.case_page(state.cases, name)


def waiting(look: Look, asked: Waiting) -> Any:
    """Open stages, the most urgent first; of who holds no office, of their own cases."""
    with look.state() as state:
        rows = list(views.inbox(state.cases, asked.role).iterate())
        if look.parties is None:
            return rows
        filed = state.cases.cases
        return [row for row in rows if filed[row["case"]].filed.applicant in look.parties]


def report(look: Look, asked: Report) -> Any:
    """Rows of a report on all cases."""
    with look.state() as state:
        match asked.what:
            case "times":
                table = views.times_table(state.cases)
            case "charges":
                table = views.charges_table(state.cases)
            case "frequency":
                table = views.frequency_table(state)
            case by:
                table = views.times_by(state.cases, by)
    return list(table.iterate())


PROCEDURES: dict[str, Question] = {
    "cases.list": Question(asked=Cases, answer=cases, shown="own", what="Cases."),
    "cases.show": Question(asked=Case, answer=case, shown="own", what="The page of a case."),
    "cases.inbox": Question(
        asked=Waiting, answer=waiting, shown="own", what="What waits for somebody."
    ),
    "cases.report": Question(
        asked=Report, answer=report, shown="office", what="A report on all cases."
    ),
}
