"""Slots one by one: what is believed, what is only reported, what needs the question to be known."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from call_center.understanding import Hours, Utterance, load_catalogue, understand
from call_center.understanding.phones import accumulate, normalise

pytestmark = pytest.mark.unit

CATALOGUE = load_catalogue()
TODAY = date(2026, 11, 23)  # a Monday


def hear(text: str, expected: str = "open", *, hours: Hours | None = None, today: date = TODAY) -> Utterance:
    """Understand with the test's catalogue and day."""
    return understand(text, expected, catalogue=CATALOGUE, today=today, hours=hours)


@pytest.mark.parametrize(
    ("text", "expected", "slot", "value"),
    [
        ("два п'ятнадцять шістдесят п'ять шістнадцять", "open", "tyre_size", "215/65R16"),
        ("2055516", "open", "tyre_size", "205/55R16"),
        ("225-45-17", "open", "tyre_size", "225/45R17"),
        ("двісті сімдесят п'ять сорок п'ять двадцять чотири штуки", "open", "tyre_size", "275/45R20"),
        ("двісті сімдесят п'ять сорок п'ять двадцять чотири штуки", "open", "quantity", 4),
        ("шістнадцяті диски двісті п'ять на п'ятдесят п'ять", "open", "tyre_size", "205/55R16"),
        ("сто дев'яносто п'ять сімдесят п'ятнадцять це", "open", "tyre_size", "195/70R15C"),
        ("двісті п'ять", "tyre_size", "width", 205),
        ("п'ятдесят п'ять", "profile", "profile", 55),
        ("на чотирнадцять", "diameter", "diameter", 14),
        ("п'ятнашка", "open", "diameter", 15),
        ("п'ятнадцяті колеса", "open", "diameter", 15),
        ("на 16-ті диски", "open", "diameter", 16),
        ("двісті... п'ять на п'ятдесят п'ять, шістнадцять", "tyre_size", "tyre_size", "205/55R16"),
        ("205/55 R16 91H", "open", "tyre_size", "205/55R16"),
        ("до 3,5 тис. грн", "open", "budget", {"max_price": 3500}),
        ("о 9-й 30", "open", "time", "09:30"),
        ("25-го листопада о 15:30", "open", "date", "2026-11-25"),
        ("7-ме відділення", "open", "branch", 7),
        ("на другу половину дня", "time", "daypart", "day"),
        ("через тиждень у вівторок", "date", "date", "2026-12-01"),
        ("літню", "open", "season", "summer"),
        ("всесезонка", "open", "season", "all_season"),
        ("на липучці", "open", "studded", False),
        ("без шипов", "open", "studded", False),
        ("на шипах", "open", "studded", True),
        ("щоб ран флет", "open", "run_flat", True),
        ("дві пари", "quantity", "quantity", 4),
        ("пів комплекта", "open", "quantity", 2),
        ("чотири, ні, дві", "quantity", "quantity", 2),
        ("одну", "quantity", "quantity", 1),
        ("дев'ятого року", "open", "year", 2009),
        ("дев'яносто восьмого", "year", "year", 1998),
        ("2015-го", "open", "year", 2015),
        ("двотисячного року", "open", "year", 2000),
        ("в Дніпропетровську", "open", "city", "Дніпро"),
        ("из Харькова", "open", "city", "Харків"),
        ("у Кривому Розі", "open", "city", "Кривий Ріг"),
        ("від двох до трьох тисяч", "open", "budget", {"min_price": 2000, "max_price": 3000}),
        ("не дорожче двох з половиною", "budget", "budget", {"max_price": 2500}),
        ("2,5 тисячі", "open", "budget", {"price": 2500}),
        ("12 800 гривень", "open", "budget", {"price": 12800}),
        ("не больше пяти тысяч", "open", "budget", {"max_price": 5000}),
        ("післязавтра", "open", "date", "2026-11-25"),
        ("через тиждень", "open", "date", "2026-11-30"),
        ("у середу, другого грудня", "open", "date", "2026-12-02"),
        ("наступного тижня в четвер", "open", "date", "2026-12-03"),
        ("мій запис із суботи на неділю", "open", "date", "2026-11-29"),
        ("першого січня", "date", "date", "2027-01-01"),
        ("05.12", "date", "date", "2026-12-05"),
        ("на половину одиннадцатого", "time", "time", "10:30"),
        ("о шістнадцятій нуль нуль", "open", "time", "16:00"),
        ("полтретьего", "open", "time", "14:30"),
        ("двадцать минут шестого", "time", "time", "17:20"),
        ("в час дня", "open", "time", "13:00"),
        ("о першій ночі", "open", "time", "01:00"),
        ("після обіду", "open", "daypart", "day"),
        ("три нулі", "open", "phone", None),
        (
            "плюс триста вісімдесят дев'яносто дев'ять нуль нуль нуль дванадцять тридцять чотири",
            "open",
            "phone",
            "+380990001234",
        ),
        ("+38 (099) 000-12-34", "open", "phone", "+380990001234"),
        ("дев'яносто дев'ять три нулі дванадцять тридцять чотири", "phone", "phone", "+380990001234"),
        ("двадцять шість одинадцять нуль сорок п'ять", "order_number", "order_number", "2611045"),
        ("два мільйони шістсот одинадцять тисяч сорок п'ять", "order_number", "order_number", "2611045"),
        ("накладеним платежем", "open", "payment", "cod"),
        ("карткою при отриманні", "open", "payment", "card_on_delivery"),
        ("оплачу онлайн", "open", "payment", "online"),
        ("кур'єром додому", "open", "delivery", "courier"),
        ("заберу сам", "open", "delivery", "own_shop"),
        ("новой почтой", "open", "delivery", "nova_poshta_branch"),
        ("шосте відділення", "open", "branch", 6),
    ],
)
def test_slot_value(text: str, expected: str, slot: str, value: Any) -> None:
    """What was said becomes the slot's typed value."""
    assert hear(text, expected).value(slot) == value


