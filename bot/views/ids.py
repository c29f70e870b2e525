"""The ids of buttons, menus and forms: `hf:v1:` and what the press is about.

A press is understood from its id alone, so that everything the bot ever posted keeps working after a restart. Ids are
visible to every client, so they never hold a secret or an address. A change of meaning takes a new version number.
"""

from typing import Final

LINK: Final = "hf:v1:link"
"""The panel's button: link a wallet."""
NETWORK: Final = "hf:v1:network"
"""The menu of networks; the value chosen is the network."""
PASTE: Final = r"hf:v1:paste:(?P<challenge>[0-9]{1,19})"
"""The button that opens the form for the answer to a challenge."""
PASTE_PATH: Final = r"hf:v1:paste-path:(?P<network>[a-z0-9-]{1,40})"
"""The button that leads away from the verify page to pasting: for a network, or for `any`."""
CODE: Final = "hf:v1:code"
"""The button that opens the form for the code that the verify page shows."""
CODE_FORM: Final = "hf:v1:code-form"
"""The form for that code."""
PAGE: Final = r"hf:v1:page:(?P<book>[a-z]{1,20}):(?P<number>[0-9]{1,4})"
"""A page of a long list."""
ANSWER_FORM: Final = r"hf:v1:answer:(?P<challenge>[0-9]{1,19})"
"""The form for the answer to a challenge."""
ADDRESS_FORM: Final = r"hf:v1:address:(?P<network>[a-z0-9-]{1,40})"
"""The form that asks for the address before the challenge can be written."""

SWEEP_CANCEL: Final = r"hf:v1:sweep-cancel:(?P<sweep>[0-9]{1,18})"
"""The button that calls a sweep off."""


def sweep_cancel(sweep_id: int) -> str:
    """The id of the button that calls a sweep off."""
    return f"hf:v1:sweep-cancel:{sweep_id}"


DRAFT: Final = r"hf:v1:draft:(?P<draft>[0-9]{1,19}):(?P<choice>confirm|cancel|show|accept-[0-9a-f]{8})"
"""A decision about a change of a rule that was previewed. `accept` names the permissions that were shown, by digest."""

UNDO: Final = r"hf:v1:undo:(?P<sweep>[0-9]{1,19}):(?P<give>[0-9]{1,9}):(?P<take>[0-9]{1,9})"
"""The button that undoes a sweep, with how many roles it said to give back and to take back."""
UNDO_CANCEL: Final = "hf:v1:undo-cancel"
"""The button that leaves a sweep as it is."""


def undo(sweep_id: int, give: int, take: int) -> str:
    """The id of the button that undoes a sweep."""
    return f"hf:v1:undo:{sweep_id}:{give}:{take}"


def draft(draft_id: int, choice: str) -> str:
    """The id of a button below the preview of a rule's change."""
    return f"hf:v1:draft:{draft_id}:{choice}"


FORGET: Final = r"hf:v1:forget:(?P<choice>delete|keep):(?P<asked>[0-9]{1,12})"
"""What to do about one's data after having asked for its deletion. `asked` is when, in seconds since 1970."""


def forget(choice: str, asked: int) -> str:
    """The id of a button below the question whether one's data shall be deleted."""
    return f"hf:v1:forget:{choice}:{asked}"


HOLD: Final = r"hf:v1:hold:(?P<choice>approve|keep):(?P<hold>[0-9]{1,19}):(?P<through>[0-9]{1,19})"
"""A decision about the removals of a hold, up to the newest one that the message shows."""
ADOPTED: Final = r"hf:v1:adopted:(?P<role>[0-9]{1,20}):(?P<number>[0-9]{1,4})"
"""A page of the report about an adopted role."""


WHY: Final = r"hf:v1:why:(?P<user>[0-9]{1,20}):(?P<number>[0-9]{1,4})"
"""A page of the explanation of a member's roles, for admins."""


ADDRESSES: Final = r"hf:v1:addresses:(?P<role>[0-9]{1,20}):(?P<format>csv|json):(?P<asked>[0-9]{1,12})"
"""The button that exports a rule's holders with full addresses. `asked` is when the question was, in seconds."""


def addresses(role_id: int, file_format: str, asked: int) -> str:
    """The id of the button that exports a rule's holders with full addresses."""
    return f"hf:v1:addresses:{role_id}:{file_format}:{asked}"


def paste(challenge_id: int) -> str:
    """The id of a challenge's paste button."""
    return f"hf:v1:paste:{challenge_id}"


def paste_path(network: str) -> str:
    """The id of the button that leads to pasting."""
    return f"hf:v1:paste-path:{network}"


def page(book: str, number: int) -> str:
    """The id of the button that turns to a page, counted from 0."""
    return f"hf:v1:page:{book}:{number}"


def answer_form(challenge_id: int) -> str:
    """The id of a challenge's form."""
    return f"hf:v1:answer:{challenge_id}"


def address_form(network: str) -> str:
    """The id of a network's address form."""
    return f"hf:v1:address:{network}"


def hold(choice: str, hold_id: int, through: int) -> str:
    """The id of a button that decides about a hold."""
    return f"hf:v1:hold:{choice}:{hold_id}:{through}"


def adopted(role_id: int, number: int) -> str:
    """The id of the button that turns to a page of an adopted role's report, counted from 0."""
    return f"hf:v1:adopted:{role_id}:{number}"


def why(user_id: int, number: int) -> str:
    """The id of the button that turns to a page of a member's explanation, counted from 0."""
    return f"hf:v1:why:{user_id}:{number}"
