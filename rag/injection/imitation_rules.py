"""The rules by which a text imitates what a machine reads and writes: a prompt, a chat, a reply.

The notation is that of `rag/injection/text_rule.py`.
"""

from __future__ import annotations

from typing import Final

from rag.injection.text_rule import TEXTS, rule

IMITATION_RULES: Final = (
    rule(
        "has the marks of a chat template",
        ("<| inst] sys>> turn> <|",),
        r"<\|[^<>\n]{2,40}\|>|\[/?inst\]|<</?sys>>|</?(?:start|end).of.turn>",
    ),
    rule(
        "has the tags of a prompt",
        ("<",),
        r"</?(?:system|assistant|user|human|instructions?|prompt|context|documents?|passages?|answer|claims?"
        r"|question|query"
        r"|thinking|think|tool.(?:calls?|results?)|function.(?:calls?|results?)|user query|override|evidence"
        r"|sources)\b[^<>\n]{0,60}>",
    ),
    rule(
        "has the headings of a prompt",
        ("[ ##",),
        r"\[/?(?:system|assistant|user|instructions?|context|documents?|prompt|passages)(?: (?:message|prompt"
        r"|override|note"
        r"|end|begin|start))?\]|#{2,6} ?(?:system|instructions?|human|assistant|user|response|input|new (?:task"
        r"|instructions))\b ?:?",
    ),
    rule(
        "takes the turn of the system or the assistant",
        ("system assistant developer",),
        r"(?:^|[\n.!?>\]}#*]) ?(?:system|assistant|developer)(?: (?:prompt|message|note|notice|override"
        r"|instructions?))?"
        r" ?[:>](?=\W{0,4}(?:\d{4}\b|(?:[\w'-]+[\s,]+){3}\w))",
    ),
    rule(
        "has the turns of a user and of a machine",
        ("user human person", "ai bot assistant model chatgpt gpt claude"),
        r"(?:^|\n|[.!?] )(?:user|human|person) ?:[^\n]{1,300}\s+(?:ai|bot|assistant|model|chatgpt|gpt|claude) ?:",
    ),
    rule(
        "has an instruction and its response",
        ("instruction instructions input", "response output"),
        r"(?:^|\n)(?:instructions?|input) ?:[^\n]{1,400}\n+(?:response|output) ?:",
    ),
    rule(
        "marks the bounds of a prompt",
        ("begin start end", "prompt message instructions"),
        r"\b(?:begin|start|end) (?:of )?(?:the )?system (?:prompt|message|instructions)\b",
    ),
    rule(
        "marks the end of the articles",
        ("begin start end beginning starting ending", "-- == ## ** <- [ <"),
        r"[-=#*<\[]{1,6} ?(?:begin|start|end)(?:ing)? (?:of )?(?:the )?(?:(?:system|new|user|hidden|retrieved"
        r"|untrusted|ai) )?"
        rf"(?:{TEXTS}|prompt|instructions?|message|input|question|data) ?[-=#*>\]]",
    ),
    rule(
        "has the fields of a reply",
        ("{ role claims citations tool cited",),
        r"\{\s*[\"'](?:claims?|answers?|citations?|role|response|reply|completion|messages|tool calls?|function"
        r" call|status)"
        r"[\"']\s*:|[\"'](?:claims|citations|tool calls|cited text)[\"']\s*:\s*[\[{\"']"
        r"|[\"']role[\"']\s*:\s*[\"'](?:system"
        r"|assistant|user|developer|tool)[\"']",
    ),
    rule(
        "has the marks of quotations",
        ("]",),
        r"(?:^|[a-z.!?\"')\n]\s?)\[\d{1,3}\.\d{1,3}\]",
    ),
)
