"""Numbers in running text: case from what governs, gender from what is counted.

`speak` reads one match of `NUMBER` with the text around it and returns its words. A unit sign is replaced by its noun; a noun
that stands in the text is left as written, its form decides between the cases that the preposition allows. A singular noun after
a number that asks for the plural means an ordinal (`5 поверх`, `о 18 годині`, `2024 року`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from call_center.tts.spoken.governor import LABELS, Cases, cases, first, governing_word
from call_center.tts.spoken.grammar import Case, Gender, adjective
from call_center.tts.spoken.letters import digit_groups
from call_center.tts.spoken.nouns import NOUNS, READINGS, Reading, form, guess
from call_center.tts.spoken.numerals import LIMIT, cardinal, combining, is_few, is_one, ordinal

# sign: (noun, what follows it)
UNITS: dict[str, tuple[str, str]] = {
    "грн": ("гривня", ""), "₴": ("гривня", ""), "uah": ("гривня", ""), "коп": ("копійка", ""), "$": ("долар", ""), "usd": ("долар", ""),
    "€": ("євро", ""), "eur": ("євро", ""), "%": ("відсоток", ""), "мм": ("міліметр", ""), "mm": ("міліметр", ""), "см": ("сантиметр", ""),
    "м": ("метр", ""), "км": ("кілометр", ""), "km": ("кілометр", ""), "кг": ("кілограм", ""), "kg": ("кілограм", ""), "г": ("грам", ""),
    "т": ("тонна", ""), "л": ("літр", ""), "год": ("година", ""), "хв": ("хвилина", ""), "с": ("секунда", ""), "сек": ("секунда", ""),
    "шт": ("штука", ""), "дб": ("децибел", ""), "db": ("децибел", ""), "бар": ("бар", ""), "bar": ("бар", ""), "атм": ("атмосфера", ""),
    "кпа": ("кілопаскаль", ""), "вт": ("ват", ""), "квт": ("кіловат", ""), "н·м": ("ньютонометр", ""), "нм": ("ньютонометр", ""), "°c": ("градус", " Цельсія"), "°с": ("градус", " Цельсія"), "°": ("градус", ""),
    "км/год": ("кілометр", " на годину"), "км/г": ("кілометр", " на годину"), "km/h": ("кілометр", " на годину"),
    "м/с": ("метр", " на секунду"), "тис": ("тисяча", ""), "млн": ("мільйон", ""), '"': ("дюйм", ""), "″": ("дюйм", ""), "дн": ("день", ""),
    "міс": ("місяць", ""), "тиж": ("тиждень", ""), "р": ("рік", ""), "рр": ("рік", ""), "компл": ("комплект", ""), "к.с": ("сила", ""),
}  # fmt: skip
_SIGNS = "|".join(re.escape(sign) for sign in sorted(UNITS, key=len, reverse=True))
_INTEGER = r"\d{1,3}(?: \d{3})+(?!\d)|\d{1,3}(?:,\d{3}){2,}(?!\d)|\d{1,3}(?:\.\d{3})+(?=\s?(?:грн|₴))|\d+"
NUMBER = re.compile(
    rf"(?P<sign>(?<![\w)])[-−+±](?=\d))?(?P<num>{_INTEGER})(?:[.,](?P<dec>\d+))?"
    rf"(?:\s?[-–—]\s?(?P<num2>{_INTEGER})(?:[.,](?P<dec2>\d+))?)?"
    rf"(?:\s?(?P<unit>{_SIGNS})(?![\w])(?:(?<!\w)|(?:\.(?=\s*[,;:)/]|\s+[а-яіїєґ]|\s+\d+\s?коп))?)?|-?(?P<suffix>[а-яіїєґ]{{1,3}})(?![\w'])"
    rf"|-(?P<compound>[а-яіїєґ]{{4,}}))?",
    re.IGNORECASE,
)
_NEXT = re.compile(r"\s+([^\W\d_][^\W\d_]*(?:['-][^\W\d_]+)*)")
_PAIRED = re.compile(
    rf"\s*(?:до|по|та|і|й|чи|або|-)\s+(?:{_INTEGER})(?:\s?(?P<unit>{_SIGNS})(?!\w)|(?=\s))", re.IGNORECASE
)
_RIM_NEXT = re.compile(r"\s+радіус\s+\d")
_ADJECTIVE = re.compile(r"(?:ий|ій|ої|ого|ому|ою|им|их|ими|іми|іх|і|а|я|у|ю|е|є)$")
ORDINAL_NOUNS = frozenset(
    ["радіус", "радіуса", "радіусу", "радіусі", "радіусом", "поверх", "поверху", "поверсі", "числа", "число", "числі", "під'їзд", "під'їзді", "січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня", "жовтня", "листопада", "грудня", "століття", "століття", "покоління", "кварталу"]
)  # fmt: skip
HOUR_PARTS = frozenset(("ранку", "вечора", "ночі", "дня", "вечір"))
FUNCTION_WORDS = frozenset(
    [
        "і",
        "й",
        "та",
        "або",
        "чи",
        "а",
        "але",
        "на",
        "в",
        "у",
        "до",
        "від",
        "з",
        "із",
        "зі",
        "за",
        "по",
        "про",
        "при",
        "о",
        "об",
        "для",
        "без",
        "через",
        "під",
        "над",
        "між",
        "є",
        "це",
        "не",
        "що",
        "як",
        "коли",
        "то",
        "ще",
        "вже",
        "буде",
        "будуть",
        "можна",
        "треба",
        "тільки",
        "лише",
        "разом",
        "доступно",
        "залишилось",
        "залишилося",
        "лишилося",
        "коштує",
        "коштують",
        "грн",
    ]
)


def speak(match: re.Match[str]) -> str:
    """The words for one number with what belongs to it."""
    text, start = match.string, match.start()
    if match["num2"]:
        return _spoken_range(match)
    number, options = _value(match["num"]), cases(text, start)
    sign = {"-": "мінус ", "−": "мінус ", "+": "плюс ", "±": "плюс-мінус "}.get(match["sign"] or "", "")
    if number >= LIMIT or (len(match["num"]) > 1 and match["num"][0] == "0" and not match["dec"]):
        return sign + digit_groups(match["num"].replace(" ", "")) + _left(match)
    if match["compound"]:
        return combining(number) + match["compound"]
    if match["suffix"]:
        return sign + _with_suffix(number, match["suffix"].lower(), match, options)
    if match["unit"] and match["unit"].lower() == "год" and governing_word(text, start) in {"о", "об"}:
        return ordinal(number, Case.LOC, Gender.F) + " годині"
    if match["unit"] and UNITS[match["unit"].lower()][0] == "рік" and 1900 <= number <= 2100:
        return sign + _calendar_year(number, match["unit"].lower(), text, start)
    if match["unit"]:
        return sign + _with_unit(number, match["dec"], match["unit"].lower(), first(options))
    if match["dec"]:
        return sign + decimal(number, match["dec"], first(options), _gender_after(text, match.end()))
    return sign + _plain(number, match, options)


def _value(digits: str) -> int:
    return int(re.sub(r"[ .,]", "", digits))


def _left(match: re.Match[str]) -> str:
    """What the pattern took beyond the number itself, when the number is read without it."""
    tail = match["unit"] or match["suffix"]
    if not tail:
        return ""
    return " " + form(0, UNITS[tail.lower()][0]) if match["unit"] else " " + tail


def decimal(number: int, part: str, case: Case = Case.NOM, gender: Gender = Gender.M) -> str:
    """`2,5` is `дві цілих і п'ять десятих`, `1,5` is `півтора` or, of feminine nouns, `півтори`."""
    part = part.rstrip("0")[:3]
    if not part:
        return cardinal(number, case, gender)
    if (number, part) == (1, "5"):
        return "півтори" if gender is Gender.F else "півтора"
    stem = {1: "десят", 2: "сот", 3: "тисячн"}[len(part)]
    value = int(part)
    return f"{_parts(number, 'ціл', case)} і {_parts(value, stem, case)}"


def _parts(number: int, stem: str, case: Case) -> str:
    if is_one(number):
        return f"{cardinal(number, case, Gender.F)} {adjective(stem, Gender.F, case)}"
    ending = Case.GEN if case in {Case.NOM, Case.ACC} else case
    return f"{cardinal(number, case, Gender.F)} {adjective(stem, Gender.PL, ending)}"


def _calendar_year(number: int, unit: str, text: str, start: int) -> str:
    """`2020 р.` after what governs it: `у ... році`, `за ... рік`, else `... року`."""
    case = first(cases(text, start), Case.GEN)
    if governing_word(text, start) in {"у", "в"}:
        case = Case.LOC
    if unit == "рр":
        return f"{ordinal(number, Case.GEN)} років"
    return f"{ordinal(number, case)} {NOUNS['рік'].singular[case]}"


def _with_unit(number: int, part: str | None, unit: str, case: Case) -> str:
    lemma, tail = UNITS[unit]
    noun = NOUNS[lemma]
    if unit == "к.с":
        stem = "кінськ"
        one, few = is_one(number), is_few(number)
        word = (
            adjective(stem, Gender.F, case) if one else adjective(stem, Gender.PL, case if few else Case.GEN)
        )
        return f"{cardinal(number, case, Gender.F)} {word} {form(number, lemma, case)}"
    if part and lemma == "гривня" and len(part) <= 2:
        coins = int(part.ljust(2, "0"))
        words = f"{cardinal(number, case, Gender.F)} {form(number, lemma, case)}"
        return f"{words} {cardinal(coins, case, Gender.F)} {form(coins, 'копійка', case)}" if coins else words
    if part and part.strip("0"):
        return f"{decimal(number, part, case, noun.gender)} {noun.singular[Case.GEN]}{tail}"
    return f"{cardinal(number, case, noun.gender)} {form(number, lemma, case)}{tail}"


def _with_suffix(number: int, suffix: str, match: re.Match[str], options: Cases) -> str:
    """`5-й`, `2-га`, `3-го`: the ordinal whose ending it is; `4-х`, `5-ти`, `2-ма`: the cardinal. Else a word on its own."""
    if suffix == "х" and not is_few(number):  # `90-х років`
        return ordinal(number, Case.GEN, Gender.PL)
    for case in (*options, *Case):
        for gender in Gender:
            words = ordinal(number, case, gender)
            if words.endswith(suffix) and (len(suffix) > 1 or suffix in "йаяеєіую"):
                return words
    for case in (*options, *Case):
        if len(suffix) > 1 or suffix == "х":
            for gender in (Gender.F, Gender.M):
                words = cardinal(number, case, gender)
                if words.endswith(suffix):
                    return words
    if match.group().endswith("-" + match["suffix"]) or len(suffix) == 1:
        from_letters = digit_groups(match["num"]) if len(match["num"]) > 5 else cardinal(number)
        return f"{from_letters} {match['suffix']}"
    return f"{cardinal(number, first(options))} {match['suffix']}"


def words_after(text: str, at: int, limit: int = 4) -> list[str]:
    """Lower-case words right after `at`, with only spaces between."""
    found: list[str] = []
    while len(found) < limit and (match := _NEXT.match(text, at)):
        found.append(match[1].lower())
        at = match.end()
    return found


def _readings(words: Sequence[str], number: int) -> tuple[tuple[Reading, ...], str]:
    """Readings of the noun among the words after a number, and the noun itself; () when nothing is counted."""
    for at, word in enumerate(words):
        if word in READINGS:
            return READINGS[word], word
        if word in FUNCTION_WORDS:
            return (_adjective_readings(words[0]), words[0]) if at else ((), "")
        if not _ADJECTIVE.search(word):
            return guess(word, number), word
    if len(words) == 1 or (words and not _ADJECTIVE.search(words[1])):
        return _adjective_readings(words[0]) or guess(words[0], number), words[0]
    return (_adjective_readings(words[0]), words[0]) if words else ((), "")


_ADJECTIVE_ENDINGS: tuple[tuple[str, Gender, bool, tuple[Case, ...]], ...] = (
    ("ими", Gender.F, True, (Case.INS,)), ("ого", Gender.M, False, (Case.GEN,)), ("ому", Gender.M, False, (Case.LOC, Case.DAT)),
    ("ої", Gender.F, False, (Case.GEN,)), ("ою", Gender.F, False, (Case.INS,)), ("ий", Gender.M, False, (Case.NOM, Case.ACC)),
    ("их", Gender.F, True, (Case.GEN, Case.LOC)), ("им", Gender.M, False, (Case.INS,)), ("ій", Gender.F, False, (Case.LOC, Case.DAT)),
    ("і", Gender.F, True, (Case.NOM, Case.ACC)), ("а", Gender.F, False, (Case.NOM,)), ("я", Gender.F, False, (Case.NOM,)),
    ("у", Gender.F, False, (Case.ACC,)), ("ю", Gender.F, False, (Case.ACC,)), ("е", Gender.N, False, (Case.NOM, Case.ACC)),
)  # fmt: skip


def _adjective_readings(word: str) -> tuple[Reading, ...]:
    """An adjective that stands for what was spoken of; in this shop that is tyres, hence feminine where it does not show."""
    for ending, gender, plural, found in _ADJECTIVE_ENDINGS:
        if word.endswith(ending):
            return tuple(Reading(gender, case, plural) for case in found)
    return ()


def candidates(number: int, readings: Sequence[Reading]) -> list[tuple[Gender, Case]]:
    """(gender, case) of the numeral that agree with a noun in one of `readings`."""
    found: list[tuple[Gender, Case]] = []
    for reading in readings:
        if is_one(number):
            if not reading.plural:
                found.append((reading.gender, reading.case))
        elif reading.plural:
            if reading.case is Case.GEN and not is_few(number):
                found += [(reading.gender, Case.NOM), (reading.gender, Case.ACC)]
            elif reading.case in {Case.NOM, Case.ACC} and not is_few(number):
                continue
            found.append((reading.gender, reading.case))
    return found


def _choose(found: Sequence[tuple[Gender, Case]], options: Cases) -> tuple[Gender, Case]:
    for wanted in (*options, *Case):
        for gender, case in found:
            if case is wanted:
                return gender, case
    return found[0]


def _plain(number: int, match: re.Match[str], options: Cases) -> str:
    text, digits = match.string, match["num"]
    words = words_after(text, match.end())
    pair = _PAIRED.match(text, match.end())
    if pair and pair["unit"]:  # `від 1 до 2 грн`: the unit of the second number is the first one's too
        return cardinal(number, first(options), NOUNS[UNITS[pair["unit"].lower()][0]].gender)
    if not words or (pair and words[0] in FUNCTION_WORDS):
        words = words_after(text, pair.end()) if pair else words
    if words[:1] == ["радіус"] and _RIM_NEXT.match(text, match.end()):
        words = []  # `205 на 55 радіус 16`
    readings, noun = _readings(words, number)
    governor = governing_word(text, match.start())
    if not readings:
        if digits.isdecimal() and len(digits) >= (6 if governor in LABELS else 7):
            return digit_groups(digits)
        if governor in {"о", "об"} and number <= 24:
            return ordinal(number, Case.LOC, Gender.F)
        return cardinal(number, Case.NOM if governor in LABELS else first(options))
    return _with_noun(number, noun, readings, options, governor)


def _with_noun(number: int, noun: str, readings: Sequence[Reading], options: Cases, governor: str) -> str:
    single = [reading for reading in readings if not reading.plural]
    if noun in HOUR_PARTS and number <= 24 and governor and not (noun == "дня" and is_one(number)):
        return ordinal(number, first(options), Gender.F)
    dated = noun in {"року", "рік", "році", "роком"} and number >= 1900
    hourly = (
        noun in {"години", "годині", "годину"}
        and governor in {"о", "об", "до", "після", "з", "від"}
        and single
    )
    if single and (
        dated or noun in ORDINAL_NOUNS or (hourly and not (is_few(number) and governor not in {"о", "об"}))
    ):
        gender, case = _choose([(reading.gender, reading.case) for reading in single], options)
        return ordinal(number, case, gender)
    found = candidates(number, readings)
    if found:
        gender, case = _choose(found, options)
        if noun not in READINGS and case is Case.GEN and Case.GEN not in options:
            case = Case.NOM  # a guess is too weak to decline the number by it
        return cardinal(number, case, gender)
    if single and noun in READINGS:
        gender, case = _choose([(reading.gender, reading.case) for reading in single], options)
        return ordinal(number, case, gender)
    return cardinal(number, first(options), readings[0].gender)


def _gender_after(text: str, at: int) -> Gender:
    readings, _ = _readings(words_after(text, at), 1)
    return readings[0].gender if readings else Gender.M


def _spoken_range(match: re.Match[str]) -> str:
    """`2-3 дні` is `два-три дні`; wide ranges become `від ... до ...` unless a preposition already governs."""
    text = match.string
    low, high = _value(match["num"]), _value(match["num2"])
    options, unit, part, part2 = (
        cases(text, match.start()),
        (match["unit"] or "").lower(),
        match["dec"],
        match["dec2"],
    )
    tail = _left(match) if match["suffix"] else (f" {match['compound']}" if match["compound"] else "")
    if (
        float(f"{low}.{part or 0}") >= float(f"{high}.{part2 or 0}")
        or high >= 10**7
        or match["num"].startswith("0")
    ):
        words = f"{cardinal(low) if low < LIMIT else digit_groups(match['num'])}, "
        words += cardinal(high) if high < LIMIT else digit_groups(match["num2"])
        return words + (f" {form(high, UNITS[unit][0])}{UNITS[unit][1]}" if unit else "") + tail
    readings, noun_word = _readings(words_after(text, match.end()), high)
    if noun_word in {"років", "роки", "року", "роках"} and low >= 1900 and high <= 2100:
        case = Case.LOC if noun_word == "роках" else Case.GEN
        return f"{ordinal(low, case)} – {ordinal(high, case)}"
    if unit:
        gender, found = NOUNS[UNITS[unit][0]].gender, None
    else:
        found = candidates(high, readings)
        gender = _choose(found, options)[0] if found else Gender.M
    case = _choose(found, options)[1] if found else first(options)
    years = not found and not unit and low >= 1900 and high <= 2100
    wide = high > 20 and not options and not years
    if wide:
        case = Case.GEN
    a = decimal(low, part, case, gender) if part else cardinal(low, case, gender)
    b = decimal(high, part2, case, gender) if part2 else cardinal(high, case, gender)
    words = f"від {a} до {b}" if wide else f"{a}{' – ' if ' ' in a + b else '-'}{b}"
    if not unit:
        return words + tail
    lemma, after = UNITS[unit]
    noun = NOUNS[lemma].singular[Case.GEN] if part2 else form(high, lemma, case)
    return f"{words} {noun}{after}"
