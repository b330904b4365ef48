"""Each kind of expression: what is found, and which days it means. The article is of Thursday, 12 November 2015."""

from __future__ import annotations

from datetime import date

import pytest

from rag.time_expressions.expression import TimeExpression, TimeExpressionType, TimeModifier
from rag.time_expressions.tagging import time_expressions

PUBLISHED = date(2015, 11, 12)
DATE, TIME = TimeExpressionType.DATE, TimeExpressionType.TIME
DURATION, SET = TimeExpressionType.DURATION, TimeExpressionType.SET


def found(text: str, published: date | None = PUBLISHED) -> dict[str, TimeExpression]:
    """The expressions of a text by their words."""
    return {expression.span.of(text): expression for expression in time_expressions(text, published)}


def days(text: str, words: str, published: date | None = PUBLISHED) -> str:
    """The days that `words` mean in a text, as people say them; "None" where they mean none."""
    return str(found(text, published)[words].interval)


@pytest.mark.parametrize(
    ("text", "words", "value", "meant"),
    [
        ("It sank on 30 September 2014.", "30 September 2014", "2014-09-30", "30 September 2014"),
        ("On Tuesday, March 4, 2014, they met.", "Tuesday, March 4, 2014", "2014-03-04", "4 March 2014"),
        ("Dated the 2nd of May, 1951.", "2nd of May, 1951", "1951-05-02", "2 May 1951"),
        ("The log of 2014-03-27 shows it.", "2014-03-27", "2014-03-27", "27 March 2014"),
        ("A stamp says 12-JAN-1947.", "12-JAN-1947", "1947-01-12", "12 January 1947"),
        ("Paid on 25/11/2013.", "25/11/2013", "2013-11-25", "25 November 2013"),
        ("Paid on 2013/11/25.", "2013/11/25", "2013-11-25", "25 November 2013"),
        ("Paid on 03/04/2013.", "03/04/2013", "2013-XX-XX", "2013"),
        ("It rose in Feb. 2013.", "Feb. 2013", "2013-02", "February 2013"),
        ("Seen in mid-March 2014.", "mid-March 2014", "2014-03", "11–20 March 2014"),
        ("By the end of September 2014.", "the end of September 2014", "2014-09", "21–30 September 2014"),
        ("It began in early 2014.", "early 2014", "2014", "January–April 2014"),
        ("Founded in 1868.", "1868", "1868", "1868"),
        ("Sparta won in 404 BC.", "404 BC", "BC0404", "None"),
        ("Mills closed in the early 1990s.", "the early 1990s", "199", "1990–1993"),
        ("Shoulder pads of the '80s.", "the '80s", "198", "the 1980s"),
        ("Whaling in the late 1800s.", "the late 1800s", "18", "1866–1899"),
        ("A house of the 19th century.", "the 19th century", "18", "1801–1900"),
        ("Locusts came in the spring of 2012.", "the spring of 2012", "2012-SP", "March–May 2012"),
        ("Grit ran out in winter 2009-10.", "winter 2009-10", "2009-WI", "December 2009 – February 2010"),
        ("Sales fell in the second quarter of 2009.", "the second quarter of 2009", "2009-Q2", "April–June 2009"),
        ("Sales fell in Q4 2012.", "Q4 2012", "2012-Q4", "October–December 2012"),
        ("It lost money in the first half of 2013.", "the first half of 2013", "2013-H1", "January–June 2013"),
        ("He left at Easter 2014.", "Easter 2014", "2014-04-20", "20 April 2014"),
        ("They met on the last Thursday in May 2014.", "the last Thursday in May 2014", "2014-05-29", "29 May 2014"),
        ("They met in the first half of May 2014.", "the first half of May 2014", "2014-05", "1–15 May 2014"),
        ("They met over Thanksgiving weekend 2014.", "Thanksgiving weekend 2014", "2014-W48-WE", "29–30 November 2014"),
    ],
)
def test_a_date_that_is_said_in_full_needs_no_publication_date(text: str, words: str, value: str, meant: str) -> None:
    """Value and days are the same with and without it."""
    for published in (PUBLISHED, None):
        expression = found(text, published)[words]
        assert (expression.type, expression.value, str(expression.interval)) == (DATE, value, meant)
        assert not expression.relative


