"""Clusters of near-duplicates, in the catalogue: each is a leader, and articles that are near-duplicates of it.

The leader is the fullest. Only leaders have rows in `bands`, which is where a new article looks for its like, so
what an add costs depends neither on the size of the library nor on that of the cluster. Since every member is
compared with the leader, and has half of it or its opening, no text brings two stories together by having a part
of each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa

from index.article import Article
from index.duplicates import ABOUT_AS_FULL, BAND_COUNT, ComparedText, Copy, Signature, near_duplicates
from index.tables import ARTICLES, BANDS, SIGNATURES, parts

_IN_ONE_BAND: Final = 64
"""Leaders looked at in one band: where more have it in common, it is a formula, and the other bands tell more."""

_ESTIMATED: Final = 128
_COMPARED: Final = 16
"""Leaders whose signatures, and whose texts, are compared with a new article's at most."""


def _sharing(parameter: str) -> sa.Select[tuple[str]]:
    """Some leaders that have one band."""
    found = sa.select(BANDS.c.cluster).where(BANDS.c.hash == sa.bindparam(parameter)).limit(_IN_ONE_BAND)
    return sa.select(found.subquery().c.cluster)


_SHARING: Final = sa.union_all(*(_sharing(f"band{number}") for number in range(BAND_COUNT))).subquery()
_LIKELY: Final = (
    sa.select(_SHARING.c.cluster)
    .group_by(_SHARING.c.cluster)
    .order_by(sa.func.count().desc(), _SHARING.c.cluster)
    .limit(_ESTIMATED)
)


@dataclass(frozen=True, slots=True)
class _Member:
    """An article of a cluster, or one that is to be placed in one. `sha256` is its text's."""

    id: str
    sha256: str
    source: str | None
    published: date | None
    signature: Signature

    def of_one_series(self, other: _Member) -> bool:
        """Whether one outlet printed both, on different days."""
        if None in (self.source, self.published, other.published):
            return False
        return self.source == other.source and self.published != other.published


