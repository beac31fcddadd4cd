"""The texts that the call session speaks by itself: silence, apologies, transfer and deadline lines.

They are rendered at start (fixed phrases) and need no brain. `silence` is chosen by the slot that was asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class SessionPhrases:
    """Fixed lines of a call; every text is one or two sentences of Ukrainian."""

    silence_first: str = "Ви ще на лінії?"
    silence_second: str = "Вас не чути. Ви мене чуєте?"
    silence_again: str = "Вас не чути."
    silence_goodbye: str = "На жаль, вас не чути, тому завершую розмову. Телефонуйте, будемо раді допомогти!"
    silence_by_slot: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType(
            {
                "tyre_size": "Не поспішайте, розмір зазвичай видно на боковині шини. Ви ще на лінії?",
                "option": "Можу повторити варіанти. Ви ще на лінії?",
                "phone": "Номер можна набрати на клавіатурі телефону. Ви ще на лінії?",
                "year": "Рік випуску можна назвати приблизно. Ви ще на лінії?",
            }
        )
    )
    not_heard: str = "Вибачте, не розчула. Повторіть, будь ласка."
    apology: str = "Вибачте, сталася технічна заминка. Повторіть, будь ласка, останнє."
    deadline: str = (
        "Вибачте, перевірка триває довше, ніж зазвичай. Зачекаєте ще трохи чи з'єднати вас з оператором?"
    )
    hold: str = "Хвилинку, будь ласка."
    transfer: str = "З'єдную вас з оператором. Залишайтеся, будь ласка, на лінії."
    operator_unavailable: str = "На жаль, оператори зараз зайняті, тож я знову з вами. Чим можу допомогти?"
    resumed: str = "Вибачте, зв'язок на мить перервався, продовжимо."
    goodbye: str = "Дякую за дзвінок. До побачення!"

    def silence(self, count: int, slot: str = "open") -> str:
        """The n-th running silence prompt (1, 2, then the goodbye)."""
        if count >= 3:
            return self.silence_goodbye
        if count == 2:
            return self.silence_second
        return self.silence_by_slot.get(slot, self.silence_first)

    def all(self) -> tuple[str, ...]:
        """Every text, for rendering at start."""
        plain = [getattr(self, name) for name in self.__slots__ if name != "silence_by_slot"]
        return tuple(str(text) for text in [*plain, *self.silence_by_slot.values()])


SESSION_PHRASES = SessionPhrases()
