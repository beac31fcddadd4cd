"""Nouns that a shop counts, with all their forms, and the way back from a form to its readings.

`DECLARED` gives stems by paradigm, `IRREGULAR` all twelve forms. `NOUNS` maps the dictionary form, `readings` any form to
(noun, case, plural); words that are not here are guessed by their ending (`guess`). `counted` puts number and noun together.
"""

from __future__ import annotations

from dataclasses import dataclass

from call_center.tts.spoken.grammar import Case, Gender
from call_center.tts.spoken.numerals import Forms, agree, cardinal


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun by its twelve forms; case order as in `Case`."""

    gender: Gender
    singular: Forms
    plural: Forms


@dataclass(frozen=True, slots=True)
class Reading:
    """One grammatical reading of a word form."""

    gender: Gender
    case: Case
    plural: bool


# Endings of the singular, then of the plural; "-" stands for none, "*" for the genitive plural given after the stem.
PARADIGMS: dict[str, tuple[Gender, str, str]] = {
    "fa": (Gender.F, "а и і у ою і", "и * ам и ами ах"),
    "fka": (Gender.F, "ка ки ці ку кою ці", "ки * кам ки ками ках"),
    "fga": (Gender.F, "га ги зі гу гою зі", "ги * гам ги гами гах"),
    "fya": (Gender.F, "я і і ю ею і", "і * ям і ями ях"),
    "fcha": (Gender.F, "а і і у ею і", "і * ам і ами ах"),
    "fia": (Gender.F, "я ї ї ю єю ї", "ї й ям ї ями ях"),
    "m": (Gender.M, "- а у - ом і", "и ів ам и ами ах"),
    "mu": (Gender.M, "- у у - ом і", "и ів ам и ами ах"),
    "mk": (Gender.M, "- а у - ом у", "и ів ам и ами ах"),
    "mku": (Gender.M, "- у у - ом у", "и ів ам и ами ах"),
    "mok": (Gender.M, "ок ка ку ок ком ку", "ки ків кам ки ками ках"),
    "ms": (Gender.M, "ь я ю ь ем і", "і ів ям і ями ях"),
    "mzh": (Gender.M, "- у у - ем і", "і ів ам і ами ах"),
    "no": (Gender.N, "о а у о ом і", "а * ам а ами ах"),
    "nya": (Gender.N, "я я ю я ям і", "я * ям я ями ях"),
}

DECLARED: dict[str, str] = {
    "fa": "шин:шин машин:машин гум:гум хвилин:хвилин годин:годин цін:цін камер:камер літер:літер сум:сум тонн:тонн "
    "секунд:секунд атмосфер:атмосфер цифр:цифр зим:зим опор:опор фар:фар адрес:адрес пар:пар особ:осіб спроб:спроб "
    "квартир:квартир штук:штук сил:сил доб:діб оплат:оплат замін:замін зон:зон крон:крон",
    "fka": "покриш:покришок короб:коробок зниж:знижок посил:посилок гай:гайок копій:копійок достав:доставок заяв:заявок "
    "познач:позначок мар:марок точ:точок стоян:стоянок карт:карток помил:помилок зір:зірок",
    "fga": "послу:послуг доро:доріг",
    "fya": "гривн:гривень неділ:неділь вулиц:вулиць різниц:різниць",
    "fcha": "тисяч:тисяч площ:площ",
    "fia": "позиці станці гаранті сері акці консультаці категорі операці",
    "m": "варіант кілометр міліметр сантиметр метр кілограм грам літр градус бал долар пакет болт цент ват "
    " кіловат ньютонометр децибел вольт ампер пункт дюйм балон ковпак телефон купон символ бар автомат поштомат",
    "mu": "магазин комплект сезон склад квартал товар раз бульвар клас номер тип розмір під'їзд бренд сервіс діаметр радіус слот центр район "
    "пост бокс проспект корпус",
    "mk": "диск чек шип датчик",
    "mku": "відгук",
    "mok": "відсот дзвін ряд будин десят провул",
    "ms": "автомобіл рубл вентил кілопаскал",
    "mzh": "шиномонтаж",
    "no": "колес:коліс міст:міст вікн:вікон слов:слів",
    "nya": "замовленн:замовлень відділенн:відділень питанн:питань оголошенн:оголошень повідомленн:повідомлень поколінн:поколінь "
    "завданн:завдань кріпленн:кріплень",
}

IRREGULAR: tuple[tuple[Gender, str, str], ...] = (
    (Gender.M, "покупець покупця покупцю покупця покупцем покупці", "покупці покупців покупцям покупців покупцями покупцях"),
    (Gender.M, "водій водія водію водія водієм водії", "водії водіїв водіям водіїв водіями водіях"),
    (
        Gender.M,
        "менеджер менеджера менеджеру менеджера менеджером менеджері",
        "менеджери менеджерів менеджерам менеджерів менеджерами менеджерах",
    ),
    (Gender.M, "день дня дню день днем дні", "дні днів дням дні днями днях"),
    (Gender.M, "тиждень тижня тижню тиждень тижнем тижні", "тижні тижнів тижням тижні тижнями тижнях"),
    (Gender.M, "місяць місяця місяцю місяць місяцем місяці", "місяці місяців місяцям місяці місяцями місяцях"),
    (Gender.M, "рік року року рік роком році", "роки років рокам роки роками роках"),
    (Gender.M, "поверх поверху поверху поверх поверхом поверсі", "поверхи поверхів поверхам поверхи поверхами поверхах"),
    (Gender.F, "область області області область областю області", "області областей областям області областями областях"),
    (Gender.M, "майстер майстра майстру майстра майстром майстрі", "майстри майстрів майстрам майстрів майстрами майстрах"),
    (Gender.M, "клієнт клієнта клієнту клієнта клієнтом клієнті", "клієнти клієнтів клієнтам клієнтів клієнтами клієнтах"),
    (Gender.M, "оператор оператора оператору оператора оператором операторі",
     "оператори операторів операторам операторів операторами операторах"),
    (Gender.M, "мільйон мільйона мільйону мільйон мільйоном мільйоні", "мільйони мільйонів мільйонам мільйони мільйонами мільйонах"),
    (Gender.F, "людина людини людині людину людиною людині", "люди людей людям людей людьми людях"),
    (Gender.F, "модель моделі моделі модель моделлю моделі", "моделі моделей моделям моделі моделями моделях"),
    (Gender.F, "вартість вартості вартості вартість вартістю вартості", "вартості вартостей вартостям вартості вартостями вартостях"),
    (Gender.F, "швидкість швидкості швидкості швидкість швидкістю швидкості",
     "швидкості швидкостей швидкостям швидкості швидкостями швидкостях"),
    (Gender.F, "ніч ночі ночі ніч ніччю ночі", "ночі ночей ночам ночі ночами ночах"),
    (Gender.N, "місце місця місцю місце місцем місці", "місця місць місцям місця місцями місцях"),
    (Gender.N, "число числа числу число числом числі", "числа чисел числам числа числами числах"),
    (Gender.N, "євро євро євро євро євро євро", "євро євро євро євро євро євро"),
    (Gender.N, "авто авто авто авто авто авто", "авто авто авто авто авто авто"),
)  # fmt: skip


def _build() -> dict[str, Noun]:
    nouns: dict[str, Noun] = {}
    for paradigm, entries in DECLARED.items():
        gender, singular, plural = PARADIGMS[paradigm]
        for entry in entries.split():
            stem, _, genitive = entry.partition(":")
            forms = [
                genitive if ending == "*" else stem + ending.removeprefix("-")
                for ending in (*singular.split(), *plural.split())
            ]
            nouns[forms[0]] = _noun(gender, forms)
    for gender, singular, plural in IRREGULAR:
        forms = [*singular.split(), *plural.split()]
        nouns[forms[0]] = _noun(gender, forms)
    return nouns


def _noun(gender: Gender, forms: list[str]) -> Noun:
    a, b, c, d, e, f, g, h, i, j, k, m = forms
    return Noun(gender, (a, b, c, d, e, f), (g, h, i, j, k, m))


NOUNS = _build()


def _index() -> dict[str, tuple[Reading, ...]]:
    found: dict[str, list[Reading]] = {}
    for noun in NOUNS.values():
        for plural, forms in ((False, noun.singular), (True, noun.plural)):
            for case, form in zip(Case, forms, strict=True):
                found.setdefault(form, []).append(Reading(noun.gender, case, plural))
    paucal = [Reading(Gender.F, case, True) for case in (Case.NOM, Case.ACC)]
    found["людини"] = [*paucal, *found["людини"]]  # `дві людини`, though the plural is `люди`
    return {form: tuple(items) for form, items in found.items()}


READINGS = _index()

# Endings of words that are not in the table, longest first: (ending, gender, cases of the singular, cases of the plural).
_GUESSES: tuple[tuple[str, Gender, str, str], ...] = (
    ("ами", Gender.M, "", "4"), ("ями", Gender.M, "", "4"), ("ах", Gender.M, "", "5"), ("ях", Gender.M, "", "5"),
    ("ам", Gender.M, "", "2"), ("ям", Gender.M, "", "2"), ("ів", Gender.M, "", "1"), ("їв", Gender.M, "", "1"),
    ("ння", Gender.N, "013", "03"), ("ття", Gender.N, "013", "03"), ("нню", Gender.N, "2", ""), ("ень", Gender.N, "", "1"),
    ("ією", Gender.F, "4", ""), ("ією", Gender.F, "4", ""), ("ою", Gender.F, "4", ""), ("ею", Gender.F, "4", ""),
    ("ці", Gender.F, "25", "03"), ("ки", Gender.F, "1", "03"), ("ги", Gender.F, "1", "03"), ("ії", Gender.F, "125", "03"),
    ("ом", Gender.M, "4", ""), ("ем", Gender.M, "4", ""), ("ок", Gender.F, "", "1"), ("ій", Gender.F, "", "1"),
    ("а", Gender.F, "0", ""), ("я", Gender.F, "0", ""), ("у", Gender.F, "3", ""), ("ю", Gender.F, "3", ""),
    ("о", Gender.N, "03", ""), ("е", Gender.N, "03", ""), ("и", Gender.M, "", "03"), ("і", Gender.M, "5", "03"),
)  # fmt: skip


def guess(word: str, number: int) -> tuple[Reading, ...]:
    """Readings of a noun that is not in the table, by its ending; `number` tells `один стіл` from `п'ять машин`."""
    if word.endswith(("ємо", "емо", "имо", "їмо", "ть", "є", "в", "ї")) and not word.endswith(("ів", "їв")):
        return ()  # verbs, mostly
    for ending, gender, singular, plural in _GUESSES:
        if word.endswith(ending):
            return tuple(
                Reading(gender, Case(int(case)), is_plural)
                for cases, is_plural in ((singular, False), (plural, True))
                for case in cases
            )
    ends_in_one = number % 10 == 1 and number % 100 != 11
    return (
        (Reading(Gender.M, Case.NOM, False), Reading(Gender.M, Case.ACC, False))
        if ends_in_one
        else (Reading(Gender.F, Case.GEN, True),)
    )


def noun(lemma: str) -> Noun:
    """The noun by its dictionary form; KeyError names what is missing."""
    return NOUNS[lemma]


def form(number: int, lemma: str, case: Case = Case.NOM) -> str:
    """The noun alone as it stands after `number`: `form(5, "шина")` is `шин`."""
    entry = NOUNS[lemma]
    return agree(number, entry.singular, entry.plural, case)


def counted(number: int, lemma: str, case: Case = Case.NOM) -> str:
    """`counted(2, "шина")` is `дві шини`."""
    return f"{cardinal(number, case, NOUNS[lemma].gender)} {form(number, lemma, case)}"
