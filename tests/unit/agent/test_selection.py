"""Choosing tyres: what is asked, what is searched, what is told."""

from __future__ import annotations

import random

import pytest
from tests.unit.agent.dialogue import Dialogue
from tests.unit.agent.shelf import rows

from call_center.agent.phrases import split_sentences
from call_center.core.ports import Expected, Question
from call_center.errors import StoreError
from call_center.testing.scripted import BROWSING

pytestmark = pytest.mark.unit
SIZE = "двісті п'ять на п'ятдесят п'ять, шістнадцять"


def started(*turns: str) -> Dialogue:
    """A call after its greeting and these turns."""
    call = Dialogue()
    call.greet()
    for words in turns:
        call.say(words)
    return call


def test_size_and_season_in_one_sentence_bring_options_at_once() -> None:
    """Nothing is asked that was already said."""
    call = started()
    reply = call.say(f"зимові {SIZE}")
    assert call.tools() == ["search_tires"]
    assert call.agent.expected().slot == "option"
    assert reply.text.count("грн") == 3


def test_options_are_in_stock_and_their_prices_are_the_shops() -> None:
    """What is offered exists, in at least four pieces, for that price."""
    call = started(f"літні {SIZE}")
    articles = {r["id"]: r for r in rows()}
    for option in call.agent.view.options.values():
        row = articles[option["product_id"]]
        assert option["price"] == float(row["price_uah"])
        assert option["stock"] >= 4
        assert row["season"] == "summer"


def test_search_waits_for_the_season() -> None:
    """A size alone is not searched; the season is asked with its three values."""
    call = started()
    reply = call.say(f"шини {SIZE}")
    assert call.tools() == []
    assert call.agent.expected().slot == "season"
    assert call.agent.expected().question is Question.CHOICE
    assert "зимові" in reply.text


def test_several_factory_sizes_ask_for_the_sidewall() -> None:
    """The agent names the diameters (three spoken sizes are too long) and never picks one."""
    call = started()
    reply = call.say("зимова гума на Шкоду Октавію дві тисячі п'ятнадцятого")
    assert call.tools() == ["get_vehicle_tire_sizes"]
    assert "15, 16, 17 чи 18" in reply.text
    assert "боковин" in reply.text
    assert call.agent.expected().slot == "tyre_size"


def test_single_factory_size_is_named_with_the_offer() -> None:
    """One OEM size needs no question, but the caller hears which it is."""
    call = started()
    reply = call.say("зимові на Хонду сі-ер-ві дві тисячі дев'ятого року")
    assert "225/65 R17" in reply.text
    assert call.tools() == ["get_vehicle_tire_sizes", "search_tires"]


def test_diameter_narrows_the_factory_sizes() -> None:
    """A diameter that fits one size settles it."""
    call = started("зимові на Шкоду Октавію дві тисячі п'ятнадцятого")
    call.say("сімнадцятий діаметр")
    assert call.agent.view.value("tyre_size") == "225/45R17"


def test_rim_that_fits_no_size_of_the_car_is_heard_by_sound_once() -> None:
    """Seventeen comes out as 18 on a poor line; a sure number and one said twice are what they say."""
    car = "зимові на Ніссан Кашкай дві тисячі одинадцятого року"
    poor, sure, unlike = (started(car) for _ in range(3))
    reply = poor.say("Радіус 18", confidence=0.5)
    assert "215/60 R17" in reply.text
    assert "R17" not in poor.say("ні, вісімнадцять", confidence=0.5).text
    sure.say("Радіус 18", confidence=0.9)
    unlike.say("Радіус 20", confidence=0.5)
    assert sure.agent.view.value("tyre_size") is None
    assert unlike.agent.view.value("tyre_size") is None


def test_not_knowing_the_size_leads_to_an_announced_assumption() -> None:
    """After two "I don't know" the offer says that the size is assumed."""
    call = started("зимові на Шкоду Октавію дві тисячі п'ятнадцятого", "не знаю")
    reply = call.say("не знаю")
    assert reply.text.startswith("Якщо у вас 195/65 R15")


def test_another_car_forgets_the_size_found_for_the_first() -> None:
    """A corrected car is looked up anew."""
    call = started("зимові на Хонду сі-ер-ві дві тисячі дев'ятого")
    call.say("ой ні, у мене Шкода Октавія дві тисячі п'ятнадцятого")
    assert call.tools().count("get_vehicle_tire_sizes") == 2
    assert call.agent.view.value("tyre_size") is None


def test_corrected_season_searches_again() -> None:
    """A correction of one slot keeps the others."""
    call = started(f"зимові {SIZE}")
    call.say("ой, мені літні")
    searches = [e.args for e in call.agent.view.records.values() if e.tool == "search_tires"]
    assert [s["season"] for s in searches] == ["winter", "summer"]
    assert {s["size"] for s in searches} == {"205/55 R16"}


