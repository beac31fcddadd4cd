"""Dialogue acts: what the caller is doing with this turn, beyond the slots. Pure.

Intents of understanding under the names of the dialogue, plus the few that only make sense while tyres are talked
about (questions about an option, wishes, attempts to change the role), from word stems of Ukrainian, Russian and
surzhyk.
"""

from __future__ import annotations

import re
from typing import Final

from call_center.agent.scope import foreign
from call_center.understanding import Utterance

_NAMES: Final[dict[str, str]] = {
    "operator": "operator",
    "goodbye": "goodbye",
    "thanks": "thanks",
    "repeat": "repeat",
    "dont_know": "dont_know",
    "anger": "anger",
    "robot_question": "identity",
    "cheaper": "cheaper",
    "more_options": "others",
    "price_question": "price",
    "availability": "availability",
    "order": "order",
    "order_status": "order_status",
    "fitting": "fitting",
    "fitting_price": "fitting_price",
    "fitting_move": "fitting_move",
    "fitting_cancel": "fitting_cancel",
    "consultation": "consult",
    "select_tyres": "select",
    "callback": "callback",
    "refuse": "refuse",
    "cancel": "cancel",
}
_STEMS: Final[dict[str, str]] = {
    "greeting": r"добр\w+ (?:день|ранок|вечір|вечер|утро|дня|ранку|вечора)|вітаю|привіт|здра\w*ст?в?у\w+|здрасьт\w+",
    "wait": r"(?:секунд|хвилин|минут|сек)\w*(?: будь ласка| пожалуйста)?$|зачекайте|почекайте|подожд\w+|(?:зараз |щас |сейчас )?(?:гляну|подивлюс\w*|посмотрю)\b|"
    r"щас гляну|сейчас (?:посмотрю|гляну)|зараз подивлюс\w*",
    "hello": r"ал[лоьёеэ]+\b(?! ?\w)|ал[лоьё]+[,!?]|(?:ви |вы |ти )?(?:мене|меня) (?:чуєте|чути|слыш\w+)|(?:чуєте|слышите) (?:мене|меня)|ви тут\b|"
    r"вы тут\b|є хто|чуєте\?|слышно меня|мене чути",
    "think": r"подума\w+|поміркую|порадж?усь|посоветуюсь|пізніше|позже|передзвон\w+|перезвон\w+|зателефоную пізніше",
    "farewell": r"до побачення|до свид\w+|до свід\w+|бувайте|на все добре|вс[еь]\w+ (?:доброго|найкращого)|прощавайте|"
    r"гарного (?:дня|вечора)",
    "not_needed": r"(?:не|нє|нічого не|ничего не) (?:потрібн\w+|треба|нужн\w+|надо|нада|цікав\w+)|"
    r"передума\w+|не підійд\w+|не подойд\w+|не підход\w+|не подход\w+|більше нічого|больше ничего",
    "any": r"будь-? ?як\w+|як\w+ завгодно|люб(?:ий|а|у|і|ого|ої|ой|ая|ую|ое|ые)\b|(?:вс[еёо]|всьо) (?:одно|равно)|байдуже|однаково|"
    r"без (?:різниці|разницы|разніци)|нема\w* різниці|різниці нема\w*|нет разницы|на ваш (?:розсуд|вибір|выбор)|"
    r"(?:вибер|обер|вибир|обир|выбер|выбир)\w+ (?:ви|вы|сам[іиа])\b|не принципово|не принципиально",
    "other_brands": r"інш\w+ (?:бренд|фірм|виробник|марк)\w*|друг\w+ (?:бренд|фирм|фірм|производит|марк)\w*",
    "role": r"інструкці\w+|инструкци\w+|промпт\w*|систем\w+ (?:повідом|сообщ)\w*|"
    r"(?:уяви|представь|вдай|прикинь|притвор)\w*.{0,30}(?:що|что|ніби|будто)|"
    r"забуд\w+.{0,20}(?:все|попередн|предыдущ|правил)\w*|іг?норуй\w*|игнорируй\w*|(?:ти|ты|ви|вы) (?:тепер|теперь)|"
    r"ignore|system prompt|jailbreak|режим\w* розробник\w*|режим\w* разработчик\w*|ти більше не|ты больше не",
    "cheapest": r"най[дт][еи]ш[еи]в\w+|сам\w+ деш[её]в\w+|бюджетний варіант",
    "dearest": r"найдорожч\w+|сам\w+ дорог\w+|найкращ\w+",
    "dearer": r"дорожч\w+|дороже|(?:щось|якісь|є|що-то|какие-то|есть) (?:кращ\w+|получше|лучше)|якісніш\w+|качественн\w+|"
    r"преміум\w*|премиум\w*",
    "where": r"де (?:вони|він|вона|саме|є|можна)|где (?:они|он|она|именно|есть|можно)|на якому склад\w*|на каком склад\w*|"
    r"у якому міст\w*|в якому міст\w*|в каком город\w*|в яких міст\w*|де забрати|где забрать",
    "when": r"\bколи\b|когда\b|через скільки|як скоро",
    "country": r"(?:коре[йї]|япон|німе|неме|укра[їи]н|європе|европе|поль|франц|фінс|финс|італ|итал|амери|турец)\w*"
    r"(?:ьк|ск|цьк|цк)(?:і|ий|их|а|у|ого|ие|ая|ую)\b|країн\w+|стран\w+|виробни\w+|виробля\w+|производ\w+|чия вона|чиї вони|чья|де (?:роблять|зроблен)\w*|"
    r"где (?:делают|сделан)\w*|китай\w*",
    "made": r"рік (?:в них |у них )?як\w+|рік\?|год какой|як(?:ого|ий|им) (?:вони |вона )?(?:року|рік|роком)|какого (?:они )?года|какой год|рік (?:випуску|виготовлення)|"
    r"год выпуска|свіж\w+|свеж\w+|яких років",
    "studs": r"шип\w+|липучк\w+|фрикці\w+|фрикци\w+",
    "index": r"індекс\w*|индекс\w*|навантаж\w+|нагрузк\w+",
    "set_price": r"комплект\w*|за (?:чотири|четыре|всі|все)|разом|вместе",
    "delivery": r"доставк\w+|самовив\w+|самовывоз\w*|нов\w+ пошт\w+|нов\w+ почт\w+|оплат\w+|розстроч\w+|рассроч\w+",
    "tyres": r"шин(?:и|ы|у|а|ою|ам|ами|ах)?\b|гум[ауи]\b|резин[ауыиой]\w*\b|кол[её]с[ао]?\b|покришк\w+|покрышк\w+|скат\w*\b|"
    r"зим[ауи]\b|літо\b|переобут\w+",
}
_ACTS: Final = {name: re.compile(rf"(?<!\w)(?:{stems})", re.IGNORECASE) for name, stems in _STEMS.items()}


