"""Which exports a pause keeps waiting, as SQL: every statement that passes paused exports over has the condition from here.

Statements that read many exports read the pauses once, as arrays, which are empty on most days.
"""

from __future__ import annotations

# Of exports of the type $1: (whether all are paused, the owners, the contexts). A statement names it `paused`.
PAUSED = """
SELECT coalesce(bool_or(export_type = $1), false) AS everything,
       coalesce(array_agg(user_id) FILTER (WHERE user_id IS NOT NULL), '{}') AS owners,
       coalesce(array_agg(context_type || context_id) FILTER (WHERE context_id IS NOT NULL), '{}') AS contexts
  FROM export_pauses WHERE resumed_at IS NULL
"""

# An export of such a statement may be built as far as its owner and its context are concerned.
NOT_PAUSED = """
coalesce(user_id, 0) <> ALL ((SELECT owners FROM paused)::bigint[])
        AND context_type || context_id <> ALL ((SELECT contexts FROM paused)::text[])
"""

# The pause `p` keeps the export `e` waiting: the same, for a statement that reads which pause it is.
IS_PAUSED_BY = """
p.resumed_at IS NULL AND (p.export_type = e.export_type OR p.user_id = e.user_id
            OR (p.context_type, p.context_id) = (e.context_type, e.context_id))
"""
