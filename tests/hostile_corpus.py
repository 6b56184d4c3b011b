"""The hostile files in `data/hostile`; ``python tests/hostile_corpus.py`` writes them again."""

from pathlib import Path

from support.hostile_archives import hostile_archives
from support.hostile_documents import hostile_documents
from support.hostile_mails import hostile_mails

HOSTILE = Path(__file__).parent / "data/hostile"


def hostile_files() -> dict[str, bytes]:
    """Return each hostile file by its name, the same bytes every time."""
    return hostile_archives() | hostile_documents() | hostile_mails()


def main() -> None:
    """Write each file, and remove those that are none of them."""
    files = hostile_files()
    HOSTILE.mkdir(exist_ok=True)
    for path in HOSTILE.iterdir():
        if path.name not in files:
            path.unlink()
    for name, content in files.items():
        (HOSTILE / name).write_bytes(content)


if __name__ == "__main__":
    main()
