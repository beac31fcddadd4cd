"""`call-center prompts ...`: versions of the Claude brain's prompt, from draft to active and back, and experiments.

The file is VAR_DIR/prompts/book.json; audio workers see a change within a second, calls that are running keep what they
began with. Errors end in one line and exit code 1 (not possible) or 2 (wrong settings).
"""

from __future__ import annotations

import getpass
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from call_center.errors import ConfigError

if TYPE_CHECKING:
    from call_center.agent.prompts import Part, Variant
    from call_center.agent.prompts.desk import PromptDesk

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="""Versions of the Claude brain's prompt. One is active; `builtin` is what the program itself renders.

    \b
    The way of a new version:
      call-center prompts draft warm --add tone="Speak a little warmer."
      call-center replay var/spool --prompt warm        what would change in real calls
      call-center prompts experiment start tone-1 --variant builtin=80 --variant warm=20
      call-center prompts outcomes --experiment tone-1
      call-center prompts activate warm                 for all; and back: prompts rollback

    Rules of the shop are enforced by code whatever a prompt says. Without ANTHROPIC_API_KEY no prompt is used.""",
)
experiment = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Give callers different versions and compare; one experiment runs at a time.",
)
app.add_typer(experiment, name="experiment")
Json = Annotated[bool, typer.Option("--json", help="one JSON object instead of text")]
Name = Annotated[str, typer.Argument(help="version name")]
Trial = Annotated[str, typer.Argument(help="experiment name")]
_PLAIN = {"ordered", "booked", "operator", "fallback"}


@app.command("list")
def list_versions(*, as_json: Json = False) -> None:
    """All versions, which is active, and the experiment that is running."""
    found = _desk().versions()
    if as_json:
        _print(found)
        return
    width = max(len(v["name"]) for v in found["versions"])
    for v in found["versions"]:
        sections = ", ".join(f"{mode} {section}" for section, mode in v["sections"].items())
        when = _when(v["created_at"]) if v["created_at"] else "-"
        _write(f"{v['name']:{width}}  {v['state']:8}  {when:16}  {sections or '-'}  {v['note']}".rstrip())
    _tell(found)


@app.command()
def show(name: Name, *, whole: Annotated[bool, typer.Option("--whole", help="print the whole system prompt")] = False, as_json: Json = False) -> None:  # fmt: skip
    """What a version changes, and how many tokens the prompt has with it."""
    found = _desk().version(name)
    if as_json:
        _print(found)
        return
    frozen = ", its text can no longer change" if found["frozen"] else ""
    _write(
        f"{name}: {found['state']}{frozen}; about {found['tokens']} tokens with the tools; {found['digest']}"
    )
    if found["note"]:
        _write(found["note"])
    for part in found["parts"]:
        _write(f"\n[{part['mode']} {part['section']}]\n{part['text']}")
    if whole:
        _write(f"\n{found['system_prompt']}")


@app.command()
def draft(
    name: Name,
    *,
    add: Annotated[
        list[str] | None,
        typer.Option(help="SECTION=TEXT put after a section; @FILE reads the text, @- stdin; repeatable"),
    ] = None,
    replace: Annotated[
        list[str] | None, typer.Option(help="SECTION=TEXT in the place of role, acting or tone; @FILE, @-")
    ] = None,
    note: Annotated[str, typer.Option(help="one line: what it is for")] = "",
    as_json: Json = False,
) -> None:
    """Write a draft; the same name again writes it anew, until it was active or in an experiment.

    Sections: role (who speaks and how), facts, state (both can only be added to), acting (when the model acts), tone (empty in the
    built-in version). {name} and {shop} stand for the agent and the shop. Prompt and tools stay below 6,000 tokens.
    """
    parts = [_part(text, "add") for text in add or ()] + [_part(text, "replace") for text in replace or ()]
    made = _desk().draft(name, parts, note, getpass.getuser())
    if as_json:
        _print(made)
        return
    _write(f"draft {name}: about {made['tokens']} tokens with the tools, {made['digest']}")
    _write(f"next: call-center replay var/spool --prompt {name}")


@app.command()
def activate(name: Name, *, as_json: Json = False) -> None:
    """Make a version the active one: new calls get it within a second. A running experiment ends."""
    _decided(_desk().activate(name, getpass.getuser()), as_json=as_json)


@app.command()
def rollback(*, as_json: Json = False) -> None:
    """Back to the version that was active before; again: one further back. A running experiment ends."""
    _decided(_desk().rollback(getpass.getuser()), as_json=as_json)


@app.command()
def history(*, as_json: Json = False) -> None:
    """Who activated what, oldest first."""
    found = _desk().history()
    if as_json:
        _print({"history": found})
        return
    for row in found:
        _write(f"{_when(row['at'])}  {row['how']:8}  {row['version']}  {row['by']}".rstrip())
    if not found:
        _write("nothing was activated yet: builtin is active")


