"""The link that adds the bot to a server, with the least it needs."""

import discord

SCOPES = ("bot", "applications.commands")
PERMISSIONS = discord.Permissions(view_channel=True, manage_roles=True, send_messages=True, embed_links=True)
"""Manage Roles to give and take roles; the rest to post the verify panel and the log."""


def invite_link(application_id: int) -> str:
    """Build the link for an application."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=SCOPES)
