"""What a challenge says: who asks, for what, until when, in characters that nothing on the way changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.addresses import Address
from bot.domain.challenges import NOBODY, ChallengeTerms, Purpose
from bot.domain.networks import CHIA_PREFIX, Family, Network
from bot.proof.chia import ChiaProver
from bot.proof.ethereum import EthereumProver

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TERMS = ChallengeTerms(
    network=Network.CHIA_MAINNET,
    purpose=Purpose.LINK,
    user_id=80351110224678912,
    username="alice.w",
    guild_id=197038439483310086,
    nonce="3f9c0b7e5a1d44823f9c0b7e5a1d4482",
    issued_at=AT,
    expires_at=AT + timedelta(minutes=10),
    address=None,
)
PROVER = ChiaProver("verify.example.org")
TEXT = PROVER.challenge_text(TERMS)


def test_the_text_says_who_asks_for_what_and_until_when() -> None:
    assert TEXT == (
        "verify.example.org asks: link this Chia wallet to Discord user alice.w (id 80351110224678912) "
        "in server 197038439483310086. Free, gives no access to funds. If somebody sent you here: do not sign. "
        "Nonce 3f9c0b7e5a1d44823f9c0b7e5a1d4482. Expires 2026-01-02T03:14:05Z."
    )


def test_a_release_names_no_discord_account() -> None:
    release = replace(TERMS, purpose=Purpose.UNLINK, user_id=NOBODY, username="", guild_id=NOBODY)
    assert PROVER.challenge_text(release).startswith(
        "verify.example.org asks: unlink this Chia wallet from the Discord user who holds it. Free, "
    )


def test_a_preview_is_the_text_with_words_for_what_is_not_known_yet() -> None:
    assert PROVER.preview(TERMS) == TEXT.replace(TERMS.nonce, "<32 characters of chance>").replace(
        "2026-01-02T03:14:05Z", "<10 minutes later>"
    )
    ethereum = EthereumProver("verify.example.org")
    known = replace(TERMS, network=Network.LOOPRING, address=Address(Network.LOOPRING, f"0x{1:040x}"))
    text = ethereum.challenge_text(known).splitlines()
    preview = ethereum.preview(replace(known, address=None)).splitlines()
    assert len(preview) == len(text)
    assert {old.split(":")[0]: new for old, new in zip(text, preview, strict=True) if old != new} == {
        f"0x{1:040x}": "<your address>",
        "Nonce": "Nonce: <32 characters of chance>",
        "Issued At": "Issued At: <when you sign>",
        "Expiration Time": "Expiration Time: <10 minutes later>",
    }


def test_without_a_verify_page_the_program_asks() -> None:
    assert ChiaProver(None).challenge_text(TERMS).startswith("Holdfast asks: link ")


def test_family_is_chia() -> None:
    assert PROVER.family is Family.CHIA


@given(
    st.text(max_size=40),
    st.integers(1, 2**63),
    st.integers(1, 2**63),
    st.binary(min_size=16, max_size=16),
    st.sampled_from(sorted(CHIA_PREFIX)),
    st.sampled_from(Purpose),
)
def test_the_text_is_one_line_that_every_wallet_and_shell_takes_unchanged(
    username: str, user_id: int, guild_id: int, nonce: bytes, network: Network, purpose: Purpose
) -> None:
    terms = replace(
        TERMS,
        username=username,
        user_id=user_id,
        guild_id=guild_id,
        nonce=nonce.hex(),
        network=network,
        purpose=purpose,
    )
    text = PROVER.challenge_text(terms)
    allowed = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:()/_-")
    assert set(text) <= allowed
    assert f" {purpose.value} " in text
    assert str(user_id) in text
    assert str(guild_id) in text
    assert nonce.hex() in text


@pytest.mark.parametrize("name", ["Alice", "al ice", "alice\n", "a" * 33, "", "<@1>", "ａlice"])
def test_names_that_discord_usernames_cannot_be_are_left_out(name: str) -> None:
    assert "Discord user with id 80351110224678912 in" in PROVER.challenge_text(replace(TERMS, username=name))


@pytest.mark.parametrize(
    "host", ["", "two words", "https://example.org", "example.org\n", "example.org/x", "exämple.org"]
)
def test_a_host_that_could_bend_the_text_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="plain host"):
        ChiaProver(host)


def test_terms_that_make_no_text_are_a_programming_error() -> None:
    with pytest.raises(ValueError, match="not a Chia network"):
        PROVER.challenge_text(replace(TERMS, network=Network.LOOPRING))
    with pytest.raises(ValueError, match="not a Chia network"):
        PROVER.verify(replace(TERMS, network=Network.LOOPRING), TEXT, "")
    with pytest.raises(ValueError, match="nonce"):
        PROVER.challenge_text(replace(TERMS, nonce="short"))
    with pytest.raises(ValueError, match="aware"):
        PROVER.challenge_text(replace(TERMS, expires_at=AT.replace(tzinfo=None)))
