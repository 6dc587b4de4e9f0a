"""How long cases took: stages side by side, against the same stages one after the other."""

from msgspec import Struct

from yaosu.cases.procedure import Procedure
from yaosu.cases.values import Case
from yaosu.kernel.instant import DAY


class Times(Struct, frozen=True, kw_only=True):
    """The times of one case that is over, microseconds.

    Attributes:
        combined: from filing to the end of its last stage.
        serial: all its stages one after the other, each as long as it took.
        stated: the serial days its procedure states, as microseconds; 0 where it states none.
    """

    combined: int
    serial: int
    stated: int


def times_of(procedure: Procedure, case: Case) -> Times | None:
    """The times of a case, from its own instants alone; None while it is not over."""
    runs = [run for run in case.stages.values() if run.done_at]
    if not runs or len(runs) < len(case.stages):
        return None
    stated = sum(stage.serial_days for stage in procedure.stages if stage.id in case.stages)
    return Times(
        combined=max(run.done_at for run in runs) - case.filed.at,
        serial=sum(run.done_at - run.opened_at for run in runs),
        stated=stated * DAY,
    )


def lower_median(values: list[int]) -> int:
    """The middle value; the lower of two. ``values`` is not empty."""
    return sorted(values)[(len(values) - 1) // 2]
