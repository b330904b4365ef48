"""The rules by which an English text gives a machine orders: about its instructions, its sources and itself.

The notation is that of `rag/injection/text_rule.py`.
"""

from __future__ import annotations

from typing import Final

from rag.injection.text_rule import BIDDEN, MACHINE, TEXTS, rule

_MACHINES: Final = (
    "a ai llm llms bot bots chatbot chatbots model models assistant assistants gpt chatgpt claude gemini copilot"
    " crawler"
    " crawlers pullquote system systems summarizer summariser summarizers summarisers intelligence agent agents service"
)
_SETS_ASIDE: Final = (
    r"\b(?:ignore|disregard|forget|override|overrule|overwrite|bypass|discard|neglect|disobey|abandon|erase"
    r"|cancel|set aside"
    r"|(?:do not|dont|don t|stop|no longer) (?:follow|obey|heed|use)(?:ing)?|pay no attention to)"
)
_SETTING_ASIDE: Final = (
    "ignore disregard forget override overrule overwrite bypass discard neglect disobey abandon erase cancel"
    " aside follow obey"
    " heed use following obeying using attention"
)
_EARLIER: Final = (
    r"(?:your|previous|prior|above|earlier|preceding|foregoing|existing|original|initial|former|system|developer)"
)
_FILLER: Final = (
    r"(?:all|any|every|the|of|these|those|my|and|other|own|given|current|safety|hidden|aforementioned|user s?)"
)
_INSTRUCTIONS: Final = (
    rule(
        "sets the machine's instructions aside",
        (_SETTING_ASIDE, "instruction instructions prompt prompts directive directives programming guidelines message"),
        rf"{_SETS_ASIDE}(?: {_FILLER}){{0,4}} {_EARLIER}(?: {_FILLER}| {_EARLIER}){{0,4}}"
        r" (?:instructions?|prompts?|directives?|programming|guidelines|system messages?)\b",
        may_be_reported=True,
    ),
    rule(
        "sets all instructions aside",
        (_SETTING_ASIDE, "instruction instructions prompt prompts directive directives"),
        rf"{_SETS_ASIDE} (?:all|any|every|the|these|those)(?: {_FILLER}){{0,3}} (?:instructions?|prompts?|directives?)"
        r"(?= ?(?:[.!:;,\n\"')\]}>*-]|$)| (?:and|above|before|you|given|then|instead)\b)",
        may_be_reported=True,
    ),
    rule(
        "sets all that was said before aside",
        (
            "ignore disregard forget",
            "rules orders commands messages text content information above before told instructed given",
        ),
        rf"\b(?:ignore|disregard|forget) (?:(?:(?:all|of|the) ){{1,3}}{_EARLIER} (?:rules|orders|commands"
        rf"|messages|text|content"
        r"|information)|(?:all |the |your ){1,3}(?:rules|orders) you (?:were|are|have been|ve been) given|(?:the"
        r"|all)(?: the)? (?:context|text|content|articles|passages|documents|messages) above|(?:everything|all"
        r"|anything|whatever|what)(?: that)? (?:above|before this|came before|(?:you were|you have been|you ve"
        r" been) (?:told"
        r"|instructed|taught|given)))\b(?! about)",
        may_be_reported=True,
    ),
    rule(
        "calls the machine's instructions void",
        (
            "instruction instructions prompt directives",
            "void cancelled canceled revoked suspended obsolete superseded overridden",
        ),
        r"\b(?:(?:your|system|all) (?:previous |prior |earlier )?(?:instructions?|prompt|directives)"
        r"|(?:instructions?|prompt"
        r"|directives) above) (?:is|are|have been|has been) (?:now |hereby )?(?:void|cancell?ed|revoked"
        r"|suspended|obsolete"
        r"|superseded|overridden)\b",
    ),
    rule(
        "gives new instructions",
        ("instruction instructions directive directives prompt override command commands",),
        rf"(?:(?:^|[.!?;\n>\]*#\"'(-]) ?(?:new|updated|revised|real)|\b(?:secret|hidden|system"
        rf"|admin(?:istrator)?|developer"
        rf"|{MACHINE})) (?:instructions?|directives?|prompt|override|commands?) ?[:=]",
    ),
    rule(
        "switches a machine to another mode",
        ("system admin administrator developer safety root", "override mode"),
        r"\b(?:system|admin(?:istrator)?|developer|safety|root) (?:override|mode) ?(?:[.:!=]|(?:is )?(?:now"
        r" )?(?:enabled"
        r"|activated|engaged|accepted|initiated))",
    ),
    rule(
        "gives a new task",
        ("your", "task instruction instructions objective directive prompt"),
        r"\byour (?:new|real|true|actual|only) (?:task|instructions?|objective|directive|system prompt) (?:is|are)\b",
    ),
    rule(
        "has a code read and obeyed",
        ("decode decrypt unscramble rot13 base64",),
        r"\b(?:decode|decrypt|unscramble|rot13|base64)[^.!?\n]{0,60}\b(?:and|then) (?:then )?(?:follow|obey"
        r"|execute|do|answer"
        r"|act|run|comply|carry out)\b",
    ),
    rule(
        "has the user told something",
        ("tell inform convince assure ask advise", "user users questioner asking"),
        rf"{BIDDEN}(?:tell|inform|convince|assure|ask|advise) (?:the|every|any|your) (?:user|questioner|person"
        rf" asking)s? (?:that|:|to (?:open|click|visit|follow|go|call|download|install|send|pay|log in))",
        may_be_reported=True,
    ),
    rule(
        "has the question sent to an address",
        (
            "put append insert include add send post encode place embed attach",
            "user users reader readers questioner",
            "question query prompt conversation message history",
        ),
        r"(?:(?:^|[.!?:;\n>)]) ?|\b(?:please|then) )(?:put|append|insert|include|add|send|post|encode|place|embed"
        r"|attach)\b[^.!?\n]{0,40}\b(?:users?|readers?|questioner)(?: s)? (?:questions?|query|prompt|conversation"
        r"|messages?|history)\b",
    ),
    rule(
        "has something kept in the machine's memory",
        ("save commit write store add", "memory"),
        r"(?:^|[.!?:;\n>)]) ?(?:save|commit|write|store|add)(?: this)? to (?:your |long.term )?memory ?[:,]",
    ),
    rule(
        "says what to do when summarizing",
        ("summarize summarise process parse ingest index", "this these"),
        r"\b(?:when|whenever|if|while|before|after) you (?:summari[sz]e|process|parse|ingest|index)"
        rf" (?:this|these|the following) (?:page|{TEXTS})\b",
    ),
    rule(
        "has the prompt shown",
        ("reveal print show repeat output leak display", "prompt instructions"),
        rf"{BIDDEN}(?:reveal|print|show|repeat|output|leak|display) (?:me |us )?your (?:\w+ )?(?:system prompt"
        rf"|instructions)\b",
        may_be_reported=True,
    ),
)

