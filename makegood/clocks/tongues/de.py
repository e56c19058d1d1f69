"""German."""

from __future__ import annotations

from makegood.clocks.tongues.base import Tongue, alternatives, pattern

__all__ = ["GERMAN"]

WEEKDAYS = {
    "montag": 0,
    "dienstag": 1,
    "mittwoch": 2,
    "donnerstag": 3,
    "freitag": 4,
    "samstag": 5,
    "sonnabend": 5,
    "sonntag": 6,
}
MONTHS = {
    "januar": 1,
    "jänner": 1,
    "februar": 2,
    "märz": 3,
    "april": 4,
    "mai": 5,
    "juni": 6,
    "juli": 7,
    "august": 8,
    "september": 9,
    "oktober": 10,
    "november": 11,
    "dezember": 12,
}
NUMBERS = {
    "einem": 1,
    "einer": 1,
    "eines": 1,
    "ein": 1,
    "eine": 1,
    "zwei": 2,
    "drei": 3,
    "vier": 4,
    "fünf": 5,
    "sechs": 6,
    "sieben": 7,
    "acht": 8,
    "neun": 9,
    "zehn": 10,
    "zwölf": 12,
    "vierzehn": 14,
}
OFFSETS = {"heute": 0, "morgen": 1, "übermorgen": 2}
PARTS = {
    "früh": 720,
    "vormittag": 720,
    "mittag": 720,
    "nachmittag": 1080,
    "abend": 1200,
    "nacht": 1200,
    "mittags": 720,
    "nachmittags": 1080,
    "abends": 1200,
    "mitternacht": 1439,
}
UNITS = {
    "minuten?": "minutes",
    "stunden?": "hours",
    "tage?n?s?": "days",
    "(?:werk|arbeits)tage?n?s?": "workdays",
    "wochen?": "weeks",
    "monate?n?s?": "months",
}
_N = rf"\d{{1,3}}|{alternatives(NUMBERS)}"
_DAY = alternatives(WEEKDAYS)
_MONTH = alternatives(MONTHS)
_PART = "vormittag|mittag|nachmittag|abend|früh"
_PAST = (
    r"(?:\w*ge\w{2,}(?:t|en)|(?:ver|be|er|ent|zer)\w{2,}(?:t|en)|storniert|reklamiert|informiert|repariert)"
    r"(?=\s*(?:$|[.,;!?]|und|oder))"
)

GERMAN = Tongue(
    code="de",
    verb_last=True,
    weekdays=WEEKDAYS,
    months=MONTHS,
    numbers=NUMBERS,
    offsets=OFFSETS,
    parts=PARTS,
    units=UNITS,
    atoms=(
        pattern(rf"(?P<day>\d{{1,2}})\. ?(?P<month>{_MONTH})(?: (?P<year>20\d\d))?"),
        pattern(r"(?P<day>\d{1,2})\. ?(?P<month_number>\d{1,2})\.(?: ?(?P<year>20\d\d))?"),
        pattern(
            r"(?:innerhalb(?: von| der nächsten)?|binnen|in(?: den nächsten)?|in den kommenden) "
            rf"(?:(?P<low>{_N})(?: ?[-–] ?| bis | oder ))?(?P<n>{_N}) (?P<unit>{'|'.join(UNITS)})"
        ),
        pattern(
            rf"(?P<following>nächste[nrm]? |kommende[nrm]? (?=woche))?(?:kommende[nrm]? )?(?P<weekday>{_DAY})"
            rf"(?P<part>{_PART})?(?P<of_next> nächster woche| in der nächsten woche)?"
        ),
        pattern(rf"(?P<offset>{alternatives(OFFSETS)})"),
        pattern(
            r"(?P<week>ende (?:der|dieser) woche|wochenende)|(?P<this_week>diese woche)|"
            r"(?P<week_1>(?:in der )?(?:nächste|kommende)n? woche)"
        ),
        pattern(r"(?P<month_0>monatsende|ende (?:des|dieses) monats)|(?P<month_1>nächsten monat)"),
        pattern(r"(?P<close>geschäftsschluss|ladenschluss|ende des tages|tagesende|feierabend)"),
        pattern(r"(?P<h>\d{1,2})(?:[:.](?P<m>\d{2}))? uhr"),
        pattern(r"(?P<h>\d{1,2}):(?P<m>\d{2})"),
        pattern(rf"(?P<part>{alternatives(PARTS)})"),
        pattern(r"(?P<dom>\d{1,2})\."),
    ),
    lead=pattern(
        r"(?:(?:noch|gleich|schon|erst) )?(?:bis(?: zum| spätestens(?: am| zum)?)?|spätestens(?: am| bis(?: zum)?)?|"
        r"vor(?: dem)?|am|zum|um|gegen|ab|noch|gleich|im laufe des|an diesem|diesen)"
    ),
    strict=pattern(r"vor(?: dem)?"),
    glue=pattern(r"|,|um|bis|gegen|am|zu|vor"),
    commit=pattern(
        r"wir|ich|(?:sie|du|ihr) (?:bekommen|bekommst|bekommt|erhalten|erhältst|erhaltet|hören|hörst|hört|haben|"
        r"hast|habt)|"
        r"(?:bekommen|bekommst|erhalten|erhältst|hören|hörst|haben|hast) (?:sie|du)|(?:hören|hörst) (?:sie|du) von|"
        r"(?:ihr|ihre|dein|deine|der|die|das|ein|eine|unser|unsere|es|alles)(?: \w+){0,4}? (?:ist|sind|geht|gehen|"
        r"kommt|"
        r"kommen|wird|werden|liegt|holt|bringt|ruft|meldet|steht|erreicht|klärt|geht)|"
        r"(?:ist|sind|geht|kommt|wird|werden|liegt|holt|bringt|ruft|meldet|erreicht) (?:das|die|der|es|alles|ihr|"
        r"ihre|"
        r"dein|deine|ein|eine|unser|unsere)"
    ),
    block=pattern(
        rf"{_PAST}|war|waren|wurde|wurden|hatte|hatten|konnten?|wollten?|sollten?|dachten|sagten?|schrieben?|"
        rf"lieferten|"
        r"können sie|könnten sie|kannst du|könntest du|würden sie|sie können|du kannst|bitte|wenn|falls|sofern|ob|"
        r"sobald sie|"
        r"(?:schicken|senden|melden|geben|schreiben|rufen|nennen|bringen|warten|teilen|schauen|kommen|sagen|"
        r"prüfen) sie(?! zu)|"
        r"(?:schick|send|meld|gib|schreib|ruf|nenn|bring|warte|schau|komm|sag) (?:uns|mir|dich|doch|bitte|mal)|"
        r"passt es|wann|haben sie noch|sie haben noch|zeit|geöffnet|offen|geschlossen|gilt|gültig|angebot|aktion|"
        r"findet|statt|nicht|nie|kein\w*|leider|ohne|jede[nrsm]?|guten|schöne[nrs]?|danke|zurückgeben|müssen sie|"
        r"sie müssen|sie sollten|du musst|ist [^.,;]*\b(?:gegangen|angekommen)|haben sie [^.]*\?"
    ),
    never=pattern(
        rf"(?:letzte[nrm]?|vergangene[nrm]?|jede[nrm]?|seit|vorige[nrm]?|schöne[nrs]?) (?:{_DAY})|(?:{_DAY})s|"
        rf"(?:schwarze[rn]?|black) freitag|guten? (?:morgen|abend|tag|nacht)|gestern(?: \w+)?|(?:{_DAY})liche\w*"
    ),
)
