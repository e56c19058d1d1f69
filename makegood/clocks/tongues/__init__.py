"""The words of time and of promising, a module a language."""

from __future__ import annotations

from makegood.clocks.tongues.base import Tongue, When
from makegood.clocks.tongues.de import GERMAN
from makegood.clocks.tongues.en import ENGLISH
from makegood.clocks.tongues.es import SPANISH
from makegood.clocks.tongues.fr import FRENCH

__all__ = ["TONGUES", "Tongue", "When"]

TONGUES: tuple[Tongue, ...] = (ENGLISH, GERMAN, FRENCH, SPANISH)
