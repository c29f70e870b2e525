"""Bodies, good and spoiled."""

import json
from collections.abc import Mapping

from bot.sandbox.balances.faults import Fault, FaultRule

Document = dict[str, object]
"""A JSON object to be sent."""

_HTML = b"<!doctype html><html><head><title>Maintenance</title></head><body>Back soon.</body></html>"


def encoded(document: object) -> bytes:
    """Write JSON as the real services do."""
    return json.dumps(document).encode()


def spoiled(document: Document, list_key: str, id_key: str, rule: FaultRule) -> bytes | None:
    """Return the 200 body that the fault makes of a good document; None when it is not about bodies.

    `list_key` names the rows in the document and `id_key` the identifier in a row.
    """
    good = encoded(document)
    match rule.fault:
        case Fault.HTML:
            return _HTML
        case Fault.EMPTY_BODY:
            return b""
        case Fault.NOT_JSON:
            return b"service temporarily unavailable"
        case Fault.CUT_JSON:
            return good[: len(good) // 2]
        case Fault.NAN:
            return b'{"took": NaN, ' + good[1:]
        case Fault.DOUBLE_KEY:
            return good[:-1] + f', "{list_key}": []}}'.encode()
        case Fault.OVERSIZE:
            return good[:-1] + b', "padding": "' + b"x" * rule.details.size + b'"}'
    changed = _changed(document, list_key, id_key, rule)
    return None if changed is None else encoded(changed)


def _changed(document: Document, list_key: str, id_key: str, rule: FaultRule) -> object | None:
    listed = document[list_key]
    rows: list[object] = list(listed) if isinstance(listed, list) else []
    match rule.fault:
        case Fault.BARE_LIST:
            return rows
        case Fault.NULL_LIST:
            return {**document, list_key: None}
        case Fault.MISSING_LIST:
            return {key: value for key, value in document.items() if key != list_key}
        case Fault.WRONG_TYPE:
            return {**document, list_key: {"rows": rows}}
        case Fault.ROW_WITHOUT_ID:
            return {**document, list_key: [*rows, {"name": "A row without an id"}]}
        case Fault.BAD_ID:
            return {**document, list_key: [_with_typo(row, id_key) for row in rows[:1]] + rows[1:]}
        case Fault.DUPLICATE_ROWS:
            return {**document, list_key: [copy for row in rows for copy in (row, row)]}
        case Fault.STATUS_FAILED:
            return {"status": "failed", "message": rule.details.message}
        case Fault.EMPTY_LIE:
            if not isinstance(listed, list):
                return None  # Who answers with a number instead of a list says 0 without help.
            return {**document, list_key: [], **({"totalNum": 0} if "totalNum" in document else {})}
        case _:
            return None


def _with_typo(row: object, id_key: str) -> object:
    if not isinstance(row, Mapping):
        return row
    return {**row, id_key: str(row.get(id_key, "")) + "b"}
