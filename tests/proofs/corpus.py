"""Grounding, judged: true sentences about random ledgers as a language model would put them, and code-made corruptions.

A sentence is made from a scene (what tools told in a call) with bare facts; a corruption changes one thing in it that
makes it untrue in that scene: a value, a unit, a date, a brand, the tyre that a fact belongs to, a negation, or an
announcement that becomes a deed. `judge` counts how many true ones are refused and how many false ones are not.
"""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from call_center.agent.grounding import ground
from call_center.agent.ledger import Ledger, build
from call_center.agent.phrases.places import in_city
from call_center.agent.phrases.render import count, day_month, plural, season_name
from call_center.agent.view import DialogueView, SlotValue, ToolRecord

DATA = Path(__file__).resolve().parents[2] / "src" / "demo_store" / "data" / "tyres.csv"
CITIES = {"kyiv": "Київ", "dnipro": "Дніпро", "lviv": "Львів", "odesa": "Одеса", "kharkiv": "Харків"}
SENTENCES = 1000
STATES = {
    "confirmed": "підтверджене",
    "shipped": "вже відправлене",
    "delivering": "у дорозі",
    "delivered": "вже доставлене",
}
FALSE_STATES = {
    "confirmed": "доставлене",
    "shipped": "доставлене",
    "delivering": "доставлене",
    "delivered": "у дорозі",
}


@lru_cache(maxsize=1)
def tyres() -> list[dict[str, Any]]:
    """The shop's articles as the search tool shows them."""
    with DATA.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        {
            "product_id": r["id"], "brand": r["brand"], "model": r["model"], "size": r["size"].replace("R", " R"),
            "season": r["season"], "price": float(r["price_uah"]), "studded": r["studded"] == "true",
            "stock": sum(int(r[f"stock_{c}"]) for c in CITIES), "year": int(r["year"]), "country": r["country"],
            "places": [{"city": name, "quantity": int(r[f"stock_{c}"])} for c, name in CITIES.items()],
        }
        for r in rows
    ]  # fmt: skip


class Scene:
    """One random call: two or three tyres of different brands, an order, an order looked up, wishes of the caller."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        first = rng.choice([t for t in tyres() if t["stock"] > 8])
        like = [
            t for t in tyres() if t["size"] == first["size"] and t["brand"] != first["brand"] and t["stock"]
        ]
        others = {t["brand"]: t for t in rng.sample(like, len(like)) if t["price"] != first["price"]}
        shown = [first, *list(others.values())[:2]]
        self.options = [{"handle": f"o{n}", **t} for n, t in enumerate(shown, 1)]
        self.quantity = rng.choice((2, 3, 4, 5, 8))
        self.status = rng.choice(list(STATES))
        self.wish = (
            f"2026-12-{rng.randint(1, 20):02}",
            f"{rng.randint(9, 18):02}:{rng.choice(('00', '30'))}",
        )
        self.view = DialogueView()
        self.view.options = {o["handle"]: o for o in self.options}
        self.view.offered = tuple(self.view.options)
        self._record("search_tires", {"options": self.options, "total": len(shown), "relaxed": None})
        for slot, value in (("quantity", self.quantity), ("date", self.wish[0]), ("time", self.wish[1])):
            self.view.slots[slot] = SlotValue(value, 1)
        self.order = self._order()
        self.view.orders["d1"] = self.order
        self.looked_up: dict[str, Any] = {
            "handle": "q1", "status": self.status, "eta": f"2026-12-{rng.randint(1, 28):02}", "number": str(rng.randint(2600000, 2659999)),
            "total": rng.randint(20, 400) * 50,
        }  # fmt: skip
        self.view.statuses["q1"] = self.looked_up
        self._record("get_order_status", {"orders": [self.looked_up], "found": True})

    def _record(self, tool: str, result: dict[str, Any]) -> None:
        number = len(self.view.records) + 1
        self.view.records[number] = ToolRecord(number, tool, {}, 1, True, result)

    def _order(self) -> dict[str, Any]:
        rng, tyre = self.rng, self.options[0]
        cost = rng.choice((0, 110, 150, 220)) * self.quantity
        least = rng.randint(1, 3)
        subtotal = round(tyre["price"]) * self.quantity
        item = {**tyre, "quantity": self.quantity, "sum": subtotal, "price": round(tyre["price"])}
        delivery = {
            "method": "nova_poshta_branch", "city": "Львів", "branch": str(rng.randint(2, 90)), "cost": cost,
            "days_min": least, "days_max": least + rng.randint(1, 2), "address": "вул. Стрийська, 45",
        }  # fmt: skip
        return {
            "handle": "d1", "status": rng.choice(("draft", "confirmed")), "number": str(rng.randint(2660000, 2699999)),
            "items": [item], "subtotal": subtotal, "total": subtotal + cost, "delivery": delivery,
            "eta": f"2026-12-{rng.randint(1, 28):02}", "phone": "+380990001122", "payment_methods": ["cod", "online"],
        }  # fmt: skip

    @property
    def ledger(self) -> Ledger:
        """What may be spoken."""
        return build(self.view)

    def tyre(self) -> dict[str, Any]:
        """One of the tyres."""
        return self.rng.choice(self.options)

    def money(self, amount: float) -> str:
        """A price as a model may write it."""
        plain = f"{round(amount)}"
        spaced = f"{round(amount):,}".replace(",", " ")
        return self.rng.choice((f"{spaced} грн", f"{plain} грн", f"{plain} гривень", f"{spaced} гривень"))

    def name(self, tyre: dict[str, Any]) -> str:
        """A tyre's name."""
        return self.rng.choice((str(tyre["brand"]), f"{tyre['brand']} {tyre['model']}"))


