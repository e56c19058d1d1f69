"""English."""

from __future__ import annotations

from makegood.clocks.tongues.base import Tongue, alternatives, pattern

__all__ = ["ENGLISH"]

WEEKDAYS = {
    "monday": 0,
    "tuesday": 1,
    "wednesday": 2,
    "thursday": 3,
    "friday": 4,
    "saturday": 5,
    "sunday": 6,
    "mon": 0,
    "tue": 1,
    "tues": 1,
    "wed": 2,
    "thu": 3,
    "thurs": 3,
    "fri": 4,
}
MONTHS = {
    "january": 1,
    "february": 2,
    "march": 3,
    "april": 4,
    "may": 5,
    "june": 6,
    "july": 7,
    "august": 8,
    "september": 9,
    "october": 10,
    "november": 11,
    "december": 12,
    "jan": 1,
    "feb": 2,
    "mar": 3,
    "apr": 4,
    "jun": 6,
    "jul": 7,
    "aug": 8,
    "sept": 9,
    "sep": 9,
    "oct": 10,
    "nov": 11,
    "dec": 12,
}
NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fourteen": 14,
    "a couple of": 2,
}
OFFSETS = {"today": 0, "tonight": 0, "tomorrow": 1, "the day after tomorrow": 2}
PARTS = {
    "morning": 720,
    "noon": 720,
    "midday": 720,
    "lunchtime": 720,
    "afternoon": 1080,
    "evening": 1200,
    "night": 1200,
    "tonight": 1200,
    "midnight": 1439,
}
UNITS = {
    "minutes?": "minutes",
    "mins?": "minutes",
    "hours?": "hours",
    "hrs?": "hours",
    "days?": "days",
    "(?:working|business|work) days?": "workdays",
    "weeks?": "weeks",
    "months?": "months",
}
_N = rf"\d{{1,3}}|{alternatives(NUMBERS)}"
_DAY = alternatives(WEEKDAYS)
_MONTH = alternatives(MONTHS)
_ORDINAL = r"(?P<dom>\d{1,2})(?:st|nd|rd|th)"
_HOUR = r"(?P<h>\d{1,2})(?:[:.](?P<m>\d{2}))? ?(?P<half>[ap]\.m\.|[ap]m)"

ENGLISH = Tongue(
    code="en",
    weekdays=WEEKDAYS,
    months=MONTHS,
    numbers=NUMBERS,
    offsets=OFFSETS,
    parts=PARTS,
    units=UNITS,
    atoms=(
        pattern(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})(?:,? (?P<year>20\d\d))?"),
        pattern(rf"(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year>20\d\d))?"),
        pattern(r"(?P<year>20\d\d)-(?P<month_number>\d\d)-(?P<day>\d\d)"),
        pattern(
            r"(?:within|in|inside|over)(?: the)?(?: next)?(?: about| around)? "
            rf"(?:(?P<low>{_N})(?: ?[-–] ?| to | or ))?(?P<n>{_N}) (?P<unit>{'|'.join(UNITS)})"
        ),
        pattern(rf"(?P<following>next )?(?:week )?(?P<weekday>{_DAY})(?P<of_next> next week| week)?"),
        pattern(rf"(?P<offset>{alternatives(OFFSETS)})"),
        pattern(r"(?:the )?end of (?:the |this )?(?P<week>week)|(?P<this_week>this week)|(?P<week_1>next week)"),
        pattern(
            r"(?:the )?end of (?:the |this )?(?P<month_0>month)|(?P<this_month>this month)|(?P<month_1>next month)"
        ),
        pattern(
            r"(?P<close>(?:close of (?:business|play)|cob|eod|(?:the )?end of (?:the )?(?:business |"
            r"working )?day))"
        ),
        pattern(r"this (?P<part>morning|afternoon|evening)"),
        pattern(rf"(?:the )?{_ORDINAL}"),
        pattern(_HOUR),
        pattern(r"(?P<h>\d{1,2}):(?P<m>\d{2})"),
        pattern(r"(?P<h>\d{1,2}) o['’]?clock"),
        pattern(rf"(?P<part>{alternatives(PARTS)})"),
    ),
    lead=pattern(
        r"(?:by|before|until|till|til|on|at|no later than|not later than|latest(?: by)?|at the latest(?: by)?|for|"
        r"by the latest|come|during|some ?time|from)(?: the)?"
    ),
    strict=pattern(r"before"),
    glue=pattern(r"|,|at|by|around|before|in the|,? at the latest"),
    commit=pattern(
        r"(?:we|i|you|they|it|she|he|this|that|(?:our|your|the|a|someone|somebody|everything)(?: \w+){0,4})"
        r"(?:['’]ll| will| shall)(?! (?:do better|never|always))|we|(?<!have )(?<!had )i(?:['’]m| am)?|"
        r"we(?:['’]re| are)"
        r"|(?<!can['’]t )(?<!cannot )(?<!not )promise(?! (?:you )?that)|guarantee|expect (?:our|an?|your|it|the|"
        r"to hear)|going to|"
        r"(?:it|they|that|this|(?:your|the|our|a)(?: \w+){1,3}) (?:goes|go|ships?|leaves?|arrives?|reach(?:es)?|"
        r"gets?|is|"
        r"are|comes?|should|brings?|picks?|takes?|delivers?)|count on|and(?: then)? (?:let you know|tell you|"
        r"call you|write to you|get back to you|send|ship|come back)|you should (?:have|get|receive|hear|see)"
    ),
    block=pattern(
        r"was|were|had|did|didn['’]t|have been|has been|hasn['’]t|haven['’]t|shipped|sent|arrived|left|"
        r"received|called|wrote|ordered|replied|refunded|delivered|came|went|got|told|said|tried|hoped|thought|"
        r"wanted|"
        r"packed|closed|open|opens|valid|offer|sale|deal|discount|return it|you have until|have until|"
        r"could you|can you|would you|will you|are you|do you|please|let us know|let me know|send us|tell us|"
        r"write to us|"
        r"give us|you can|you may|you could|you need|you must|you have to|make sure|if|unless|whether|in case|"
        r"as soon as you|once you|when you|when would|can['’]t|cannot|can not|won['’]t|will not|wouldn['’]t|would|"
        r"(?:not|never|un)(?: be)? ?able|unable|couldn['’]t|could|not|never|nobody|takes place|workshop|see you|"
        r"every|each|happy|thanks?|thank you|have a (?:good|nice|great|lovely)"
    ),
    never=pattern(
        rf"(?:last|black|good|past|every|each|since|this past|previous|on) (?:{_DAY})s|"
        rf"(?:last|black|good|past|every|each|since|this past|previous|ago) (?:{_DAY})|(?:{_DAY})['’]s|"
        rf"good (?:morning|"
        r"afternoon|evening|night)|have a \w+ (?:day|evening|weekend)|yesterday(?: \w+)?|may (?:be|have|take|not|"
        r"also)|"
        r"since this morning"
    ),
    afternoon=frozenset({"pm", "p.m."}),
)
