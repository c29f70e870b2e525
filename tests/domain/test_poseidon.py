import pytest

from bot.domain.poseidon import FIELD, NftType, native_nft_data, poseidon, redeposited_nft_data

GAME = 0x1182FE0F76A1B71B6CAD6F293724881CD5619166

# (token address, nftId, minter, royalty, nftData as minted, nftData as deposited back) of ERC-1155 NFTs, as Loopring's
# API documentation prints them; the third column that it does not print is computed.
SAMPLES = [
    (
        0x4727365E03B1284BDCF62EFF5C24BA3CFDB13FE1,
        0x0810E6D238AEEE149113EC8ECC3C8307BA9BE29719EA5297B0D59697B3D7F27C,
        0xB4A0C11E4D0D434BB4E9A133E5A6B7B058530E22,
        0,
        "0x03e665d11027998228d949e724dd4f7b8c5e098d08fe9f58a1c3c83507ab2846",
        "0x1baa185f130fe0413f3fed26e9586c3aaba38d2c8e739e92a6f7fbab117ceb5b",
    ),
    (
        0x4727365E03B1284BDCF62EFF5C24BA3CFDB13FE1,
        0x85570B55BD8B5B37C3965A31C71A09CAB86ABD0AA92534C53D9FE63393D28605,
        0xB4A0C11E4D0D434BB4E9A133E5A6B7B058530E22,
        8,
        "0x19a5de904df6eadc7f197e2a30ea1367d14328ed35de5e58df26ad398c699307",
        "0x14519fc475b7ccfc8abace204a5852bb1602c35e937b0b117f5c6ad4cecf15a0",
    ),
    (
        0x4727365E03B1284BDCF62EFF5C24BA3CFDB13FE1,
        0x241B290513B0966C330D271FC20862585CE905B194CBD4446EC785F4F970CBBA,
        0xB4A0C11E4D0D434BB4E9A133E5A6B7B058530E22,
        10,
        "0x2bd63e2e6ecf3f97f10321a0492bea56bda675e9d5eed42120282a7ed7ee9cae",
        "0x0bdecf037f61d29524ee3b7643ae197dfa61ae9c0704e1cba8de18406c5df3d5",
    ),
    (
        0x43DC24584F1AB1C23D391C7B93AB0B8D33DDA52F,
        0x710584DD9F17F0EB13C2177AA118AC6001D47E973813770FA6AD614392FAA743,
        0xD841B2B80B616F0A3E124F0ED8611743E8BECFAE,
        10,
        "0x08773861a52fff62d5a76024912cca97015fcb1a838e35607d9029355f8e09e9",
        "0x15b4fd3d2616de06ba236c8cf72e27c2f79b67d4ff03640ee5697d84b92bbf4e",
    ),
    (
        0x28CBD57197EC1EADFE98FBC37D042CD8E4B4C4F7,
        0xF7778C73467E76C5BFE11CE3FDC046D333A927E3348D62024DBB830C8AE88231,
        0x1772003F02874FCCFC7CD14B334F9DB8F5BB1D8B,
        0,
        "0x02ef08fd97866a43f811aa62c8d91448b09117e7c97ae513e283020a1e83a1db",
        "0x1290a1594eeaf8b4204089c4844521512f1042fc4289725b3c56888431c41eac",
    ),
    (
        GAME,
        0x1076AD78B0F2D6834F49B13FE222DDBD1A82300CAE073DD1912189863C41C602,
        0xB4A0C11E4D0D434BB4E9A133E5A6B7B058530E22,
        10,
        "0x1026aa9363af390bbf8bf770895e68fe4203fff2e786949aa31437029f410098",
        "0x18ae02f9a5470a8be3a935ddcd14cf51ede1c113fa9dbaf54b9387666018fd44",
    ),
    (
        GAME,
        0xBEAD487F48DC4696A59236BCFA1474D16E681ED8F24CB38C8E237F19B042E38F,
        0xB4A0C11E4D0D434BB4E9A133E5A6B7B058530E22,
        10,
        "0x0c8376a5550f47a39f636f0adc169698993120f99696b556f2de47026c6acb5b",
        "0x03732f03acb10427665ca38cd0051ac9bb8f00e88ffbbb04885f9c4b5cbb2a73",
    ),
]


@pytest.mark.parametrize(("token", "nft_id", "minter", "royalty", "native", "redeposited"), SAMPLES)
def test_documented_nft_data_is_reproduced(
    token: int, nft_id: int, minter: int, royalty: int, native: str, redeposited: str
) -> None:
    assert native_nft_data(token, nft_id, minter, royalty, NftType.ERC1155) == native
    assert redeposited_nft_data(token, nft_id, NftType.ERC1155) == redeposited


def test_the_token_standard_is_part_of_the_hash() -> None:
    assert redeposited_nft_data(GAME, 1, NftType.ERC721) != redeposited_nft_data(GAME, 1, NftType.ERC1155)


@pytest.mark.parametrize("inputs", [(FIELD,), (-1,), (0,) * 7])
def test_what_is_no_element_of_the_field_is_refused(inputs: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="up to 6 elements"):
        poseidon(inputs)
