"""French."""

from __future__ import annotations

from makegood.clocks.tongues.base import Tongue, alternatives, pattern

__all__ = ["FRENCH"]

WEEKDAYS = {"lundi": 0, "mardi": 1, "mercredi": 2, "jeudi": 3, "vendredi": 4, "samedi": 5, "dimanche": 6}
MONTHS = {
    "janvier": 1,
    "février": 2,
    "mars": 3,
    "avril": 4,
    "mai": 5,
    "juin": 6,
    "juillet": 7,
    "août": 8,
    "septembre": 9,
    "octobre": 10,
    "novembre": 11,
    "décembre": 12,
}
NUMBERS = {
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "six": 6,
    "sept": 7,
    "huit": 8,
    "neuf": 9,
    "dix": 10,
    "douze": 12,
    "quinze": 15,
}
OFFSETS = {"aujourd['’]hui": 0, "après-demain": 2, "demain": 1}
PARTS = {
    "ce matin": 720,
    "cet après-midi": 1080,
    "ce soir": 1200,
    "matin": 720,
    "midi": 720,
    "après-midi": 1080,
    "soir": 1200,
    "en soirée": 1200,
    "minuit": 1439,
}
UNITS = {
    "minutes?": "minutes",
    "heures?": "hours",
    "h": "hours",
    "jours? ouvr(?:és?|ables?)": "workdays",
    "jours?": "days",
    "semaines?": "weeks",
    "mois": "months",
}
_N = rf"\d{{1,3}}|{alternatives(NUMBERS)}"
_DAY = alternatives(WEEKDAYS)
_MONTH = alternatives(MONTHS)

FRENCH = Tongue(
    code="fr",
    weekdays=WEEKDAYS,
    months=MONTHS,
    numbers=NUMBERS,
    offsets={"aujourd'hui": 0, "aujourd’hui": 0, "après-demain": 2, "demain": 1},
    parts=PARTS,
    units=UNITS,
    atoms=(
        pattern(rf"(?P<day>\d{{1,2}})(?:er)? (?P<month>{_MONTH})(?: (?P<year>20\d\d))?"),
        pattern(r"(?P<day>\d{1,2})/(?P<month_number>\d{1,2})(?:/(?P<year>20\d\d))?"),
        pattern(
            r"(?:sous|dans|d['’]ici|en|en moins de)(?: les)?(?: prochaines?| prochains)? "
            rf"(?:(?P<low>{_N})(?: ?[-–] ?| à | ou ))?(?P<n>{_N}) ?(?P<unit>{'|'.join(UNITS)})"
        ),
        pattern(rf"(?P<weekday>{_DAY})(?P<of_next> prochain| de la semaine prochaine)?"),
        pattern(rf"(?P<offset>{alternatives(OFFSETS)})"),
        pattern(
            r"(?P<week>(?:la )?fin de (?:la |cette )?semaine)|(?P<this_week>cette semaine)|"
            r"(?P<week_1>la semaine prochaine)"
        ),
        pattern(r"(?P<month_0>(?:la )?fin du mois)|(?P<month_1>le mois prochain)"),
        pattern(r"(?P<close>(?:la )?fin de (?:la )?journée|la fermeture)"),
        pattern(r"(?P<h>\d{1,2}) ?(?:h|heures?)(?: ?(?P<m>\d{2}))?"),
        pattern(r"(?P<h>\d{1,2}):(?P<m>\d{2})"),
        pattern(rf"(?P<part>{alternatives(PARTS)})"),
        pattern(r"(?:le |jusqu['’]au |au )(?P<dom>\d{1,2})(?:er)?"),
    ),
    lead=pattern(
        r"(?:d['’]ici(?: à| au| le)?|avant(?: le| la)?|pour(?: le)?|dès|jusqu['’](?:à|au)|au plus tard(?: le| à)?|"
        r"le|à|"
        r"dans(?: la| le)?|vers|au cours de)"
    ),
    strict=pattern(r"avant(?: le| la)?"),
    glue=pattern(r"|,|à|au|dans la|dans l['’]|avant|vers|au plus tard"),
    commit=pattern(
        r"(?:nous|je|on|j['’]y|vous|il|elle|ça|cela|ce|tu)(?: \w+['’]?){0,3}? \w*(?:rons|rai|ra|rez|ront|ras)|"
        r"(?<!-)(?:nous|je|on)(?: (?:vous|te|le|la|les|y|en|lui))*(?: l['’]| )\w+(?!\w)(?<!er|ir|dre|tre|ire|"
        r"ivre)|j['’](?:y )?\w+|nous allons|on va|je vais|"
        r"\w*(?:era|ira|dra|vra|tra|eront|iront|dront|seront|aurez|recevrez|serez|saurons|\w+erons|\w+irons)|"
        r"(?:le|la|votre|ton|l['’]|un|une|notre)(?: \w+){1,3}? (?:part|partent|arrive|arrivent|passe|est|revient)"
    ),
    block=pattern(
        r"(?:avons|ai|a|ont|avez|as|est|sont|êtes|était|étaient|étions|avait|avions|aviez|avaient) (?:été |bien |"
        r"déjà )?"
        r"(?:\w*(?:é|ée|és|ées|u|ue|us|is|ise|it|ert|parti|partie|arrivé)(?:e|s|es)?)(?!\w)|était|étaient|étiez|"
        r"avait|"
        r"écriviez|disiez|\w{2,}(?:ions|aient)(?= (?:vous|te|le|pouvoir|que))|espérions|pensions|voulions|n['’]est|"
        r"pourriez|pouvez|pourrais|peux-tu|voulez|avez-vous|as-tu|merci|veuillez|svp|s['’]il vous plaît|si|"
        r"s['’]il|quand|"
        r"(?:envoyez|dites|répondez|écrivez|donnez|appelez|contactez|rappelez|passez|venez|indiquez|précisez|faites)"
        r"(?:-nous|-moi)?|(?:envoie|dis|réponds|écris|donne|appelle)-(?:nous|moi)|ne|n['’]\w+|pas|jamais|ouverts?|"
        r"fermés?|"
        r"ouvertes?|valables?|offre|promotion|a lieu|chaque|tous les|bonne?|joyeux|vous avez|retourner|"
        r"changer d['’]avis|il faut|vous devez"
    ),
    never=pattern(
        rf"(?:chaque|tous les|depuis|dernier) (?:{_DAY})s?|(?:{_DAY}) dernier|(?:{_DAY})s|hier(?: \w+)?|"
        r"bonne (?:fin de (?:semaine|journée)|journée|soirée)|bon \w+"
    ),
)
