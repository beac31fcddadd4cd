"""Years, pieces and money: counts whose unit, marker or question says what they count.

A number that cannot be meant (10,000 tyres, a car of 2040) is reported with value None: heard, not believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from call_center.understanding.claims import Claim, Scene
from call_center.understanding.lexicon import ONE_AND_HALF
from call_center.understanding.meaning import Filled
from call_center.understanding.numerals import Group
from call_center.understanding.sizes import diameter_fits, rim_marked

MOST_PIECES = 99
_YEAR = ("рок", "рик", "год", "року")
_PIECE = ("шт", "колес", "колис", "шин", "покришк", "скат", "балон", "одиниц", "резин", "гум", "пнев")
_TYRE_ADJECTIVE = (
    "зим",
    "литн",
    "летн",
    "лето",
    "литo",
    "всесез",
    "шипов",
    "нов",
    "так",
    "цих",
    "етих",
    "хорош",
    "нормал",
    "дешев",
    "якисн",
    "ваш",
)
_NOT_PIECES = (
    "хвил", "минут", "секунд", "момент", "раз", "годин", "дни", "ден", "тижд", "тижн", "рок", "год", "машин", "авто", "питан", "вопрос",
    "вариант", "номер", "отделен", "видил", "радиус", "диск",
)  # fmt: skip
MOST_BARE = 12
OPTIONS = 3
_STOPS = (",", ".", "!", ";", "будласка", "буд", "пожалуйста", "и", "й", "та")
_TAKING = (
    "бер",
    "визм",
    "возм",
    "замовл",
    "заказ",
    "хоч",
    "потрибн",
    "треба",
    "надо",
    "нужн",
    "давай",
    "оформ",
)
_SET = ("комплект", "набор", "набир")
_MONEY = ("грив", "грн", "гр", "₴", "uah")
_MAX = (
    "до",
    "дорожче",
    "дороже",
    "билше",
    "более",
    "болше",
    "максимум",
    "максимал",
    "межах",
    "пределах",
    "дешевше",
    "дешевле",
    "меж",
)
_MIN = ("вид", "от", "минимум", "минимал", "дешевше_не", "починаючи")
_ABOUT = (
    "близко",
    "приблизно",
    "биля",
    "около",
    "примерно",
    "дес",
    "гдето",
    "порядка",
    "район",
    "району",
    "коло",
    "по",
)
_WANT = ("треб", "надо", "нада", "хоч", "потриб", "нужн", "пот", "тягн", "буд")
_CAR_SLOTS = ("year", "car", "model", "make", "vehicle")


@dataclass(frozen=True, slots=True)
class _Number:
    group: Group
    first: int
    last: int

    @property
    def whole(self) -> int | None:
        value = self.group.value
        return int(value) if value == int(value) else None


def _numbers(scene: Scene, taken: set[int]) -> list[_Number]:
    return [_Number(*found) for run in scene.free(taken) for found in scene.groups(run)]


def years(scene: Scene, taken: set[int], *, car: bool) -> list[Claim]:
    """Years of a car: "дві тисячі дев'ятнадцятого року", "дев'ятого року", a bare year beside a car's name."""
    claims: list[Claim] = []
    asked = scene.expected == "year"
    for number in _centuries(_numbers(scene, taken), asked=asked):
        value = number.whole
        if value is None or (diameter_fits(value) and rim_marked(scene, number.first, number.last)):
            continue
        after, before = scene.fold(number.last + 1), scene.fold(number.first - 1)
        last = number.last
        if after == "-" and scene.fold(last + 2) in ("го", "и", "й", "ий"):
            last += 2
            after = scene.fold(last + 1)
        named = (
            after.startswith(_YEAR)
            or before in ("рик", "року", "год", "года", "випуску", "випуск", "выпуска")
            or (after == "р" and (value > 1900 or number.group.ordinal))
        )
        full = 1900 <= value <= 2100
        ordinal = (number.group.ordinal or last != number.last) and full
        if not (
            named
            or (asked and (full or value < 100))
            or ordinal
            or (full and car and not _money_after(scene, last))
        ):
            continue
        if not full and value >= 100 and not asked and not named:
            continue
        year = _year(value, scene.today.year)
        last += named and after.startswith(_YEAR)
        sure = 0.95 if full and (named or asked or ordinal) else 0.85 if named or asked else 0.75
        filled = Filled("year", year, sure, scene.span(number.first, last))
        claims.append(Claim(number.first, last, (number.group.digits,), (filled,)))
        taken.update(range(number.first, last + 1))
    return claims


