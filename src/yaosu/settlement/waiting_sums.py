"""What contracts that wait hold for each party, summed up: derived, kept true once asked for."""

from collections.abc import Iterable

from msgspec import Struct, field

from yaosu.settlement.events import ContractMade


class Awaited(Struct):
    """What a party gets, gives and pays by one contract.

    Attributes:
        gets, gives: right of the seller -> lots. pays_minor: money, 0 where it receives some.
    """

    gets: dict[str, int] = field(default_factory=dict)
    gives: dict[str, int] = field(default_factory=dict)
    pays_minor: int = 0


class WaitingSums:
    """Party -> contract that waits -> what it is to the party."""

    def __init__(self, waiting: Iterable[ContractMade]) -> None:
        self.of: dict[str, dict[str, Awaited]] = {}
        for made in waiting:
            self.add(made)

    def add(self, made: ContractMade) -> None:
        """A contract waits at its gates."""
        trades = made.trades
        texts = (trades.text(name).tolist() for name in ("right", "seller", "buyer"))
        for right, seller, buyer, lots in zip(*texts, trades["lots"].tolist(), strict=True):
            gives, gets = self._of(seller, made).gives, self._of(buyer, made).gets
            gives[right] = gives.get(right, 0) + lots
            gets[right] = gets.get(right, 0) + lots
        for row in made.money.iterate():
            if row["amount"] < 0:
                self._of(row["party"], made).pays_minor -= row["amount"]

    def end(self, made: ContractMade) -> None:
        """A contract is performed or void."""
        names = (made.trades.text("seller"), made.trades.text("buyer"), made.money.text("party"))
        for party in {name: True for text in names for name in text.values}:
            contracts = self.of.get(party, {})
            contracts.pop(made.contract, None)
            if not contracts:
                self.of.pop(party, None)

    def _of(self, party: str, made: ContractMade) -> Awaited:
        return self.of.setdefault(party, {}).setdefault(made.contract, Awaited())
