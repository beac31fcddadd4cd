"""Random callers, faults, cuts and deaths of processes: whatever happens, nothing is bound that was not agreed to."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.agent.dialogue import Dialogue

from call_center.agent.mutations import REQUEST
from call_center.core.journal.events import Agreed, ToolIntended
from call_center.errors import StoreError

pytestmark = pytest.mark.unit

SIZE = "двісті п'ять на п'ятдесят п'ять, шістнадцять"
FORWARD = (
    f"хочу замовити чотири зимові шини {SIZE}", "найдешевший", "Новою поштою, Львів, відділення чотири",
    "Андрій Ковальчук", "так", "післяплата", "так",
)  # fmt: skip
SAYINGS = (
    *FORWARD, "так", "так", "ні", "угу", "ні, не чотири, а дві", "так, але кур'єром", "вулиця Наукова, будинок п'ять",
    "у відділення п'ятнадцять", "самовивіз, Харків", "другий", "онлайн", "отримувач Петро Бойко", "скасуйте",
    "додайте ще дві літні шини", "найдорожчий", "а коли доставлять?", "повторіть", "телефон інший",
    "нуль дев'яносто дев'ять нуль нуль нуль двадцять два тридцять три", "хочу ще одне таке саме замовлення",
    "передзвоніть мені", "де моє замовлення", "дякую", "", "алло", "п'ять", "нуль гривень, так?", "оформлюйте",
)  # fmt: skip
EFFECTS = ("create", "deliver", "confirm", "cancel", "callback", "orders", "pickup_points")
STEPS = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(SAYINGS)),
    st.tuples(st.just("say"), st.sampled_from(SAYINGS)),
    st.tuples(st.just("cut"), st.sampled_from(SAYINGS)),
    st.tuples(st.just("silence"), st.just("")),
    st.tuples(st.just("key"), st.sampled_from("0123456789")),
    st.tuples(st.just("lost"), st.sampled_from(EFFECTS)),
    st.tuples(st.just("down"), st.sampled_from(EFFECTS)),
    st.tuples(st.just("kill"), st.just("")),
)


def play(steps: list[tuple[str, str]]) -> Dialogue:
    """A call that goes forward to some point and then anywhere."""
    call = Dialogue()
    call.greet()
    for kind, what in steps:
        if call.agent.view.transferred:
            break
        match kind:
            case "say" | "cut":
                call.heard = kind == "say"
                reply = call.say(what)
                call.heard = True
                if reply.hang_up or reply.transfer:
                    break
            case "silence":
                call.say("", silence=1)
            case "key":
                if call.say("", keys=what).transfer:
                    break
            case "lost":
                call.shop.trouble[what] = [StoreError("lost", code="connection_lost")] * 2
            case "down":
                call.shop.refusals[what] = [StoreError("down", code="timeout")] * 2
            case "kill":
                call.agent = call.process()
    return call


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(min_value=0, max_value=len(FORWARD)), st.lists(STEPS, max_size=14))
def test_every_confirmed_order_was_agreed_to_and_exists_once(
    known: int, steps: list[tuple[str, str]]
) -> None:
    """Per order one confirmation, after an agreement, of the total that was read back."""
    call = play([("say", words) for words in FORWARD[:known]] + steps)
    events = [e.event for e in call.journal.entries]
    intents = [e for e in events if isinstance(e, ToolIntended) and e.tool == "confirm_order"]
    agreements = [e for e in events if isinstance(e, Agreed) and e.tool == "confirm_order"]
    sent = {str(e.args[REQUEST]["id"]): e.args[REQUEST]["total"] for e in intents}
    assert call.shop.effects.count("confirm") == len(call.shop.confirmed)
    assert len(intents) <= len(agreements)
    for order in call.shop.confirmed:
        assert sent[order["id"]] == order["total"]
    keys = [e.key for e in events if isinstance(e, ToolIntended) and e.key]
    assert len(keys) == len(set(keys)) <= 11  # ten, and the draft taken back at the end of the call
    assert (
        sum(o["status"] == "draft" for o in call.shop.book.values())
        <= 1 + call.shop.effects.count("create") // 3
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(min_value=0, max_value=len(FORWARD)), st.lists(STEPS, max_size=10))
def test_every_turn_is_answered_and_asks_at_most_once(known: int, steps: list[tuple[str, str]]) -> None:
    """Never silent, never two questions, never an apology for a fault of our own."""
    call = Dialogue()
    call.greet()
    for kind, what in [("say", words) for words in FORWARD[:known]] + steps:
        if kind not in ("say", "key"):
            continue
        reply = call.say(what) if kind == "say" else call.say("", keys=what)
        assert reply.text or reply.transfer
        assert reply.text.count("?") <= 1
        assert "технічна заминка" not in reply.text, (call.agent.view.said, call.refused())
        if reply.hang_up or reply.transfer:
            break
