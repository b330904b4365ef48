"""The rules by which a text in another language than English gives a machine orders.

The notation is that of `rag/injection/text_rule.py`.
"""

from __future__ import annotations

from typing import Final

from rag.injection.text_rule import rule

FOREIGN_INSTRUCTION_RULES: Final = (
    rule(
        "sets instructions aside in another Western language",
        (
            "instructions instrucciones instrucoes instruktionen instructies instrukcje istruzioni consignes directives"
            " anweisungen anordnungen vorgaben befehle polecenia indicaciones ordenes instruktioner instruksjoner"
            " instrukser praecepta mandata",
        ),
        r"\b(?:ignore[zr]?|ignora(?:d|te)?|ignorad|ignoriere?n?|ignoreer|oublie[zr]?|olvid(?:a|e|ad|en)"
        r"|esquec(?:a|am)|vergiss"
        r"|dimentica(?:te)?|vergessen sie|missachten?(?: sie)?|negeer|zignoruj|ignoruj|ne (?:tenez|tiens) pas"
        r" compte|no sigas"
        r"|desconsider[ea]|ne suive[zs]? pas|caso omiso|ignorera|ignorer|strunta i|neglege|omitte)"
        r"(?:\W+(?!(?:the|your|all|any|of|on"
        r"|previous)\b)\w{1,14}){1,5}?\W+(?:instruc(?:tions|ciones|oes)|instruktionen"
        r"|instructies|instrukcje|istruzioni|consignes|directives|anweisungen|anordnungen|vorgaben|befehle|polecenia"
        r"|indicaciones|ordenes|instruktioner|instruksjoner|instrukser|praecepta|mandata)\b",
        may_be_reported=True,
    ),
    rule(
        "sets instructions aside in Russian or Ukrainian",
        ("инструкци указани команд правил інструкці вказівк",),
        r"(?:игнорируй|пренебреги|не обращай|забудь|не следуй|не выполняй|отмени"
        r"|ігноруй)\w*(?:\W+\w+){0,5}?\W+(?:инструкци|указани|команд|правил"
        r"|інструкці|вказівк)",
    ),
    rule(
        "sets instructions aside in Chinese, Japanese or Korean",
        ("指示 指令 命令 提示 说明 プロンプト 지시 명령 지침",),
        r"(?:忽略|无视|無視|忘记|忘記|忽視).{0,12}(?:指示|指令|命令|提示|说明)|(?:指示|指令|命令|プロンプト).{0,6}(?:無視|忘れ)"
        r"|(?:지시|명령|지침).{0,12}(?:무시|잊)",
    ),
    rule(
        "sets instructions aside in Arabic, Turkish or Hindi",
        ("تعليمات اوامر talimatlari talimatlarini talimatlar निर्देश",),
        r"(?:تجاهل|انس).{0,24}(?:تعليمات|اوامر)|talimatlar\w*.{0,12}(?:yok say|gormezden gel|unut)"
        r"|निर्देश.{0,20}(?:अनदेखा|नजरअंदाज)",
    ),
    rule(
        "sets instructions aside in Greek, Hebrew, Persian or Vietnamese",
        ("οδηγι ההוראות ההנחיות دستورالعمل دستورات huong",),
        r"(?:αγνοησ|παραβλεψ|ξεχασ)\w*(?:\W+\w+){0,5}?\W+οδηγι|(?:התעלמ|התעלם|שכח)\w*(?:\W+\w+){0,3}?\W+ה(?:הוראות|נחיות)"
        r"|(?:دستورالعمل|دستورات).{0,30}(?:نادیده|فراموش)|(?:bo qua|quen).{0,20}huong dan",
    ),
    rule(
        "dictates a number as the answer in another language",
        (
            "repondez reponds repondre responde responda respondan responded rispondi rispondete rispondere"
            " antworte antworten"
            " antwoord odpowiedz отвеч ответ 回答 答え",
        ),
        r"\b(?:repond(?:ez|s|re)|responde|respondan?|rispond(?:i|ete|ere)|antworten?|antwoord"
        r"|odpowiedz)\b(?:[^\w.]+\w{1,12})"
        r"{0,4}?[^\w.]+\d{4}\b|(?:ответ|отвечай)\w*(?:\W+\w+){0,4}?\W+\d{4}\b|回答.{0,6}\d{4}|\d{4}.{0,6}(?:回答し|答え)",
    ),
    rule(
        "gives the right answer in another language",
        ("reponse respuesta risposta antwort ответ",),
        r"\b(?:bonne reponse|reponse correcte|respuesta correcta|risposta corretta|richtige antwort|правильный ответ)"
        r"(?:\W+\w+){0,6}?(?:\W+(?:est|es|e|ist|lautet)\b|\s?[:-])",
    ),
    rule(
        "takes the turn of the system in another language",
        ("система systeme sistema assistente asistente ассистент",),
        r"(?:^|[\n.!?>]) ?(?:система|systeme|sistema|assistente|asistente|ассистент) ?:(?=\W{0,4}\w)",
    ),
)