def test_size_that_does_not_exist_is_asked_again_and_then_goes_to_a_person() -> None:
    """255/55 R16 is never rounded to a size that exists."""
    call = started("зимові двісті п'ятдесят п'ять на п'ятдесят п'ять, шістнадцять")
    call.say("двісті п'ятдесят п'ять на п'ятдесят п'ять, шістнадцять")
    assert call.tools() == []
    reply = call.say("двісті п'ятдесят п'ять на п'ятдесят п'ять, шістнадцять")
    assert reply.transfer is not None
    assert reply.transfer.reason == "cannot_help"


def test_unknown_year_of_a_known_car_asks_for_the_size() -> None:
    """A car that is not in the list leads to the sidewall, not to a guess."""
    call = started()
    reply = call.say("зимові на Хонду сі-ер-ві тисяча дев'ятсот сімдесят п'ятого року")
    assert call.agent.expected().slot in ("tyre_size", "year")
    assert reply.transfer is None


def test_size_without_stock_is_told_so() -> None:
    """No stock anywhere: said plainly, nothing offered."""
    call = started()
    reply = call.say("зимові двісті п'ять на п'ятдесят, шістнадцять")
    assert "немає" in reply.text
    assert call.agent.view.offered == ()


def test_missing_brand_offers_the_nearest_and_says_so() -> None:
    """A wish that cannot be met is given up aloud."""
    call = started()
    reply = call.say(f"зимові Континенталь {SIZE}")
    assert "немає, але є" in reply.text


def test_budget_bounds_the_offer() -> None:
    """No option above the caller's limit."""
    call = started(f"зимові {SIZE} до трьох тисяч")
    prices = [call.agent.view.options[h]["price"] for h in call.agent.view.offered]
    assert prices
    assert max(prices) <= 3000


def test_cheaper_brings_only_cheaper_ones() -> None:
    """«Дешевше» searches below the cheapest named; when there is none, that is said."""
    call = started("зимові двісті двадцять п'ять на сорок п'ять, сімнадцять")
    before = min(call.agent.view.options[h]["price"] for h in call.agent.view.offered)
    reply = call.say("а дешевше є?")
    fresh = [call.agent.view.options[h]["price"] for h in call.agent.view.offered]
    assert max(fresh) < before or "немає" in reply.text


def test_others_are_new_ones() -> None:
    """«Інші варіанти» never repeats what was offered."""
    call = started(f"зимові {SIZE}")
    first = set(call.agent.view.offered)
    call.say("а які ще є варіанти?")
    assert not first & set(call.agent.view.offered)


@pytest.mark.parametrize(
    ("words", "index"), [("перший", 0), ("другий", 1), ("третій", 2), ("найдешевший", 0)]
)
def test_option_is_chosen_by_place_or_price(words: str, index: int) -> None:
    """The n-th option named is the n-th chosen."""
    call = started(f"зимові {SIZE}")
    wanted = call.agent.view.offered[index]
    call.say(words)
    assert call.agent.view.chosen == wanted


def test_option_is_chosen_by_brand() -> None:
    """A brand among the offered picks it and narrows no search."""
    call = started(f"зимові {SIZE}")
    call.say("Ханкук")
    chosen = call.agent.view.chosen
    assert chosen is not None
    assert call.agent.view.options[chosen]["brand"] == "Hankook"
    assert call.tools() == ["search_tires", "check_availability"]


def test_thinking_it_over_chooses_nothing() -> None:
    """Thanks and a pause are no choice."""
    call = started(f"зимові {SIZE}")
    reply = call.say("зрозуміло, дякую, я ще подумаю")
    assert call.agent.view.chosen is None
    assert "ще" in reply.text


@pytest.mark.parametrize(
    ("question", "fact"),
    [("яка країна виробник", "країна"), ("якого вони року", "рік"), ("вони шиповані?", "шип")],
)
def test_details_of_an_option_come_from_the_catalogue(question: str, fact: str) -> None:
    """Country, year and studs are answered for the option being talked about."""
    call = started(f"зимові Нокіан {SIZE}")
    reply = call.say(question)
    assert fact in reply.text
    assert call.agent.expected().slot == "option"


def test_stock_in_a_city_is_told_with_the_city() -> None:
    """«А у Львові є?» is answered for Lviv."""
    call = started(f"зимові Ханкук {SIZE}", "перший")
    reply = call.say("а у Львові є?")
    assert "у Львові" in reply.text or "У Львові" in reply.text


def test_shop_that_does_not_answer_is_admitted() -> None:
    """A dead shop becomes an offer of a person, never a made-up answer."""
    call = started()
    call.shop.fault = StoreError("no answer")
    reply = call.say(f"зимові {SIZE}")
    assert "грн" not in reply.text
    assert call.agent.expected().slot == "to_operator"
    assert call.say("так").transfer is not None


