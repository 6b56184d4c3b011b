"""Exported pages printed to PDF by Chromium."""

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from tlsrpt_analysis.errors import ExportError
from tlsrpt_analysis.whole_files import part_beside, replace_whole

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
TIMEOUT_SECONDS = 120
SWITCHES = (
    "--headless",
    "--no-sandbox",  # a sandbox cannot start as root, nor in most containers
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--no-pdf-header-footer",
)


def print_page(page: str | Path, output: str | Path) -> Path:
    """Print an exported page to a PDF with a Chromium that is installed.

    Parameters
    ----------
    page : str or Path
        A page that `export_notebook` wrote.
    output : str or Path
        The PDF to write.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    ExportError
        When there is no page or no Chromium, or when printing fails.

    Examples
    --------
    >>> print_page("no-such-page.html", "impact.pdf")
    Traceback (most recent call last):
    tlsrpt_analysis.errors.ExportError: no-such-page.html is not a page. Export it first.
    """
    source, target = Path(page), Path(output)
    if not source.is_file():
        raise ExportError(f"{source} is not a page. Export it first.")
    beside = part_beside(target.resolve())
    try:
        ended = _print(source, beside, target)
        if ended.returncode or not _is_whole_pdf(beside):
            raise ExportError(
                f"{target} was not printed: the browser ended with {ended.returncode} and wrote no"
                " whole PDF. Open the page in a browser and print it there."
            )
        replace_whole(beside, target.resolve())
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror or error}.") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    return target


def _print(source: Path, beside: Path, target: Path) -> "subprocess.CompletedProcess[bytes]":
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [find_browser(), *SWITCHES, f"--user-data-dir={profile}"]
        command += [f"--print-to-pdf={beside}", source.resolve().as_uri()]
        try:
            return subprocess.run(  # noqa: S603 - a browser found on PATH, and no shell
                command, capture_output=True, check=False, timeout=TIMEOUT_SECONDS
            )
        except subprocess.TimeoutExpired as error:
            raise ExportError(
                f"{target} was not printed within {TIMEOUT_SECONDS} seconds."
                " Open the page in a browser and print it there."
            ) from error


def _is_whole_pdf(path: Path) -> bool:
    """Whether a file starts and ends as a PDF does; Chromium may exit with 0 after half of it."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return False
    return content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")


def find_browser() -> str:
    """Return the path of an installed Chromium or Chrome."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise ExportError(
            "PDFs are printed by Chromium, which is not installed."
            " Install chromium, or open the page in a browser and print it there."
        )
    return found
