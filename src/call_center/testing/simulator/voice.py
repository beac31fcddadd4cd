"""The stage of spoken scenarios: demo store with its test port, `serve` with the real ears and voice, a caller's voice.

Store and agent live at the scenario's `now`: the store is set back before each call, `serve --now` is started anew when
its clock has drifted too far or a number rings that it already knows (yesterday's caller is a stranger to a scenario).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

from call_center.errors import CallCenterError
from call_center.testing.caller.voice import AnatolVoice
from call_center.testing.demo.system import DemoSystem, StoreAddress, call_processor, store_process
from call_center.testing.simulator.arena import TestPort
from call_center.testing.simulator.faults import store_faults
from call_center.testing.simulator.guarantees import guarantees
from call_center.testing.simulator.judge import judge
from call_center.testing.simulator.results import Result
from call_center.testing.simulator.scenario import Scenario
from call_center.testing.simulator.text import frozen_clock
from call_center.testing.simulator.voice_call import VoiceCall

DRIFT_S = 300.0
"""How far the agent's clock may be past a scenario's `now` when its call begins."""
DOWN = [{"kind": "reset"}]
"""The store that is down, at the test port: every connection is reset."""


class VoiceStage:
    """`async with VoiceStage(folder, progress) as stage: await stage.play_one(scenario, seed)`.

    `settings` are variables for `serve` (another brain, keys); logs and spools go under `folder`.
    """

    def __init__(
        self, folder: Path, progress: Callable[[str], None], settings: Mapping[str, str] | None = None
    ) -> None:
        self._folder, self._progress, self._settings = folder, progress, settings
        self._stack = contextlib.AsyncExitStack()
        self._serving = contextlib.AsyncExitStack()
        self._system: DemoSystem | None = None
        self._store = StoreAddress("", "")
        self._ahead_s = 0.0  # of the agent's clock, before real time
        self._rung: set[str] = set()
        self._starts = 0

    async def __aenter__(self) -> Self:
        """Start what lives through all scenarios."""
        now = datetime.now(UTC).isoformat()
        self._progress("starting the demo store")
        options = ("--now", now, "--test-port", "0")
        self._store = await self._stack.enter_async_context(store_process(self._folder, *options))
        client = httpx2.AsyncClient(base_url=self._store.test_url, trust_env=False)
        self._port = TestPort(await self._stack.enter_async_context(client))
        self._voice = await self._stack.enter_async_context(AnatolVoice())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process."""
        await self._serving.aclose()
        await self._stack.aclose()

    async def play_one(self, scenario: Scenario, seed: int = 1) -> Result:
        """Play one scenario by voice and judge it; a call that could not be placed has failed."""
        system = await self._system_for(scenario)
        faults = DOWN if scenario.faults.get("store") == "down" else store_faults(scenario)[0]
        await self._port.reset(datetime.fromtimestamp(time.time() + self._ahead_s, UTC).isoformat(), faults)
        began = time.perf_counter()
        self._progress(f"{scenario.id}: ringing")
        call = VoiceCall(scenario, system, self._port, self._voice.speak, seed)
        broke = ""
        try:
            await call.run()
        except* (CallCenterError, httpx2.HTTPError) as group:
            broke = f"the call broke: {group.exceptions[0]}"
        await self._port.faults([])
        outcome, failed = call.outcome, ((broke,) if broke else ())
        missed = (*failed, *judge(scenario, outcome))
        return Result.of(scenario, outcome, guarantees(outcome), missed, seed=seed, began=began)

    async def _system_for(self, scenario: Scenario) -> DemoSystem:
        wanted = frozen_clock(scenario)()
        drift = time.time() + self._ahead_s - wanted
        number = scenario.caller.number or ""
        known = bool(number) and number in self._rung
        if self._system is None or known or not 0 <= drift <= DRIFT_S:
            self._system = await self._start(scenario.now, wanted)
        self._rung.add(number)
        return self._system

    async def _start(self, now: str, wanted: float) -> DemoSystem:
        await self._serving.aclose()
        self._rung.clear()
        self._starts += 1
        var = self._folder / f"serve-{self._starts}"
        self._progress(f"starting recogniser, voice, agent and API at {now}")
        self._ahead_s = wanted - time.time()
        self._serving = contextlib.AsyncExitStack()
        return await self._serving.enter_async_context(
            call_processor(var, self._store, "--now", now, settings=self._settings)
        )
