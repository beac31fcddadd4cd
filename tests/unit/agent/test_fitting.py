"""Fitting by voice: free times only, ownership, everything once, nothing asked twice, corrections at any time."""

from __future__ import annotations

import pytest
from tests.unit.agent.dialogue import Dialogue
from tests.unit.agent.fitting_book import stations

from call_center.agent.brain import CallTool
from call_center.agent.policy import Allow, Refuse, Scene, check
from call_center.agent.tools import default_toolbox
from call_center.agent.tools.proofs import same_name
from call_center.agent.tools.stations import named
from call_center.core.journal.events import Noted, ToolIntended

pytestmark = pytest.mark.unit

WHERE_WHEN = "запишіть на комплекс у Києві на Позняках завтра на десяту"
UP_TO_READ_BACK = (WHERE_WHEN, "шістнадцятий", "Форд Фокус", "Микола Дорош", "так")
OWN = "+380990001234"


def call_with(*said: str, caller: str | None = OWN, held: bool = False) -> Dialogue:
    """A call in which all this was said; `held`: the caller has a booking on Saturday at nine in Vinnytsia."""
    call = Dialogue(caller=caller)
    if held:
        call.shop.hold(
            station_id="004247",
            date="2026-11-28",
            time="09:00",
            customer_phone=OWN,
            customer_name="Віталій Мельник",
        )
    call.greet()
    for words in said:
        call.say(words)
    return call


def test_read_back_tells_what_will_be_booked_and_only_a_yes_books_it() -> None:
    """Day, time, address, service, car, price, name and phone; then one booking."""
    call = call_with(*UP_TO_READ_BACK[:-1])
    text = call.say("так").text
    for part in (
        "24 листопада, о 10:00",
        "Здолбунівська, 7",
        "повний комплекс",
        "Ford Focus",
        "1 080 грн",
        "Дорош",
    ):
        assert part in text
    assert call.shop.done == []
    assert "записала вас" in call.say("так, все правильно").text
    assert [(b["date"], b["time"]) for b in call.shop.standing] == [("2026-11-24", "10:00")]


def test_time_that_is_taken_is_said_with_the_nearest_free_ones() -> None:
    """Nothing is shifted silently."""
    call = Dialogue()
    call.shop.full = {("2026-11-24", "10:00")}
    call.greet()
    text = call.say(WHERE_WHEN).text
    assert "о 10:00 зайнято" in text
    assert "о 9:00" in text
    assert "об 11:00" in text


@pytest.mark.parametrize("words", ["будь-яка", "любая", "мені все одно", "байдуже яка", "вибирайте самі"])
def test_whoever_does_not_mind_gets_the_first_address(words: str) -> None:
    """It is no name of a street, and no failure."""
    call = call_with("запишіть на перевзування в Харкові", words)
    view = call.agent.view
    assert view.stations[str(view.value("station"))]["city"] == "Харків"
    assert not view.failures["station"]


def test_slot_taken_between_offer_and_yes_offers_others() -> None:
    """The shop's refusal is said, the read-back comes again with another time."""
    call = call_with(*UP_TO_READ_BACK)
    call.shop.full = {("2026-11-24", "10:00")}
    reply = call.say("так").text
    assert "щойно зайняли" in reply
    assert call.shop.standing == []
    call.say("на одинадцяту")
    call.say("так")
    assert [b["time"] for b in call.shop.standing] == ["11:00"]


@pytest.mark.parametrize(
    ("words", "reason"), [("на сьогодні", "лише від завтра"), ("через місяць", "14 грудня")]
)
def test_day_out_of_the_window_is_refused_with_the_window(words: str, reason: str) -> None:
    """Tomorrow to 21 days ahead."""
    call = call_with("запишіть на комплекс у Києві на Позняках")
    assert reason in call.say(words).text


def test_closed_day_is_said_with_the_next_free_one() -> None:
    """A yes takes the time that was named."""
    call = call_with("запишіть на балансування в Дніпрі на Робочу на неділю на одинадцяту")
    view = call.agent.view
    assert "не працюють" in view.last_lines[0]
    call.say("так")
    assert (view.value("date"), view.value("time")) == ("2026-11-30", "09:00")


def test_book_cancel_book_makes_two_bookings_and_needs_three_yeses() -> None:
    """An equal wish after a cancellation is a new one, with its own read-back."""
    call = call_with(*UP_TO_READ_BACK, "так", "скасуйте цей запис", "так")
    assert "Запис" in call.say("запишіть мене знову на завтра на десяту").text
    assert call.shop.done == ["book", "cancel"]
    call.say("так")
    assert call.shop.done == ["book", "cancel", "book"]
    assert len(call.shop.standing) == 1


def test_lost_answer_is_sent_again_with_the_same_key() -> None:
    """One booking, told once."""
    call = call_with(*UP_TO_READ_BACK)
    call.shop.lost = ["book"]
    assert "записала" in call.say("так").text
    assert call.shop.done == ["book"]


def test_move_is_one_action_and_needs_a_proof() -> None:
    """The booking's own day in the caller's words is one; the id stays."""
    call = call_with("перенесіть мій запис із суботи на неділю на дванадцяту", held=True)
    assert "28 листопада" in call.agent.view.last_lines[-1]
    call.say("так")
    assert call.shop.done == ["move"]
    assert [(b["id"], b["date"], b["time"]) for b in call.shop.standing] == [("B0", "2026-11-29", "12:00")]


