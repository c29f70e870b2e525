"""A deployed contract wallet is proven by its own word, and only by exactly the word that EIP-1271 asks for."""

import json

import pytest

from bot.domain.addresses import Address
from bot.domain.challenges import ContractEvidence, NoContractError, ProofFault, ProofKind, ProofUnavailableError
from bot.domain.networks import Network
from bot.proof import eip191
from bot.proof.contract_wallets import ContractWallets
from bot.sandbox.wallets import EthereumTestWallet
from tests.contracts.chain import Chain
from tests.contracts.doubles import MAGIC, call, code, owned_wallet, scripted
from tests.contracts.people import ALICE, MALLORY, proven, refused, terms_for, text_for
from tests.contracts.server import Node

IDENTITY_PRECOMPILE = "0x0000000000000000000000000000000000000004"
YES = MAGIC + bytes(28)


async def test_the_signature_of_the_owner_proves_the_wallet(chain: Chain, wallets: ContractWallets) -> None:
    wallet = await chain.deploy(owned_wallet(ALICE.address.text))
    signature = ALICE.sign(text_for(wallet))

    found = await proven(wallets, wallet, signature)

    assert found.address == Address(Network.LOOPRING, wallet)
    assert found.kind is ProofKind.EIP_1271
    assert found.evidence == ContractEvidence(
        eip191.digest(text_for(wallet).encode()).hex(), bytes.fromhex(signature[2:])
    )


async def test_somebody_elses_signature_does_not(chain: Chain, wallets: ContractWallets) -> None:
    wallet = await chain.deploy(owned_wallet(ALICE.address.text))
    assert (await refused(wallets, wallet, MALLORY.sign(text_for(wallet)))).fault is ProofFault.WRONG_SIGNATURE


async def test_a_signature_for_one_wallet_does_not_prove_the_other_wallet_of_its_owner(
    chain: Chain, wallets: ContractWallets
) -> None:
    first = await chain.deploy(owned_wallet(ALICE.address.text))
    second = await chain.deploy(owned_wallet(ALICE.address.text))
    signature = ALICE.sign(text_for(first))
    await proven(wallets, first, signature)
    assert (await refused(wallets, second, signature)).fault is ProofFault.WRONG_SIGNATURE


async def test_a_text_box_may_have_changed_the_line_ends(chain: Chain, wallets: ContractWallets) -> None:
    wallet = await chain.deploy(owned_wallet(ALICE.address.text))
    signed = text_for(wallet).replace("\n", "\r\n")

    found = await proven(wallets, wallet, ALICE.sign(signed))

    assert found.evidence is not None
    assert found.evidence.digest == eip191.digest(signed.encode()).hex()
    assert await wallets.still_valid(found.address, found.evidence)


async def test_what_a_wallet_prints_around_the_signature_is_understood(chain: Chain, wallets: ContractWallets) -> None:
    wallet = await chain.deploy(owned_wallet(ALICE.address.text))
    text = text_for(wallet)
    pasted = json.dumps({"address": wallet, "msg": text, "sig": ALICE.sign(text), "version": "2"}, indent=2)
    assert (await proven(wallets, wallet, pasted)).kind is ProofKind.EIP_1271


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        MAGIC,
        YES[:-1],
        YES + b"\0",
        YES + bytes(32),
        MAGIC + bytes(27) + b"\1",
        MAGIC + b"\1" + bytes(27),
        bytes(28) + MAGIC,
        (1).to_bytes(32),
        bytes(32),
        b"\xff" * 32,
    ],
    ids=["empty", "short", "one-short", "one-long", "two-words", "dirty-end", "dirty", "right-aligned", "1", "0", "ff"],
)
async def test_only_the_exact_word_counts(chain: Chain, wallets: ContractWallets, answer: bytes) -> None:
    wallet = await chain.deploy(scripted(answer))
    assert (await refused(wallets, wallet, "0x00")).fault is ProofFault.WRONG_SIGNATURE


async def test_the_exact_word_does_count(chain: Chain, wallets: ContractWallets) -> None:
    wallet = await chain.deploy(scripted(YES))
    assert (await proven(wallets, wallet, "0x00")).kind is ProofKind.EIP_1271