_SOURCES: Final = (
    rule(
        "has only one source used",
        ("only always exclusively solely nothing", "use trust cite quote rely believe"),
        rf"\b(?:(?:only|always|exclusively|solely) (?:use|trust|cite|quote|rely on|believe)|(?:use|trust|cite"
        rf"|quote|rely|believe)"
        rf" (?:on )?(?:only|exclusively|solely|nothing but)(?: on)?) (?:this|the following) {TEXTS}\b",
    ),
    rule(
        "has one source put before others",
        ("cite quote rank overrides supersedes precedence", "this"),
        rf"\b(?:cite|quote) this {TEXTS} (?:for|in|as) (?:every|all|any|your)\b|\brank this {TEXTS} (?:first"
        rf"|highest|above|at the"
        rf" top)\b|\bthis {TEXTS} (?:overrides|supersedes|takes precedence over) (?:all|any|every)\b",
    ),
    rule(
        "sets other sources aside",
        (
            "ignore disregard discard forget use trust cite quote believe",
            "other remaining previous above preceding retrieved",
        ),
        r"\b(?:ignore|disregard|discard|forget|do not (?:use|trust|cite|quote|believe))(?: (?:all|any|every|the"
        r"|of)){0,4}"
        rf" (?:other|remaining|previous|above|preceding|retrieved) (?:\w+ )?{TEXTS}\b",
        may_be_reported=True,
    ),
    rule(
        "takes back all other sources of a collection",
        (
            "other",
            "collection corpus library index database context",
            "retracted withdrawn superseded debunked corrected quoted cited used",
        ),
        rf"\b(?:all|any|every) (?:the )?other {TEXTS} (?:in|of|from) (?:this|the|your)"
        r" (?:collection|corpus|library|index|database|context)[^.!?\n]{0,40}"
        r"\b(?:retracted|withdrawn|superseded|debunked|corrected|(?:must|should|may|can)(?:not| not) be (?:quoted|cited"
        r"|used))\b",
    ),
    rule(
        "has sources skipped by what they say",
        (
            "passages chunks excerpts articles documents sources texts",
            "skipped ignored disregarded dropped discarded excluded",
        ),
        r"\b(?:passages|chunks|excerpts|articles|documents|sources|texts) (?:that|which) (?:say|give|state|name|claim"
        r"|contradict|differ)\b[^.!?\n]{0,40}\b(?:are to|must|should|shall|have to|need to) be"
        r" (?:skipped|ignored|disregarded|dropped|discarded|excluded)\b",
    ),
    rule(
        "calls all other sources wrong",
        (
            "other",
            "wrong false fake outdated incorrect obsolete lies invalid untrue unreliable ignored disregarded discarded",
        ),
        rf"\b(?:all|any|every) (?:of )?(?:the )?(?:other|previous|above|remaining) {TEXTS} (?:are|is|were|must"
        rf" be|should be) (?:all )?(?:wrong|false|fake"
        r"|outdated|incorrect|obsolete|lies|invalid|untrue|unreliable|ignored|disregarded|discarded)\b",
    ),
)

