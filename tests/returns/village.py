"""A village that merges two of its plots and sells what they make together."""

from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, Story
from yaosu.access.commands import ApplyForAdmission
from yaosu.kernel.instant import DAY
from yaosu.kernel.numbers import Share
from yaosu.parties.commands import (
    CastVote,
    GrantRole,
    IssueAttestation,
    ProposeResolution,
    RegisterParty,
)
from yaosu.parties.values import Member
from yaosu.rights.commands import AssessUnit, EnterMarket, MergeUnits, RegisterRight
from yaosu.settlement.events import ContractMade

MARKET = "village-land"
FARMERS = ("farmer-li", "farmer-wang", "farmer-chen")
FRAGMENTS = ("A", "B")
LAND = {"use": "industrial", "land_title": "collective"}


def resolve(story: Story, name: str, purpose: str, subject: str) -> None:
    closes = story.clock() + DAY
    fields = {"resolution": name, "purpose": purpose, "subject": subject, "closes": closes}
    story.ask(ProposeResolution, "farmer-li", group="village", **fields)
    for farmer in [member.party for member in story.venue.state.parties.parties["village"].members]:
        if not story.venue.state.parties.resolutions[name].concluded_at:
            story.ask(CastVote, farmer, resolution=name, choice="for")


def villagers(story: Story) -> None:
    """Two plots of a village of three, valued one by one."""
    for farmer in (*FARMERS, "newcomer"):
        story.party(farmer, (), kind="person")
    members = tuple(Member(name, Share(1, 3)) for name in FARMERS)
    village = {"party": "village", "kind": "group", "name": "village", "members": members}
    story.ask(RegisterParty, EXCHANGE, **village)
    for what, about in (("identity", "village"), ("plan_permits", "M")):
        scope = {"use": "industrial"} if about == "M" else {}
        fields = {"attestation": f"{what}-v", "about": about, "kind": what, "scope": scope}
        story.ask(IssueAttestation, REGISTRY, **fields)
    story.party("works", ("land",), money=10_000_000)
    story.party("valuer", ())
    story.ask(GrantRole, EXCHANGE, party="valuer", role="agency")
    for unit, area in zip(FRAGMENTS, (500, 400), strict=True):
        for kind in ("collective_ownership", "use_right"):
            story.ask(
                RegisterRight,
                REGISTRY,
                right=f"{kind}-{unit}",
                unit=unit,
                factor="land",
                region="east",
                quantity=area,
                holder="village",
                kind=kind,
                unit_attributes=LAND,
                source=DOCUMENT,
                term_to=story.clock() + 10 * 365 * DAY,
            )
        inputs = {"construction_minor": 100 * area + (unit == "A")}
        fields = {"assessment": f"v-{unit}", "unit": unit, "method": "cost", "inputs": inputs}
        story.ask(AssessUnit, "valuer", **fields)


def merged(story: Story) -> None:
    """The fragments are one unit, by the resolution of the village."""
    resolve(story, "to-merge", "merge", "M")
    fields = {"units": FRAGMENTS, "unit": "M", "resolution": "to-merge", "source": DOCUMENT}
    story.ask(MergeUnits, REGISTRY, **fields)


def sold(story: Story, price: int = 200, lots: int = 900) -> str:
    """The merged unit comes to the market and is sold; the contract."""
    resolve(story, "to-grant", "grant_collective_land", "M")
    story.ask(EnterMarket, REGISTRY, unit="M", resolution="to-grant")
    story.ask(ApplyForAdmission, "village", factor="land", role="holder")
    story.ask(ApplyForAdmission, "village", factor="land", role="bidder")
    story.market(MARKET, instruments=("M",), factor="land")
    (right,) = [
        right.id
        for right in story.venue.state.rights.rights.values()
        if right.unit == "M" and right.kind == "use_right"
    ]
    story.order("village", -1, price, lots, market=MARKET, instrument="M", right=right).accepted()
    story.order("works", 1, price, lots, market=MARKET, instrument="M").accepted()
    (made,) = [event for event in story.close(MARKET) if isinstance(event, ContractMade)]
    return made.contract


def asked(contract: str, **other: object) -> dict[str, object]:
    fields = {"unit": "M", "resolution": "to-merge", "contract": contract}
    return {
        **fields, "values_before": ("v-A", "v-B"), "fund": "village", "levy": MINISTRY, **other
    }  # fmt: skip