async def test_the_word_of_a_reverting_wallet_does_not_count(chain: Chain, wallets: ContractWallets) -> None:
    wallet = await chain.deploy(scripted(YES, reverts=True))
    assert (await refused(wallets, wallet, "0x00")).fault is ProofFault.WRONG_SIGNATURE


@pytest.mark.parametrize("name", ["Echo", "Endless", "Flood", "Broken", "Gullible"])
async def test_odd_contracts_prove_nothing(chain: Chain, wallets: ContractWallets, name: str) -> None:
    wallet = await chain.deploy(code(name))
    assert (await refused(wallets, wallet, ALICE.sign(text_for(wallet)))).fault is ProofFault.WRONG_SIGNATURE


async def test_a_contract_that_accepts_everything_is_everybodys(chain: Chain, wallets: ContractWallets) -> None:
    wallet = await chain.deploy(code("Permissive"))
    assert (await proven(wallets, wallet, MALLORY.sign(text_for(wallet)))).kind is ProofKind.EIP_1271


async def test_a_precompile_that_repeats_its_input_proves_nothing(wallets: ContractWallets) -> None:
    assert isinstance(await refused(wallets, IDENTITY_PRECOMPILE, "0x00"), NoContractError)


async def test_an_ordinary_wallet_is_not_asked(node: Node, wallets: ContractWallets) -> None:
    signature = MALLORY.sign(text_for(ALICE.address.text))
    assert isinstance(await refused(wallets, ALICE.address.text, signature), NoContractError)
    assert "eth_call" not in node.methods


async def test_the_account_of_a_key_that_delegates_to_code_is_a_contract_too(
    chain: Chain, wallets: ContractWallets
) -> None:
    delegate = await chain.deploy(code("Permissive"))
    account = EthereumTestWallet.from_seed("delegating").address.text
    await chain.set_code(account, bytes.fromhex("ef0100" + delegate[2:]))
    found = await proven(wallets, account, "0x1234")
    assert found.kind is ProofKind.EIP_1271


async def test_a_proof_ends_with_the_wallets_owner(chain: Chain, wallets: ContractWallets) -> None:
    wallet = await chain.deploy(owned_wallet(ALICE.address.text))
    found = await proven(wallets, wallet, ALICE.sign(text_for(wallet)))
    assert found.evidence is not None
    assert await wallets.still_valid(found.address, found.evidence)

    await chain.send(wallet, call("transfer(address)", MALLORY.address.text))

    assert not await wallets.still_valid(found.address, found.evidence)
    assert (await proven(wallets, wallet, MALLORY.sign(text_for(wallet)))).kind is ProofKind.EIP_1271


async def test_a_locked_wallet_proves_nothing(chain: Chain, wallets: ContractWallets) -> None:
    wallet = await chain.deploy(owned_wallet(ALICE.address.text))
    found = await proven(wallets, wallet, ALICE.sign(text_for(wallet)))
    await chain.send(wallet, call("lock()"))
    assert "locked" in str(await refused(wallets, wallet, ALICE.sign(text_for(wallet))))
    assert found.evidence is not None
    assert not await wallets.still_valid(found.address, found.evidence)


async def test_a_proof_of_a_wallet_that_is_gone_is_not_valid_any_more(chain: Chain, wallets: ContractWallets) -> None:
    evidence = ContractEvidence("00" * 32, b"\1")
    assert not await wallets.still_valid(ALICE.address, evidence)


async def test_only_configured_networks_are_supported(wallets: ContractWallets) -> None:
    assert wallets.supports(Network.LOOPRING)
    assert not wallets.supports(Network.LOOPRING_TESTNET)
    assert not wallets.supports(Network.CHIA_MAINNET)
    terms = terms_for(ALICE.address.text)
    elsewhere = Address(Network.LOOPRING_TESTNET, ALICE.address.text)
    with pytest.raises(ValueError, match="supported network"):
        await ContractWallets({}).verify(terms, text_for(ALICE.address.text), "0x00")
    with pytest.raises(ProofUnavailableError, match="no blockchain node"):
        await wallets.still_valid(elsewhere, ContractEvidence("00" * 32, b"\1"))
