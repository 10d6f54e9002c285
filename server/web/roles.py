"""The names of the roles, for readers."""

from server.identity.viewer import Role


def _(text: str) -> str:
    """Marks a sentence for the catalogue."""
    return text


ROLE_NAMES = {
    Role.MODERATOR: _("Kiểm duyệt viên"),
    Role.EDITOR: _("Biên tập viên"),
    Role.ADMINISTRATOR: _("Quản trị viên"),
    Role.SITE_ADMINISTRATOR: _("Quản trị toàn hệ thống"),
}
