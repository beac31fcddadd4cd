"""Closed answers: season, studs, yes and no, payment, delivery, Nova Poshta branch.

A plain yes or no is one with nothing else in it: "так, але", "так, і ще" are not plain, neither are backchannels
("угу", "так-так") nor "алло". The policy commits only on a plain yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz.fuzz import ratio

from call_center.understanding.claims import Claim, Scene
from call_center.understanding.meaning import Filled
from call_center.understanding.phonetics import sound
from call_center.understanding.resembling import branch_resembled
from call_center.understanding.words import Token, fold


def _set(words: str) -> frozenset[str]:
    return frozenset(fold(w.replace("'", "")) for w in words.split())


_YES = _set(
    "так да ага авжеж звичайно конечно звісно вірно правильно верно точно підтверджую подтверждаю згоден згодна согласен "
    "согласна давайте давай добре гаразд ок окей окэй хорошо саме именно якраз годиться підходить подходит підійде подойдет "
    "влаштовує устраивает домовились так'с оформлюйте оформляйте записуйте записывайте бронюйте бронируйте підтверджуємо "
    "конєшно погоджуюсь погоджуюся погоджуємось беру беремо "
    "надішліть надсилайте відправляйте отправьте отправляйте шліть шлите можна можно ладно йес тааак так"
) - _set("ага")
_NO = _set("ні нє нет неа не нєа ніт ніколи нєт відміна невірно неправильно неверно нінада помилка ошибка")
_NO_TAIL = _set(
    "так те то зовсім совсем треба надо нада потрібно нужно хочу буду будемо підходить подходит треба правильно вірно верно згоден згодна согласен надо замовляю заказываю"
)
_FILL = _set(
    "будь ласка пожалуйста пожалуста дякую дякуємо спасибо спасибі все всьо всё усе ну вам це это эта ж же то тоді ось вот я мене меня "
    "та хай нехай буде замовлення заказ запис бронювання усе-таки звісно отже прошу поки пока більше больше нічого ничего вже уже теж тоже абсолютно цілком гаразд дуже"
)
_NO_FILL = _set("мабуть напевно певно наверно наверное скоріше скорее категорично категорически точно")
_IDIOMS = frozenset(
    fold(w) for w in ("чому б і ні", "чого ж ні", "почему б и нет", "почему бы и нет", "ще б пак", "ясна річ")
)
_AFTER_WHAT = _set("поки звісно звичайно ясно конечно пока")
_PHONE_FILL = _set("цей этот на цього этого номер номера номеру з с із мій мой він тот той самий")
_BACKCHANNEL = _set("угу ага мгм гм хм ммм мм еее ее ем эм ааа ммхм мхм агa угуу ого")
_HELLO = _set("алло алло алё альо але ало")

_CARD, _AS_CARD = sound("карткою"), 66.0
_LATER_PAID = re.compile(
    r"\b(?:як|як тилки|коли|тоди як|когда|как|писля того як|после того как)(?: \w+){0,2}? "
    r"(?:получ|отрим|одерж|забер|забир|прив[ие]з|достав|прии|прид|при[ие]д|побач|увиж|подив|посмотр)\w*"
    r"|\b(?:по|за) факту?\b|\b(?:писля|после) (?:отрим|получ|огляд|осмотр|перевир|провер)\w*|\bпри получ\w*|\bна мисти?\b"
    r"|\bна (?:пошти|почте|видилен\w*|отделен\w*)\b|\bкурер[ую]\b"
)
_PAYS = re.compile(r"\b(?:за|о|роз|рас)?(?:плат|плач|рахун|щит)\w*|\bгрош|\bденг|\bоплат")

_WANTED = ("треб", "надо", "нада", "хоч", "потриб", "нужн", "буд", "цикав")

_IN_WINTER = _set("взимку узимку зимой зимою")
_IN_SUMMER = _set("влітку улітку літом летом")
_ALL_SEASON = ("олсизон", "олсезон", "alseason")  # "all season", as one word or two
_SEASON = (
    ("all_season", ("всесезон", "усесезон", "весесезон", "демисезон", "круглогод", "круглорич")),
    (
        "winter",
        (
            "зимов",
            "взимк",
            "узимк",
            "зимн",
            "зимих",
            "зима",
            "зиму",
            "зими",
            "зимою",
            "зимои",
            "зимня",
            "липуч",
            "зимник",
        ),
    ),
    (
        "summer",
        ("литн", "летн", "лето", "лита", "лито", "летом", "литку", "улитку", "влитку", "лита", "летку"),
    ),
)


def is_backchannel(words: Iterable[Token]) -> bool:
    """Only "угу" and the like, or a doubled "так-так": no claim to the floor and no answer."""
    said = [w.fold.replace("'", "") for w in words if w.kind != "sign"]
    if not said:
        return False
    doubled = len(said) >= 2 and set(said) <= {"так", "да"} | _BACKCHANNEL
    return doubled or set(said) <= _BACKCHANNEL


def closed(scene: Scene, taken: set[int]) -> list[Claim]:
    """Every closed answer of the utterance."""
    claims = [*_season(scene), *_studs(scene), *_features(scene), *_payment(scene), *_delivery(scene)]
    claims += _branch(scene, taken)
    claims += _yes_no(scene)
    return claims


def _one(
    scene: Scene, place: tuple[int, int], slot: str, value: str | bool | int, sure: float = 0.95
) -> Claim:
    """A claim without digits over tokens `place`."""
    return Claim(*place, (), (Filled(slot, value, sure, scene.span(*place)),))


def _season(scene: Scene) -> list[Claim]:
    claims = []
    said = [t.fold for t in scene.words]
    if any(w in _IN_WINTER for w in said) and any(w in _IN_SUMMER for w in said):
        both = [i for i, w in enumerate(said) if w in _IN_WINTER | _IN_SUMMER]
        return [_one(scene, (both[0], both[-1]), "season", "all_season", 0.85)]  # to drive in both
    for i, token in enumerate(scene.words):
        word, after = token.fold, scene.fold(i + 1)
        whole = (word in ("вси", "усих", "всих", "все") and after.startswith("сезон")) or (
            word.startswith("кругл") and after.startswith(("рик", "год"))
        )
        if word.startswith(_ALL_SEASON):
            claims.append(_one(scene, (i, i), "season", "all_season"))
        elif whole or (word + after).startswith(_ALL_SEASON):
            claims.append(_one(scene, (i, i + 1), "season", "all_season"))
        elif word.startswith("универсал") and scene.expected == "season":
            claims.append(_one(scene, (i, i), "season", "all_season", 0.85))
        for season, stems in _SEASON:
            if word.startswith(stems) and not (word == "лита" and scene.fold(i - 1).isdigit()):
                if scene.fold(i - 1) == "не":
                    break
                claims.append(_one(scene, (i, i), "season", season))
                break
    return claims


_OR = ("чи", "или")
_STUDS_OR_NOT = ("ни", "не", "без", "бес", "шип", "ошип", "липуч", "фрикц")


def _studs(scene: Scene) -> list[Claim]:
    claims = []
    for i, token in enumerate(scene.words):
        word, before = token.fold, scene.fold(i - 1)
        if _one_or_the_other(scene, i):
            continue
        if word.startswith(("нешип", "безшип", "бесшип")) or word.startswith(("липуч", "фрикц")):
            claims.append(_one(scene, (i, i), "studded", False))
        elif word.startswith(("шип", "ошип")):
            negative = before in ("без", "бес", "не")
            denied = negative or _unwanted(scene, i, i)
            claims.append(_one(scene, (i - negative, i), "studded", not denied))
    return claims


def _one_or_the_other(scene: Scene, i: int) -> bool:
    """Whether token `i` is one side of "шиповані чи ні", "липучка чи шипи": a question, no wish."""
    after = scene.fold(i + 1) in _OR and scene.fold(i + 2).startswith(_STUDS_OR_NOT)
    before = scene.fold(i - 1) in _OR and scene.fold(i - 2).startswith(_STUDS_OR_NOT)
    return after or before


def _unwanted(scene: Scene, first: int, last: int) -> bool:
    """Whether "не треба", "не хочу" stands right before or right after tokens first..last."""
    before, after = (
        (scene.fold(first - 2), scene.fold(first - 1)),
        (scene.fold(last + 1), scene.fold(last + 2)),
    )
    return any(no == "не" and want.startswith(_WANTED) for no, want in (before, after))


def _features(scene: Scene) -> list[Claim]:
    claims = []
    for i, token in enumerate(scene.words):
        word, joined = token.fold, token.fold + scene.fold(i + 1)
        if word.startswith(("ранфл", "рунфл", "runfl")) or joined.startswith(("ранфл", "рунфл", "runfl")):
            two = not word.startswith(("ранфл", "рунфл", "runfl"))
            denied = scene.fold(i - 1) in ("без", "бес", "не") or _unwanted(scene, i, i + two)
            claims.append(_one(scene, (i, i + two), "run_flat", not denied, 0.9))
        elif word.startswith(("комерц", "комерч", "вантажн", "легковантаж", "цешк", "грузов")):
            claims.append(_one(scene, (i, i), "commercial", True, 0.85))
    return claims


def _like_card(word: str) -> bool:
    """A garbled "карткою" beside "при отриманні"."""
    alike = len(word) >= 6 and not word.startswith("плат") and ratio(sound(word), _CARD) >= _AS_CARD
    return word.startswith("карт") or alike  # "після платою" is paid on receipt


def _garbled_payment(scene: Scene, word: str, *, receive: bool) -> str | None:
    """The end of "онлайн" is heard best; a card is one beside "при отриманні"."""
    if scene.expected == "payment" and word.endswith(("лайн", "лаин")):
        return "online"
    return "card_on_delivery" if receive and _like_card(word) else None


def _payment(scene: Scene) -> list[Claim]:
    words = [t.fold.replace("'", "") for t in scene.words]
    joined = " ".join(words)
    receive = any(w.startswith(("отриман", "одержан", "получен")) for w in words)
    for i, word in enumerate(words):
        if word.startswith(
            ("писляплат", "накладен", "накладн", "наложен", "налож", "готивк", "налич", "кеш")
        ):
            return [_one(scene, (i, i), "payment", "cod")]
        if word.startswith("терминал"):
            return [_one(scene, (i, i), "payment", "card_on_delivery", 0.85)]
        if word in ("aple", "gogle", "епл", "гугл", "ейпл", "епел") and scene.fold(i + 1) in (
            "pay",
            "пей",
            "пай",
        ):
            return [_one(scene, (i, i + 1), "payment", "online", 0.85)]
        if word in ("карти", "карту", "карте") and scene.fold(i - 1) in ("по", "на"):
            return [_one(scene, (i, i), "payment", "online", 0.85)]
        garbled = _garbled_payment(scene, word, receive=receive)
        if garbled:
            return [_one(scene, (i, i), "payment", garbled, 0.75)]
        if word in ("карткою", "картою", "картой", "карточкой", "картка", "картку"):
            if receive or "термин" in joined or "курер" in joined or _LATER_PAID.search(joined):
                return [_one(scene, (i, i), "payment", "card_on_delivery")]
            return [_one(scene, (i, i), "payment", "online", 0.85 if "онлайн" not in joined else 0.95)]
        if word.startswith(
            (
                "онлайн",
                "онлайн",
                "передоплат",
                "предоплат",
                "безготив",
                "безнал",
                "реквизит",
                "рахунок",
                "счет",
            )
        ):
            if word == "рахунок" and words[max(0, i - 1)] not in ("на", "по"):
                continue
            return [_one(scene, (i, i), "payment", "online")]
    return _on_receipt(scene, words)


def _on_receipt(scene: Scene, words: list[str]) -> list[Claim]:
    """Paid when it arrives: "при отриманні", "на місці"."""
    for i, word in enumerate(words):
        if (
            word.startswith(("отриман", "одержан", "получен"))
            and i
            and words[i - 1] in ("при", "пры", "по", "писля")
        ):
            return [_one(scene, (i - 1, i), "payment", "cod", 0.9)]
        if (
            word == "мисци"
            and "на" in words[max(0, i - 2) : i]
            and scene.expected in ("payment", "payment_method")
        ):
            return [_one(scene, (i, i), "payment", "cod", 0.85)]
    return _paid_later(scene, " ".join(words))


def _paid_later(scene: Scene, joined: str) -> list[Claim]:
    """Paid once it is there: "як отримаю, тоді й заплачу", "по факту", "когда привезут"."""
    asked = scene.expected in ("payment", "payment_method")
    if not _LATER_PAID.search(joined) or not (asked or _PAYS.search(joined)):
        return []
    return [_one(scene, (0, len(scene.words) - 1), "payment", "cod", 0.85)]


def _delivery(scene: Scene) -> list[Claim]:
    claims = []
    post = any(t.fold.startswith(("пошт", "почт", "видил", "отд")) for t in scene.words)
    for i, token in enumerate(scene.words):
        word = token.fold.replace("'", "")
        if word.startswith(("самовив", "самовы")):
            claims.append(_one(scene, (i, i), "delivery", "own_shop"))
        elif word.startswith(("курер", "курєр", "кур")) and word.startswith("курер"):
            claims.append(_one(scene, (i, i), "delivery", "courier"))
        elif word.startswith(("забер", "забир")) and not post:
            claims.append(_one(scene, (i, i), "delivery", "own_shop", 0.85))
        elif word.startswith(("пошт", "почт")) and scene.fold(i - 1).startswith("нов"):
            claims.append(_one(scene, (i - 1, i), "delivery", "nova_poshta_branch", 0.9))
        elif word in ("додому", "домой") or (
            word in ("адресу", "адрес") and scene.fold(i - 1) == "на" and scene.fold(i - 2) != "яку"
        ):
            claims.append(_one(scene, (i, i), "delivery", "courier", 0.8))
        elif word in ("нп", "новапошта", "новапочта") or word.startswith(
            ("поштомат", "почтомат", "видил", "отд")
        ):
            claims.append(_one(scene, (i, i), "delivery", "nova_poshta_branch", 0.85))
        elif (
            word.startswith("магазин")
            and scene.fold(i - 1) in ("в", "у", "с", "з")
            and scene.expected == "delivery"
        ):
            claims.append(_one(scene, (i, i), "delivery", "own_shop", 0.8))
    kinds = {c.filled[0].value for c in claims}
    if "courier" in kinds and "nova_poshta_branch" in kinds:
        claims = [c for c in claims if c.filled[0].value == "courier"]
    return claims[:1]


def _branch(scene: Scene, taken: set[int]) -> list[Claim]:
    """The number of a Nova Poshta branch: "відділення чотири", "шосте відділення", bare when asked."""
    for run in scene.free(taken):
        for group, first, last in scene.groups(run):
            if group.value != int(group.value) or not 1 <= group.value <= 9999:
                continue
            before = [scene.fold(first - 1), scene.fold(first - 2)]
            branch = ("видил", "отд", "филиал", "поштомат", "почтомат")
            named = before[0].startswith(branch) or (
                before[0] in ("номер", "№", "#") and before[1].startswith(branch)
            )
            after = scene.fold(last + 1).startswith(branch)
            if named or after or scene.expected == "branch":
                taken.update(range(first, last + 1))
                filled = Filled(
                    "branch", int(group.value), 0.95 if named or after else 0.85, scene.span(first, last)
                )
                return [Claim(first - named, last + after, (group.digits,), (filled,))]
    return branch_resembled(scene) if scene.expected == "branch" else []


def _no_word(scene: Scene, index: int) -> str:
    """The folded word; "нє" and a lone "не" are "ні", which the fold would make the particle "не"."""
    token = scene.words[index]
    following = scene.fold(index + 1)
    if token.low in ("нє", "нєа") or (
        token.low == "не" and (not following or following in ",." or following in _FILL)
    ):
        return "ни"
    return token.fold.replace("'", "")


def _yes_no(scene: Scene) -> list[Claim]:
    said = [(i, _no_word(scene, i)) for i, t in enumerate(scene.words) if t.kind != "sign"]
    if (
        not said
        or len(said) > 10
        or scene.text.rstrip().endswith("?")
        or is_backchannel(scene.words)
        or any(w in _HELLO for _, w in said)
    ):
        return []
    if " ".join(w for _, w in said if w not in ("ну", "так")) in _IDIOMS:
        return [_one(scene, (said[0][0], said[-1][0]), "yes_no", "yes")]
    extra = _PHONE_FILL if scene.expected == "yes_no" else frozenset()
    yes = no = doubtful = 0
    position = 0
    while position < len(said):
        word = said[position][1]
        if word in _NO:
            no += 1
            following = said[position + 1][1] if position + 1 < len(said) else ""
            if word in ("не", "ни", "нет") and following in _NO_TAIL:
                position += 1
            elif word == "не":
                return []  # "не знаю" is no answer
        elif word in _NO_FILL and word not in _YES:
            doubtful += 1
        elif word in _YES:
            yes += 1
        elif word == "що" and position and said[position - 1][1] in _AFTER_WHAT:
            pass
        elif word not in _FILL and word not in extra:
            return []
        position += 1
    if bool(yes) == bool(no) and not (no and said[0][1] in ("ни", "не", "нет")):
        return []
    if (yes and no) or (doubtful and not no):
        return []
    first, last = said[0][0], said[-1][0]
    return [_one(scene, (first, last), "yes_no", "yes" if yes else "no")]