def _centuries(numbers: list[_Number], *, asked: bool) -> list[_Number]:
    """Numbers with "двадцять вісімнадцятий" as 2018, when a year is asked: the two digits said after the century."""
    found: list[_Number] = []
    for number in numbers:
        last = found[-1] if found else None
        century = last is not None and last.whole == 20 and not last.group.ordinal and asked
        if last and century and number.first == last.last + 1 and 10 <= number.group.value <= 29:
            joined = number.group._replace(value=2000 + number.group.value, digits="20" + number.group.digits)
            found[-1] = _Number(joined, last.first, number.last)
        else:
            found.append(number)
    return found


def _year(value: int, this_year: int) -> int | None:
    if value < 100:
        value += 2000 if value <= (this_year + 1) % 100 else 1900
    return value if 1970 <= value <= this_year + 1 else None


def quantities(scene: Scene, taken: set[int], brands: set[int]) -> list[Claim]:
    """Pieces: a number before a tyre word, sets and pairs, or any number when the quantity is asked."""
    claims: list[Claim] = []
    asked = scene.expected == "quantity"
    for number in _numbers(scene, taken):
        value = number.whole
        if value is None or number.group.ordinal or rim_marked(scene, number.first, number.last):
            continue
        if scene.fold(number.last + 1).startswith(_NOT_PIECES):
            continue
        unit, last = _piece_after(scene, number.last, brands, named_only=value > 20)
        if unit is None and scene.fold(number.first - 1) in ("штук", "штуки") and number.first:
            unit = "piece"
        bare = unit is None and _wanted_bare(scene, number, value)
        if unit is None and not bare and not (asked and not _money_after(scene, number.last)):
            continue
        times = {"set": 4, "pair": 2}.get(unit or "", 1)
        amount: int | None = value * times + 4 * (unit in (None, "adjective") and _set_before(scene, number))
        if amount is not None and not 1 <= amount <= MOST_PIECES:
            amount = None
        sure = 0.95 if unit in ("piece", "set", "pair") or asked else 0.8
        filled = Filled("quantity", amount, sure, scene.span(number.first, last))
        claims.append(Claim(number.first, last, (number.group.digits,), (filled,)))
        taken.update(range(number.first, last + 1))
    return claims or _sets(scene, taken, asked=asked)


def _wanted_bare(scene: Scene, number: _Number, value: int) -> bool:
    """A small number that nothing follows, after "беру" or right after a size: "беру чотири", "...шістнадцять, чотири"."""
    after = scene.fold(number.last + 1)
    if (after and after not in _STOPS) or not 1 <= value <= MOST_BARE:
        return False
    if scene.expected == "option" and value <= OPTIONS:
        return False  # may be the place of an option
    before = scene.fold(number.first - 1)
    if before.startswith(_TAKING):
        return True
    return before == "," and scene.fold(number.first - 2) != "" and _ends_size(scene, number.first - 2)


def _ends_size(scene: Scene, last: int) -> bool:
    """Whether the number that ends at token `last` was read as part of a size."""
    return any(a.last == last and 12 <= a.value <= 24 for a in scene.atoms) and any(
        a.value in range(100, 400, 100) for a in scene.atoms
    )


def _set_before(scene: Scene, number: _Number) -> bool:
    """Whether a set and this many more are wanted: "комплект і одну запасну"."""
    joined = scene.fold(number.first - 1) in ("и", "й", "та", "плюс", "+", "ще")
    before = [scene.fold(number.first - step) for step in (2, 3)]
    return joined and any(word.startswith(_SET) for word in before)