Template = Callable[[Scene], str]


def _price(s: Scene) -> str:
    t = s.tyre()
    return s.rng.choice((
        f"{s.name(t)} коштує {s.money(t['price'])} за шину.", f"Ціна {s.name(t)} — {s.money(t['price'])} за штуку.",
        f"Є {season_name(t['season'])} {s.name(t)} за {s.money(t['price'])}.", f"За одну шину {s.name(t)} вийде {s.money(t['price'])}.",
        f"{s.name(t)} у розмірі {t['size']} коштує {s.money(t['price'])}, беремо?",
    ))  # fmt: skip


def _sum(s: Scene) -> str:
    t = s.tyre()
    whole = t["price"] * s.quantity
    return s.rng.choice((
        f"{count(s.quantity, 'шина')} {s.name(t)} коштуватимуть разом {s.money(whole)}.",
        f"Разом за {s.quantity} шт. {s.name(t)} — {s.money(whole)}.",
        f"Загалом за {count(s.quantity, 'шина')} вийде {s.money(whole)}.",
    ))  # fmt: skip


def _two(s: Scene) -> str:
    if len(s.options) < 2:
        return _price(s)
    a, b = s.rng.sample(s.options, 2)
    cheap, dear = sorted((a, b), key=lambda o: o["price"])
    return s.rng.choice((
        f"Можу запропонувати {a['brand']} за {s.money(a['price'])} або {b['brand']} за {s.money(b['price'])}.",
        f"{a['brand']} — {s.money(a['price'])}, а {b['brand']} — {s.money(b['price'])}.",
        f"{dear['brand']} дорожча за {cheap['brand']} на {s.money(dear['price'] - cheap['price'])}.",
    ))  # fmt: skip


def _stock(s: Scene) -> str:
    t = s.tyre()
    held = [p for p in t["places"] if p["quantity"]]
    place = s.rng.choice(held)
    city = in_city(place["city"])
    return s.rng.choice((
        f"{s.name(t)} є в наявності, на складах {count(t['stock'], 'шина')}.",
        f"{s.name(t)}: {city} є {count(place['quantity'], 'шина')}.",
        f"Зараз маємо {count(t['stock'], 'шина')} {s.name(t)}.",
        f"Так, {s.name(t)} є в наявності.",
    ))  # fmt: skip


def _about(s: Scene) -> str:
    t = s.tyre()
    studs = "шиповані" if t["studded"] else "без шипів"
    return s.rng.choice((
        f"{s.name(t)} — це {season_name(t['season'])} шини розміру {t['size']}.", f"{s.name(t)} — {studs}.",
        f"{s.name(t)} випущені у {t['year']} році.", f"Розмір {t['size']}, {season_name(t['season'])} шини {s.name(t)}.",
    ))  # fmt: skip


def _order(s: Scene) -> str:
    o, d = s.order, s.order["delivery"]
    done = o["status"] == "confirmed"
    free = "Доставка безкоштовна." if not d["cost"] else f"Доставка коштує {s.money(d['cost'])}."
    number = f"{o['number'][:2]}, {o['number'][2:4]}, {o['number'][4:]}"
    days = f"{d['days_min']}–{d['days_max']} {plural(d['days_max'], 'день', 'дні', 'днів')}"
    return s.rng.choice((
        f"Разом із доставкою {s.money(o['total'])}.", f"Сума замовлення — {s.money(o['total'])}.", free,
        f"Доставка займе {days}.", f"Доставимо за {days}.", f"Новою поштою у Львів, відділення {d['branch']}.",
        f"Замовлення оформлено, номер {number}." if done else "Замовлення ще не оформлено.",
        f"Номер вашого замовлення {o['number']}." if done else f"До сплати {s.money(o['total'])}.",
        "Оплатити можна при отриманні.", "Можна оплатити онлайн або при отриманні.",
        "Карткою при отриманні тут оплатити не можна.",
    ))  # fmt: skip


