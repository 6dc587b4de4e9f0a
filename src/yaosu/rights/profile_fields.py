"""What each field of a factor profile means: one table for the reference page and `show`."""

from msgspec import Struct


class FieldWords(Struct, frozen=True, kw_only=True):
    """A field of a profile in words.

    Attributes:
        title: what a person calls it.
        says: what it decides.
        values: what each value means, where there are few.
    """

    title: str
    says: str
    values: dict[str, str] = {}


YES_NO = {"true": "yes", "false": "no"}
FIELDS: dict[str, FieldWords] = {
    "version": FieldWords(
        title="version",
        says="A later version replaces an earlier one for new registrations; what is registered "
        "keeps what it was registered under.",
    ),
    "factor.name": FieldWords(
        title="name", says="How commands, rules and markets call the factor."
    ),
    "factor.zh": FieldWords(title="name in Chinese", says="What people call it in Chinese."),
    "factor.unit": FieldWords(title="unit", says="The thing that is registered."),
    "factor.measurement": FieldWords(
        title="measurement unit", says="What one lot measures; quantities are whole lots."
    ),
    "nature.divisible": FieldWords(
        title="divisible", says="Whether a right may be sold in part.", values=YES_NO
    ),
    "nature.rival": FieldWords(
        title="rival",
        says="Whether one holder's use keeps others out. What is rival moves and its quantity is "
        "conserved; what is not is granted, counted and scoped, and stays with the grantor.",
        values=YES_NO,
    ),
    "nature.exclusive": FieldWords(
        title="exclusive", says="Whether the holder alone disposes of it.", values=YES_NO
    ),
    "nature.perishable": FieldWords(
        title="perishable",
        says="Whether what is not used in its time is lost.",
        values=YES_NO,
    ),
    "nature.legal_effect": FieldWords(
        title="legal effect",
        says="When a right arises.",
        values={
            "constitutive": "at registration: before it there is no right",
            "declaratory": "before it; registration tells third parties in good faith",
            "by_delivery": "at the hand-over, which the one who receives confirms",
        },
    ),
    "nature.term_max": FieldWords(
        title="longest term",
        says="No right lasts longer: ISO 8601 in years, months, days, such as P20Y.",
        values={"unlimited": "a right may have no end"},
    ),
    "rights.primary": FieldWords(
        title="primary kind of right", says="The kind that a registration without a kind means."
    ),
    "rights.parallel": FieldWords(
        title="parallel kinds",
        says="Kinds beside the primary one on the same unit, each with its own shares; having one "
        "gives none of the others.",
    ),
    "rights.derived": FieldWords(
        title="derived kinds", says="Kinds that are granted out of another right."
    ),
    "rights.share_check": FieldWords(
        title="shares",
        says="What the shares of one kind on one unit add up to.",
        values={"sum_to_one": "exactly one", "at_most_one": "one or less"},
    ),
    "rights.derived_transferable": FieldWords(
        title="derived kinds may be passed on",
        says="Whether who was granted a derived right may transfer it.",
        values=YES_NO,
    ),
    "rights.sub_grants": FieldWords(
        title="sub-grants",
        says="Derived kind -> the kinds that may be granted out of it again.",
    ),
    "rights.inalienable": FieldWords(
        title="kinds that stay",
        says="Kinds that are registered and not passed on, such as a collective's ownership of "
        "land.",
    ),
    "rights.restrictions": FieldWords(
        title="restrictions",
        says="Kinds that say what may not be done with a unit, such as an easement; they stay with "
        "the unit and are not passed on.",
    ),
    "rights.responsibilities": FieldWords(
        title="responsibilities",
        says="Kinds that say what must be done with a unit; they stay with the unit.",
    ),
    "register.additive": FieldWords(
        title="attributes that add up",
        says="Whole numbers that sum exactly over the parts when a unit is split or merged.",
    ),
    "register.pledge_on_split": FieldWords(
        title="pledge on a split",
        says="What a pledge on a unit becomes when it is split.",
        values={
            "each": "each part secures the whole debt",
            "apportioned": "the parts secure it by quantity",
        },
    ),
    "register.merge_quorum": FieldWords(
        title="quorum of a merger",
        says="What part of the shares must agree, as text such as 2/3; 1 is all.",
    ),
    "register.use": FieldWords(
        title="attribute of the use",
        says="Which attribute names the permitted use, so that a change of use rewrites it.",
    ),
    "register.plot": FieldWords(
        title="attribute of the plot",
        says="Which attribute names the spatial unit, as tree/plot; the plans over it say which "
        "uses are permitted. A unit without it needs an attestation of that.",
    ),
    "register.term_table": FieldWords(
        title="table of terms",
        says="Rule table with years_max for the unit's attributes: no term is longer, a renewed "
        "one neither.",
    ),
    "register.conversions": FieldWords(
        title="table of conversions",
        says="Rule table of the changes of use that need no new auction.",
    ),
    "register.made_under": FieldWords(
        title="made under",
        says="Kinds of right under which their holder may make something new from a unit and "
        "register it, so that it hangs below what it was made from.",
    ),
    "register.market_entry": FieldWords(
        title="entry to the market",
        says="Units that are offered only after an entry of their own: which attribute and value "
        "mark them, the uses allowed, the kind of right that owns the whole unit, and the purpose "
        "of the resolution its owner must have passed.",
    ),
    "register.quality_min": FieldWords(
        title="least quality",
        says="Quality in permille that must be assessed before a unit is offered; 0 asks for none.",
    ),
    "register.quality_days_max": FieldWords(
        title="age of a quality",
        says="Days for which an assessed quality serves an offer; 0 is any number.",
    ),
    "register.classes": FieldWords(
        title="classes of the ledger",
        says="Attribute that is true or false -> the class of the ledger in which units with it "
        "stand, apart from all others.",
    ),
    "register.outline": FieldWords(
        title="checks of outlines",
        says="Where units have an outline: whether one that overlaps another unit (overlap), lies "
        "outside what it was split or merged from (outside), or differs from its quantity (area) "
        "is refused or noted, and how much is let pass: overlap_cm2, outside_cm2, area_permille. "
        "m2_in_lot is the area of a lot; attributes under apart keep outlines apart.",
        values={"refuse": "it is not entered", "note": "it is entered, and noted"},
    ),
    "attributes": FieldWords(
        title="attributes of a unit",
        says="What a unit must say of itself, and how that is checked: text, int, truth, level, "
        "place, interval, date, digest, outline:N for an outline with N decimals of a metre, or "
        "table:ID for a row of a rule table; a ? at the end makes it optional.",
    ),
    "market.mechanism": FieldWords(
        title="mechanism", says="How it is priced unless a market says otherwise."
    ),
    "market.price_notion": FieldWords(
        title="notion of price",
        says="What is compared when prices of regions are compared.",
        values={
            "one_price": "one price wherever no limit binds",
            "comparable": "prices of items that differ, made comparable by their attributes",
            "stable_match": "no price alone: who is matched with whom",
            "posted": "a price that stands for everybody",
        },
    ),
    "market.tick": FieldWords(title="tick", says="Smallest step of the price."),
    "market.lot": FieldWords(title="lot", says="Measurement units in one lot."),
    "settlement.contract": FieldWords(
        title="contract", says="The template a trade becomes unless a market says otherwise."
    ),
    "settlement.delivery": FieldWords(title="delivery", says="By what the seller has delivered."),
    "settlement.gates": FieldWords(
        title="gates", says="What a contract waits for before its first obligation falls due."
    ),
    "sources": FieldWords(
        title="sources",
        says="For each figure, or the part it stands in: how sure it is (statute, public page, "
        "assumed), and which statute or page, or why it is assumed.",
    ),
}