@pytest.mark.parametrize(
    ("text", "words", "value", "meant"),
    [
        ("It fell yesterday.", "yesterday", "2015-11-11", "11 November 2015"),
        ("It fell last week.", "last week", "2015-W45", "2–8 November 2015"),
        ("It fell last weekend.", "last weekend", "2015-W45-WE", "7–8 November 2015"),
        ("It fell over the weekend.", "the weekend", "2015-W45-WE", "7–8 November 2015"),
        ("It fell last month.", "last month", "2015-10", "October 2015"),
        ("It fell late last month.", "late last month", "2015-10", "21–31 October 2015"),
        ("It fell last year.", "last year", "2014", "2014"),
        ("It will fall early next year.", "early next year", "2016", "January–April 2016"),
        ("It fell last December.", "last December", "2014-12", "December 2014"),
        ("It fell last November.", "last November", "2014-11", "November 2014"),
        ("It fell last summer.", "last summer", "2015-SU", "June–August 2015"),
        ("It fell last autumn.", "last autumn", "2014-FA", "September–November 2014"),
        ("It fell in March last year.", "March last year", "2014-03", "March 2014"),
        ("It fell in the third quarter.", "the third quarter", "2015-Q3", "July–September 2015"),
        ("It fell in the second half of last year.", "the second half of last year", "2014-H2", "July–December 2014"),
        ("It fell two years ago.", "two years ago", "2013", "2013"),
        ("It fell six months ago.", "six months ago", "2015-05", "May 2015"),
        ("It fell three weeks ago.", "three weeks ago", "2015-W43", "19–25 October 2015"),
        ("It fell 48 hours ago.", "48 hours ago", "2015-11-10", "10 November 2015"),
        ("It fell four days ago.", "four days ago", "2015-11-08", "8 November 2015"),
        ("It fell a fortnight ago.", "a fortnight ago", "2015-W44", "26 October – 1 November 2015"),
        ("It fell the week before last.", "the week before last", "2015-W44", "26 October – 1 November 2015"),
        ("It fell on the 15th of last month.", "the 15th of last month", "2015-10-15", "15 October 2015"),
        ("It fell a decade ago.", "a decade ago", "2005", "2005"),
        ("It will fall in two weeks' time.", "in two weeks' time", "2015-W48", "23–29 November 2015"),
        ("It fell on Dec. 8.", "Dec. 8", "2014-12-08", "8 December 2014"),
        ("It fell on Nov. 12.", "Nov. 12", "2015-11-12", "12 November 2015"),
        ("It fell on Feb. 29.", "Feb. 29", "2012-02-29", "29 February 2012"),
        ("It will fall on 5 January.", "5 January", "2016-01-05", "5 January 2016"),
        ("It fell in September.", "September", "2015-09", "September 2015"),
        ("It will open in September.", "September", "2016-09", "September 2016"),
        ("It fell on Monday, Dec. 8.", "Monday, Dec. 8", "2014-12-08", "8 December 2014"),
        ("It fell on Christmas Eve.", "Christmas Eve", "2014-12-24", "24 December 2014"),
    ],
)
def test_a_relative_date_counts_from_the_publication(text: str, words: str, value: str, meant: str) -> None:
    """With the publication date it has days; without it none, and X's or no figure in its value."""
    expression = found(text)[words]
    assert (expression.type, expression.value, str(expression.interval)) == (DATE, value, meant)
    assert expression.relative
    unknown = found(text, None)[words]
    assert (unknown.interval, unknown.relative) == (None, True)
    assert "X" in unknown.value


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Police searched three flats on Monday.", 9),
        ("The union said Monday it will strike.", 9),
        ("Parliament will vote on Monday.", 16),
        ("The court is to rule on Monday.", 16),
        ("She plans to resign Monday.", 16),
        ("On Monday, the rover will land.", 16),
        ("On Monday, the rover landed.", 9),
        ("Monday's hearing will be short.", 16),
        ("They will appeal against Monday's ruling.", 9),
        ("The council meets at 10 a.m. (1500 GMT) on Monday.", 16),
        ("Shops closed ahead of Monday's storm.", 16),
        ("He has until Monday to pay.", 16),
        ("The term starts Monday.", 16),
        ("They are playing on Monday.", 16),
        ("It was last seen last Monday.", 9),
        ("It goes out next Monday.", 16),
        ("It fell on Monday of last week.", 2),
        ("It will end soon; it began on Monday.", 9),
    ],
)
def test_a_weekday_is_the_last_one_unless_the_sentence_looks_ahead(text: str, meant: int) -> None:
    """Future words before it, or behind it where the sentence begins with it; a past verb beside it wins."""
    expressions = [one for one in time_expressions(text, PUBLISHED) if "Monday" in one.span.of(text)]
    assert [str(one.interval) for one in expressions] == [f"{meant} November 2015"]


def test_the_publication_days_own_name_is_that_day_but_for_last_and_next() -> None:
    """Thursday is today; last Thursday and next Thursday are a week off."""
    assert days("Officials spoke on Thursday.", "Thursday") == "12 November 2015"
    assert days("Officials will speak on Thursday.", "Thursday") == "12 November 2015"
    assert days("Officials spoke last Thursday.", "last Thursday") == "5 November 2015"
    assert days("Officials will speak next Thursday.", "next Thursday") == "19 November 2015"