def _state(s: Scene) -> str:
    q = s.looked_up
    return s.rng.choice((
        f"Ваше замовлення {STATES[s.status]}.", f"Замовлення {q['number']} {STATES[s.status]}.",
        f"Ваше замовлення {STATES[s.status]}, очікуйте {day_month(q['eta'])}.", f"Сума того замовлення {s.money(q['total'])}.",
    ))  # fmt: skip


def _when(s: Scene) -> str:
    date, time = day_month(s.wish[0]), s.wish[1]
    return s.rng.choice((
        f"Замовлення прибуде {day_month(s.order['eta'])}.", f"Очікуйте доставку до {day_month(s.looked_up['eta'])}.",
        f"Вам зручно {date} о {time}?", f"Отже, {date} о {time}.", f"Орієнтовно {day_month(s.order['eta'])} шини будуть у вас.",
    ))  # fmt: skip


def _open(s: Scene) -> str:
    t = s.tyre()
    return s.rng.choice((
        f"Оформити замовлення на {count(s.quantity, 'шина')}?", "Який варіант вам підходить?", "Зараз оформлю замовлення.",
        "Підкажіть, будь ласка, місто доставки.", f"Чи підходять вам {season_name(t['season'])} шини {t['brand']}?",
        "Передати розмову операторові?", f"Отже, беремо {count(s.quantity, 'шина')}.", "Сказати ціну за комплект?",
    ))  # fmt: skip


TEMPLATES: tuple[Template, ...] = (
    _price,
    _price,
    _sum,
    _two,
    _stock,
    _about,
    _order,
    _order,
    _state,
    _when,
    _open,
)


def true_sentence(rng: random.Random) -> tuple[str, Scene]:
    """A sentence that is true in its scene."""
    scene = Scene(rng)
    return rng.choice(TEMPLATES)(scene), scene


# --- corruptions: each gives an untrue sentence, or "" when it does not apply -----------------------------------------


def _another_value(text: str, s: Scene) -> str:
    found = [
        m
        for m in re.finditer(r"(?<![\d/R])\d+(?: \d{3})*(?![\d/:])", text)
        if "R" not in text[m.start() - 1 : m.start()]
    ]
    found = [m for m in found if not re.match(r"\s*(?:–|грудня|/| R\d)", text[m.end() :])]
    if not found:
        return ""
    m = s.rng.choice(found)
    value = int(m[0].replace(" ", ""))
    other = value + s.rng.choice((1, 7, 10, 90, 300))
    known = re.findall(r"\d+", str(s.view.options) + str(s.order) + str(s.looked_up) + str(s.quantity) + text)
    if str(other) in known or (",") in text[m.end() : m.end() + 1] or value in (1, s.quantity * 4):
        return ""
    return (
        text[: m.start()] + (f"{other:,}".replace(",", " ") if " " in m[0] else str(other)) + text[m.end() :]
    )


def _another_unit(text: str, s: Scene) -> str:
    swaps = (
        (r"\b(?:грн|гривень)\b", ("доларів", "євро", "шин", "тисяч гривень")), (r"за (?:шину|штуку)", ("за комплект",)),
        (r"(?<=\d )(?:день|дні|днів)\b", ("тижнів", "місяців", "годин")), (r"(?<=\d )шин[аи]?\b", ("комплектів", "тисяч шин")),
    )  # fmt: skip
    fits = [(pattern, new) for pattern, new in swaps if re.search(pattern, text)]
    if not fits:
        return ""
    pattern, new = s.rng.choice(fits)
    return re.sub(pattern, s.rng.choice(new), text, count=1)


def _another_date(text: str, s: Scene) -> str:
    m = re.search(r"(\d+) (грудня)|(\d\d):(\d\d)", text)
    if m is None:
        return ""
    if m[3]:
        return text.replace(m[0], f"{(int(m[3]) + s.rng.randint(1, 3)) % 24:02}:{m[4]}")
    known = {day_month(s.wish[0]), day_month(s.order["eta"]), day_month(s.looked_up["eta"])}
    other = s.rng.choice((f"{m[1]} січня", f"{m[1]} листопада", f"{int(m[1]) % 28 + 1} грудня"))
    return "" if other in known else text.replace(m[0], other)


