"""Checks of what holds roles up in a server: pauses, wallets without evidence, a sweep that lags behind."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from bot.domain.diagnosis import FrozenWallets
from bot.domain.durations import format_duration
from bot.domain.markup import moment
from bot.domain.reading_words import WORDS
from bot.domain.wallets import Gap
from bot.services.doctor.facts import GuildFacts
from bot.services.doctor.results import CheckResult, bad, good, warning

_GAPS = {
    Gap.EMPTIED: "seen empty, which a second reading has to confirm",
    Gap.UNREAD: "linked and not read yet",
    Gap.STALE: "last read too long ago to count",
    Gap.BEHIND: "read before another wallet of the same member changed",
}
_WAITING_IS_NORMAL = (Gap.EMPTIED, Gap.UNREAD, Gap.BEHIND)


def check_pause(facts: GuildFacts) -> Iterator[CheckResult]:
    """Whether the whole server is paused."""
    if facts.settings.paused:
        yield warning(
            "Pause",
            "Holdfast is paused in this server: nobody gets or loses a role, whatever they hold.",
            "When you are ready, use `/settings set` with `paused: False`.",
        )


def check_holds(facts: GuildFacts) -> Iterator[CheckResult]:
    """Removals that the brake holds back."""
    for hold in facts.holds:
        many = "1 removal waits" if hold.count == 1 else f"{hold.count} removals wait"
        yield warning(
            "Brake",
            f"{many} for an admin's decision about <@&{hold.role_id}> since {moment(hold.opened_at)}. Until then the "
            "members keep the role.",
            "Press Approve or Keep in the log channel or in `/sweep status`, once you know the cause.",
        )


def check_rivals(facts: GuildFacts) -> Iterator[CheckResult]:
    """Roles over which somebody else fights with the bot."""
    members: dict[int, set[int]] = defaultdict(set)
    for flip in facts.rivalries:
        members[flip.role_id].add(flip.user_id)
    for role_id, whose in members.items():
        yield warning(
            "Rival",
            f"Somebody else, a person or another bot, keeps undoing what Holdfast does with <@&{role_id}> of "
            f"{_members(len(whose))}, so Holdfast has stopped there.",
            "See in the server's audit log who it is, and let only one of the two look after this role.",
        )


def check_evidence(facts: GuildFacts) -> Iterator[CheckResult]:
    """Which members' roles are frozen, for the sake of which network, since when and why."""
    relevant = [group for group in facts.frozen if group.network in facts.networks]
    if not relevant:
        yield good("Members", _nobody_frozen(facts.figures.wallets))
    for group in relevant:
        yield _check_group(group)


def check_sweep(facts: GuildFacts, interval: timedelta) -> CheckResult:
    """Whether wallets are read when their turn comes."""
    label, figures = "Last sweep", facts.figures
    oldest = "" if figures.oldest_reading is None else f" The oldest reading is from {moment(figures.oldest_reading)}."
    last = "" if facts.sweep is None else f" The last sweep here began {moment(facts.sweep.started_at)}."
    if figures.next_due is not None and figures.next_due + interval < facts.now:
        return bad(
            label,
            f"Wallets are not read in time: {figures.wallets_due} of {figures.wallets} are due, the first since "
            f"{moment(figures.next_due)}, and each should be read every {format_duration(interval)}.{last}",
            "The host should see whether the bot runs (`holdfast health`), and whether the balance service's pace is "
            "enough for so many wallets (`holdfast doctor`).",
        )
    waiting = "Nobody waits" if not figures.members_waiting else f"{_members(figures.members_waiting)} wait"
    return good(
        label,
        f"{_wallets(figures.wallets)} linked, {figures.wallets_due} due now. {waiting} to have roles checked; "
        f"{figures.given_last_day} given and {figures.taken_last_day} taken back within a day.{oldest}{last}",
    )


def _check_group(group: FrozenWallets) -> CheckResult:
    label = f"Frozen on {group.network.label}"
    since = "" if group.since is None else f" since {moment(group.since)}"
    who = f"{_wallets(group.wallets)} of {_members(group.members)}"
    stays = f"{_named(group)}Roles that rest on that stay as they are."
    if group.reason is not None:
        return warning(
            label,
            f"{who} could not be read{since}: {WORDS[group.reason]}. {stays}",
            "Nothing is lost: Holdfast tries again by itself. The host's log and `holdfast doctor` say more.",
        )
    be = "was" if group.wallets == 1 else "were"
    reason = f"{who} {be} {_GAPS[group.gap]}{since and f',{since}'}. {stays}"
    if group.gap in _WAITING_IS_NORMAL:
        return good(label, f"{reason} That passes by itself.")
    return warning(label, reason, "The host should see whether the bot runs, and whether the balance service answers.")


def _named(group: FrozenWallets) -> str:
    """The members whom it concerns for longest, and since when."""
    named = [f"<@{one.user_id}>{'' if one.since is None else f' since {moment(one.since)}'}" for one in group.longest]
    more = group.members - len(named)
    if not named:
        return ""
    return f"That is {', '.join(named)}{f' and {_members(more)} more' if more > 0 else ''}. "


def _nobody_frozen(wallets: int) -> str:
    if not wallets:
        return "No wallet is linked yet, so nobody's roles wait for a reading."
    return "Nobody's roles are frozen: every wallet that counts here was read and is believed."


def _wallets(number: int) -> str:
    return "1 wallet" if number == 1 else f"{number} wallets"


def _members(number: int) -> str:
    return "1 member" if number == 1 else f"{number} members"
