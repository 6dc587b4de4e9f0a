"""Small rule packs for tests, written as an institution would write them."""

HEAD = """
[pack]
id = "{id}"
version = "{version}"
title = {{ en = "a pack" }}
effective = 2026-01-01
{more}
authority = "the authority"
legal_basis = "a law"
"""


def pack(
    body: str, id: str = "national", version: str = "1", more: str = "", facts: str = ""
) -> str:
    """The TOML of a pack."""
    head = HEAD.format(id=id, version=version, more=more)
    declared = "\n[facts]\n" + "\n".join(facts.split(";")) + "\n" if facts else ""
    return head + declared + body


def condition(
    expression: str, id: str = "c", facts: str = "{}", result: str = "true", **more: str
) -> str:
    """The TOML of one condition with one example."""
    fields = {"purpose": '"admission"', **more}
    lines = "\n".join(f"{name} = {value}" for name, value in fields.items())
    return f"""
[[condition]]
id = "{id}"
expression = '''{expression}'''
reason = "not_met"
{lines}
[[condition.example]]
facts = {facts}
result = {result}
"""


def formula(
    expression: str, id: str = "f", facts: str = "{}", result: str = "1", **more: str
) -> str:
    """The TOML of one formula with one example."""
    fields = {"rounding": '"down"', **more}
    lines = "\n".join(f"{name} = {value}" for name, value in fields.items())
    return f"""
[[formula]]
id = "{id}"
expression = "{expression}"
reason = "cannot_say"
{lines}
[[formula.example]]
facts = {facts}
result = {result}
"""


def parameter(value: str, id: str = "p", **more: str) -> str:
    """The TOML of one parameter."""
    lines = "\n".join(f"{name} = {value}" for name, value in more.items())
    return f"""
[[parameter]]
id = "{id}"
value = {value}
reason = "outside"
{lines}
[[parameter.example]]
facts = {{}}
result = {value}
"""
