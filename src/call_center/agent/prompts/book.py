"""The book of prompts: versions, which is active, what was active before, experiments. Frozen; every change is a new book.

The state of a version follows from the history, so exactly one is active whatever happens: `builtin` until another one
is activated. A version may be redrafted until it is first activated or takes part in an experiment; from then on its
text never changes. Activation and rollback end a running experiment: the shop has decided. `PromptError` says why a
change cannot be made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Literal

from call_center.agent.prompts.experiments import Experiment, Variant, check_name, checked_variants
from call_center.agent.prompts.parts import Parts, checked, digest
from call_center.core.journal.events import Noted
from call_center.errors import PromptError

BUILTIN: Final = "builtin"
MAX_NOTE: Final = 300


class State(StrEnum):
    """Where a version is in its life."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Version:
    """A named set of parts; `created_at` in Unix seconds."""

    name: str
    parts: Parts = ()
    note: str = ""
    created_at: float = 0.0
    by: str = ""

    @property
    def digest(self) -> str:
        """Identifies its text."""
        return digest(self.parts)

    def record(self, **more: str | None) -> Noted:
        """The journal's record that a call has this version."""
        return Noted("prompt", {"version": self.name, "digest": self.digest, "experiment": None, **more})


BUILTIN_VERSION: Final = Version(BUILTIN, note="what the program renders from the flows, nothing changed")


@dataclass(frozen=True, slots=True)
class Activation:
    """One line of the history."""

    at: float
    version: str
    how: Literal["activate", "rollback"]
    by: str = ""


@dataclass(frozen=True, slots=True)
class Assigned:
    """What a new call is given."""

    version: str
    digest: str
    experiment: str | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """Everything about prompts at one moment. `revision` counts the changes."""

    revision: int = 0
    versions: tuple[Version, ...] = ()
    history: tuple[Activation, ...] = ()
    experiments: tuple[Experiment, ...] = ()

    @property
    def all(self) -> tuple[Version, ...]:
        """Every version, the built-in one first."""
        return (BUILTIN_VERSION, *self.versions)

    @property
    def active(self) -> str:
        """The version that calls get which no experiment decides about."""
        return self.history[-1].version if self.history else BUILTIN

    @property
    def previous(self) -> str | None:
        """What a rollback would activate: the version before the active one, further back with each rollback."""
        stack = [BUILTIN]
        for entry in self.history:
            if entry.how == "activate":
                stack.append(entry.version)
            else:
                stack.pop()
        return stack[-2] if len(stack) > 1 else None

    @property
    def running(self) -> Experiment | None:
        """The experiment that decides about new calls."""
        return next((e for e in self.experiments if e.running), None)

    def get(self, name: str) -> Version:
        """The version of that name; `PromptError` names those there are."""
        for version in self.all:
            if version.name == name:
                return version
        known = ", ".join(version.name for version in self.all)
        raise PromptError(f"no prompt version {name!r}: there are {known}", kind="not_found")

    def experiment(self, name: str) -> Experiment:
        """The experiment of that name."""
        for experiment in self.experiments:
            if experiment.name == name:
                return experiment
        known = ", ".join(e.name for e in self.experiments) or "none"
        raise PromptError(f"no experiment {name!r}: there are {known}", kind="not_found")

    def state(self, name: str) -> State:
        """Draft, active or archived."""
        if name == self.active:
            return State.ACTIVE
        was = name == BUILTIN or any(entry.version == name for entry in self.history)
        return State.ARCHIVED if was else State.DRAFT

    def frozen(self, name: str) -> bool:
        """Whether its text can no longer change."""
        tried = any(name == v.version for e in self.experiments for v in e.variants)
        return self.state(name) is not State.DRAFT or tried

    def assign(self, caller: str | None, call_id: str, key: bytes) -> Assigned:
        """The version of a new call: the running experiment's choice, else the active one."""
        experiment = self.running
        name = experiment.choose(caller, call_id, key) if experiment else self.active
        return Assigned(name, self.get(name).digest, experiment.name if experiment else None)

    def parts(self, version: str, digest: str) -> Parts | None:
        """The parts of a version as a call was given it; None when exactly this text is not here."""
        found = next((v for v in self.all if v.name == version), None)
        return found.parts if found is not None and found.digest == digest else None

    # --- changes -------------------------------------------------------------------------------------

    def draft(self, version: Version) -> Book:
        """Add a draft, or write one anew."""
        check_name(version.name, "version")
        if len(version.note) > MAX_NOTE or "\n" in version.note:
            raise PromptError(f"note: one line of at most {MAX_NOTE} characters")
        if version.name == BUILTIN or (self._has(version.name) and self.frozen(version.name)):
            raise PromptError(
                f"version {version.name} is in use or was, so its text stays as it is: draft another name",
                kind="conflict",
            )
        made = replace(version, parts=checked(version.parts))
        others = tuple(v for v in self.versions if v.name != version.name)
        return self._changed(versions=(*others, made))

    def activate(self, name: str, at: float, by: str = "") -> Book:
        """Make a version the active one. A running experiment ends."""
        self.get(name)
        if name != self.active:
            return self._decided(Activation(at, name, "activate", by))
        if self.running is None:
            raise PromptError(f"version {name} is the active one already", kind="conflict")
        return self.stop(self.running.name, at)

    def rollback(self, at: float, by: str = "") -> Book:
        """Make the previous version active again. A running experiment ends."""
        name = self.previous
        if name is None:
            running = self.running
            hint = f"; to end the experiment: experiment stop {running.name}" if running else ""
            raise PromptError(
                f"nothing to go back to: {self.active} is what was there first{hint}", kind="conflict"
            )
        return self._decided(Activation(at, name, "rollback", by))

    def start(self, name: str, variants: tuple[Variant, ...], at: float, by: str = "") -> Book:
        """Begin an experiment; at most one runs, its versions are frozen from now on."""
        check_name(name, "experiment")
        if any(e.name == name for e in self.experiments):
            raise PromptError(
                f"there was an experiment {name}: its callers' shares hang on the name, choose a new one",
                kind="conflict",
            )
        if self.running is not None:
            raise PromptError(
                f"experiment {self.running.name} is running: one call has one prompt, stop it first",
                kind="conflict",
            )
        for variant in checked_variants(variants):
            self.get(variant.version)
        return self._changed(experiments=(*self.experiments, Experiment(name, variants, at, by=by)))

    def stop(self, name: str, at: float) -> Book:
        """End an experiment: new calls get the active version, running calls keep what they have."""
        if not self.experiment(name).running:
            raise PromptError(f"experiment {name} was stopped before", kind="conflict")
        return self._changed(experiments=self._stopped(at))

    def _decided(self, entry: Activation) -> Book:
        return self._changed(history=(*self.history, entry), experiments=self._stopped(entry.at))

    def _stopped(self, at: float) -> tuple[Experiment, ...]:
        return tuple(replace(e, stopped_at=at) if e.running else e for e in self.experiments)

    def _has(self, name: str) -> bool:
        return any(version.name == name for version in self.versions)

    def _changed(
        self,
        *,
        versions: tuple[Version, ...] | None = None,
        history: tuple[Activation, ...] | None = None,
        experiments: tuple[Experiment, ...] | None = None,
    ) -> Book:
        return Book(
            self.revision + 1,
            self.versions if versions is None else versions,
            self.history if history is None else history,
            self.experiments if experiments is None else experiments,
        )
