from datetime import UTC, datetime

from bot.domain.privacy import AskedBy, Deletion
from bot.services.forgetting import Forgotten, Prospect, ServerRoles
from bot.services.opting_out import Opted
from bot.services.personal_data import DataFile
from bot.services.reconciling import Reconciliation
from bot.views import privacy
from bot.views.text import CONTENT_MAX, person

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
MANY = [ServerRoles("A server with a *long* name " * 4, ["**Role** with a long name " * 4] * 50) for _ in range(60)]


def test_the_question_fits_however_much_there_is_to_lose_and_markup_stays_text() -> None:
    text = privacy.question(Prospect(20, MANY, None))
    assert len(text) <= CONTENT_MAX
    assert "20 linked wallets" in text
    assert "\\*long\\*" in text


def test_the_question_says_when_no_role_is_lost() -> None:
    assert "none is lost" in privacy.question(Prospect(1, [], None))


def test_what_could_not_be_taken_back_is_named() -> None:
    text = privacy.forgotten(Forgotten(taken=1, refused=MANY))
    assert len(text) <= CONTENT_MAX
    assert "1 role was taken back" in text
    assert "could not be taken back" in text
    assert "could not" not in privacy.forgotten(Forgotten())


def test_a_deletion_under_way_says_why_and_what_comes() -> None:
    waiting = Deletion(1, NOW, AskedBy.MEMBER, NOW, 3, "Discord cannot be reached")
    text = privacy.under_way(waiting)
    assert "because Discord cannot be reached" in text
    assert "goes on by itself" in text


def test_a_postponed_change_is_told_as_such() -> None:
    later = Opted(True, Reconciliation(is_postponed=True))
    assert "Discord cannot be reached" in privacy.opted_out(later)
    assert "Discord cannot be reached" in privacy.opted_in(later)


def test_a_file_says_when_it_is_packed_or_lacks_something() -> None:
    text = privacy.exported(DataFile("x.json.gz", b"", {"links": 1, "holdings": 2}, lacks_holdings=True))
    assert "1 link to a wallet, 2 NFTs in them" in text
    assert "packed with gzip" in text
    assert "does not fit" in text


def test_a_pseudonym_mentions_nobody() -> None:
    assert person(5) == "<@5>"
    assert "<@" not in person(-5)
