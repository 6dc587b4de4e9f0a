"""What may be asked of the rules."""

from yaosu.kernel.words import Command
from yaosu.rules.pack import Pack


class AdoptRules(Command, frozen=True, tag="rules.adopt_rules"):
    """Put a rule pack in force from its effective instant.

    Attributes:
        pack: as ``rules.parse.parse_pack`` reads it from a file; all its checks and worked
            examples are run again here.
    """

    pack: Pack
