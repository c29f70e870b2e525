"""Playing a story step by step, and believing only what the sandbox's Discord shows."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from bot.demo import moves
from bot.demo.cast import Cast, Person
from bot.demo.narrator import Narrator
from bot.demo.plain import plain_text, short
from bot.demo.stage import Stage
from bot.sandbox.discord import Channel, InteractionResult, Role, SandboxError, User, Value

log = structlog.get_logger(__name__)

PATIENCE = 10.0
"""Seconds to wait for what must become visible in Discord."""


class StoryError(Exception):
    """A step did not come out as told."""

    def __init__(self, step: str, expected: str, seen: str) -> None:
        self.step = step
        self.expected = expected
        self.seen = seen
        super().__init__(f"{step}: expected {expected}; seen {seen}")


class Scene:
    """What a step works with: the stage, the cast, ways to act, and ways to look."""

    def __init__(self, stage: Stage, cast: Cast, narrator: Narrator, *, patience: float = PATIENCE) -> None:
        self.stage = stage
        self.cast = cast
        self.narrator = narrator
        self.step = ""
        self._patience = patience

    # Acting

    async def command(self, who: Person, command: str, /, *, about: str = "", **options: Value) -> InteractionResult:
        """Use a slash command, with the answer quoted: the paragraphs with `about` in them."""
        self.announce(who, command, **options)
        return self.quote(await moves.use(self.cast.guild, who.user, command, **options), about=about)

    async def confirm(self, who: Person, answer: InteractionResult) -> InteractionResult:
        """Confirm the preview in an answer, with the result quoted."""
        self.narrator.does(who.name, f"presses “{moves.CONFIRM_BUTTON}”")
        return self.quote(await moves.confirm(answer))

    async def command_until(self, words: str, who: Person, command: str, /, *, about: str = "") -> InteractionResult:
        """Use a slash command again and again until its answer has those words, or patience ends; quote the last."""
        self.announce(who, command)
        try:
            async with asyncio.timeout(self._patience):
                while True:
                    answer = await moves.use(self.cast.guild, who.user, command)
                    if words in self.readable(answer):
                        break
                    await asyncio.sleep(0.05)
        except TimeoutError:
            answer = await moves.use(self.cast.guild, who.user, command)
        return self.quote(answer, about=about)

    def announce(self, who: Person, command: str, /, **options: Value) -> None:
        """Tell that somebody uses a slash command."""
        shown = [f"{name}:{_shown(value)}" for name, value in options.items()]
        self.narrator.does(who.name, " ".join([f"/{command}", *shown]))

    def quote(self, answer: InteractionResult, *, about: str = "") -> InteractionResult:
        """Quote what the bot answered: the paragraphs with `about` in them."""
        paragraphs = self.readable(answer).split("\n\n")
        self.narrator.quotes("\n".join(one for one in paragraphs if about in one))
        return answer

    def readable(self, answer: InteractionResult) -> str:
        """An answer as its reader sees it."""
        return plain_text(answer.text, self.cast.guild)

    # Looking

    def check(self, expected: str, holds: bool, seen: str) -> None:
        """Believe something that must hold now, or raise `StoryError`."""
        if not holds:
            raise StoryError(self.step, expected, seen)
        self.narrator.saw(expected)

    async def observe(self, expected: str, condition: Callable[[], bool], seen: Callable[[], str]) -> None:
        """Wait until something is visible in Discord, or raise `StoryError` with what is seen instead."""
        try:
            await self.stage.discord.until(condition, self._patience)
        except SandboxError:
            raise StoryError(self.step, expected, seen()) from None
        self.narrator.saw(expected)

    async def has(self, person: Person, role: Role) -> None:
        """Wait until Discord shows a role on a member."""
        guild, user = self.cast.guild, person.user
        await self.observe(
            f"Discord shows the role {role.name} on {person.name}",
            lambda: role.id in guild.roles_of(user),
            lambda: f"{person.name} has {self.roles(person)}",
        )

    async def loses(self, person: Person, role: Role) -> None:
        """Wait until Discord does not show a role on a member any more."""
        guild, user = self.cast.guild, person.user
        await self.observe(
            f"Discord does not show the role {role.name} on {person.name} any more",
            lambda: role.id not in guild.roles_of(user),
            lambda: f"{person.name} has {self.roles(person)}",
        )

    def reads(self, answer: InteractionResult, expected: str, *words: str) -> None:
        """Believe that an answer says something, by words that stand in it."""
        text = " ".join(self.readable(answer).split())
        self.check(expected, all(word in text for word in words), f"the answer reads: {text[:300]}")

    @contextmanager
    def untouched_roles(self, expected: str) -> Iterator[None]:
        """Believe that nobody's roles change meanwhile, and that the bot does not even try."""
        writes, before = len(self.stage.discord.traffic.role_writes), self._all_roles()
        yield
        tried = len(self.stage.discord.traffic.role_writes) - writes
        self.check(expected, self._all_roles() == before and not tried, f"{tried} role writes, and {self._everybody()}")

    def roles(self, person: Person) -> str:
        """The roles that Discord shows on a member, by name."""
        guild = self.cast.guild
        names = sorted(guild.roles[role_id].name for role_id in guild.roles_of(person.user))
        return ", ".join(names) or "no role"

    def _all_roles(self) -> dict[str, set[int]]:
        return {person.name: self.cast.guild.roles_of(person.user) for person in self.cast.people}

    def _everybody(self) -> str:
        return "; ".join(f"{person.name} has {self.roles(person)}" for person in self.cast.people)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a story. `play` acts and looks; it raises `StoryError` through the scene."""

    title: str
    play: Callable[[Scene], Awaitable[None]]


async def tell(scene: Scene, steps: Sequence[Step]) -> None:
    """Play all steps in order. Raises `StoryError` that names the first one that does not come out as told."""
    began = time.monotonic()
    for number, step in enumerate(steps, 1):
        scene.step = step.title
        scene.narrator.step(number, len(steps), step.title)
        try:
            await step.play(scene)
        except StoryError:
            raise
        except Exception as error:
            log.exception("demo.step_failed", step=step.title)
            ended = scene.stage.why_bot_ended()
            seen = f"{type(error).__name__}: {error}" if ended is None else f"the bot has ended: {ended!r}"
            raise StoryError(step.title, "the step to go through", seen) from error
    scene.narrator.done(len(steps), began)


def _shown(value: Value) -> str:
    match value:
        case Role():
            return f"@{value.name}"
        case User():
            return f"@{value.name}"
        case Channel():
            return f"#{value.name}"
        case str():
            return short(value)
        case _:
            return str(value)
