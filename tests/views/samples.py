"""Things to put into words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.addresses import Address
from bot.domain.brakes import BrakeHold
from bot.domain.challenges import Challenge, ChallengeTerms, ProofKind, Purpose
from bot.domain.grammar import parse
from bot.domain.holdings import Holding, Holdings
from bot.domain.ledger import LedgerEntry, LedgerState
from bot.domain.links import Link
from bot.domain.members import MemberSnapshot
from bot.domain.networks import Family, Network
from bot.domain.privacy import Withdrawal
from bot.domain.readings import UnknownReason
from bot.domain.role_plans import RoleCase
from bot.domain.rules import Rule, RuleState
from bot.domain.selectors import Selector, SelectorKind
from bot.domain.standings import stand, stays_until
from bot.domain.verdicts import judge
from bot.domain.wallets import WalletState
from bot.proof.chia import ChiaProver
from bot.proof.ethereum import EthereumProver
from bot.sandbox.wallets import ChiaTestWallet, EthereumTestWallet
from bot.services.explaining import RoleReason, Word, conditions_of, more_may_help

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
STALE = timedelta(hours=48)
GUILD, USER, ROLE = 1_100_000_000_000_000_001, 1_300_000_000_000_000_002, 1_200_000_000_000_000_003
FRIENDS = "col1" + "q" * 58


def stamp(moment: datetime, style: str = "R") -> str:
    return f"<t:{int(moment.timestamp())}:{style}>"


def wallet(number: int = 1, count: int = 2) -> WalletState:
    """A wallet that was read an hour ago."""
    held = Holdings.of(Holding(f"nft1{number}{index}", FRIENDS, 1) for index in range(count))
    return WalletState(
        id=number,
        address=ChiaTestWallet.from_seed(f"wallet {number}").address,
        due_at=NOW + HOUR,
        holdings=held,
        read_at=NOW - HOUR,
        source="spacescan",
        tried_at=NOW - HOUR,
    )


def unread(why: UnknownReason, detail: str = "") -> WalletState:
    """A wallet that could not be read for two hours."""
    return replace(wallet(), unknown=why, unknown_detail=detail, unknown_since=NOW - 2 * HOUR, failures=3, tried_at=NOW)


def link(of: WalletState) -> Link:
    return Link(of.id, USER, of, ProofKind.CHIP_0002, NOW - timedelta(days=3), GUILD)


def rule(
    expression: str = "friends >= 2", grace: timedelta = timedelta(0), state: RuleState = RuleState.ACTIVE
) -> Rule:
    return Rule(1, GUILD, ROLE, "Holder", parse(expression, ["friends", "cards"]), grace, state)


def entry(
    state: LedgerState = LedgerState.HELD,
    *,
    lapsed_at: datetime | None = None,
    missing_since: datetime | None = None,
    grace_waived: bool = False,
    kept_at: datetime | None = None,
    adopted_until: datetime | None = None,
) -> LedgerEntry:
    return LedgerEntry(
        guild_id=GUILD,
        user_id=USER,
        role_id=ROLE,
        state=state,
        given_at=NOW - timedelta(days=2),
        verified_at=NOW - timedelta(days=1),
        kept_at=kept_at,
        adopted_until=adopted_until,
        missing_since=missing_since,
        lapsed_at=lapsed_at,
        grace_waived=grace_waived,
    )


CHOSEN = {"friends": Selector(Network.CHIA_MAINNET, SelectorKind.CHIA_COLLECTION, frozenset({FRIENDS}))}


def reason(
    of: Rule,
    *wallets: WalletState,
    has: LedgerEntry | None = None,
    has_role: bool = True,
    protected: bool = False,
    paused: bool = False,
    pending: bool = False,
    undone: int = 0,
    hold: BrakeHold | None = None,
    withdrawal: Withdrawal | None = None,
    decided: Word | None = None,
) -> RoleReason:
    """How the member stands who has these wallets and, as Discord shows it, the role or not."""
    judgement = judge(of, CHOSEN, wallets, NOW, STALE)
    seen = MemberSnapshot(USER, frozenset({ROLE} if has_role else ()), None, pending)
    case = RoleCase(GUILD, USER, ROLE, judgement.verdict, of.grace, has, seen, NOW, protected, paused, undone)
    standing = stand(case, of.state, withdrawal=withdrawal, is_braked=hold is not None)
    return RoleReason(
        judgement=judgement,
        standing=standing,
        has_role=has_role,
        conditions=tuple(conditions_of(judgement, CHOSEN, [link(one) for one in wallets])),
        entry=has,
        stays_until=stays_until(case, standing, NOW + HOUR if protected else None),
        next_reading=min((one.due_at for one in wallets), default=None),
        more_may_help=more_may_help(judgement),
        hold=hold,
        decided=decided,
    )


def challenge(network: Network, username: str = "a" * 32) -> Challenge:
    """A signing request with a name as long as Discord allows."""
    address: Address | None = None
    if network.family is Family.ETHEREUM:
        address = EthereumTestWallet.from_seed("alice", network).address
    terms = ChallengeTerms(
        network=network,
        purpose=Purpose.LINK,
        user_id=2**63,
        username=username,
        guild_id=2**63,
        nonce="0" * 32,
        issued_at=NOW,
        expires_at=NOW + timedelta(minutes=10),
        address=address,
    )
    host = "a-rather-long-name-for-a-verify-page.community.example.org:8443"
    prover = ChiaProver(host) if address is None else EthereumProver(host)
    return Challenge(17, terms, prover.challenge_text(terms))
