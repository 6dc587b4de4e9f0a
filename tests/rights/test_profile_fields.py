"""The table of profile fields: every field has its words, and no words are idle."""

from collections.abc import Iterator

import msgspec

from yaosu.rights.profile import Profile
from yaosu.rights.profile_fields import FIELDS


def fields() -> Iterator[str]:
    for field in msgspec.structs.fields(Profile):
        is_part = isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)
        if is_part:
            yield from (f"{field.name}.{inner}" for inner in field.type.__struct_fields__)
        else:
            yield field.name


def test_every_field_of_a_profile_is_told_and_nothing_else() -> None:
    """S0-48: what a profile declares is documented from one table."""
    assert sorted(fields()) == sorted(FIELDS)


def test_the_values_told_are_those_a_profile_may_have() -> None:
    from yaosu.rights.profile import LEGAL_EFFECTS, PRICE_NOTIONS, SHARE_CHECKS

    assert tuple(FIELDS["nature.legal_effect"].values) == LEGAL_EFFECTS
    assert tuple(FIELDS["market.price_notion"].values) == PRICE_NOTIONS
    assert tuple(FIELDS["rights.share_check"].values) == SHARE_CHECKS