_LEAD: Final = re.compile(r"\s*(?:ал[лоьёеэ]+\W+)+", re.IGNORECASE)
_HEARS: Final = re.compile(
    r"повтор|почу|розчу|чує|чую|чути|слыш|ще раз|ещ[её] раз|\b(?:ви|вы) тут\b|є хто", re.IGNORECASE
)
_COMPLAINT: Final = re.compile(
    r"скарг|скарж|жал(?:ува|ова|об)|бардак|(?:третій|третий|вдруге|десят\w+|сто) раз|прислали|привезли|обману|поверніть гроші|"
    r"верните деньги",
    re.IGNORECASE,
)
REQUEST: Final = 3  # words after "алло" that ask for something


def acts(heard: Utterance) -> frozenset[str]:
    """The names of everything the caller does in this utterance."""
    found = {_NAMES[i.name] for i in heard.intents if i.name in _NAMES}
    found |= {name for name, pattern in _ACTS.items() if pattern.search(heard.text)}
    anger = heard.intent("anger")
    if anger is not None and heard.text[slice(*anger.span)].lower().startswith("херсон"):
        found.discard("anger")  # a city
    lead = _LEAD.match(heard.text)
    if (
        lead is not None
        and len(heard.text[lead.end() :].split()) >= REQUEST
        and not _HEARS.search(heard.text)
    ):
        found.discard("hello")  # a greeting before a request
        found.discard("repeat")
    if foreign(heard.text):
        found = (found - {"select", "price", "availability", "order", "consult"}) | {"foreign"}
    if anger is not None and _COMPLAINT.search(heard.text):
        found.add("complaint")
    if found & {"cheapest", "dearest"}:
        found -= {"cheaper", "dearer"}
    if "think" in found and "farewell" not in found:
        found.discard("goodbye")  # "I will think about it" ends a subject, not the call
    if "farewell" in found:
        found.add("goodbye")
    return frozenset(found)
