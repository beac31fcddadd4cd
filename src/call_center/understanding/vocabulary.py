"""The closed vocabularies: sizes that exist, tyre brands, makes, models, cities, each with what callers call them.

`load_catalogue` reads the data shipped with the package once (about 50 ms); everything after is in memory and
immutable. A shop's own lists are merged over it with `Catalogue.merged`. Broken data raises ConfigError.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from typing import Any

from call_center.errors import ConfigError
from call_center.understanding.names import Index, build_index, warm_up

Size = tuple[int, int, int, bool]  # width mm, profile %, diameter inch, commercial


@dataclass(frozen=True, slots=True)
class Model:
    """A car model; `name` is the store's, `short` what people call it ("5" for "5 Series")."""

    make: str
    name: str
    short: str
    aliases: tuple[str, ...]
    generations: tuple[tuple[str, int, int | None], ...] = ()  # name, first year, last year or None
    popularity: int = 0


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What exists. `names` are the indices that the matcher searches, built from the rest."""

    sizes: frozenset[Size]
    brands: Mapping[str, tuple[str, ...]]
    tyre_models: Mapping[str, tuple[str, ...]]
    makes: Mapping[str, tuple[str, ...]]
    models: Mapping[tuple[str, str], Model]
    cities: Mapping[str, tuple[str, ...]]
    weak: frozenset[str]
    names: Mapping[str, Index] = field(repr=False)
    common_sizes: frozenset[str] = frozenset()  # those that most cars leave the factory with

    def merged(
        self,
        *,
        sizes: Iterable[str] = (),
        brands: Mapping[str, Iterable[str]] | None = None,
        models: Iterable[Model] = (),
        cities: Mapping[str, Iterable[str]] | None = None,
    ) -> Catalogue:
        """This catalogue with a store's own entries added; sizes are texts like "205/55 R16"."""
        new = replace(
            self,
            sizes=self.sizes | {parse_size(text) for text in sizes},
            brands=_joined(self.brands, brands or {}),
            models={**self.models, **{(m.make, m.name): m for m in models}},
            makes=_joined(self.makes, {m.make: () for m in models}),
            cities=_joined(self.cities, cities or {}),
        )
        return replace(new, names=_indices(new))


def parse_size(text: str) -> Size:
    """Read "205/55R16", "205/55 R16" or "215/65R16C"."""
    compact = text.replace(" ", "").upper()
    try:
        width, rest = compact.split("/")
        profile, rim = rest.split("R")
        return int(width), int(profile), int(rim.rstrip("C")), rim.endswith("C")
    except ValueError as error:
        raise ConfigError(f'size "{text}" is not like "205/55R16": correct the catalogue') from error


def size_text(size: Size) -> str:
    """The canonical text of a size: "205/55R16", "215/65R16C"."""
    width, profile, diameter, commercial = size
    return f"{width}/{profile}R{diameter}{'C' if commercial else ''}"


def _joined(
    base: Mapping[str, tuple[str, ...]], more: Mapping[str, Iterable[str]]
) -> dict[str, tuple[str, ...]]:
    result = dict(base)
    for name, aliases in more.items():
        result[name] = tuple(dict.fromkeys((*result.get(name, ()), *aliases)))
    return result


def _read(name: str) -> dict[str, Any]:
    try:
        data = json.loads((resources.files("call_center.understanding") / "data" / name).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"understanding/data/{name} cannot be read: reinstall call-center-ai ({error})"
        ) from error
    if not isinstance(data, dict):
        raise ConfigError(f"understanding/data/{name} is not an object: reinstall call-center-ai")
    return data


def _spaced(aliases: str) -> tuple[str, ...]:
    return tuple(alias.replace("_", " ") for alias in aliases.split())


@lru_cache(maxsize=1)
def load_catalogue() -> Catalogue:
    """The catalogue shipped with the package, built once per process."""
    base, extra = _read("catalogue.json"), _read("aliases.json")
    brands = {b["name"]: tuple(b["aliases"]) for b in base["brands"]}
    makes = {m["name"]: tuple(m["aliases"]) for m in base["makes"]}
    models: dict[tuple[str, str], Model] = {}
    for m in base["models"]:
        more = _spaced(extra["models"].get(f"{m['make']} {m['name']}", ""))
        generations = tuple((g[0], g[1], g[2]) for g in m["generations"])
        short = extra["model_short_names"].get(f"{m['make']} {m['name']}", m["name"])
        key = (m["make"], m["name"])
        models[key] = Model(*key, short, (*m["aliases"], *more), generations, m["popularity"])
    for full, aliases in extra["extra_models"].items():
        make = next((name for name in makes if full.casefold().startswith(name.casefold() + " ")), None)
        if make is None:
            raise ConfigError(f'understanding/data/aliases.json: "{full}" has no known make')
        name = full[len(make) + 1 :]
        models.setdefault((make, name), Model(make, name, name, _spaced(aliases)))
    bare = Catalogue(
        sizes=frozenset(parse_size(text) for text in base["sizes"]),
        common_sizes=frozenset(base["common_sizes"]),
        brands=_joined(brands, {name: _spaced(a) for name, a in extra["brands"].items()}),
        tyre_models={name: _spaced(a) for name, a in extra["tyre_models"].items()},
        makes=_joined(makes, {name: _spaced(a) for name, a in extra["makes"].items()}),
        models=models,
        cities={c["name"]: tuple(c["forms"]) for c in base["cities"]},
        weak=frozenset(extra["weak"].split()),
        names={},
    )
    warm_up()
    return replace(bare, names=_indices(bare))


def _indices(catalogue: Catalogue) -> dict[str, Index]:
    brands = _joined(catalogue.brands, catalogue.tyre_models)
    models: dict[tuple[str, ...], tuple[str, ...]] = {
        (m.make, m.name): (*m.aliases, m.name.lower(), m.short.lower(), f"{m.make} {m.name}".lower())
        for m in catalogue.models.values()
    }
    return {
        "brand": build_index({(n,): (*a, n.lower()) for n, a in brands.items()}, catalogue.weak),
        "make": build_index({(n,): (*a, n.lower()) for n, a in catalogue.makes.items()}, catalogue.weak),
        "model": build_index(models, catalogue.weak, likeness=2),
        "city": build_index({(n,): (n.lower(), *a) for n, a in catalogue.cities.items()}, catalogue.weak),
    }
