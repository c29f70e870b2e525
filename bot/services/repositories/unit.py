"""One transaction of the database, as services see it."""

from typing import Protocol

from bot.services.repositories.cases import Cases
from bot.services.repositories.diagnosis import Diagnosis
from bot.services.repositories.history import FiguresOverTime
from bot.services.repositories.planning import Planning
from bot.services.repositories.privacy import Deletions, OptOuts, PersonalRecords, Retention
from bot.services.repositories.protections import Notices, Protections
from bot.services.repositories.roles import Journal, Ledger, Members
from bot.services.repositories.rules import Audit, Collections, Drafts, Rules, Settings
from bot.services.repositories.safety import BrakeHolds, RoleFlips
from bot.services.repositories.sweeps import Notes, Sweeps, Undos
from bot.services.repositories.wallets import Challenges, Links, Wallets
from bot.services.repositories.web import PendingProofs, WebLinks


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def wallets(self) -> Wallets:
        """Wallets and holdings."""

    @property
    def links(self) -> Links:
        """Links."""

    @property
    def challenges(self) -> Challenges:
        """Challenges."""

    @property
    def collections(self) -> Collections:
        """Collections."""

    @property
    def rules(self) -> Rules:
        """Rules."""

    @property
    def members(self) -> Members:
        """Memberships."""

    @property
    def ledger(self) -> Ledger:
        """The ledger."""

    @property
    def journal(self) -> Journal:
        """The journal."""

    @property
    def settings(self) -> Settings:
        """Servers' settings."""

    @property
    def audit(self) -> Audit:
        """Audit lines."""

    @property
    def sweeps(self) -> Sweeps:
        """Sweeps."""

    @property
    def drafts(self) -> Drafts:
        """Rule changes that wait for a confirmation."""

    @property
    def undos(self) -> Undos:
        """The steps of undone sweeps."""

    @property
    def notes(self) -> Notes:
        """Facts about the installation."""

    @property
    def brake_holds(self) -> BrakeHolds:
        """Removals that wait for an admin."""

    @property
    def role_flips(self) -> RoleFlips:
        """What somebody else undid."""

    @property
    def protections(self) -> Protections:
        """Members from whom no role is taken."""

    @property
    def notices(self) -> Notices:
        """Lapses of which nobody was told."""

    @property
    def web_links(self) -> WebLinks:
        """Links to the verify page, and sessions."""

    @property
    def pending_proofs(self) -> PendingProofs:
        """Proofs that wait for a code."""

    @property
    def opt_outs(self) -> OptOuts:
        """Members whose wallets do not count in a server."""

    @property
    def deletions(self) -> Deletions:
        """Deletions of people's data that are not finished."""

    @property
    def personal(self) -> PersonalRecords:
        """All that is stored of one person."""

    @property
    def retention(self) -> Retention:
        """Data that nobody needs any more."""

    @property
    def planning(self) -> Planning:
        """The fetch planner's questions."""

    @property
    def diagnosis(self) -> Diagnosis:
        """The doctor's questions."""

    @property
    def cases(self) -> Cases:
        """What there is about one member."""

    @property
    def history(self) -> FiguresOverTime:
        """Figures over time."""
