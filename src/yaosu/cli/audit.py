"""``yaosu audit``: every recorded decision decided again under the rules recorded with it."""

from typing import TYPE_CHECKING

import click

from yaosu.cli.output import CHECK_FAILED, DONE, json_option, progress, say, say_json
from yaosu.cli.verify import Advance, journal_place, open_journal

if TYPE_CHECKING:
    from yaosu.journal.opening import Place


@click.command()
@click.argument("journal", type=journal_place)
@json_option
def audit(journal: "Place", as_json: bool) -> int:
    """Decide everything in the JOURNAL again and compare.

    Clearings are not solved again; their certificates are verified. Ends with 3 where a decision
    comes out otherwise.
    """
    from yaosu.engine.proof import audit as decide_again

    with open_journal(journal) as store, progress("auditing", store.size) as step:
        audited = decide_again(store, Advance(step))
    if as_json:
        say_json(
            "audit/1",
            journal=str(journal),
            clean=audited.is_clean,
            entries=audited.entries,
            recorded=audited.recorded,
            clearings=audited.clearings,
            version=audited.version,
            versions={str(version): count for version, count in audited.versions.items()},
            erased=audited.erased,
            differences=[
                {
                    "sequence": found.sequence,
                    "command": found.command,
                    "recorded": found.recorded,
                    "now": found.now,
                    "version": found.version,
                }
                for found in audited.differences
            ],
        )
    else:
        say(f"{journal}: {audited.entries} of {audited.recorded} entries decided again as recorded")
        say(f"  {audited.clearings} clearings verified by their certificates")
        for version, count in audited.versions.items():
            if version != audited.version:
                say(f"  {count} entries decided by version {version}, now {audited.version}")
        if audited.erased:
            say(f"  {audited.erased} sealed items were erased; no decision reads what is sealed")
        for found in audited.differences:
            changed = found.version != audited.version
            by = f"; decided by version {found.version}, now {audited.version}" if changed else ""
            say(
                f"  entry {found.sequence} ({found.command}): recorded {found.recorded}, "
                f"now {found.now}{by}"
            )
    return DONE if audited.is_clean else CHECK_FAILED
