"""Which known products a package without a product id may be: candidates for a person, never a link.

A gate that all have to pass: the same numbers, and no word that the package's own title lacks. What of 825 packages
passed such a gate was right in 87 of 100 cases: enough to offer, far too little to act on.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_LONGEST: Final = 500
_SUFFIX: Final = ".unitypackage"
_APOSTROPHES: Final = re.compile("['\u2018\u2019\u02bc`]")  # "Bob's" is saved as "Bobs"
_TOKENS: Final = re.compile(r"\d+|[^\W\d_]+")
_SMALL_WORDS: Final = frozenset({"and", "the", "of", "for", "a", "an"})  # as often written as not, or as "&"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that the title may mean; `likeness` above 0, up to 1 for the same words."""

    product_id: str
    title: str
    likeness: float


def candidates(title: str, known: Iterable[tuple[str, str]]) -> list[Candidate]:
    """Return those of `known` (product id and title) that `title` may mean, the likeliest first, each id once."""
    wanted = _Name.of(title)
    best: dict[str, Candidate] = {}
    for product_id, offered in known:
        likeness = wanted.likeness(_Name.of(offered))
        if likeness > best.get(product_id, _NONE).likeness:
            best[product_id] = Candidate(product_id, offered, likeness)
    return sorted(best.values(), key=lambda one: (-one.likeness, one.title, one.product_id))


_NONE: Final = Candidate("", "", 0.0)


@dataclass(frozen=True, slots=True)
class _Name:
    words: frozenset[str]
    numbers: Counter[str]

    @classmethod
    def of(cls, title: str) -> _Name:
        plain = unicodedata.normalize("NFKC", title[:_LONGEST]).casefold().removesuffix(_SUFFIX)
        tokens = _TOKENS.findall(_APOSTROPHES.sub("", plain))
        numbers = Counter(token.lstrip("0") or "0" for token in tokens if token.isdecimal())
        return cls(frozenset(tokens) - _SMALL_WORDS - {token for token in tokens if token.isdecimal()}, numbers)

    def likeness(self, other: _Name) -> float:
        """Return the share of words in common; 0 where `other` has numbers or words that do not belong."""
        if self.numbers != other.numbers or not other.words <= self.words:
            return 0.0
        count, shared = self.numbers.total(), len(other.words) + self.numbers.total()
        return 2 * shared / (len(self.words) + count + shared) if shared else 0.0
