"""``yaosu audit``: every recorded decision decided again under the rules recorded with it."""

from pathlib import Path

import click

from yaosu.cli.output import CHECK_FAILED, DONE, PATH, json_option, progress, say, say_json
from yaosu.cli.verify import Advance, open_journal


@click.command()
@click.argument("journal", type=PATH)
@json_option
def audit(journal: Path, as_json: bool) -> int:
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
            other_versions=audited.other_versions,
            differences=[
                {
                    "sequence": found.sequence,
                    "command": found.command,
                    "recorded": found.recorded,
                    "now": found.now,
                    "decided_by_this_version": found.decided_by_this_version,
                }
                for found in audited.differences
            ],
        )
    else:
        say(f"{journal}: {audited.entries} of {audited.recorded} entries decided again as recorded")
        say(f"  {audited.clearings} clearings verified by their certificates")
        if audited.other_versions:
            say(f"  {audited.other_versions} entries were decided by another version of the code")
        for found in audited.differences:
            say(
                f"  entry {found.sequence} ({found.command}): recorded {found.recorded}, "
                f"now {found.now}"
            )
    return DONE if audited.is_clean else CHECK_FAILED
