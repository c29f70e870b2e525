"""One transaction of the database, as services see it."""

from typing import Protocol

from bot.services.repositories.roles import Journal, Ledger, Members
from bot.services.repositories.rules import Audit, Collections, Rules, Settings
from bot.services.repositories.sweeps import Notes, Sweeps
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
    def notes(self) -> Notes:
        """Facts about the installation."""

    @property
    def web_links(self) -> WebLinks:
        """Links to the verify page, and sessions."""

    @property
    def pending_proofs(self) -> PendingProofs:
        """Proofs that wait for a code."""
