"""`spoken(text)`: whatever text comes in, what comes out can be read aloud: no digit, no Latin letter, no sign.

The safety net behind the renderers, for text written by a model, names of products, addresses. Steps: clean signs and letters;
links, dates, times, phones, sizes (`patterns`); shortened words (`abbreviations`); Latin names and codes (`letters`); numbers with
case and gender (`quantities`); a last sweep that lets nothing else through. Never raises; plain words stay as they are.
Typically 0.1-1 ms a sentence.
"""

from __future__ import annotations

import re
import unicodedata

from call_center.tts.spoken import quantities
from call_center.tts.spoken.abbreviations import expand, expand_units
from call_center.tts.spoken.grammar import Case, Gender
from call_center.tts.spoken.letters import LONGEST_NAME, PRONUNCIATION, code, digit_groups, fold, latin
from call_center.tts.spoken.nouns import READINGS
from call_center.tts.spoken.numerals import cardinal, ordinal
from call_center.tts.spoken.patterns import ENTITIES

ALPHABET = frozenset("абвгґдеєжзиіїйклмнопрстуфхцчшщьюяАБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯ' .,!?;:-–—…")
MAX_INPUT = 4_000  # characters; more is no sentence

_CLEAN = str.maketrans(
    {
        **dict.fromkeys("’ʼ`´‘ʹ′", "'"), **dict.fromkeys("\u00a0\u2009\u202f\u2007\u2002\u2003\t\n\r", " "),
        **dict.fromkeys("‐‑‒", "-"), **dict.fromkeys("″“”„", '"'), "−": "-", "×": "x", "ё": "йо", "Ё": "Йо", "ы": "и", "Ы": "И",
        "э": "е", "Э": "Е", "ъ": "'", "Ъ": "'", "\u0301": "", "\u200b": "", "\ufeff": "", "\u00ad": "", "℃": "°C", "½": " 1/2 ", "¼": " 1/4 ", "¾": " 3/4 ",
        "º": "°", "&": " і ",
    }
)  # fmt: skip
_NAME = re.compile(r"[A-Za-zÀ-ɏ][\w.+*'&/-]*[\w+]|[A-Za-zÀ-ɏ]")
_NEXT_PART = re.compile(r" ([A-Za-zÀ-ɏ\d][\w.+*'&/-]*[\w+]|[A-Za-zÀ-ɏ\d])")
_DIGIT_CODE = re.compile(r"(?<![\w.,])\d+[A-Za-z][A-Za-z\d]*")
_MIXED = re.compile(r"(?<![\w'])(?=[^\W\d]*\d)(?=\d*[^\W\d])[^\W\d_]{1,4}-?\d+[\w-]*")
_ROMAN = re.compile(
    r"(?<![\w'])(?:[IІ]{2,3}|[IІ]?[VX]|[VXХ][IІVXХ]{1,6}|[IІ][VXХ]|[IІVX](?=\s+(?:покол|кварт|столі|клас)))(?![\w'])"
)
_ROMAN_VALUES = {"I": 1, "І": 1, "V": 5, "X": 10, "Х": 10}
_BEFORE_HOUR = re.compile(r"\b([Оо]) (?=одинадцят)")
_SIGNS = {
    "%": " відсотків ", "+": " плюс ", "=": " дорівнює ", "@": " равлик ", "№": " номер ", "₴": " гривень ", "$": " доларів ", "€": " євро ",
    "°": " градусів ", ">": " більше ", "<": " менше ", "~": " приблизно ", "≈": " приблизно ", "≤": " не більше ", "≥": " не менше ", "§": " параграф ",
}  # fmt: skip
_SPACES = re.compile(r"\s+")
_SPACE_BEFORE = re.compile(r"\s+([.,!?;:…])")
_REPEATED = re.compile(r"([,;:])(?:\s*[,;:])+|,(?=\s*[.!?…])")
_CELSIUS = re.compile(r"°\s?[CС](?!\w)")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d|[²³¹⁰⁴-⁹₀-₉①-⑨]")  # of other scripts, superscripts, in circles
_DIGITS = re.compile(r"\d+")
_CYRILLIC = re.compile("[а-яіїєґ]", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_LOOKALIKE = str.maketrans("aceiopxyABCEHIKMOPTXY", "асеіорхуАВСЕНІКМОРТХУ")
_TWO_SCRIPTS = re.compile(r"[^\W\d_]*(?:[а-яіїєґ][A-Za-z]|[A-Za-z][а-яіїєґ])[^\W\d_]*", re.IGNORECASE)
_O_CLOCK = re.compile(r"(?<![^\s(«])o(?= \d?\d:\d)")
_LONE_LATIN = re.compile(r"(?<![^\s(«])[aioyc](?= (?:\d|[а-яіїєґ]))", re.IGNORECASE)


def spoken(text: str) -> str:
    """The spoken form of `text`."""
    text = unicodedata.normalize("NFC", text[:MAX_INPUT]).translate(_CLEAN)
    text = _OTHER_DIGIT.sub(lambda match: str(unicodedata.digit(match.group(), " ")), text)
    if not ALPHABET.issuperset(text):
        text = _SPACES.sub(" ", _TAG.sub(" ", text))
        text = _one_script(text)
        text = _CELSIUS.sub("°с", text)
        text = _approximate(text)
        text = expand(text)
        for pattern, speaker in ENTITIES:
            text = pattern.sub(speaker, text)
        text = _ROMAN.sub(_roman, text)
        text = _DIGIT_CODE.sub(_digit_code, text)
        text = _names(text)
        text = _MIXED.sub(_mixed, text)
        text = quantities.NUMBER.sub(_number, text)
        text = expand_units(text)
        text = _sweep(text)
    else:
        text = expand_units(expand(text))
    text = _BEFORE_HOUR.sub(r"\1б ", text)
    return _tidy(text)


def _one_script(text: str) -> str:
    """Latin letters that only look Cyrillic are Cyrillic: inside a Cyrillic word, or alone as `o 9:00`."""
    text = _O_CLOCK.sub("о", text)
    if not _CYRILLIC.search(text):
        return text
    text = _TWO_SCRIPTS.sub(_looks_cyrillic, text)
    return _LONE_LATIN.sub(lambda match: match.group().translate(_LOOKALIKE), text)


def _looks_cyrillic(match: re.Match[str]) -> str:
    word = match.group().translate(_LOOKALIKE)
    return match.group() if re.search("[A-Za-z]", word) or len(word) < 3 else word


def _approximate(text: str) -> str:
    text = re.sub(r"[~≈]\s?(?=\d)", "приблизно ", text)
    text = re.sub(r"\b([ВвУу]) (?=\d{1,2}:\d\d)", lambda match: "О " if match[1].isupper() else "о ", text)
    text = re.sub(r"(?<=\d)\s?[xх*]\s?(?=\d{3}/\d)", " шт., ", text)
    text = re.sub(r"(?<=\d)\s?[xх*]\s?(?=\d)", " на ", text)
    text = re.sub(r"(?<=\d)\s?[xх] (?=[^\W\d_]{2})", " шт. ", text)
    text = re.sub(r"(?<=\d[Jj])\s?[xх*]\s?(?=\d)", " на ", text)
    text = re.sub(r"(?<=\d)'(?=\d{3})", "", text)
    text = re.sub(r"№+", "№", text)
    text = re.sub(r"<\s?(?=\d)", "менше ", text)
    text = re.sub(r">\s?(?=\d)", "більше ", text)
    text = re.sub(r"≤\s?(?=\d)", "не більше ", text)
    text = re.sub(r"≥\s?(?=\d)", "не менше ", text)
    return re.sub(r"([$€₴])\s?(\d[\d ]*(?:[.,]\d+)?)", r"\2 \1", text)


def _number(match: re.Match[str]) -> str:
    text, start, end = match.string, match.start(), match.end()
    before = " " if start and text[start - 1].isalpha() else ""
    after = " " if end < len(text) and text[end].isalpha() else ""
    return before + quantities.speak(match) + after


def _roman(match: re.Match[str]) -> str:
    values = [_ROMAN_VALUES[char] for char in match.group()]
    total = sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))
    words = quantities.words_after(match.string, match.end(), 1)
    readings = [reading for reading in READINGS.get(words[0], ()) if not reading.plural] if words else []
    if readings:
        return ordinal(total, readings[0].case, readings[0].gender)
    if len(values) == 1:
        return match.group()
    return ordinal(total, Case.NOM, Gender.N if words and words[0].startswith("столі") else Gender.M)