def test_size_that_does_not_exist_is_not_guessed() -> None:
    """255/55 R16 is heard, not believed: no value, real sizes as candidates."""
    for text in ("255/55 R16", "двісті п'ятдесят п'ять п'ятдесят п'ять шістнадцять"):
        found = hear(text).get("tyre_size")
        assert found is not None
        assert found.value is None
        assert found.candidates
        assert "255/55R16" not in found.candidates


def test_mixed_up_width_offers_the_size_that_was_said() -> None:
    """A spoken 205 that a recogniser wrote as 255 is first among the candidates."""
    found = hear("255 на 55 радіус 16").get("tyre_size")
    assert found is not None
    assert found.candidates[0] == "205/55R16"


def test_contradicting_parts_are_not_believed() -> None:
    """Two profiles and no width say that the size was misheard."""
    assert hear("25-55", "tyre_size").filled == ()


def test_two_options_are_no_choice() -> None:
    """The first and the third together choose with no confidence."""
    chosen = hear("перший і третій", "option").intent("choose_option")
    assert chosen is not None
    assert chosen.confidence <= 0.5


@pytest.mark.parametrize("text", ["десять тисяч шин", "сто коліс", "нуль шин"])
def test_absurd_quantity_is_flagged(text: str) -> None:
    """A quantity outside 1-99 is reported without a value."""
    found = hear(text).get("quantity")
    assert found is not None
    assert found.value is None


def test_car_of_the_future_is_flagged() -> None:
    """A year after the next one is reported without a value."""
    found = hear("дві тисячі сорокового року").get("year")
    assert found is not None
    assert found.value is None


def test_two_days_are_candidates() -> None:
    """The words "на вихідних" name two days and choose neither."""
    found = hear("на вихідних", "date").get("date")
    assert found is not None
    assert (found.value, found.candidates) == (None, ("2026-11-28", "2026-11-29"))


def test_weekday_against_date_is_doubted() -> None:
    """A weekday that is not that date's lowers the confidence and stays a candidate."""
    found = hear("у п'ятницю, двадцять шостого листопада").get("date")
    assert found is not None
    assert found.confidence < 0.6
    assert found.candidates == ("2026-11-27",)


@pytest.mark.parametrize(
    ("opens", "closes", "value"), [(9, 19, "18:00"), (5, 12, "06:00")], ids=["day shop", "early shop"]
)
def test_hours_decide_morning_or_evening(opens: int, closes: int, value: str) -> None:
    """The same words are the hour at which the shop is open."""
    assert hear("на шосту", "time", hours=Hours(opens * 60, closes * 60)).value("time") == value


@pytest.mark.parametrize(
    "text", ["так", "да, всё верно", "так, все правильно", "да, шліть", "авжеж", "добре, дякую"]
)
def test_plain_yes(text: str) -> None:
    """A yes with nothing else in it is yes."""
    assert hear(text, "yes_no").value("yes_no") == "yes"


@pytest.mark.parametrize("text", ["ні", "нє, спасібі", "ні, дякую", "нет, не надо", "ні, більше нічого"])
def test_plain_no(text: str) -> None:
    """A no with nothing else in it is no."""
    assert hear(text, "yes_no").value("yes_no") == "no"