@app.command()
def outcomes(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="further journals: spool files, call.json, folders")
    ] = None,
    *,
    experiment: Annotated[str | None, typer.Option(help="only calls of this experiment")] = None,
    as_json: Json = False,
) -> None:
    """How the calls of each version went: shares and means with 95 % intervals.

    Counts ended calls from VAR_DIR/spool, and keeps what it counted (no words, no numbers): spools go after a day, so run it
    daily while an experiment lasts. The first version is what the others are compared with. Several measures, or looking
    every day, find a "difference" by chance now and then.
    """
    found = _desk().outcomes(experiment, paths or ())
    if as_json:
        _print(found)
    else:
        _outcomes(found)


@experiment.command("list")
def list_experiments(*, as_json: Json = False) -> None:
    """All experiments, oldest first."""
    found = _desk().experiments()
    if as_json:
        _print({"experiments": found})
        return
    for e in found:
        _write(_experiment(e))
    if not found:
        _write(
            "no experiment yet: call-center prompts experiment start NAME --variant builtin=80 --variant NEW=20"
        )


@experiment.command()
def start(
    name: Trial,
    *,
    variant: Annotated[
        list[str], typer.Option(help="VERSION=WEIGHT, at least twice; the first is compared with")
    ],
    as_json: Json = False,
) -> None:
    """Begin: every caller is given one variant and keeps it (hidden numbers: by call). Versions are frozen from now on."""
    _started(_desk().start(name, [_variant(text) for text in variant], getpass.getuser()), as_json=as_json)


@experiment.command()
def stop(name: Trial, *, as_json: Json = False) -> None:
    """End: new calls get the active version, running calls keep theirs."""
    _started(_desk().stop(name), as_json=as_json)


def _desk() -> PromptDesk:
    from call_center.agent.prompts.desk import PromptDesk
    from call_center.config import load_settings

    return PromptDesk(load_settings())


def _part(text: str, mode: str) -> Part:
    from call_center.agent.prompts import Part

    section, equals, words = text.partition("=")
    if not equals:
        raise ConfigError(f"--{mode} {text}: give it as SECTION=TEXT or SECTION=@FILE")
    return Part(section, mode, _read(words[1:]) if words.startswith("@") else words)  # type: ignore[arg-type]


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read {name}: {error}") from None


def _variant(text: str) -> Variant:
    from call_center.agent.prompts import Variant

    version, _, weight = text.partition("=")
    if not weight.isascii() or not weight.isdigit():
        raise ConfigError(f"--variant {text}: give it as VERSION=WEIGHT, such as builtin=80")
    return Variant(version, int(weight))


def _decided(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        _print(found)
        return
    if found["ended"]:
        _write(
            f"experiment {found['ended']} ended; how it went: prompts outcomes --experiment {found['ended']}"
        )
    _tell(found)


def _tell(found: dict[str, Any]) -> None:
    if found["experiment"]:
        _write(f"experiment running: {_experiment(found['experiment'])}")
    back = f"; rollback would activate {found['previous']}" if found["previous"] else ""
    _write(f"active: {found['active']}{back}")


def _started(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        _print(found)
    else:
        _write(_experiment(found))


def _experiment(e: dict[str, Any]) -> str:
    shares = ", ".join(f"{v['version']} {v['weight']}" for v in e["variants"])
    until = f" to {_when(e['stopped_at'])}" if e["stopped_at"] else ", running"
    return f"{e['name']}: {shares}; since {_when(e['started_at'])}{until}"


def _outcomes(found: dict[str, Any]) -> None:
    if not found["versions"]:
        _write("no ended call has a prompt version yet: calls get one where the Claude brain answers")
        return
    for number, version in enumerate(found["versions"]):
        against = "" if number == 0 else f", against {found['versions'][0]['version']}"
        _write(f"{version['version']}: {version['calls']} calls{against}")
        for name, measure in version["measures"].items():
            plain = name in _PLAIN
            line = f"  {name:12} {_interval(measure, percent=plain)}"
            if measure["difference"]:
                line = f"{line:42} {_interval(measure['difference'], percent=plain, sign='+')}  {measure['verdict']}"
            _write(line.rstrip())
    if found["left_out"]:
        _write(f"left out: {found['left_out']} calls whose version was not on the machine that answered")
    if not all(v["enough"] for v in found["versions"]):
        _write("too few calls: nothing can be concluded yet, let it run on")


def _interval(measure: dict[str, Any], *, percent: bool, sign: str = "") -> str:
    if measure["value"] is None:
        return "-"
    form = f"{sign}.1f" if percent else f"{sign}.4g"
    scale = 100 if percent else 1
    unit = "%" if percent and not sign else ""
    text = f"{measure['value'] * scale:{form}}{unit}"
    if measure["low"] is None:
        return text
    return f"{text} ({measure['low'] * scale:{form}} to {measure['high'] * scale:{form}})"


def _when(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def _print(tree: dict[str, Any]) -> None:
    _write(json.dumps(tree, ensure_ascii=False))


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
