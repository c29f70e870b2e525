"""A wallet that is not deployed yet is proven by what it will be (EIP-6492), and a deployed one is never prepared."""

import pytest

from bot.domain.challenges import ProofFault, ProofKind
from bot.proof.contract_wallets import ContractWallets
from tests.contracts.chain import Chain
from tests.contracts.doubles import ENVELOPE_END, call, code, deployment, enveloped, future_address, owned_wallet
from tests.contracts.people import ALICE, MALLORY, proven, refused, text_for
from tests.contracts.server import Node

SALT = bytes(31) + b"\7"
NOWHERE = "0x00000000000000000000000000000000000c0de0"
IDENTITY_PRECOMPILE = "0x0000000000000000000000000000000000000004"


@pytest.fixture
async def factory(chain: Chain) -> str:
    return await chain.deploy(code("Factory"))


@pytest.fixture
def future(factory: str) -> str:
    """Where Alice's wallet will be."""
    return future_address(factory, owned_wallet(ALICE.address.text), SALT)


async def test_the_wallet_is_proven_and_stays_undeployed(
    chain: Chain, wallets: ContractWallets, factory: str, future: str
) -> None:
    pasted = enveloped(factory, deployment(ALICE.address.text, SALT), ALICE.sign(text_for(future)))

    found = await proven(wallets, future, pasted)

    assert found.kind is ProofKind.EIP_6492
    assert found.evidence is not None
    assert found.evidence.signature.endswith(ENVELOPE_END)
    assert (await chain.answer("eth_getCode", [future, "latest"]))["result"] == "0x"


async def test_the_proof_lives_on_through_deployment_and_ends_with_the_owner(
    chain: Chain, wallets: ContractWallets, factory: str, future: str
) -> None:
    deploy = deployment(ALICE.address.text, SALT)
    pasted = enveloped(factory, deploy, ALICE.sign(text_for(future)))
    found = await proven(wallets, future, pasted)
    assert found.evidence is not None
    assert await wallets.still_valid(found.address, found.evidence)

    await chain.send(factory, deploy)
    assert await wallets.still_valid(found.address, found.evidence)
    assert (await proven(wallets, future, pasted)).kind is ProofKind.EIP_1271

    await chain.send(future, call("transfer(address)", MALLORY.address.text))
    assert not await wallets.still_valid(found.address, found.evidence)


async def test_one_question_is_asked_without_a_recipient(
    node: Node, wallets: ContractWallets, factory: str, future: str
) -> None:
    await proven(
        wallets, future, enveloped(factory, deployment(ALICE.address.text, SALT), ALICE.sign(text_for(future)))
    )
    calls = [params[0] for method, params in node.asked if method == "eth_call"]
    assert len(calls) == 1
    assert isinstance(calls[0], dict)
    assert set(calls[0]) == {"data", "gas"}


async def test_a_strangers_signature_does_not_prove_it(wallets: ContractWallets, factory: str, future: str) -> None:
    pasted = enveloped(factory, deployment(ALICE.address.text, SALT), MALLORY.sign(text_for(future)))
    assert (await refused(wallets, future, pasted)).fault is ProofFault.WRONG_SIGNATURE


async def test_a_wallet_deployed_for_somebody_else_lands_elsewhere(
    wallets: ContractWallets, factory: str, future: str
) -> None:
    pasted = enveloped(factory, deployment(MALLORY.address.text, SALT), MALLORY.sign(text_for(future)))
    assert (await refused(wallets, future, pasted)).fault is ProofFault.OTHER_ADDRESS


async def test_so_does_one_from_another_factory(chain: Chain, wallets: ContractWallets, future: str) -> None:
    other = await chain.deploy(code("Factory"))
    pasted = enveloped(other, deployment(ALICE.address.text, SALT), ALICE.sign(text_for(future)))
    assert (await refused(wallets, future, pasted)).fault is ProofFault.OTHER_ADDRESS


@pytest.mark.parametrize("name", ["Permissive", "Echo", "Flood", "Broken", "Endless"])
async def test_a_factory_that_deploys_nothing_proves_nothing(
    chain: Chain, wallets: ContractWallets, future: str, name: str
) -> None:
    odd = await chain.deploy(code(name))
    error = await refused(wallets, future, enveloped(odd, b"\0", ALICE.sign(text_for(future))))
    assert error.fault is ProofFault.OTHER_ADDRESS


async def test_a_deployment_that_fails_proves_nothing(wallets: ContractWallets, factory: str, future: str) -> None:
    failing = call("deployAndFail(address,bytes32)", ALICE.address.text, SALT)
    pasted = enveloped(factory, failing, ALICE.sign(text_for(future)))
    assert (await refused(wallets, future, pasted)).fault is ProofFault.OTHER_ADDRESS


async def test_a_wallet_that_floods_its_asker_is_refused(wallets: ContractWallets, factory: str) -> None:
    future = future_address(factory, code("Flood"), SALT)
    pasted = enveloped(factory, call("deployFlood(bytes32)", SALT), ALICE.sign(text_for(future)))
    assert (await refused(wallets, future, pasted)).fault is ProofFault.WRONG_SIGNATURE


async def test_the_call_in_an_envelope_is_never_made_against_a_deployed_wallet(
    chain: Chain, wallets: ContractWallets
) -> None:
    wallet = await chain.deploy(code("Gullible"))
    signature = MALLORY.sign(text_for(wallet))
    pasted = enveloped(wallet, call("prepare()"), signature)

    assert (await refused(wallets, wallet, pasted)).fault is ProofFault.WRONG_SIGNATURE

    await chain.send(wallet, call("prepare()"))  # Had the call been made, this is what would have come of it.
    assert (await proven(wallets, wallet, signature)).kind is ProofKind.EIP_1271


async def test_an_envelope_around_the_signature_of_a_deployed_wallet_is_taken_off(
    chain: Chain, wallets: ContractWallets
) -> None:
    wallet = await chain.deploy(owned_wallet(ALICE.address.text))
    pasted = enveloped(NOWHERE, b"\1\2\3", ALICE.sign(text_for(wallet)))
    assert (await proven(wallets, wallet, pasted)).kind is ProofKind.EIP_1271


@pytest.mark.parametrize("caller", [NOWHERE, IDENTITY_PRECOMPILE])
async def test_an_ordinary_wallet_or_a_precompile_is_not_deployed_by_an_envelope(
    wallets: ContractWallets, caller: str
) -> None:
    for claimed in (ALICE.address.text, IDENTITY_PRECOMPILE):
        error = await refused(wallets, claimed, enveloped(caller, b"\1", MALLORY.sign(text_for(claimed))))
        assert error.fault is ProofFault.OTHER_ADDRESS


@pytest.mark.parametrize(
    "pasted",
    [
        f"0x{'00' * 96}{ENVELOPE_END.hex()}",
        f"0x{'ff' * 96}{ENVELOPE_END.hex()}",
        f"0x00{ENVELOPE_END.hex()}",
        enveloped(NOWHERE, b"", "0x"),
    ],
    ids=["zeros", "ones", "one-byte", "empty-signature"],
)
async def test_a_damaged_envelope_is_refused_in_words(
    chain: Chain, wallets: ContractWallets, pasted: str, future: str
) -> None:
    deployed = await chain.deploy(code("Permissive"))
    for wallet in (deployed, future):
        assert (await refused(wallets, wallet, pasted)).fault is ProofFault.BAD_SIGNATURE_FORM
