"""The one grammar of rule expressions, for commands, forms, files and listings alike.

    friends >= 3 and not banned_set
    (friends or loop_pass >= 2) and og_card
    2 of (a, b, c)
    friends between 1 and 4

`not` binds closest, then `and`, then `or`. A bare name means `>= 1`. Upper and lower case are the same.
"""

import copy
import functools
from collections.abc import Collection, Iterator
from typing import Final

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedToken

from bot.domain.evaluation import always
from bot.domain.expression_errors import (
    TERMINALS,
    ExpressionError,
    expected,
    foreign_sign,
    found,
    order_hint,
    unknown_name,
)
from bot.domain.expressions import (
    NAME_MAX,
    NUMBER_MAX,
    PARTS_MAX,
    And,
    Between,
    Comparison,
    Expression,
    Leaf,
    NOf,
    Not,
    Operator,
    Or,
    render,
)
from bot.domain.truth import Truth

__all__ = ["DEPTH_MAX", "LENGTH_MAX", "TERMS_MAX", "ExpressionError", "parse"]

LENGTH_MAX: Final = 1_000
"""Characters of an expression, as it was typed and as it is printed."""
DEPTH_MAX: Final = 20
"""How deep brackets and nots may be nested."""
TERMS_MAX: Final = 100
"""Conditions on counts in one expression."""

_GRAMMAR: Final = r"""
    ?start: either
    ?either: both (_OR both)*
    ?both: negated (_AND negated)*
    ?negated: _NOT negated -> negation
            | atom
    ?atom: NAME -> owned
         | NAME COMPARE NUMBER -> comparison
         | NAME _BETWEEN NUMBER _AND NUMBER -> between
         | NUMBER _OF _LPAR either (_COMMA either)* _RPAR -> some
         | _LPAR either _RPAR

    _AND.2: /and(?![a-z0-9_-])/i
    _OR.2: /or(?![a-z0-9_-])/i
    _NOT.2: /not(?![a-z0-9_-])/i
    _OF.2: /of(?![a-z0-9_-])/i
    _BETWEEN.2: /between(?![a-z0-9_-])/i
    NAME: /[A-Za-z_][A-Za-z0-9_-]*/
    NUMBER: /[0-9]+/
    COMPARE: />=|<=|==|!=|>|</
    _LPAR: "("
    _RPAR: ")"
    _COMMA: ","
    %ignore /\s+/
"""


def parse(text: str, known_names: Collection[str] | None) -> Expression:
    """Read a rule expression. Names must be among `known_names`, unless that is None.

    Raise `ExpressionError`, which points at the column, for everything else than a meaningful expression within the
    limits. `render` of the result can be parsed again.
    """
    if len(text) > LENGTH_MAX:
        problem = f"the expression is too long: {len(text):,} characters, and {LENGTH_MAX:,} are allowed"
        raise ExpressionError(text, LENGTH_MAX + 1, problem, "Split it into several rules.")
    known = None if known_names is None else frozenset(name.lower() for name in known_names)
    expression = _Builder(text, known).build(_tree(text))
    if len(render(expression)) > LENGTH_MAX:
        problem = f"the expression is too long: written out with spaces, it has more than {LENGTH_MAX:,} characters"
        raise ExpressionError(text, len(text) + 1, problem, "Split it into several rules.")
    return expression


@functools.cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="basic")


def _tree(text: str) -> Tree[Token]:
    """Parse by tokens, so that the first mistake is the one that is shown. Nothing here recurses with the input."""
    parser = _parser().parse_interactive()
    read: list[Token] = []
    nesting = _Nesting(text)
    for token in _tokens(text, read):
        nesting.check(token)
        try:
            tree = parser.feed_token(token)
        except UnexpectedToken:
            raise _misplaced(text, read, token) from None
        if isinstance(tree, Tree):
            return tree
        read.append(token)
    raise AssertionError("the end of the text ends the parse")


def _tokens(text: str, read: list[Token]) -> Iterator[Token]:
    try:
        yield from _parser().lex(text)
    except UnexpectedCharacters:
        position = _after(read, text)
        sign, hint = foreign_sign(text, position)
        problem = f"found {found('', sign)}, expected {expected(_allowed(read))}"
        raise ExpressionError(text, position + 1, problem, hint) from None
    yield Token("$END", "", start_pos=len(text.rstrip()))


def _misplaced(text: str, read: list[Token], token: Token) -> ExpressionError:
    column = _column(token)
    if not read and token.type == "$END":
        example = "For example: friends >= 3 and not banned_set"
        return ExpressionError(text, 1, "the expression is empty", example)
    allowed = _allowed(read)
    problem = f"found {found(token.type, token)}, expected {expected(allowed)}"
    touching = bool(read) and _column(read[-1]) + len(read[-1]) == column
    before = [(earlier.type, str(earlier)) for earlier in read]
    return ExpressionError(text, column, problem, order_hint(before, token.type, allowed, touching=touching))


