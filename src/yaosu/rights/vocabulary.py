"""The vocabulary of register entries: one table for all factors, and what each entry does.

The reference page of the entries is made from this table.
"""

from msgspec import Struct


class EntryKind(Struct, frozen=True, kw_only=True):
    """One word of the vocabulary.

    Attributes:
        zh: the word in Chinese.
        says: what it changes.
        asked_by: who may ask for it.
        commands: tags of the commands that make it, without the floor.
        needs: what must hold before it is made.
        releases: who may end it, where it stands until released; empty where it does not stand.
        name: how pages head it, where that is not the word itself.
    """

    zh: str
    says: str
    asked_by: str
    commands: tuple[str, ...]
    needs: str
    releases: str = ""
    name: str = ""


VOCABULARY: dict[str, EntryKind] = {
    "first": EntryKind(
        zh="首次登记",
        says="a right enters the register; with its unit, where that is new; a title may be taken "
        "over from another register with its old number, not examined",
        asked_by="the registrar",
        commands=("register_right",),
        needs="an adopted profile, shares that sum as it says, a term within its limit, the "
        "national conditions of registration, a right to make it from whatever it is made from",
    ),
    "transfer": EntryKind(
        zh="转移登记",
        name="title transfer",
        says="a right, or some of its lots, changes its holder",
        asked_by="its holder, or the settlement of a trade",
        commands=("transfer_title", "confirm_entry"),
        needs="nothing stands on the right; where rights pass by delivery, the hand-over confirmed "
        "by the one who receives",
    ),
    "grant": EntryKind(
        zh="授权登记",
        says="a derived right is granted out of another: a counted use where the factor is not "
        "rival, a lease or the like of no more lots than are left where it is",
        asked_by="the holder, or the settlement of a trade",
        commands=("grant_use",),
        needs="nothing stands on the right; a kind its profile derives; a term within the right's",
    ),
    "renewal": EntryKind(
        zh="续期登记",
        says="a right lasts longer; the price for the years added is computed by rule",
        asked_by="the registrar",
        commands=("renew_right",),
        needs="elapsed and renewed term together within the legal maximum for the use; the "
        "holder's consent",
    ),
    "split": EntryKind(
        zh="分割登记",
        says="a unit becomes several; quantities, additive attributes and shares sum exactly; the "
        "parent is historic, what stands on it is carried to the children",
        asked_by="the registrar",
        commands=("split_unit",),
        needs="the consent of every holder and creditor; no freeze, no use granted, no lots on "
        "offer",
    ),
    "merge": EntryKind(
        zh="合并登记",
        says="several units become one, which names all it came from; quantities, additive "
        "attributes and shares sum exactly",
        asked_by="the registrar",
        commands=("merge_units",),
        needs="the consent of every holder, or a resolution with the legal quorum, and of every "
        "creditor; no freeze",
    ),
    "change": EntryKind(
        zh="变更登记",
        says="another use, or the exchange of two uses, with the difference of price paid; other "
        "attributes of a unit; or a unit comes to the market that needs an entry for it",
        asked_by="the registrar",
        commands=("change_use", "swap_uses", "change_unit", "enter_market"),
        needs="a pair of uses that the conversion matrix allows, a use the plan permits; of other "
        "attributes the document; the consent of every holder and creditor; to come to the market "
        "what the profile says",
    ),
    "pledge": EntryKind(
        zh="质押（抵押）登记",
        says="a right secures a creditor; several rank by time",
        asked_by="the holder, or the award of a loan",
        commands=("pledge_right",),
        needs="nothing but earlier pledges stands on the right, and the rank asked for is the next",
        releases="its creditor",
    ),
    "release": EntryKind(
        zh="注销限制",
        says="a freeze, pledge, objection or priority notice stands no longer",
        asked_by="whom it protects, or the office that made it; repayment of the loan",
        commands=("release_right",),
        needs="that it stands",
    ),
    "objection": EntryKind(
        zh="异议登记",
        says="somebody claims that the register is wrong; bars disposals, warns buyers",
        asked_by="any party",
        commands=("enter_objection",),
        needs="a right that has not ended",
        releases="who made it, or the registrar",
    ),
    "priority_notice": EntryKind(
        zh="预告登记",
        says="a coming change is secured for somebody; bars all other disposals",
        asked_by="the holder",
        commands=("enter_priority_notice",),
        needs="a right that has not ended",
        releases="its beneficiary",
    ),
    "freeze": EntryKind(
        zh="查封登记",
        says="every disposal is forbidden; also what follows downstream from a right that was "
        "revoked",
        asked_by="an authority or the registrar",
        commands=("freeze_right",),
        needs="a right that has not ended",
        releases="who made it, an authority or the registrar",
    ),
    "correction": EntryKind(
        zh="更正登记",
        says="what was entered wrongly is set right; the wrong version stays in the history",
        asked_by="the registrar, confirmed by another officer",
        commands=("correct_right", "confirm_entry"),
        needs="a document, and two different officers; nothing stands on a right whose holder is "
        "corrected",
    ),
    "cancellation": EntryKind(
        zh="注销登记",
        says="a right ends before its term; its lots are retired; what hangs below is listed and "
        "frozen",
        asked_by="its holder, the registrar or an authority",
        commands=("cancel_right",),
        needs="no lots on offer or promised; by the holder: nothing stands on the right; by an "
        "office: a document",
    ),
    "expiry": EntryKind(
        zh="到期登记",
        says="a right whose term is over ends; its lots are retired; what hangs below is listed "
        "and frozen",
        asked_by="any party, once the term is over",
        commands=("record_expiry",),
        needs="that the term is over, and no lots on offer or promised",
    ),
}

STANDING = tuple(kind for kind, row in VOCABULARY.items() if row.releases)  # bar disposals
