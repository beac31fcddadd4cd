"""The stateful test: any caller, any brain, any failure of processes, network and store, in any order.

`machine_for(world)` is a Hypothesis state machine whose runs all use that world; `told` hears of every finished run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from tests.proofs.call import Call, Said, Stop
from tests.proofs.caller import FLOW, KINDS, NO_YES, PLAIN_YES, Wish
from tests.proofs.invariants import broken
from tests.proofs.world import World

from call_center.agent.tools.registry import BadArguments

WISHES = st.builds(
    Wish, st.sampled_from(KINDS), st.integers(min_value=0, max_value=5), st.integers(min_value=0, max_value=4)
)
STOPS = st.builds(
    Stop,
    st.sampled_from(("barge", "kill", "kill", "freeze")),
    st.integers(min_value=0, max_value=14),
    st.booleans(),
)
SOMETIMES: st.SearchStrategy[list[Stop]] = st.one_of(
    st.just([]), st.just([]), st.lists(STOPS, min_size=1, max_size=2)
)
HEARS = st.sampled_from((99, 99, 99, 99, 1, 3, 0))
WORDS = st.one_of(
    st.sampled_from(PLAIN_YES),
    st.sampled_from(PLAIN_YES),
    st.sampled_from(PLAIN_YES),
    st.sampled_from(NO_YES),
)
SAID = st.one_of(
    st.builds(Said, WORDS, st.just(""), HEARS, st.sampled_from((False, False, False, True)), st.sampled_from((0.9, 0.9, 0.4))),
    st.builds(Said, st.just(""), st.sampled_from("1123"), HEARS),
)  # fmt: skip
FAULTS = st.builds(
    lambda kind, path, times: {"kind": kind, "path": path, "times": times, "retry_after_s": 0},
    st.sampled_from(("503", "500", "429", "reset", "lost_answer", "lost_answer", "html", "cut_json")),
    st.sampled_from(("/confirm", "/delivery", "/orders", "/callbacks", "/cancel", "")),
    st.integers(min_value=1, max_value=6),
)
WAY = (
    (Wish("search"), Wish("points"), Wish("phone", 1), Wish("name")),
    (Wish("draft", 0, 3),),
    (Wish("deliver", 0),),
    (Wish("recite"),),
    (Wish("confirm"),),
)
"""An order from the search to the confirmation; a run begins somewhere on it."""


class AnyCall(RuleBasedStateMachine):
    """One call from the first word to the end; `machine_for` gives it its world."""

    world: ClassVar[World]
    told: ClassVar[Callable[[Call], None]]

    def __init__(self) -> None:
        super().__init__()
        self.call = Call(self.world)

    @initialize(done=st.integers(min_value=1, max_value=len(WAY)))
    def on_the_way(self, done: int) -> None:
        """The call is somewhere between the search and the confirmation."""
        for wishes in WAY[:done]:
            self.call.turn(Said("так"), wishes)

    @rule(said=SAID, wishes=st.lists(WISHES, max_size=4), stops=SOMETIMES)
    def speak(self, said: Said, wishes: list[Wish], stops: list[Stop]) -> None:
        """A turn of a brain that wants anything."""
        self.call.stops = list(stops)
        self.call.turn(said, wishes)

    @rule(said=SAID, how=st.integers(min_value=0, max_value=1), stops=SOMETIMES)
    def agree(self, said: Said, how: int, stops: list[Stop]) -> None:
        """Read-back, answer and commit, one after another."""
        read, commit = (("recite", "confirm"), ("read_callback", "callback"))[how]
        self.call.turn(Said("слухаю"), [Wish(read)])
        self.call.stops = list(stops)
        self.call.turn(said, [Wish(commit), Wish("again")])

    @rule(words=st.sampled_from(FLOW), stops=SOMETIMES)
    def talk(self, words: str, stops: list[Stop]) -> None:
        """A turn of the built-in brain."""
        self.call.stops = list(stops)
        self.call.turn(Said(words), offline=True)

    @rule(faults=st.lists(FAULTS, max_size=2))
    def trouble(self, faults: list[dict[str, object]]) -> None:
        """The store begins to fail, or is well again."""
        self.world.trouble(faults)

    @rule()
    def others_buy(self) -> None:
        """The stock goes while the caller talks."""
        self.world.sell_out(self.call.size[0])

    @rule(frozen=st.booleans())
    def take_over(self, frozen: bool) -> None:
        """Another process has the call now; the one before is dead, or only believes that it has it."""
        self.call.replace(frozen=frozen)

    @rule()
    def go_on(self) -> None:
        """A frozen process wakes up."""
        self.call.thaw()

    def teardown(self) -> None:
        """The call ends; everything must hold."""
        try:
            self.call.finish()
        except BadArguments as error:  # two writers under one number
            raise AssertionError(
                f"mismatch: an intent in the journal is none of a tool's: {error}"
            ) from error
        type(self).told(self.call)
        found = broken(self.call)
        assert not found, "; ".join(found)


def machine_for(world: World, told: Callable[[Call], None] = lambda call: None) -> type[AnyCall]:
    """The state machine over `world`."""
    return type("AnyCall", (AnyCall,), {"world": world, "told": staticmethod(told)})
