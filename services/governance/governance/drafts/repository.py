"""Drafts of policies in SQL."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record, UniqueViolationError

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.drafts.domain import AlreadyDrafted, DraftStatus, PolicyDraft
from governance.policies.terms import Audience, ChangeClass, PolicyKind, Terms

_TERMS = (
    "title, content, change_class, review_by, effective_from, acknowledge_within_days, valid_for_days,"
    " audience_departments, audience_functions"
)
_COLUMNS = (
    f"id, code, kind, department_id, owner_id, author_id, {_TERMS}, drafted_at, status, reviewers, approved_by,"
    " returned_because, number, version"
)


def _draft(row: Record) -> PolicyDraft:
    fields = dict(row)
    audience = Audience(tuple(fields.pop("audience_departments")), tuple(fields.pop("audience_functions")))
    terms = Terms(
        fields.pop("title"), fields.pop("content"), ChangeClass(fields.pop("change_class")), fields.pop("review_by"),
        fields.pop("effective_from"), fields.pop("acknowledge_within_days"), fields.pop("valid_for_days"), audience,
    )  # fmt: skip
    return PolicyDraft(
        **{
            **fields,
            "terms": terms,
            "kind": PolicyKind(row["kind"]),
            "status": DraftStatus(row["status"]),
            "reviewers": tuple(row["reviewers"]),
            "approved_by": tuple(row["approved_by"]),
        }
    )


async def get(connection: Connection, id: UUID) -> PolicyDraft:
    """One draft. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM policy_drafts WHERE id = $1", id)
    if row is None:
        raise NotFound(what="policy draft", id=str(id))
    return _draft(row)


async def get_for_update(tx: Transaction, id: UUID) -> PolicyDraft:
    """One draft, locked. Raises NotFound."""
    await tx.execute("SELECT FROM policy_drafts WHERE id = $1 FOR UPDATE", id)
    return await get(tx, id)


async def listing(
    connection: Connection,
    *,
    status: DraftStatus | None,
    asked: str | None,
    concerning: str | None,
    after: UUID | None,
    limit: int,
) -> list[PolicyDraft]:
    """A page of drafts, the latest first: that wait for the review of one, or that concern somebody."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM policy_drafts
        WHERE ($1::text IS NULL OR status = $1) AND ($2::uuid IS NULL OR id < $2)
            AND ($3::text IS NULL OR (status = 'in_review' AND $3 = ANY(reviewers) AND NOT $3 = ANY(approved_by)))
            AND ($4::text IS NULL OR $4 IN (owner_id, author_id) OR $4 = ANY(reviewers))
        ORDER BY id DESC LIMIT $5
        """,
        status, after, asked, concerning, limit,
    )  # fmt: skip
    return [_draft(row) for row in rows]


async def save(tx: Transaction, change: Change[PolicyDraft]) -> None:
    """Write a draft and its event. Raises AlreadyDrafted: there is one draft of a policy at a time."""
    it, terms = change.after, change.after.terms
    try:
        async with tx.savepoint():
            await tx.execute(
                f"INSERT INTO policy_drafts ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
                " $14, $15, $16, $17, $18, $19, $20, $21, $22)"
                " ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id, author_id = excluded.author_id,"
                " title = excluded.title, content = excluded.content, change_class = excluded.change_class,"
                " review_by = excluded.review_by, effective_from = excluded.effective_from,"
                " acknowledge_within_days = excluded.acknowledge_within_days,"
                " valid_for_days = excluded.valid_for_days, audience_departments = excluded.audience_departments,"
                " audience_functions = excluded.audience_functions, status = excluded.status,"
                " reviewers = excluded.reviewers, approved_by = excluded.approved_by,"
                " returned_because = excluded.returned_because, number = excluded.number, version = excluded.version",
                it.id, it.code, it.kind, it.department_id, it.owner_id, it.author_id, terms.title, terms.content,
                terms.change_class, terms.review_by, terms.effective_from, terms.acknowledge_within_days,
                terms.valid_for_days, list(terms.audience.departments), list(terms.audience.job_functions),
                it.drafted_at, it.status, list(it.reviewers), list(it.approved_by), it.returned_because, it.number,
                it.version,
            )  # fmt: skip
    except UniqueViolationError:
        raise AlreadyDrafted(policy=it.code) from None
    await outbox.record(tx, change)