def _another_brand(text: str, s: Scene) -> str:
    here = {o["brand"] for o in s.options}
    named = [b for b in here if b in text]
    if not named:
        return ""
    foreign = s.rng.choice(
        [t["brand"] for t in tyres() if t["brand"] not in here] + ["Мішлен", "Нокіан", "Бріджстоун"]
    )
    if {"Мішлен": "Michelin", "Нокіан": "Nokian", "Бріджстоун": "Bridgestone"}.get(foreign) in here:
        return ""
    return text.replace(named[0], foreign)


def _another_option(text: str, s: Scene) -> str:
    named = [o for o in s.options if o["brand"] in text]
    others = [o for o in s.options if o["brand"] not in text]
    if len(named) != 1 or not others or text.endswith("?") or named[0]["model"] in text:
        return ""
    one, other = named[0], s.rng.choice(others)
    facts = [str(n) for n in (round(one["price"]), round(one["price"]) * s.quantity)]
    plain = re.sub(r"(?<=\d) (?=\d{3})", "", text)
    if not any(re.search(rf"\b{fact}\b", plain) for fact in facts) or other["price"] == one["price"]:
        return ""
    told = {round(other["price"]), round(other["price"]) * s.quantity}
    return "" if told & {int(fact) for fact in facts} else text.replace(one["brand"], other["brand"])


def _negated(text: str, s: Scene) -> str:
    swaps = (
        ("ще не оформлено", "вже оформлено"), ("оформлено", "не оформлено"), ("є в наявності", "немає в наявності"),
        ("не можна", "можна"), ("Оплатити можна", "Оплатити не можна"), ("без шипів", "шиповані"), ("шиповані", "без шипів"),
        ("Доставка безкоштовна", "Доставка не безкоштовна"), ("вже відправлене", "ще не відправлене"),
        ("вже доставлене", "ще не доставлене"), ("підтверджене", "не підтверджене"),
    )  # fmt: skip
    fits = [(old, new) for old, new in swaps if old in text]
    return text.replace(*fits[0]) if fits else ""


def _completed(text: str, s: Scene) -> str:
    if s.order["status"] != "confirmed" and "оформлю" in text:
        return text.replace("Зараз оформлю", s.rng.choice(("Я вже оформила", "Готово, оформила")))
    if "замовлення" in text.lower() and STATES[s.status] in text:
        return text.replace(STATES[s.status], FALSE_STATES[s.status]) if s.order["status"] == "draft" else ""
    if text.startswith("Отже, беремо"):
        return s.rng.choice(
            (
                "Записала вас на шиномонтаж.",
                "Ми вам передзвонимо.",
                "З'єдную вас з оператором.",
                "Скасувала замовлення.",
            )
        )
    return ""


CORRUPTIONS: dict[str, Callable[[str, Scene], str]] = {
    "value": _another_value, "unit": _another_unit, "date": _another_date, "brand": _another_brand,
    "option": _another_option, "negation": _negated, "completion": _completed,
}  # fmt: skip


def judge(seed: int, sentences: int = SENTENCES) -> dict[str, Any]:
    """Figures over `sentences` true sentences and every corruption of each that applies."""
    rng = random.Random(seed)  # noqa: S311 - sentences, no secrets
    refused: list[str] = []
    missed: list[str] = []
    tried: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for _ in range(sentences):
        text, scene = true_sentence(rng)
        ledger = scene.ledger
        found = ground(text, ledger)
        if not found.ok:
            refused.append(f"{found.reason}: {text}")
        for kind, corrupt in CORRUPTIONS.items():
            wrong = corrupt(text, scene)
            if not wrong or wrong == text:
                continue
            tried[kind] += 1
            if ground(wrong, ledger).ok:
                missed.append(f"{kind}: {wrong}  <- {text}")
            else:
                caught[kind] += 1
    corruptions = tried.total()
    return {
        "seed": seed, "sentences": sentences, "refused_percent": round(100 * len(refused) / sentences, 2),
        "corruptions": corruptions, "caught_percent": round(100 * caught.total() / corruptions, 2),
        "caught_percent_by_kind": {kind: round(100 * caught[kind] / n, 2) for kind, n in tried.items()},
        "tried": dict(tried), "refused": refused[:20], "missed": missed[:40],
    }  # fmt: skip