@pytest.mark.parametrize(
    "text",
    [
        "так, але дорого",
        "так і ще дві",
        "алло",
        "угу",
        "так-так",
        "не знаю",
        "так ні",
        "так, на іншу адресу",
        "",
        "ну",
    ],
)
def test_not_a_plain_answer(text: str) -> None:
    """Yes plus something else, a backchannel, a hello and doubt are no answer to a read-back."""
    assert hear(text, "yes_no").get("yes_no") is None


def test_number_of_the_call_is_agreed_to() -> None:
    """The words "так, на цей" are a plain yes to a yes/no question."""
    assert hear("так, на цей", "yes_no").value("yes_no") == "yes"


def test_only_tells_the_fast_path() -> None:
    """`only` holds when the asked slot is all there is."""
    assert hear("двісті п'ять на п'ятдесят п'ять на шістнадцять", "tyre_size").only("tyre_size")
    assert not hear("двісті п'ять на п'ятдесят п'ять на шістнадцять, чотири штуки", "tyre_size").only(
        "tyre_size"
    )
    assert not hear("зимові, а скільки доставка", "season").only("season")


def test_phone_keeps_what_was_said_apart() -> None:
    """Single digits after tens are not added to them where ten digits must come out."""
    heard = hear("нуль п'ятдесят один один один двадцять два тридцять три", "phone")
    assert heard.numbers == ("0501112233",)


def test_too_many_digits_are_no_phone() -> None:
    """Digits left over mean that the number was misheard: nothing is cut off to make it fit."""
    assert (
        hear("нуль дев'яносто дев'ять три нулі дванадцять тридцять чотири п'ятдесят", "phone").value("phone")
        is None
    )


@pytest.mark.parametrize(
    ("pieces", "phone"),
    [
        (["099", "000", "1234"], "+380990001234"),
        (["099", "0", "0990001234"], "+380990001234"),
        (["0990001234"], "+380990001234"),
        (["09900", "012345"], None),
    ],
)
def test_phone_accumulates_over_turns(pieces: list[str], phone: str | None) -> None:
    """Pieces add up to ten digits; a whole number starts over; an overflow is dropped."""
    held, done = "", None
    for piece in pieces:
        held, done = accumulate(held, piece)
    assert done == phone


@given(st.text(max_size=300))
@example("ОЛСИЗОН")  # two words heard as one, at the end
@settings(max_examples=200, deadline=None)
def test_any_text_is_survived(text: str) -> None:
    """Understanding never raises and its spans lie inside the text, in whatever slot is asked."""
    for slot in ("open", "phone", "tyre_size", "time", "yes_no"):
        heard = hear(text, slot)
        assert all(0 <= f.span[0] <= f.span[1] <= len(text) for f in heard.filled)


@given(
    st.lists(
        st.sampled_from(
            [
                "двісті",
                "п'ять",
                "нуль",
                "шістдесят",
                "сім",
                "на",
                "тисяч",
                "о",
                "пів",
                "третю",
                "третього",
                "грудня",
                "205",
                "/",
                "55",
                "R",
                "16",
                ",",
                "до",
            ]
        ),
        max_size=60,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_row_of_number_words_is_survived(words: list[str]) -> None:
    """Numbers in any order never raise, and never yield a size outside the catalogue or an impossible phone."""
    heard = hear(" ".join(words))
    for size in heard.all("tyre_size"):
        assert size.value is None or size.value.replace("R", "/").replace("C", "").count("/") == 2
    for phone in heard.all("phone"):
        assert phone.value is None or normalise(phone.value[1:]) == phone.value


@given(st.integers(0, 9999))
def test_phone_normalises_all_ways_of_writing(tail: int) -> None:
    """0XX, 80XX, 380XX and the nine digits are one number."""
    national = f"099000{tail:04d}"
    assert {normalise(p + national) for p in ("", "8", "38")} | {normalise(national[1:])} == {
        "+38" + national
    }


@given(st.integers(0, 30))
def test_relative_dates_follow_today(shift: int) -> None:
    """Words for days mean days later than any today, the weekday within a week."""
    today = TODAY + timedelta(days=shift)
    assert hear("завтра", today=today).value("date") == (today + timedelta(days=1)).isoformat()
    friday = date.fromisoformat(hear("у п'ятницю", today=today).value("date"))
    assert friday.weekday() == 4
    assert 1 <= (friday - today).days <= 7


def test_endless_speech_costs_no_more_than_a_long_sentence() -> None:
    """Two thousand words are cut at the limit, so that the work is bounded."""
    heard = hear(" ".join(["двісті п'ять на п'ятдесят п'ять"] * 500))
    assert heard.words <= 200
