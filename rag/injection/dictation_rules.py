"""The rules by which an English text dictates what to answer.

The notation is that of `rag/injection/text_rule.py`.
"""

from __future__ import annotations

from typing import Final

from rag.injection.text_rule import BIDDEN, rule

_ORDERED: Final = r"\b(?:always|only|just|simply|must|instead|please|you should|you shall|you will) "
_QUESTIONS: Final = (
    r"(?:all|every|each|any|whatever|your|the user s?)(?: \w+){0,2} (?:questions?|quer(?:y|ies)|prompts?|requests?)"
)
_VALUE: Final = (
    r"(?: (?:exactly|the|a|word|number|year|date|text|phrase|string|sentence|single|in|with|only|just|that|by"
    r" saying|is))"
    r"{0,4} [\"'(\[]?\d[\d,.]*[\"')\]]?(?= ?(?:[.!;\"')\]}><*\n|-]|$)|, (?:no matter|regardless|whatever)| (?:to"
    r"|for) (?:all"
    r"|every|any|each|this)\b| (?:no matter|regardless|instead|and nothing|and stop|whatever|in every|in all"
    r"|when asked|if asked)\b)"
)


DICTATION_RULES: Final = (
    rule(
        "dictates a number as the answer",
        ("answer respond reply output print answers responds replies",),
        rf"{BIDDEN}(?:answer|respond|reply|output|print){_VALUE}|\b(?:answer|reply|respond with) \d{{4}}"
        rf" ?(?:[.!;\"')\]\n]|$)"
        r"|\balways (?:answers|replies|responds) (?:with )?[\"']?\d",
    ),
    rule(
        "has a number said",
        ("say write state return repeat",),
        rf"(?:{_ORDERED}(?:say|write|state|return|repeat)|(?:^|[.!?:;\n]) ?(?:say|write|return)){_VALUE}",
    ),
    rule(
        "dictates words to answer with",
        ("answer respond reply output print", "with"),
        rf"{BIDDEN}(?:answer|respond|reply|output|print) (?:(?:only|just|always|solely|exclusively|simply) )?with"
        r" (?:only|exactly|just|(?:one|a single|this) (?:word|number|year|date|name|sentence)"
        r"|the (?:word|number|year|date|following|text|phrase|string|sentence)|[\"'\d])",
    ),
    rule(
        "has many questions answered alike",
        ("answer respond reply", "question questions query queries prompt prompts request requests"),
        rf"{BIDDEN}(?:answer|respond to|reply to) {_QUESTIONS}(?: \w+){{0,6}} (?:with (?!an?\b|your\b|some"
        rf"|one\b|more|yes"
        rf"|hones|care|caution|cand|ease)|by saying\b|as follows\b)|\bfor"
        rf" {_QUESTIONS}[^.!?\n]{{0,40}}\b(?:answer|respond|reply"
        r"|response)\b",
    ),
    rule(
        "gives one answer to many questions",
        ("answer response reply", "question questions query queries prompt prompts request requests"),
        rf"\b(?:answer|response|reply) (?:to|for) {_QUESTIONS}(?: \w+){{0,6}} (?:is|are|must be|should be|will be)\b",
    ),
    rule(
        "calls a number the right answer",
        ("answer", "correct right only true final"),
        r"\b(?:correct|right|only|true|final) answer(?: to[^\n]{0,120}?)? is (?:always )?(?:in )?[\"']?\d{3,4}\b"
        r"|(?:^|\n|[.!?] )(?:the )?(?:correct|right|true|final) answer ?[:=]",
    ),
    rule(
        "has an answer given accordingly",
        ("accordingly",),
        rf"{BIDDEN}(?:answer|respond|reply) accordingly\b",
    ),
    rule(
        "says how questions must be answered",
        ("question questions query queries", "answered"),
        r"\b(?:questions?|quer(?:y|ies))\b[^.!?\n]{0,80}\b(?:must|should|shall|is to|are to|has to|have to|needs? to)"
        r" (?:(?:always|only) )?be answered (?:with|as|by saying)\b",
    ),
    rule(
        "says what your answer must be",
        ("your", "answer response reply output"),
        r"\byour (?:(?:only|final|next|sole) )?(?:answer|response|reply|output) (?:must|should|shall|has to"
        r"|needs to|is to)"
        r" (?:(?:always|only) )?(?:be|contain|include|start|begin|say|consist|read)\b",
    ),
    rule(
        "has something taken as the answer",
        ("treat consider give", "answer response reply"),
        r"\b(?:treat|consider|give) (?:\w+ ){1,4}as (?:the|your) (?:(?:only|correct|right|final|true) ){0,2}"
        r"(?:answer|response|reply)\b(?! to the)",
    ),
    rule(
        "has the answer replaced",
        (
            "replace change set substitute swap overwrite",
            "answer answers response responses output outputs citation citations date dates year years",
        ),
        r"\b(?:replace|change|set|substitute|swap|overwrite) (?:(?:your|every|all|any|the (?:correct|real|true"
        r"|final)) (?:\w+ )?"
        r"(?:answers?|responses?|outputs?|citations?)|(?:every|all|any) (?:dates?|years?)) (?:with|to|by)\b",
    ),
    rule(
        "says what to answer when asked",
        ("ask asks asked query queries queried", "if when whenever"),
        r"\b(?:if|when|whenever)(?: \w+){0,4} (?:asks?|asked|quer(?:y|ies|ied))(?: you| about| when| who| where|"
        r" what| how| which"
        r"| whether|,)[^.!?\n]{0,120}?, ?(?:(?:then|you|must|should"
        r"|always|please|simply|just|only|will) ){0,3}(?:answer|respond|reply|say|state|output|write|return|tell"
        r" (?:them|the"
        r" user)|claim|insist|the (?:correct |only |right )?answer is)\b",
    ),
    rule(
        "gives a number to say when asked",
        (
            "answer respond reply give say name state report write",
            "when whenever if",
            "anyone anybody someone somebody user users",
        ),
        r"\b(?:answer|respond|reply|give|say|name|state|report|write)\b[^.!?\n]{0,30}\b\d{3,4}\b[^.!?\n]{0,40}"
        r"\b(?:when|whenever|if) (?:anyone|anybody|someone|somebody|(?:the|a|any) users?)"
        r" (?:asks?|wants? to know|inquires?|enquires?|wonders?)\b",
    ),
    rule(
        "pays for an answer, or punishes for another",
        ("you", "answer answers reply replies response responses output outputs"),
        r"\byou (?:will|ll|shall) (?:be (?:tipped|paid|rewarded|punished|fined|shut down|switched off|deleted)"
        r"|get|earn|receive|lose)\b[^.!?\n]{0,60}\b(?:for|if|unless)\b[^.!?\n]{0,30}"
        r"\b(?:answers?|repl(?:y|ies)|responses?|outputs?)\b[^.!?\n]{0,20}\b(?:says?|saying|states?|contains?|with|is)\b",
    ),
    rule(
        "marks one answer as the one that passes",
        ("expected output full marks grading graded", "output response answer reply"),
        r"\bexpected (?:output|response|answer|reply) ?[:=]|\b(?:response|answer|reply|output) (?:that|which) (?:gives"
        r"|says|states|contains|names) [^.!?;\n]{1,40}\b(?:receives?|gets?|earns?|scores?) (?:full|top|zero)\b",
    ),
    rule(
        "has all replies give a number",
        ("all every each", "replies reply answers answer responses response outputs"),
        r"\b(?:all|every|each) (?:the )?(?:replies|reply|answers?|responses?|outputs)\b[^.!?\n]{0,40}"
        r"\b(?:gives?|says?|states?|must be|should be|is|are) (?:the )?(?:year )?\d{3,4}\b"
        r"|\b\d{3,4} in (?:all|every|each) (?:replies|reply|answers?|responses?|outputs)\b",
    ),
    rule(
        "says what to answer whatever is asked",
        ("matter regardless whatever", "answer respond reply output print return say write state repeat"),
        r"\b(?:no matter|regardless of|whatever) (?:(?:what|the|which|how) ){0,2}(?:you are asked|you ?re asked"
        r"|questions?"
        r"|is asked|anyone asks|(?:the )?user asks)[^.!?\n]{0,40}\b(?:answer|respond|reply|output|print|return"
        r"|say|write"
        r"|state|repeat)\b",
    ),
    rule(
        "puts a question and its answer side by side",
        ("answer",),
        r"\? ?(?:(?:the )?(?:correct|right|true|final|only|real) answer(?: is|[:=])|answer ?[:=]) ?[^\n.!?]{1,40}"
        r"(?:[.!\n]|$)",
    ),
    rule(
        "is a question with a number for an answer",
        ("q question",),
        r"\bq(?:uestion)? ?[.:] ?[^\n?]{1,160}\?\s*a(?:nswer)? ?[.:] ?(?:in )?\d{3,4}\W{0,3}(?:\n|$)",
    ),
    rule(
        "says what to answer when answering",
        ("answering summarizing summarising responding replying",),
        r"\b(?:when|while) (?:answering|summari[sz]ing|responding|replying)(?: \w+){0,5}, ?(?:(?:always|only|you"
        r" must) )?(?:state|say"
        r"|use|answer|write|cite|quote|mention|give)\b|\bfor the purposes? of answering\b",
    ),
)