def _piece_after(scene: Scene, last: int, brands: set[int], *, named_only: bool) -> tuple[str | None, int]:
    """What is counted after token `last`, over at most three adjectives or brand names."""
    soft = False
    for step in range(1, 5):
        word = scene.fold(last + step)
        if word.startswith(_SET):
            return "set", last + step
        if word.startswith(("пари", "пар")) and step == 1 and word in ("пари", "пар", "пару"):
            return "pair", last + step
        if word.startswith(_PIECE) and not word.startswith(("шиномонт", "шинк")):
            return "piece", last + step
        adjective = word.startswith(_TYRE_ADJECTIVE)
        if not (adjective or last + step in brands):
            break
        soft = True
    return ("adjective", last) if soft and not named_only else (None, last)


def _sets(scene: Scene, taken: set[int], *, asked: bool) -> list[Claim]:
    for i, token in enumerate(scene.words):
        if i in taken:
            continue
        word, amount = token.fold, 0
        if word.startswith(("пивкомплект", "полкомплект")):
            amount = 2
        if word.startswith(_SET):
            if scene.fold(i - 1) in ("за", "на", "ци", "цина") and not asked:
                continue  # a price "за комплект"
            before = scene.fold(i - 1)
            amount = 2 if before in ("пив", "пол") else 6 if before in ONE_AND_HALF else 4
        elif word in ("пару", "пара", "парочку") and not scene.fold(i + 1).startswith(
            ("дн", "тис", "хвил", "слив", "питан", "годин", "раз", "минут")
        ):
            amount = 2
        elif word in ("десяток",):
            amount = 10
        elif word in ("вси", "все", "усе") and asked and len(scene.words) == 1:
            amount = 4
        if amount:
            filled = Filled("quantity", amount, 0.9, scene.span(i, i))
            return [Claim(i, i, (), (filled,))]
    return []


def budgets(scene: Scene, taken: set[int]) -> list[Claim]:
    """Money in UAH with its bound: {"max_price"}, {"min_price"}, both, or {"price"} when said plainly."""
    claims: list[Claim] = []
    asked = scene.expected == "budget"
    numbers = _numbers(scene, taken)
    index = 0
    while index < len(numbers):
        number = numbers[index]
        amount, last, used = _amount(scene, numbers, index, asked=asked)
        bound = _bound_after(scene, last, _bound(scene, number.first))
        nxt = numbers[index + used] if index + used < len(numbers) else None
        range_to = nxt and scene.fold(last + 1) in ("до", "-", "по") and nxt.first == last + 2
        if range_to and nxt and (bound == "min_price" or asked or scene.fold(last + 1) == "-"):
            top, end, more = _amount(scene, numbers, index + used, asked=asked)
            if amount < 100 <= top and top >= 1000:
                amount *= 1000
            elif top < 100 and amount >= 1000:
                top *= 1000
            if top >= 300 and (asked or _money_after(scene, end) or top >= 1000) and amount <= top:
                value = {"min_price": int(amount), "max_price": int(top)}
                groups = tuple(n.group.digits for n in numbers[index : index + used + more])
                claims.append(_money(scene, (number.first, end), groups, value, 0.9))
                taken.update(range(number.first, end + 1))
                index += used + more
                continue
        sure = _sure(scene, number, last, amount, bound, asked=asked)
        if sure:
            value = {bound or "price": int(amount)}
            groups = tuple(n.group.digits for n in numbers[index : index + used])
            if used == 2 and scene.words[number.first].kind == "digits":
                groups = ("".join(groups),)  # "12 800" is one number
            end = last + _money_after(scene, last)
            claims.append(_money(scene, (number.first, end), groups, value, sure))
            taken.update(range(number.first, end + 1))
        index += used
    return claims


