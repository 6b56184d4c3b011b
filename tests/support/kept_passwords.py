"""A keyring in memory, in place of the machine's."""

import contextlib
from collections.abc import Iterator

import keyring
import keyring.backend


class MemoryKeyring(keyring.backend.KeyringBackend):
    """Keeps passwords as long as a test runs, in entries as short as those of Windows."""

    priority = 1
    longest = 1_280

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return a password."""
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a password."""
        assert 0 < len(password) <= self.longest
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget a password."""
        del self.kept[service, username]


@contextlib.contextmanager
def keyring_in_use(backend: keyring.backend.KeyringBackend) -> Iterator[None]:
    """Use a keyring in place of the machine's."""
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        yield
    finally:
        keyring.set_keyring(before)