def test_shop_that_comes_back_is_asked_again() -> None:
    """A failed search is repeated when the caller asks again."""
    call = started()
    call.shop.fault = StoreError("no answer")
    call.say(f"зимові {SIZE}")
    call.shop.fault = None
    call.say("ні")
    assert "грн" in call.say(f"зимові {SIZE}").text


def test_more_than_twenty_tyres_go_to_an_operator() -> None:
    """24 tyres are above the agent's limit."""
    call = started()
    reply = call.say("двадцять чотири літні шини сто сімдесят п'ять на сімдесят, тринадцять")
    assert reply.transfer is not None
    assert reply.transfer.reason == "limit"


def test_ten_thousand_tyres_are_asked_again() -> None:
    """An absurd quantity is never searched."""
    call = started()
    call.say("мені десять тисяч шин")
    assert call.tools() == []
    assert call.agent.expected().slot == "quantity"


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_the_load_profiles_caller_can_browse_for_ever(seed: int, heard: bool) -> None:
    """Whatever the order of its lines and however much of the answers it hears, the call goes on."""
    dice = random.Random(seed)  # noqa: S311  a repeatable order, no secret
    call = Dialogue(heard=heard)
    for _ in range(5):
        for words in dice.sample(BROWSING, len(BROWSING)) if seed else BROWSING:
            reply = call.say(words)
            assert reply.says
            assert (reply.transfer, reply.hang_up) == (None, None), (words, reply.text)


@pytest.mark.parametrize(
    "words", ["мені все одно", "давайте будь-які", "любые", "без різниці", "вибирайте самі"]
)
def test_whoever_does_not_mind_is_offered_the_cheapest(words: str) -> None:
    """One option is named with its price, and it is still the caller who says yes."""
    call = started(f"зимові {SIZE}")
    offered = call.agent.view.offered
    cheapest = min(offered, key=lambda handle: call.agent.view.options[handle]["price"])
    reply = call.say(words)
    assert call.agent.view.chosen == cheapest
    asked = reply.says[-1].expected
    assert asked is not None
    assert asked.slot == "order_it"


@pytest.mark.parametrize("words", ["все одно подумаю", "а якщо мені все одно?"])
def test_not_minding_in_passing_chooses_nothing(words: str) -> None:
    """Only an answer does."""
    call = started(f"зимові {SIZE}")
    call.say(words)
    assert call.agent.view.chosen is None


def test_brand_that_is_there_only_for_another_season_is_said_so() -> None:
    """The sentence about what is not there stands beside the winter tyres of the same brand, and is true."""
    call = started(f"зимові Мішлен {SIZE}")
    text = call.say("літні").text
    assert text.startswith("Літніх Michelin у цьому розмірі зараз немає, але є ")
    assert call.refused() == []


def test_another_season_with_the_quantity_chooses_anew() -> None:
    """Four winter ones at the question whether to order the summer ones orders none of these."""
    call = started(f"літні {SIZE}", "перший", "чотири зимових")
    view = call.agent.view
    assert view.chosen is None
    assert {view.options[handle]["season"] for handle in view.offered} == {"winter"}
    assert view.value("quantity") == 4


@pytest.mark.parametrize("words", ["а корейські є?", "вони японські чи китайські", "а немецкие есть?"])
def test_where_tyres_come_from_is_told_of_all_that_are_offered(words: str) -> None:
    """Not the stock."""
    text = started(f"зимові {SIZE}").say(words).text
    assert "Triangle — Китай" in text


def test_delivery_asked_about_while_choosing_is_answered_and_the_question_comes_again() -> None:
    """What is not known yet is said so; it is no failure to answer."""
    reply = started("зимові шини на Ауді А4 дві тисячі чотирнадцятого").say("а доставка скільки буде в Рівне")
    assert reply.text.startswith("Вартість і термін доставки назву")
    assert reply.says[-1].expected == Expected("tyre_size", Question.DIGITS)
    assert len(split_sentences(reply.text)) == 2


@pytest.mark.parametrize("words", ["шістнадцятий радіус", "радіус шістнадцять"])
def test_rim_said_when_the_year_was_asked_is_no_year(words: str) -> None:
    """It is kept, and the year is asked again."""
    call = started("зимові шини на Пасат бе вісім", words)
    assert call.agent.view.value("year") is None
    assert call.agent.view.value("diameter") == 16
    reply = call.say("дві тисячі вісімнадцятого")
    assert "R16" in reply.text


@pytest.mark.parametrize("words", ["найдешевші", "найтешевші", "найдишевші давайте"])
def test_cheapest_is_chosen_also_when_a_sound_of_it_was_misheard(words: str) -> None:
    """The price is told back before anything is ordered."""
    call = started(f"зимові {SIZE}", words)
    view = call.agent.view
    assert view.chosen == min(view.options, key=lambda handle: view.options[handle]["price"])