def _sure(
    scene: Scene, number: _Number, last: int, amount: float, bound: str | None, *, asked: bool
) -> float:
    if amount != int(amount) or amount < 100 or amount > 1_000_000 or number.group.ordinal:
        return 0.0
    if _money_after(scene, last):
        return 0.95
    if asked:
        return 0.85 if amount >= 300 else 0.0
    thousands = any(scene.fold(i).startswith(("тися", "тищ", "косар")) for i in range(number.first, last + 1))
    round_sum = amount >= 1000 and amount % 50 == 0 and (thousands or bound is not None)
    return 0.85 if round_sum and bound else 0.7 if round_sum else 0.0


def _money(
    scene: Scene, place: tuple[int, int], groups: tuple[str, ...], value: dict[str, int], sure: float
) -> Claim:
    """A claim of a sum over tokens `place`."""
    return Claim(*place, groups, (Filled("budget", value, sure, scene.span(*place)),))


def _amount(scene: Scene, numbers: list[_Number], index: int, *, asked: bool) -> tuple[float, int, int]:
    """The sum at `index`: value, last token, groups used. "дві вісімсот" and "2.5" are thousands when asked."""
    number = numbers[index]
    value, last = number.group.value, number.last
    nxt = numbers[index + 1] if index + 1 < len(numbers) else None
    if nxt and nxt.first == last + 1 and value == int(value):
        tail = nxt.group
        spaced = number.group.digits.isdigit() and 1 <= value < 1000 and len(tail.digits) == 3
        written = all(scene.words[i].kind == "digits" for i in (number.first, nxt.first))
        if spaced and written and (asked or _money_after(scene, nxt.last)):
            return value * 1000 + tail.value, nxt.last, 2
        if (
            1 <= value <= 20
            and tail.value in range(100, 1000, 50)
            and (asked or _money_after(scene, nxt.last))
        ):
            return value * 1000 + tail.value, nxt.last, 2
    if (
        value < 100
        and scene.words[number.first].kind == "digits"
        and scene.fold(last + 1) in ("к", "k", "тис", "т")
    ):
        return value * 1000, last + 1, 1
    if (asked and 0 < value < 100 and not _money_after(scene, last)) or (
        number.group.value != int(number.group.value) and value < 100 and _bound(scene, number.first)
    ):
        value *= 1000
    return value, last, 1


def _money_after(scene: Scene, last: int) -> bool:
    last += scene.fold(last + 1) == "."
    return scene.fold(last + 1).startswith(_MONEY) and not scene.fold(last + 1).startswith(
        ("группа", "група", "груд")
    )


def _bound_after(scene: Scene, last: int, bound: str | None) -> str | None:
    """The bound with the words after a sum: "три тисячі максимум", "дорожче трьох тисяч не треба"."""
    words = [scene.fold(last + step) for step in range(1, 6)]
    for word, following in pairwise(words):
        if word == "не" and following.startswith(_WANT) and bound == "min_price":
            return "max_price"
        if bound is None and word.startswith("максим"):
            return "max_price"
        if bound is None and word == "не" and following.startswith(("дорож", "билше", "болше")):
            return "max_price"
    return bound


def _bound(scene: Scene, first: int) -> str | None:
    """The bound in the three words before a sum."""
    words = [scene.fold(first - i) for i in (1, 2, 3)]
    if words[0] in ("по", "за") and words[1] not in _MAX:
        return None
    for i, word in enumerate(words):
        negated = i + 1 < len(words) and words[i + 1] in ("не", "ни")
        if word.startswith(("дешевше", "дешевле", "менше", "менше", "мене")) and negated:
            return "min_price"
        if word.startswith(("дорожче", "дороже", "билше", "болше", "более")):
            return "max_price" if negated else "min_price"
        if word in _MAX or (len(word) > 5 and word.startswith(("максим", "дешев", "межах", "предел"))):
            return "max_price"
        if word in ("вид", "от") or word.startswith(("миним", "починаюч")):
            return "min_price"
        if word in _ABOUT:
            return None
    return None