def _allowed(read: list[Token]) -> set[str]:
    """Return the terminals that may follow. Replayed, as a refused token leaves the parser in another state."""
    parser = _parser().parse_interactive()
    for token in read:
        parser.feed_token(token)
    allowed = set()
    for terminal in TERMINALS:
        try:
            copy.copy(parser).feed_token(Token(terminal, ""))
        except UnexpectedToken:
            continue
        allowed.add(terminal)
    return allowed


def _after(read: list[Token], text: str) -> int:
    """Return where the next thing begins after the tokens that were read."""
    end = _column(read[-1]) - 1 + len(read[-1]) if read else 0
    return len(text) - len(text[end:].lstrip())


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


class _Nesting:
    """Counts the brackets and nots that are open, token by token."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._brackets: list[int] = []
        self._nots = 0

    def check(self, token: Token) -> None:
        match token.type:
            case "_NOT":
                self._nots += 1
            case "_LPAR":
                self._brackets.append(1 + self._nots)
                self._nots = 0
            case "_RPAR":
                del self._brackets[-1:]
                self._nots = 0
            case "NAME" | "_AND" | "_OR" | "_COMMA":
                self._nots = 0
        if sum(self._brackets) + self._nots > DEPTH_MAX:
            problem = f"brackets and nots are nested more than {DEPTH_MAX} deep"
            raise ExpressionError(self._text, _column(token), problem, "Leave out brackets that are not needed.")


class _Builder:
    """Turns the syntax tree into an expression and checks what a grammar cannot."""

    def __init__(self, text: str, known: frozenset[str] | None) -> None:
        self._text = text
        self._known = known
        self._terms = 0

    def build(self, tree: Tree[Token]) -> Expression:
        tokens = [child for child in tree.children if isinstance(child, Token)]
        trees = [child for child in tree.children if isinstance(child, Tree)]
        match tree.data:
            case "either":
                return Or(tuple(map(self.build, trees)))
            case "both":
                return And(tuple(map(self.build, trees)))
            case "negation":
                return Not(self.build(trees[0]))
            case "some":
                return self._some(tokens[0], trees)
            case _:
                return self._leaf(tokens)

    def _some(self, count: Token, trees: list[Tree[Token]]) -> NOf:
        needed = self._number(count)
        if len(trees) > PARTS_MAX:
            raise self._error(count, f"the list has {len(trees)} parts, and {PARTS_MAX} are allowed")
        if not 1 <= needed <= len(trees):
            size = "1 part" if len(trees) == 1 else f"{len(trees)} parts"
            hint = f"Write a number from 1 to {len(trees)}." if len(trees) > 1 else "Write 1, or add parts."
            raise self._error(count, f"{needed} of a list with {size} makes no sense", hint)
        return NOf(needed, tuple(map(self.build, trees)))

    def _leaf(self, tokens: list[Token]) -> Leaf:
        self._terms += 1
        if self._terms > TERMS_MAX:
            hint = "Split the expression into several rules."
            raise self._error(tokens[0], f"more than {TERMS_MAX} conditions", hint)
        leaf = self._condition(tokens)
        match always(leaf):
            case Truth.YES:
                problem = f"“{render(leaf)}” is true for everybody, also for those who hold nothing"
                raise self._error(tokens[0], problem, f"For those who hold some, write: {leaf.name} >= 1")
            case Truth.NO:
                problem = f"“{render(leaf)}” can never be true: nobody holds less than nothing"
                raise self._error(tokens[0], problem, f"For those who hold none, write: not {leaf.name}")
            case Truth.UNKNOWN:
                return leaf

    def _condition(self, tokens: list[Token]) -> Leaf:
        name = self._name(tokens[0])
        if len(tokens) == 1:
            return Comparison(name, Operator.AT_LEAST, 1)
        if tokens[1].type == "COMPARE":
            return Comparison(name, Operator(tokens[1]), self._number(tokens[2]))
        low, high = self._number(tokens[1]), self._number(tokens[2])
        if low > high:
            problem = f"no number lies between {low} and {high}"
            raise self._error(tokens[1], problem, f"Write the smaller number first: between {high} and {low}")
        return Between(name, low, high)

    def _name(self, token: Token) -> str:
        name = token.lower()
        if len(name) > NAME_MAX:
            raise self._error(token, f"a name has at most {NAME_MAX} characters, and this one has {len(name)}")
        if self._known is not None and name not in self._known:
            raise self._error(token, *unknown_name(name, self._known))
        return name

    def _number(self, token: Token) -> int:
        number = int(token)
        if number > NUMBER_MAX:
            raise self._error(token, f"the number is too large; {NUMBER_MAX:,} is the largest")
        return number

    def _error(self, token: Token, problem: str, hint: str = "") -> ExpressionError:
        return ExpressionError(self._text, _column(token), problem, hint)