class Clusters:
    """The signatures, bands and clusters of one catalogue, within a transaction of it."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def copies(self, article_ids: Collection[str]) -> list[Copy]:
        """The stored ones of these articles, each with its cluster; one without a signature is its own."""
        return [copy for part in parts(article_ids) for copy in self._copies(ARTICLES.c.id.in_(part))]

    def members(self, cluster: str) -> list[Copy]:
        """The articles of a cluster."""
        return self._copies(SIGNATURES.c.cluster == cluster)

    def unsigned(self, limit: int) -> list[str]:
        """Ids of up to `limit` articles that have no signature."""
        query = sa.select(ARTICLES.c.id).outerjoin(SIGNATURES).where(SIGNATURES.c.article_id.is_(None)).limit(limit)
        return list(self._connection.scalars(query))

    def problems(self, signed: Sequence[tuple[Article, Signature]]) -> Iterator[str]:
        """Where stored signatures differ from these, and clusters that have no leader or cannot be found."""
        rows = self._connection.execute(
            sa.select(SIGNATURES).where(SIGNATURES.c.article_id.in_([article.id for article, _ in signed]))
        )
        stored = {row.article_id: row for row in rows}
        leads = sa.select(SIGNATURES.c.cluster).where(SIGNATURES.c.article_id == sa.bindparam("id"))
        for article, signature in signed:
            row = stored.get(article.id)
            if row is None:
                yield f"catalogue: article {article.id!r} has no signature"
            elif Signature(row.signature, row.fullness) != signature:
                yield f"catalogue: the signature of article {article.id!r} does not fit its text"
            elif self._connection.scalar(leads, {"id": row.cluster}) != row.cluster:
                yield f"catalogue: article {article.id!r} is in the cluster {row.cluster!r}, which has no leader"
            elif row.cluster == article.id and self._count_bands(article.id, signature) != len(set(signature.bands)):
                yield f"catalogue: the cluster {article.id!r} has bands missing"

    def clear(self) -> None:
        """Takes every article out of its cluster."""
        self._connection.execute(sa.delete(BANDS))
        self._connection.execute(sa.delete(SIGNATURES))

    def add(self, signed: Sequence[tuple[Article, Signature]]) -> None:
        """Places stored articles, each with the signature of its text, among the clusters."""
        for article, signature in signed:
            new = _Member(article.id, article.sha256, article.source, article.published, signature)
            self._place(new, ComparedText.of(article.text))

    def remove(self, article_ids: Collection[str]) -> None:
        """Takes these articles out of their clusters; what a leader leaves behind is placed anew."""
        leaderless: list[_Member] = []
        for part in parts(article_ids):
            gone = self._find(SIGNATURES.c.article_id.in_(part))
            leaders = self._find(SIGNATURES.c.article_id.in_(part) & (SIGNATURES.c.cluster == SIGNATURES.c.article_id))
            for leader in leaders:
                self._drop_bands(leader)
            left = self._find(SIGNATURES.c.cluster.in_([leader.id for leader in leaders]))
            self._forget([*gone, *left])
            leaderless.extend(left)
        removed = set(article_ids)
        self._place_anew([member for member in leaderless if member.id not in removed])

    def _place_anew(self, members: Sequence[_Member]) -> None:
        """Places members that lost their leader, the fullest first, and those of equal text together."""
        alike: defaultdict[str, list[_Member]] = defaultdict(list)
        for member in sorted(members, key=lambda member: (-member.signature.fullness, member.id)):
            alike[member.sha256].append(member)
        for first, *others in alike.values():
            cluster = self._place(first, self._read(first))
            for member in others:
                self._insert(member, cluster if member.signature.values else member.id)

    def _place(self, new: _Member, text: ComparedText) -> str:
        """Puts an article into the cluster of a leader as full as it, or at the head of its own; the cluster.

        Its own takes over the clusters of which it is a fuller version, and what that leaves behind is placed anew.
        """
        cut_short: list[_Member] = []
        for leader in self._likely(new.signature):
            if not self._are_near(new, text, leader):
                continue
            if new.signature.fullness * ABOUT_AS_FULL <= leader.signature.fullness:
                self._insert(new, leader.id)
                return leader.id
            cut_short.append(leader)
        self._lead(new)
        self._place_anew([member for leader in cut_short for member in self._take_over(new, text, leader)])
        return new.id

    def _lead(self, new: _Member) -> None:
        """Puts an article at the head of a cluster of its own, to be found by its bands."""
        self._insert(new, new.id)
        rows = [{"hash": band, "cluster": new.id} for band in sorted(set(new.signature.bands))]
        if rows:
            self._connection.execute(sa.insert(BANDS), rows)

    def _take_over(self, new: _Member, text: ComparedText, leader: _Member) -> list[_Member]:
        """Puts a fuller version in the place of a leader if most of the cluster are near it; those that are not."""
        members = self._find(SIGNATURES.c.cluster == leader.id)
        near = {leader.sha256: True}
        for member in members:
            if member.sha256 not in near:
                near[member.sha256] = self._are_near(new, text, member)
        left = [member for member in members if not near[member.sha256]]
        if len(left) >= len(members) / 2:
            return []
        self._drop_bands(leader)
        self._forget(left)
        self._connection.execute(sa.update(SIGNATURES).where(SIGNATURES.c.cluster == leader.id).values(cluster=new.id))
        return left

    def _likely(self, signature: Signature) -> list[_Member]:
        """The leaders that may be near-duplicates of the text with this signature, the likeliest first."""
        if not signature.values:
            return []
        bands = {f"band{number}": band for number, band in enumerate(signature.bands)}
        ids = self._connection.scalars(_LIKELY, bands).all()
        found = self._find(SIGNATURES.c.article_id.in_(ids))
        likely = [leader for leader in found if signature.may_be_near(leader.signature)]
        return sorted(likely, key=lambda leader: (-signature.likeness(leader.signature), leader.id))[:_COMPARED]

    def _are_near(self, new: _Member, text: ComparedText, member: _Member) -> bool:
        if new.sha256 == member.sha256:
            return True
        return near_duplicates(text, self._read(member), of_one_series=new.of_one_series(member))

    def _find(self, which: sa.ColumnElement[bool]) -> list[_Member]:
        columns = (ARTICLES.c.id, ARTICLES.c.sha256, ARTICLES.c.source, ARTICLES.c.published)
        query = sa.select(*columns, SIGNATURES.c.signature, SIGNATURES.c.fullness).join_from(SIGNATURES, ARTICLES)
        return [
            _Member(row.id, row.sha256, row.source, row.published, Signature(row.signature, row.fullness))
            for row in self._connection.execute(query.where(which))
        ]

    def _copies(self, which: sa.ColumnElement[bool]) -> list[Copy]:
        columns = (ARTICLES.c.id, SIGNATURES.c.cluster, SIGNATURES.c.fullness, ARTICLES.c.published)
        rows = self._connection.execute(sa.select(*columns).outerjoin_from(ARTICLES, SIGNATURES).where(which))
        return [Copy(row.id, row.cluster or row.id, row.fullness or 0, row.published) for row in rows]

    def _read(self, member: _Member) -> ComparedText:
        text = self._connection.scalar(sa.select(ARTICLES.c.text).where(ARTICLES.c.id == member.id))
        return ComparedText.of(str(text))

    def _insert(self, member: _Member, cluster: str) -> None:
        values, fullness = member.signature.values, member.signature.fullness
        row = {"article_id": member.id, "signature": values, "fullness": fullness, "cluster": cluster}
        self._connection.execute(sa.insert(SIGNATURES), row)

    def _forget(self, members: Sequence[_Member]) -> None:
        for part in parts(members):
            self._connection.execute(
                sa.delete(SIGNATURES).where(SIGNATURES.c.article_id.in_([member.id for member in part]))
            )

    def _count_bands(self, cluster: str, signature: Signature) -> int:
        query = sa.select(sa.func.count()).select_from(BANDS)
        return self._connection.scalar(query.where(self._bands_of(cluster, signature))) or 0

    def _drop_bands(self, leader: _Member) -> None:
        self._connection.execute(sa.delete(BANDS).where(self._bands_of(leader.id, leader.signature)))

    def _bands_of(self, cluster: str, signature: Signature) -> sa.ColumnElement[bool]:
        return (BANDS.c.cluster == cluster) & BANDS.c.hash.in_(signature.bands)
