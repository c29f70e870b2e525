"""Contract wallets through the slash commands: linked by their contract's word, dropped when it takes it back."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.demo import moves
from bot.demo.stage import Stage
from bot.sandbox.discord import InteractionResult, User
from bot.sandbox.wallets import EthereumTestWallet
from tests.contracts.chain import Chain
from tests.contracts.conftest import anvil_url, chain, node
from tests.contracts.doubles import call, owned_wallet
from tests.contracts.server import Node, Raw
from tests.e2e.acting import LOOP_PASS, LeapClock, Server

__all__ = ["anvil_url", "chain", "node"]

OWNER = EthereumTestWallet.from_seed("owner of the contract")
STRANGER = EthereumTestWallet.from_seed("a stranger")


@pytest.fixture
def settings(node: Node) -> Mapping[str, str]:
    return {"HOLDFAST_ETHEREUM__RPC_URL": node.url, "HOLDFAST_SWEEP__INTERVAL": "1h"}


async def link(server: Server, member: User, address: str, signer: EthereumTestWallet) -> InteractionResult:
    asked = await server.use(member, "wallet link", network="loopring", address=address)
    return await moves.paste(asked, signer.sign(moves.text_to_sign(asked)))


def silence(node: Node) -> None:
    """Let every question to the node fail."""
    for method in ("eth_chainId", "eth_syncing", "eth_getCode", "eth_call"):
        node.faults[method] = Raw(b"", status=503)


async def test_the_owners_signature_links_a_contract_wallet(server: Server, chain: Chain) -> None:
    wallet = await chain.deploy(owned_wallet(OWNER.address.text))
    member, role = server.joined("alice"), server.role("Looper")
    await server.add_loop_pass()
    await server.add_rule(role, "loop_pass >= 1")
    server.stage.balances.loopring.give(wallet, LOOP_PASS)

    answer = await link(server, member, wallet, OWNER)

    assert "Linked" in answer.text
    await server.gives(member, role)


async def test_somebody_elses_signature_does_not(server: Server, chain: Chain) -> None:
    wallet = await chain.deploy(owned_wallet(OWNER.address.text))
    member = server.joined("mallory")

    answer = await link(server, member, wallet, STRANGER)

    assert "Linked" not in answer.text
    assert (await server.use(member, "wallet list")).text.count("0x") == 0


async def test_a_node_that_cannot_be_asked_is_no_verdict_and_a_fresh_text_is_offered(
    server: Server, chain: Chain, node: Node
) -> None:
    wallet = await chain.deploy(owned_wallet(OWNER.address.text))
    member = server.joined("alice")
    silence(node)

    answer = await link(server, member, wallet, OWNER)

    assert "could not be" in answer.text
    assert moves.text_to_sign(answer)


async def test_a_wallet_that_changed_hands_is_dropped_after_a_second_look(
    server: Server, chain: Chain, clock: LeapClock
) -> None:
    wallet = await chain.deploy(owned_wallet(OWNER.address.text))
    member, role = server.joined("alice"), server.role("Looper")
    await server.add_loop_pass()
    await server.add_rule(role, "loop_pass >= 1")
    await server.use(server.owner, "settings set", log_channel=server.log)
    server.stage.balances.loopring.give(wallet, LOOP_PASS)
    await link(server, member, wallet, OWNER)
    await server.gives(member, role)

    await chain.send(wallet, call("transfer(address)", STRANGER.address.text))
    await _proofs_made_again(server.stage, clock, timedelta(hours=1))
    assert server.has(member, role)

    await _proofs_made_again(server.stage, clock, timedelta(minutes=31))
    await server.takes(member, role)
    assert any("does not stand by the signature" in message.content for message in server.log.messages)


async def test_a_node_that_is_down_for_hours_ends_no_link(
    server: Server, chain: Chain, node: Node, clock: LeapClock
) -> None:
    wallet = await chain.deploy(owned_wallet(OWNER.address.text))
    member = server.joined("alice")
    await link(server, member, wallet, OWNER)

    silence(node)
    for _ in range(5):
        await _proofs_made_again(server.stage, clock, timedelta(hours=2))

    assert (await server.use(member, "wallet list")).text.count("0x") == 1


async def _proofs_made_again(stage: Stage, clock: LeapClock, span: timedelta) -> None:
    clock.leap(span)
    while await stage.holdfast.reproving.reprove_due():
        pass


class TestWithoutANode:
    @pytest.fixture
    def settings(self) -> Mapping[str, str]:
        return {}

    async def test_the_answer_says_that_contract_wallets_cannot_be_checked_here(
        self, server: Server, chain: Chain
    ) -> None:
        wallet = await chain.deploy(owned_wallet(OWNER.address.text))
        answer = await link(server, server.joined("alice"), wallet, OWNER)
        assert "contract wallet" in answer.text
        assert "cannot be checked here" in answer.text