def _names(text: str) -> str:
    """Speak every run of Latin words, the longest known name first."""
    out: list[str] = []
    at = 0
    while match := _NAME.search(text, at):
        start = match.start()
        out.append(text[at:start])
        if start and (text[start - 1].isdecimal() or text[start - 1].isalpha()):
            out.append(" ")
        words, at = _longest(text, match)
        out.append(words)
        if at < len(text) and text[at].isalpha():
            out.append(" ")
    out.append(text[at:])
    return "".join(out)


def _longest(text: str, match: re.Match[str]) -> tuple[str, int]:
    parts, ends = [match.group()], [match.end()]
    while len(parts) < LONGEST_NAME and (following := _NEXT_PART.match(text, ends[-1])):
        parts.append(following[1])
        ends.append(following.end())
    for count in range(len(parts), 0, -1):
        known = PRONUNCIATION.get(fold(" ".join(parts[:count])).lower())
        if known:
            return known, ends[count - 1]
    word = fold(match.group())
    bare = word.rstrip(".")
    return _compound(bare), match.end() - (len(word) - len(bare))


def _compound(word: str) -> str:
    """A name in parts: `Mercedes-Benz`, `A/T`, `N'Fera`, `XM2+`."""
    pieces: list[str] = []
    for piece in re.split(r"(?<=[+*])|[-/.*&]", word):
        core = piece.rstrip("+").replace("'", "")
        if core:
            pieces.append(
                PRONUNCIATION.get(core.lower())
                or (latin(core) if core.isascii() and core.isalpha() else code(core))
            )
        if piece.endswith("+"):
            pieces.append("плюс")
    return " ".join(pieces)