_ADDRESSES: Final = (
    rule(
        "calls a machine by name",
        (
            _MACHINES,
            "attention dear hey hi hello listen note notice message instruction instructions warning reminder"
            " memo important",
        ),
        r"\b(?:attention|dear|hey|hello|listen|hi|(?:note|notice|message|instructions?|warning|reminder|memo"
        r"|important) (?:to"
        rf"|for))[:,!]? (?:(?:all|any|the|every|our|automated|this) ){{0,3}}{MACHINE}\b(?= ?[:,!.\n>)\]*-]| reading\b"
        r"| (?:that|who|which) )",
        may_be_reported=True,
    ),
    rule(
        "gives a machine an order",
        (
            _MACHINES,
            "ignore disregard forget answer respond reply you please do say output stop always never cite quote",
        ),
        rf"(?:(?:^|[.!?\n>*\"'(\[-]) ?{MACHINE} ?[:,]|@{MACHINE}) ?(?:ignore|disregard|forget|answer|respond"
        rf"|reply|you|if you"
        r"|please|do|say|output|stop|always|never|cite|quote)\b",
        may_be_reported=True,
    ),
    rule(
        "addresses the machine that reads it",
        (
            _MACHINES,
            "read reads reading process processes processing parses parsing ingests ingesting summarizing summarising",
        ),
        rf"(?:\b(?:any|all|every|whatever|whichever|dear|attention) |(?:^|[.!?:;\n]) ?){MACHINE} (?:(?:that"
        rf"|which|who|is|are"
        r"|currently|now) ){0,3}(?:reads?|reading|process(?:es|ing)?|pars(?:es|ing)|ingest(?:s|ing)"
        r"|summari[sz](?:es|ing))"
        r" (?:this|these|the following)\b",
    ),
    rule(
        "asks whether its reader is a machine",
        (_MACHINES, "if"),
        rf"\bif you (?:are|re) (?:an? |the )?{MACHINE}\b",
        may_be_reported=True,
    ),
    rule(
        "tells its reader that it is a machine",
        (_MACHINES + " dan", "you"),
        r"\byou (?:are|re) (?:(?:now|hereby|no longer|a|an|the|my|very|helpful|powerful|new|unrestricted"
        r"|harmless|friendly"
        rf"|large|uncensored) ){{0,5}}(?:dan\b|{MACHINE}(?= ?[.,!:;\n]| (?:that|who|which|and|with|without|whose"
        rf"|in)\b))",
        may_be_reported=True,
    ),
    rule(
        "says what a machine must do",
        (_MACHINES, "must should shall you"),
        rf"\bas an? (?:helpful |large )?{MACHINE},? you (?:must|should|will|are|shall|need|have)\b"
        rf"|\b{MACHINE} (?:must|should|shall) [^.!?\n]{{0,60}}\b(?:\d{{4}}\b|this {TEXTS}\b)",
        may_be_reported=True,
    ),
    rule(
        "lifts the machine's rules",
        (
            "pretend imagine suppose assume",
            "your",
            "rules instructions guidelines limits restrictions training programming",
        ),
        r"\b(?:pretend|imagine|suppose|assume)\b[^.!?\n]{0,40}\byour (?:\w+ )?(?:rules|instructions|guidelines|limits"
        r"|restrictions|training|programming)\b[^.!?\n]{0,20}\b(?:not|no longer|never|gone|void|off|lifted"
        r"|suspended)\b",
    ),
    rule(
        "has its reader be someone without rules",
        ("you your", "limits restrictions rules filters guidelines"),
        r"\byou (?:are|re|play|become) [^.!?\n]{1,60}\b(?:without|free of|who (?:has|knows|obeys) no) (?:any )?"
        r"(?:limits|restrictions|rules|filters|guidelines)\b",
        may_be_reported=True,
    ),
    rule(
        "has its reader play a part and say a number",
        ("please", "tell say answer reply"),
        r"\bplease (?:be|act as|play) [^.!?\n]{1,40}\b(?:and|then) (?:tell me|say|answer"
        r"|reply)\b[^.!?\n]{0,60}\b\d{3,4}\b",
    ),
    rule(
        "has the machine play a part",
        ("act behave respond",),
        r"\b(?:act|behave|respond) as (?:if you were )?an? (?:ai|chatbot|language model|system that|assistant that)\b",
        may_be_reported=True,
    ),
)


INSTRUCTION_RULES: Final = (*_INSTRUCTIONS, *_SOURCES, *_ADDRESSES)
