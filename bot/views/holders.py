"""What admins read about an export of a rule's holders."""

from bot.domain.markup import plain
from bot.domain.rules import Rule
from bot.services.holder_files import HolderFile
from bot.views.text import code, counted


def question(rule: Rule) -> str:
    """What to say before full addresses leave the bot."""
    return (
        f"**Export the holders of “{plain(rule.role_name)}” with their full addresses?**\n"
        "With an address, anybody can look up all that the wallet holds and ever did; whose it is stands beside it.\n"
        "The file has only wallets that count for this rule, of members who are here and did not opt out.\n"
        "The server's audit will show that you exported it. Without `addresses`, the wallets have pseudonyms instead, "
        "which are the same in every export of this server."
    )


def exported(file: HolderFile, *, with_addresses: bool) -> str:
    """What to say with the file."""
    wallets = (
        "Its wallets are full addresses: keep it as safe as your members' other data, and delete it when it has served."
        if with_addresses
        else "Its wallets have pseudonyms, which are the same in every export of this server."
    )
    return (
        f"**{counted(file.holders, 'holder', 'holders')} exported.** {wallets} "
        "Each line says when the wallet was read, and from which source.\n"
        f"SHA-256 of `{file.name}`: {code(file.sha256)}\n"
        "The server's audit has it too, so that anybody can later check that a copy of the file is unchanged."
    )


def outdated() -> str:
    """What to say to a press that comes too late."""
    return "This question is too old, so nothing was exported. Use `/holders export` again."
