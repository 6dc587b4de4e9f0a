"""What the words of the command line ask: one literal table, answered by a journal or a server.

``yaosu rights list market.db`` answers ``rights.list`` from the journal at hand; with
``--server`` the same question goes to ``POST /v1/questions/rights.list`` and is answered there by
the same function, for what the login may see. What is printed is made of the answer alone.
"""

from yaosu.server.questions.gate import GATE
from yaosu.server.questions.ground import GROUND
from yaosu.server.questions.looking import Look, Question
from yaosu.server.questions.procedures import PROCEDURES
from yaosu.server.questions.record import RECORD
from yaosu.server.questions.rights import RIGHTS

QUESTIONS: dict[str, Question] = {**RIGHTS, **GATE, **PROCEDURES, **GROUND, **RECORD}

__all__ = ["QUESTIONS", "Look", "Question"]