def test_nothing_of_a_booking_is_said_before_a_proof() -> None:
    """Caller number alone shows neither day nor address; three wrong names go to an operator."""
    call = call_with(held=True)
    said = [call.say(t).text for t in ("скасуйте мій запис", "Петро Іваненко", "Іван Сірко", "Олег Жук")]
    assert not any("листопада" in text or "Келецька" in text for text in said)
    assert call.say("Юрій Ткач").transfer is not None
    assert call.shop.done == []


def test_hidden_number_changes_no_booking() -> None:
    """Without a caller number an operator looks."""
    call = call_with("скасуйте мій запис на шиномонтаж", caller=None)
    assert "оператор" in call.agent.view.last_lines[-1]


def test_cancellation_of_an_own_booking() -> None:
    """Name on it, read-back, yes."""
    call = call_with("відмініть запис на шиномонтаж", "Віталій Мельник", held=True)
    assert "Скасування запису" in call.agent.view.last_lines[-1]
    assert "скасовано" in call.say("так").text
    assert call.shop.standing == []


def test_nothing_is_asked_twice_after_an_order() -> None:
    """Size, name, phone and city of the order serve the booking."""
    size = "двісті п'ять на п'ятдесят п'ять, шістнадцять"
    call = call_with(
        f"хочу замовити чотири зимові шини {size} на Форд Фокус", "найдешевший", "самовивіз, Харків, проспект Науки",
        "Андрій Ковальчук", "так", "при отриманні", "так",
    )  # fmt: skip
    assert len(call.shop.confirmed) == 1
    for words in (
        "запишіть ще на шиномонтаж, комплекс, біля метро Ботанічний сад, в п'ятницю на дванадцяту",
    ):
        reply = call.say(words).text
    assert "Ботанічний" not in reply
    assert "Усе правильно" in reply or "правильно?" in reply
    call.say("так")
    booked = call.shop.standing[0]
    assert (booked["tire_diameter"], booked["customer_name"]) == (16, "Андрій Ковальчук")


@pytest.mark.parametrize(
    ("city", "words", "found"),
    [
        ("Київ", "біля метро Позняки", ["004135"]),
        ("Київ", "на Великій Васильківській", ["004107"]),
        ("Київ", "на Васильківській", ["004114"]),
        ("Львів", "на Городницькій", ["004177"]),
        ("Львів", "Городоцкая", ["004170"]),
        ("Одеса", "на Балковской", ["004198"]),
        ("Одеса", "Київський район", ["004191"]),
        ("Харків", "Салтовка", ["004219"]),
        (None, "на Лівому березі", ["004128", "004156"]),
        ("Київ", "хочу записатися", []),
    ],
)
def test_words_name_a_station(city: str | None, words: str, found: list[str]) -> None:
    """Districts, landmarks and streets, in both languages; what names two is two."""
    shelf = [s for s in stations() if city in (None, s["city"])]
    assert [s["id"] for s in named(words, shelf)] == found


@pytest.mark.parametrize(
    ("said", "same"),
    [("Віталій Мельник", True), ("мельник", True), ("Виталий Мельник", True), ("Віталій", False), ("Петро", False),
     ("Віталій Коваль", False)],
)  # fmt: skip
def test_name_proves_a_booking_by_sound_but_not_by_a_first_name(said: str, same: bool) -> None:
    """The surname is needed."""
    assert same_name(said, "Віталій Мельник") is same


def scene(call: Dialogue) -> Scene:
    """What the rules see of a call that is not asking to change anything yet."""
    return Scene(call.agent.view, call.clock[0], default_toolbox().names)


@pytest.mark.parametrize(
    ("name", "args", "rule"),
    [
        ("get_fitting_slots", {"station": "st9", "service": "balancing"}, "known_station"),
        (
            "get_fitting_slots",
            {"station": "st1", "service": "balancing", "date": "2026-11-23"},
            "fitting_date",
        ),
        (
            "get_fitting_slots",
            {"station": "st1", "service": "balancing", "date": "2026-12-15"},
            "fitting_date",
        ),
        ("book_fitting", {"slot": "s99"}, "offered_slot"),
        ("cancel_fitting", {"booking": "b1", "action": "cancel"}, "booking_ownership"),
    ],
)
def test_rule_of_fitting_refuses(name: str, args: dict[str, object], rule: str) -> None:
    """Unknown station, day out of the window, time that was not offered, booking that is not proven."""
    verdict = check(scene(call_with(WHERE_WHEN)), CallTool(name, dict(args)))
    assert isinstance(verdict, Refuse)
    assert verdict.rule == rule


def test_last_day_of_the_window_is_allowed() -> None:
    """+21 days is in."""
    args = {"station": "st1", "service": "balancing", "date": "2026-12-14"}
    assert isinstance(check(scene(call_with(WHERE_WHEN)), CallTool("get_fitting_slots", args)), Allow)


def test_arguments_of_fitting_hold_no_id_of_the_shop_and_no_person() -> None:
    """What a brain asks for are handles and enumerated words."""
    call = call_with(*UP_TO_READ_BACK, "так")
    asked = [e.event for e in call.journal.entries if isinstance(e.event, ToolIntended)]
    shown = " ".join(str({k: v for k, v in e.args.items() if k != "request"}) for e in asked)
    assert "004135" not in shown
    assert OWN not in shown
    assert "Дорош" not in shown


def test_view_is_the_same_when_folded_from_the_start() -> None:
    """Another process goes on from the journal alone."""
    call = call_with(*UP_TO_READ_BACK)
    call.agent = call.process()
    call.say("так")
    assert call.shop.done == ["book"]
    notes = [e.event for e in call.journal.entries if isinstance(e.event, Noted)]
    assert any(n.what == "read_back" for n in notes)