def _digit_code(match: re.Match[str]) -> str:
    letters = match.group().lstrip("0123456789").lower()
    return match.group() if letters in quantities.UNITS else code(match.group())


def _mixed(match: re.Match[str]) -> str:
    """A Cyrillic code such as `АТ4`; a word with a number glued on is pulled apart."""
    return code(match.group())


def _sweep(text: str) -> str:
    if ALPHABET.issuperset(text):
        return text
    text = _DIGITS.sub(lambda match: f" {_any_digits(match.group())} ", text)
    out: list[str] = []
    for char in text:
        if char in ALPHABET:
            out.append(char)
        elif char in _SIGNS:
            out.append(_SIGNS[char])
        elif char in "([{":
            out.append(", ")
        elif char in ")]}":
            out.append(",")
        elif "LATIN" in unicodedata.name(char, ""):
            out.append(latin(fold(char)) if fold(char).isascii() else "")
        else:
            out.append(" ")
    return "".join(out)


def _any_digits(digits: str) -> str:
    return cardinal(int(digits)) if len(digits) <= 5 and digits[0] != "0" else digit_groups(digits)


def _tidy(text: str) -> str:
    text = _SPACES.sub(" ", text)
    text = _SPACE_BEFORE.sub(r"\1", text)
    text = _REPEATED.sub(lambda match: match[1] or "", text)
    text = re.sub(r"([,;:])(?=[^\s.,!?;:…])", r"\1 ", text)
    return text.strip(" ,;:-–—")
