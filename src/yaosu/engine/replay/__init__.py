"""Replay: the recorded commands decided again under other rules; what differs is measured."""

from yaosu.engine.replay.causes import Divergence
from yaosu.engine.replay.classes import CLASSES, UNRELIABLE_ABOVE, value_of
from yaosu.engine.replay.period import Bound, Period, period_of
from yaosu.engine.replay.policy import POLICIES, PROMPT
from yaosu.engine.replay.result import ClearingPair, Replayed
from yaosu.engine.replay.run import replay
from yaosu.engine.replay.sides import Group

__all__ = [
    "CLASSES",
    "POLICIES",
    "PROMPT",
    "UNRELIABLE_ABOVE",
    "Bound",
    "ClearingPair",
    "Divergence",
    "Group",
    "Period",
    "Replayed",
    "period_of",
    "replay",
    "value_of",
]
