"""Networks: the regions of a market and the directed links between them."""

from fractions import Fraction
from typing import Any, Self

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike

from yaosu.kernel.columns import Columns, Integers, Text
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.orders import NUMBER_MAX, ONLY, Names, names_of, whole_numbers

PARTS = 1_000_000  # losses are counted in parts of a million of what is sent


class Network(Struct, frozen=True):
    """Regions and directed links, in canonical order (instrument, source, target).

    Attributes:
        regions: names of all regions, sorted.
        links: source, target (text), capacity (lots, >= 0), cost (ticks a lot, >= 0), and where
            given instrument (text): such a link carries that instrument only; fee (ticks a lot,
            >= 0): what an authority takes, which moves trade as cost does and is no loss to
            society; rent_owner (text): who gets the congestion rent; loss_ppm: parts of a million
            lost of what is sent; ramp (lots): by how much the net flow of the link, less what its
            reverse carries, may change from one period (instrument) to the next.
    """

    regions: tuple[str, ...]
    links: Columns

    @classmethod
    def from_links(
        cls,
        source: Names = (),
        target: Names = (),
        capacity: ArrayLike = (),
        cost: ArrayLike | None = None,
        loss: ArrayLike | None = None,
        instrument: Names = None,
        regions: Any = None,
        fee: ArrayLike | None = None,
        rent_owner: Names = None,
        ramp: ArrayLike | None = None,
        loss_ppm: ArrayLike | None = None,
    ) -> Self:
        """A network from columns of equal length, one row a direction.

        Args:
            source, target, instrument: text or whole numbers (which become their decimal text).
            capacity: lots. cost: ticks a lot, 0 where not given.
            loss: share of what is sent, from 0 to below 1, at most six decimals ("0.023"); or
                loss_ppm: the same in parts of a million.
            regions: names of further regions, such as those without links.
            fee: ticks a lot. rent_owner: text. ramp: lots, see above.

        Raises:
            Refusal: `markets.duplicate_link`, `markets.self_link`, `markets.link_number`,
                `markets.link_loss`.
        """
        capacities = whole_numbers("capacity", capacity)
        rows = len(capacities)
        data: dict[str, Any] = {
            "source": names_of("source", source, rows),
            "target": names_of("target", target, rows),
            "capacity": capacities,
            "cost": np.zeros(rows, np.int64) if cost is None else whole_numbers("cost", cost),
        }
        if instrument is not None:
            data["instrument"] = names_of("instrument", instrument, rows)
        if fee is not None:
            data["fee"] = whole_numbers("fee", fee)
        if rent_owner is not None:
            data["rent_owner"] = names_of("rent_owner", rent_owner, rows)
        if ramp is not None:
            data["ramp"] = whole_numbers("ramp", ramp)
        lost = _parts_lost(loss) if loss_ppm is None else whole_numbers("loss_ppm", loss_ppm)
        if lost.any() or len(lost) not in (0, rows):
            data["loss_ppm"] = lost
        links = Columns(data)
        _check_links(links)
        more = () if regions is None else names_of("regions", list(regions), 0).values
        ends = (*links.text("source").values, *links.text("target").values, *more)
        return cls(tuple(sorted(set(ends))), _in_canonical_order(links))

    @classmethod
    def from_table(cls, table: Any, regions: Any = None) -> Self:
        """A network from a dictionary, an Arrow, polars or pandas table with these columns."""
        from yaosu.kernel.frames import columns_from

        columns = columns_from(table)
        for name in ("source", "target", "capacity"):
            refuse_unless(name in columns, "markets.missing_column", table="links", column=name)
        known = (
            *("source", "target", "capacity", "cost", "loss", "instrument"),
            *("fee", "rent_owner", "ramp", "loss_ppm"),
        )
        given: dict[str, Any] = {n: columns.column(n) for n in known if n in columns}
        return cls.from_links(**given, regions=regions)

    @classmethod
    def alone(cls, *regions: str) -> Self:
        """Regions without links; with no name, the one region "only"."""
        return cls.from_links(regions=regions or (ONLY,))

    @property
    def source(self) -> Text:
        """Where each link begins."""
        return self.links.text("source")

    @property
    def target(self) -> Text:
        """Where each link ends."""
        return self.links.text("target")

    @property
    def capacity(self) -> Integers:
        """Lots."""
        return self.links["capacity"]

    @property
    def cost(self) -> Integers:
        """Ticks a lot: what the way uses up."""
        return self.links["cost"]

    @property
    def fee(self) -> Integers:
        """Ticks a lot: what an authority takes; 0 where the network has no fees."""
        return self.links["fee"] if "fee" in self.links else np.zeros(self.links.rows, np.int64)

    @property
    def charge(self) -> Integers:
        """Ticks a lot: cost and fee, which together move trade."""
        return self.cost + self.fee

    @property
    def is_plain(self) -> bool:
        """Whether no link loses anything and none is held to its flow of the period before."""
        return "loss_ppm" not in self.links and "ramp" not in self.links

    @property
    def instrument(self) -> Text | None:
        """The one instrument of each link, or None where all links carry all."""
        return self.links.text("instrument") if "instrument" in self.links else None


def _parts_lost(loss: Any) -> Integers:
    """Shares as parts of a million; refuses what is no such share."""
    given = [] if loss is None else list(loss.tolist() if hasattr(loss, "tolist") else loss)
    parts = []
    for row, value in enumerate(given):
        try:
            share = Fraction(str(value))
        except (ValueError, ZeroDivisionError):
            share = Fraction(-1)
        fits = 0 <= share < 1 and (share * PARTS).denominator == 1
        refuse_unless(fits, "markets.link_loss", row=row, loss=str(value))
        parts.append(int(share * PARTS))
    return np.array(parts, np.int64)


def _check_links(links: Columns) -> None:
    sources, targets = links.text("source").tolist(), links.text("target").tolist()
    own = links.text("instrument").tolist() if "instrument" in links else [""] * links.rows
    named = ("capacity", "cost", "fee", "ramp", "loss_ppm")
    numbers = {n: links[n].tolist() for n in named if n in links}
    seen: set[tuple[str, str, str]] = set()
    for i, (source, target) in enumerate(zip(sources, targets, strict=True)):
        refuse_unless(source != target, "markets.self_link", source=source)
        for column, values in numbers.items():
            value = values[i]
            limit = PARTS if column == "loss_ppm" else NUMBER_MAX
            refuse_unless(
                0 <= value < limit,
                "markets.link_number",
                source=source,
                target=target,
                column=column,
                value=value,
                limit=limit - 1,
            )
        key = (own[i], source, target)
        refuse_unless(key not in seen, "markets.duplicate_link", source=source, target=target)
        seen.add(key)


def _in_canonical_order(links: Columns) -> Columns:
    keys = [links.text("target").codes, links.text("source").codes]
    if "instrument" in links:
        keys.append(links.text("instrument").codes)
    return links.take(np.lexsort(keys))
