"""Spanish."""

from __future__ import annotations

from makegood.clocks.tongues.base import Tongue, alternatives, pattern

__all__ = ["SPANISH"]

WEEKDAYS = {
    "lunes": 0,
    "martes": 1,
    "miércoles": 2,
    "miercoles": 2,
    "jueves": 3,
    "viernes": 4,
    "sábado": 5,
    "sabado": 5,
    "domingo": 6,
}
MONTHS = {
    "enero": 1,
    "febrero": 2,
    "marzo": 3,
    "abril": 4,
    "mayo": 5,
    "junio": 6,
    "julio": 7,
    "agosto": 8,
    "septiembre": 9,
    "octubre": 10,
    "noviembre": 11,
    "diciembre": 12,
}
NUMBERS = {
    "un": 1,
    "una": 1,
    "dos": 2,
    "tres": 3,
    "cuatro": 4,
    "cinco": 5,
    "seis": 6,
    "siete": 7,
    "ocho": 8,
    "nueve": 9,
    "diez": 10,
    "doce": 12,
    "quince": 15,
}
OFFSETS = {"hoy": 0, "mañana": 1, "pasado mañana": 2}
PARTS = {
    "por la mañana": 720,
    "esta mañana": 720,
    "mediodía": 720,
    "por la tarde": 1080,
    "esta tarde": 1080,
    "por la noche": 1200,
    "esta noche": 1200,
    "medianoche": 1439,
}
UNITS = {
    "minutos?": "minutes",
    "horas?": "hours",
    "días? (?:laborables?|hábiles?)": "workdays",
    "días?": "days",
    "semanas?": "weeks",
    "mes(?:es)?": "months",
}
_N = rf"\d{{1,3}}|{alternatives(NUMBERS)}"
_DAY = alternatives(WEEKDAYS)
_MONTH = alternatives(MONTHS)
_OWN = r"(?:te|le|les|os|lo|la|los|se lo|se la|se los|nos|me)"

SPANISH = Tongue(
    code="es",
    weekdays=WEEKDAYS,
    months=MONTHS,
    numbers=NUMBERS,
    offsets=OFFSETS,
    parts=PARTS,
    units=UNITS,
    atoms=(
        pattern(rf"(?P<day>\d{{1,2}})(?: de)? (?P<month>{_MONTH})(?: (?:de )?(?P<year>20\d\d))?"),
        pattern(r"(?P<day>\d{1,2})/(?P<month_number>\d{1,2})(?:/(?P<year>20\d\d))?"),
        pattern(
            r"(?:en|dentro de|en menos de|en un plazo de)(?: las| los)?(?: próximas| próximos)? "
            rf"(?:(?P<low>{_N})(?: ?[-–] ?| a | o ))?(?P<n>{_N}) (?P<unit>{'|'.join(UNITS)})"
        ),
        pattern(
            rf"(?P<following>próximo )?(?P<weekday>{_DAY})(?P<of_next> próximo| que viene| de la semana que viene)?"
        ),
        pattern(rf"(?<!por la )(?P<offset>{alternatives(OFFSETS)})"),
        pattern(
            r"(?P<week>(?:el )?(?:final|fin) de (?:la |esta )?semana)|(?P<this_week>esta semana)|"
            r"(?P<week_1>la (?:próxima semana|semana que viene))"
        ),
        pattern(
            r"(?P<month_0>(?:el )?(?:final|fin) de mes|finales de mes)|(?P<month_1>el (?:próximo mes|mes que viene))"
        ),
        pattern(r"(?P<close>(?:el )?(?:final|fin) del día|el cierre)"),
        pattern(
            r"(?:las? )(?P<h>\d{1,2})(?:[:.](?P<m>\d{2}))?(?: ?(?:h|horas))?(?P<half> de la tarde|"
            r" de la noche)?"
        ),
        pattern(r"(?P<h>\d{1,2}):(?P<m>\d{2})"),
        pattern(rf"(?P<part>{alternatives(PARTS)})"),
        pattern(r"(?:el |día )(?P<dom>\d{1,2})"),
    ),
    lead=pattern(
        r"(?:antes del?(?: el)?|para(?: el)?|hasta(?: el)?|a más tardar(?: el| a)?|como muy tarde(?: el)?|el|a|sobre|"
        r"en el transcurso de)"
    ),
    strict=pattern(r"antes del?(?: el)?"),
    glue=pattern(r"|,|a|antes de|por|sobre"),
    commit=pattern(
        rf"{_OWN} \w+(?:o|amos|emos|imos|ré|remos|rá|rán|rás)|\w+(?:remos|ré|rán|rá|rás)|vamos a|voy a|vas a|va a|"
        r"(?:el|la|su|tu|un|una|nuestro|nuestra)(?: \w+){1,3}? (?:sale|salen|llega|llegan|pasa|está|va)"
    ),
    block=pattern(
        r"(?:hemos|he|ha|han|había|habíamos|has|habían) \w+(?:ado|ido|to|cho|sto)|fue|fueron|era|estaba|estaban|"
        r"salió|"
        r"llegó|llegaron|escribió|enviamos|mandamos|recibió|dijo|dijimos|habló|pidió|\w{3,}(?:ábamos|íamos|aron|"
        r"ieron)|"
        r"puede|puedes|podría|podrías|por favor|si|cuando|cuándo|"
        r"(?:envíe|mande|diga|responda|escriba|dé|llame|pase|venga|indique|confirme)(?:nos|me|se)?|"
        r"(?:envía|manda|di|responde|escribe|da|llama|pasa|ven|pása)(?:nos|me|te)|envíenos|mándenos|díganos|"
        r"escríbanos|"
        r"pásese|llámenos|avísenos|no|nunca|jamás|abiert[oa]s?|cerrad[oa]s?|válid[oa]s?|oferta|promoción|"
        r"todos los|cada|"
        r"buen|buenos|buenas|feliz|tiene hasta|tienes hasta|es el|son los|taller de|debe|debes|tiene que"
    ),
    never=pattern(
        rf"(?:todos los|cada|desde el|pasado) (?:{_DAY})s?|(?:{_DAY}) pasado|ayer(?: \w+)?|"
        r"buen fin de semana|buenos? días?|buenas (?:tardes|noches)|esta mañana(?= (?:llegó|salió|hemos))"
    ),
    afternoon=frozenset({"de la tarde", "de la noche"}),
)
