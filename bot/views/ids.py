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
