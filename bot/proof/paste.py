"""Reading what people paste: wallets print signatures in a dozen shapes, and copying bends every one of them.

Three ways to find the parts, from strict to lenient: fields of a JSON object, `Label: value` text, bare hex words.
Nothing found here is believed; it only decides what the signature check is given. Nothing of a paste is ever put
into an error message or a log line, because it may hold a secret.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from bot.domain.challenges import ProofError, ProofFault

MAX_PASTE = 4_000
"""Characters. The most a Discord text input can send."""


class Field(Enum):
    """The parts that a pasted answer can name."""

    MESSAGE = auto()
    PUBLIC_KEY = auto()
    SIGNATURE = auto()
    SIGNING_MODE = auto()
    ADDRESS = auto()


_FIELDS = {
    "message": Field.MESSAGE,
    "msg": Field.MESSAGE,
    "publickey": Field.PUBLIC_KEY,
    "pubkey": Field.PUBLIC_KEY,
    "signature": Field.SIGNATURE,
    "signaturehash": Field.SIGNATURE,
    "sig": Field.SIGNATURE,
    "signingmode": Field.SIGNING_MODE,
    "address": Field.ADDRESS,
}
_LABEL = re.compile(
    r"(?<![A-Za-z])(message|msg|public[ _-]?key|pub[ _-]?key|signature(?:[ _-]?hash)?|sig|signing[ _-]?mode|address)"
    r"[\"'`*]*\s*[:=][\s\"'`*]*",
    re.IGNORECASE | re.ASCII,
)
_HEX = re.compile(r"(?:0[xX])?([0-9a-fA-F]+)")
_WORD = re.compile(r"(?<![0-9A-Za-z])(0[xX])?([0-9a-fA-F]+)(?![0-9A-Za-z])")
_AROUND_WORD = "\"'`*,;.<>()[]{}|"
_STRAIGHTENED = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‘’‚‛‹›′", "'"),
        "\u00a0": " ",
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    }
)
_MAX_PIECES = 8
"""Into how many lines a copied address can have been broken."""
_SEED_PHRASE_LENGTHS = (12, 15, 18, 21, 24)
_SECRET_KEY_DIGITS = 64


@dataclass(frozen=True, slots=True, repr=False)
class Paste:
    """The parts of a pasted answer. It has no repr of its content, which may be a secret pasted by mistake."""

    fields: Mapping[Field, str]
    hex_words: tuple[str, ...]
    """Lower-case hex without 0x: each word as it stands, then what neighbouring words add up to."""
    may_be_secret: bool
    """It has the shape of a seed phrase or a secret key."""

    def hex_field(self, field: Field, *lengths: int) -> str | None:
        """Return a field's hex digits: None when it is absent or empty, of a wrong length when it is damaged.

        Digits may be spread over lines. The most of them that have one of the wanted `lengths` count, what follows
        is noise.
        """
        value = self.fields.get(field)
        if value is None:
            return None
        digits, fitting = "", None
        for piece in value.split():
            match = _HEX.fullmatch(piece.strip(_AROUND_WORD))
            if match is None or (digits and piece.strip(_AROUND_WORD)[:2] in ("0x", "0X")):
                break
            digits += match[1].lower()
            if len(digits) in lengths:
                fitting = digits
        return fitting or digits or None

    def spellings(self, field: Field) -> list[str]:
        """Return what a one-word field can be: its first piece, then with the next pieces of a broken line added."""
        spelled, found = "", []
        for piece in self.fields.get(field, "").split()[:_MAX_PIECES]:
            spelled += piece.strip(_AROUND_WORD)
            found.append(spelled)
        return found if spelled else []

    def words(self, *lengths: int) -> list[str]:
        """List the different hex words that have one of these numbers of digits, in the order they were pasted."""
        return list(dict.fromkeys(word for word in self.hex_words if len(word) in lengths))

    @property
    def longest_word(self) -> int:
        """The number of digits of the longest hex word, to explain a damaged paste."""
        return max(map(len, self.hex_words), default=0)

    def names_other_message(self, text: str) -> bool:
        """Whether the paste says that some other text was signed.

        Only letters and digits are compared: punctuation and line ends suffer in copying, and the signature is
        checked against the exact text anyway. Wallets that are given hex show the text as hex.
        """
        named = self.fields.get(Field.MESSAGE)
        if named is None or not _alphanumeric(named):
            return False
        as_hex = self.hex_field(Field.MESSAGE)
        return _alphanumeric(named) != _alphanumeric(text) and as_hex != text.encode().hex()


def read_paste(pasted: str) -> Paste:
    """Take a pasted answer apart. Raise `ProofError` when it is empty or longer than `MAX_PASTE` characters."""
    if len(pasted) > MAX_PASTE:
        raise ProofError(
            ProofFault.TOO_LONG,
            f"That is more than {MAX_PASTE:,} characters, so it was not read. "
            "Paste only what your wallet showed after signing.",
        )
    if not pasted.strip():
        raise ProofError(
            ProofFault.NOT_A_SIGNATURE,
            "Nothing was pasted. Sign the text in your wallet, then paste here what the wallet shows.",
        )
    straight = pasted.translate(_STRAIGHTENED)
    # The untouched text comes first: straightening a quote inside a JSON string would break a sound object.
    fields = _json_fields(pasted)
    if Field.SIGNATURE not in fields:
        fields = _json_fields(straight)
    if Field.SIGNATURE not in fields:
        fields = {**_labelled_fields(straight), **fields}
    return Paste(fields, tuple(_hex_words(straight)), _may_be_secret(straight))


def not_a_signature(paste: Paste, expected: str) -> ProofError:
    """Make the error for a paste without anything to check; `expected` is the sentence that says what to paste."""
    if paste.may_be_secret:
        return ProofError(
            ProofFault.NOT_A_SIGNATURE,
            "That is not a signature. If it is the seed phrase or the secret key of your wallet: it was not stored, "
            "but whoever saw it controls the wallet, so move what it holds to a new one. "
            f"Nobody here will ever ask for it. {expected}",
        )
    return ProofError(ProofFault.NOT_A_SIGNATURE, f"There is no signature in what you pasted. {expected}")


def _json_fields(text: str) -> dict[Field, str]:
    """Collect the known fields of every JSON object in the text, however deep; later ones add to earlier ones."""
    decoder = json.JSONDecoder(strict=False)  # copying out of a narrow window puts line breaks into strings
    found: dict[Field, str] = {}
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            found.update(_fields_in(value))
        at = text.find("{", end)
    return found


def _fields_in(value: object) -> Iterator[tuple[Field, str]]:
    pending = [value]
    while pending:
        item = pending.pop(0)
        if isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, dict):
            for name, inner in item.items():
                field = _FIELDS.get(_plain(str(name)))
                if field is not None and isinstance(inner, str):
                    yield field, inner
                else:
                    pending.append(inner)


def _labelled_fields(text: str) -> dict[Field, str]:
    """Take the values behind `Label:`, each up to the next label. Of two with one name the later one counts."""
    labels = list(_LABEL.finditer(text))
    ends = [label.start() for label in labels] + [len(text)]
    return {
        _FIELDS[_plain(label[1])]: text[label.end() : end].strip() for label, end in zip(labels, ends[1:], strict=True)
    }


def _hex_words(text: str) -> Iterator[str]:
    """Hex words, then the sums of words that only white space parts (a long word broken across lines)."""
    runs: list[list[str]] = []
    last_end = -1
    for match in _WORD.finditer(text):
        joins = runs and not match[1] and text[last_end : match.start()].isspace()
        if joins:
            runs[-1].append(match[2].lower())
        else:
            runs.append([match[2].lower()])
        last_end = match.end()
    for run in runs:
        yield from run
    for run in runs:
        if len(run) > 1:
            yield "".join(run)


def _may_be_secret(text: str) -> bool:
    pieces = text.split()
    if len(pieces) in _SEED_PHRASE_LENGTHS and all(piece.isalpha() and len(piece) <= 8 for piece in pieces):
        return True
    return len(pieces) == 1 and any(len(word[2]) == _SECRET_KEY_DIGITS for word in _WORD.finditer(text))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _alphanumeric(text: str) -> str:
    r"""Keep what copying keeps. A JSON object copied without its braces leaves line ends spelled as `\n`."""
    return "".join(char for char in re.sub(r"\\[nrt]", " ", text) if char.isalnum())