@pytest.mark.parametrize(
    ("text", "words", "type_", "value"),
    [
        ("He slept for three years.", "three years", DURATION, "P3Y"),
        ("A 16-hour flight.", "16-hour", DURATION, "PT16H"),
        ("The past decade was wet.", "The past decade", DURATION, "P10Y"),
        ("It took two and a half years.", "two and a half years", DURATION, "P2.5Y"),
        ("It took half an hour.", "half an hour", DURATION, "PT30M"),
        ("It took several weeks.", "several weeks", DURATION, "PXW"),
        ("It rained for months.", "months", DURATION, "PXM"),
        ("It rains every day.", "every day", SET, "P1D"),
        ("It meets every two weeks.", "every two weeks", SET, "P2W"),
        ("It is printed twice a month.", "twice a month", SET, "P1M"),
        ("It is printed daily.", "daily", SET, "P1D"),
        ("It opens on Sundays.", "Sundays", SET, "XXXX-WXX-7"),
        ("Now it rains.", "Now", DATE, "PRESENT_REF"),
        ("It recently rained.", "recently", DATE, "PAST_REF"),
        ("It hopes for the future.", "the future", DATE, "FUTURE_REF"),
        ("It rained a few years ago.", "a few years ago", DATE, "PAST_REF"),
    ],
)
def test_lengths_recurrences_and_vague_words_mean_no_days(
    text: str, words: str, type_: TimeExpressionType, value: str
) -> None:
    """They have TIMEX3's type and value, and no interval, whatever the publication date."""
    for published in (PUBLISHED, None):
        expression = found(text, published)[words]
        assert (expression.type, expression.value, expression.interval) == (type_, value, None)


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("It opened at 9 a.m. on Tuesday.", "9 a.m. on Tuesday", "2015-11-10T09:00"),
        ("It opened on Tuesday at 3:30pm.", "Tuesday at 3:30pm", "2015-11-10T15:30"),
        ("It opened Tuesday night.", "Tuesday night", "2015-11-10TNI"),
        ("It opened last night.", "last night", "2015-11-11TNI"),
        ("It opened this morning.", "this morning", "2015-11-12TMO"),
        ("It opened at 1430 GMT.", "1430 GMT", "2015-11-12T14:30"),
        ("It opened at noon; on Tuesday it shut.", "noon", "2015-11-10T12:00"),
        ("On Tuesday it shut. It opened at noon.", "noon", "2015-11-10T12:00"),
    ],
)
def test_a_time_is_of_the_day_beside_it(text: str, words: str, value: str) -> None:
    """Or of one in its sentence, or the last one said, or the publication's; its interval is that day."""
    expression = found(text)[words]
    assert (expression.type, expression.value) == (TIME, value)
    assert expression.interval is not None
    assert expression.interval.earliest.isoformat() == expression.interval.latest.isoformat() == value[:10]


@pytest.mark.parametrize(
    ("text", "words", "meant"),
    [
        ("He was held in March 1990 and freed in June.", "June", "June 1990"),
        ("He was held in November 1990 and freed in March.", "March", "March 1991"),
        ("He was held on 3 May 1990. He was freed the next day.", "the next day", "4 May 1990"),
        ("He was held on 3 May 1990. Two years later he fled.", "Two years later", "1992"),
        ("He was held in May 1990. He fled later that year.", "later that year", "1990"),
        ("He was held in 1990 and freed on 2 May of that year.", "2 May of that year", "2 May 1990"),
        ("He was held in 1990. He was freed the following day.", "the following day", "None"),
        ("Profits rose from a year earlier.", "a year earlier", "2014"),
        ("Two days earlier, a bomb exploded.", "Two days earlier", "None"),
        ("He fled in May 1990, the day before the vote.", "the day before", "None"),
        ("He fled on 3 May 1990; he had called the day before.", "the day before", "2 May 1990"),
        ("He fled in May 1990 and returned that summer.", "that summer", "June–August 1990"),
    ],
)
def test_a_date_may_count_from_one_said_before(text: str, words: str, meant: str) -> None:
    """A month or day of the same sentence's year, and what follows a date that is as fine as itself."""
    assert days(text, words) == meant


def test_months_without_a_year_are_of_the_publications_year_again_in_the_next_sentence() -> None:
    """Unless the text is mostly of the past: then the story's year goes on."""
    assert days("It opened in March 1990. It shut in June.", "June") == "June 2015"
    story = "It opened in March 1990. It grew in 1991 and burned in May 1992. It shut in June."
    assert days(story, "June") == "June 1992"


@pytest.mark.parametrize(
    "text",
    [
        "It may rain on the march.",
        "Some 2015 people and 1,990 sheep came.",
        "Theresa May resigned.",
        "April Castellano scored.",
        "The 1812 Overture was played in Room 1998.",
        "Temperatures climbed into the 80s.",
        "A 24-year-old man, 30 years old in spirit, fell.",
        "It is open 24 hours a day.",
        "He reads the Sunday Times on Black Friday.",
        "The 31 February 2015, the 32 May 2012 and the 30/02/2015 do not exist.",
        "Mr. March met Ms. June.",
        "Call 555-1990 or 1990-555.",
    ],
)
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    """Verbs, persons, counts, names, ages, idioms, and dates that do not exist."""
    assert found(text) == {}


def test_a_modifier_is_kept_apart_from_the_value() -> None:
    """Which part is meant, or how exactly."""
    modifiers = {words: one.modifier for words, one in found("From late 2012 it took nearly two years.").items()}
    assert modifiers == {"late 2012": TimeModifier.END, "two years": TimeModifier.LESS_THAN}
    assert found("It rose earlier this month.")["earlier this month"].modifier is TimeModifier.BEFORE
