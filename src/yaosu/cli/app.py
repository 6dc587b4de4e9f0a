"""The commands of ``yaosu``, and the one place where anything that went wrong becomes an answer."""

import errno
import logging
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from keyword import iskeyword
from pathlib import Path

import click

import yaosu.cli.refusals  # noqa: F401  (declares the texts)
from yaosu import __version__
from yaosu.cli.output import (
    DONE,
    INTERRUPTED,
    OUR_ERROR,
    REFUSED,
    USAGE,
    json_option,
    say,
    say_json,
    say_refusal,
    silence,
    unheard,
)
from yaosu.cli.where import check_where
from yaosu.kernel.refusal import Refusal

COMMANDS = {
    "run": "yaosu.cli.run",
    "init": "yaosu.cli.init",
    "serve": "yaosu.cli.serve",
    "demo": "yaosu.cli.demo",
    "config": "yaosu.cli.serve",
    "login": "yaosu.cli.login",
    "ask": "yaosu.cli.ask",
    "read": "yaosu.cli.ask",
    "show": "yaosu.cli.ask",
    "clear": "yaosu.cli.clear",
    "check": "yaosu.cli.check",
    "work": "yaosu.cli.work",
    "mechanisms": "yaosu.cli.mechanisms",
    "verify": "yaosu.cli.verify",
    "audit": "yaosu.cli.audit",
    "replay": "yaosu.cli.replay",
    "import": "yaosu.cli.import_",
    "export": "yaosu.cli.export",
    "prove": "yaosu.cli.prove",
    "key": "yaosu.cli.key",
    "tlog": "yaosu.cli.serve_log",
    "secrets": "yaosu.cli.secrets",
    "rules": "yaosu.cli.rules",
    "rights": "yaosu.cli.rights",
    "institutions": "yaosu.cli.institutions",
    "access": "yaosu.cli.access",
    "cases": "yaosu.cli.cases",
    "documents": "yaosu.cli.documents",
    "places": "yaosu.cli.places",
    "journal": "yaosu.cli.journal",
    "backup": "yaosu.cli.backup",
    "restore": "yaosu.cli.backup",
    "copy": "yaosu.cli.backup",
    "promote": "yaosu.cli.backup",
    "snapshot": "yaosu.cli.snapshot",
    "quarantine": "yaosu.cli.quarantine",
}


PASSWORD = re.compile(r"(://[^:/@\s]*):[^@\s]*@")  # of an address that stands in a wrong place
REPORT = "this is our fault: please report this line, the command and `yaosu version`"


class Commands(click.Group):
    """Commands by name; each one's file is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, for the help page."""
        return [*COMMANDS, "version"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, or None."""
        if cmd_name == "version":
            return version
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        word = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        found = getattr(import_module(COMMANDS[cmd_name]), word)
        assert isinstance(found, click.Command)
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="yaosu %(version)s")
def app() -> None:
    """One market for the factors of production.

    Every command takes --json. It ends with 0 done, 1 refused, 2 wrong usage, 3 a check failed,
    4 an error of ours. With YAOSU_LANG=zh refusals are told in Chinese.
    """


@app.command()
@json_option
def version(as_json: bool) -> None:
    """Print the version."""
    from yaosu import __version__ as number

    if as_json:
        say_json("version/1", version=number, python=sys.version.split()[0])
    else:
        say(f"yaosu {number}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line and end the process with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(answer(given))


def answer(arguments: Sequence[str]) -> int:
    """Run a command line; whatever goes wrong is said in one line, never in a traceback."""
    ending = _Ending(as_json="--json" in arguments)
    with _told_on_stderr(), ending:
        check_where(arguments)
        code = app.main(list(arguments), prog_name="yaosu", standalone_mode=False)
        ending.code = code if isinstance(code, int) else DONE
    return ending.code


class _OnStderr(logging.Handler):
    """Prints what the log says, one line each."""

    def emit(self, record: logging.LogRecord) -> None:
        with unheard():
            click.echo(record.getMessage(), err=True)


@contextmanager
def _told_on_stderr() -> Iterator[None]:
    """Inside it, the journal that is opened for writing and its durability are told on stderr."""
    log, handler = logging.getLogger("yaosu.journal"), _OnStderr()
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)


class _Ending:
    """Turns whatever leaves a command into words and an exit code."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.code = DONE

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if error is not None:
            self.code = self._code_of(error)
        return True

    def _code_of(self, error: BaseException) -> int:
        match error:
            case click.exceptions.NoArgsIsHelpError():
                with unheard():
                    click.echo(error.format_message())
                return USAGE
            case click.ClickException():
                said = StringIO()
                error.show(said)
                with unheard():
                    click.echo(PASSWORD.sub(r"\1@", said.getvalue()), err=True, nl=False)
                sentence = PASSWORD.sub(r"\1@", error.format_message())
                self._say_json("cli.usage", sentence, "see yaosu COMMAND --help")
                return USAGE
            case SystemExit():  # how click ends where the reader of our output has gone
                return error.code if isinstance(error.code, int) else REFUSED
            case click.Abort() | KeyboardInterrupt():
                with unheard():
                    click.echo("stopped", err=True)
                return INTERRUPTED
            case Refusal():
                return say_refusal(error, self.as_json)
            case BrokenPipeError():  # the reader of our output has gone; nobody is left to tell
                silence()
                return REFUSED
            case OSError():
                silence()  # what a full disk did not take is not tried again at the very end
                return say_refusal(refusal_of(error), self.as_json)
            case _:
                sentence = _our_error(error)
                with unheard():
                    click.echo(f"cli.our_error: {sentence}; {REPORT}", err=True)
                self._say_json("cli.our_error", sentence, REPORT)
                return OUR_ERROR

    def _say_json(self, code: str, sentence: str, what_next: str) -> None:
        if self.as_json:
            with unheard():
                said = {"code": code, "sentence": sentence, "what_next": what_next}
                say_json("refusal/1", **said, facts={})


def refusal_of(error: OSError) -> Refusal:
    """The refusal that an error of the file system stands for."""
    path = str(error.filename or "the output")
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Refusal("cli.disk_full", path=path)
    if isinstance(error, FileNotFoundError):
        return Refusal("cli.file_missing", path=path)
    if isinstance(error, IsADirectoryError):
        return Refusal("cli.is_a_folder", path=path)
    return Refusal("cli.cannot_write", path=path, reason=error.strerror or type(error).__name__)


def _our_error(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "unknown place"
    if trace is not None:
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    said = " ".join(str(error).split())[:200]
    return f"{type(error).__name__} at {place}: {said}"
