"""Pages in a real browser that can reach only what is allowed; other requests are recorded.

A dialog, an error of the page and every other request are kept, so that a test can say "none".
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
FROM_DISK = ("file:", "data:", "blob:")

KERNEL_IS_IDLE = """
window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle"
"""

OUTPUTS = """
jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells
  .flatMap((cell) => cell.outputs ?? [])
  .flatMap((output) => [output.output_type, ...Object.keys(output.data ?? {})])
"""


@dataclass
class Watched:
    """A page, with the requests that were blocked and the errors that occurred."""

    page: Page
    stopped: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """What must not happen: requests, errors and dialogs."""
        return [*self.stopped, *self.errors, *self.dialogs]


@contextlib.contextmanager
def started_browser() -> Iterator[Browser]:
    """Start Debian's Chromium, headless."""
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is missing: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@contextlib.contextmanager
def watched(browser: Browser, *, allowed: tuple[str, ...], **options: object) -> Iterator[Watched]:
    """Open a page that can reach only what is allowed."""
    context: BrowserContext = browser.new_context(service_workers="block", **options)  # type: ignore[arg-type]
    seen = Watched(context.new_page())

    def decide(route: Route) -> None:
        if route.request.url.startswith(allowed):
            route.continue_()
        else:
            seen.stopped.append(route.request.url)
            route.abort()

    def dismiss(dialog: Dialog) -> None:
        seen.dialogs.append(dialog.message)
        dialog.dismiss()

    context.route("**/*", decide)
    seen.page.on("dialog", dismiss)
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    yield seen
    context.close()


def opened(seen: Watched, path: Path) -> Page:
    """Open an exported page and wait until its charts are drawn."""
    seen.page.goto(path.as_uri())
    seen.page.wait_for_selector("html.drawn", timeout=60_000)
    return seen.page


@contextlib.contextmanager
def started_jupyterlab(folder: Path, home: Path) -> Iterator[str]:
    """Start a JupyterLab on a folder and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}"]
    command += ["--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True"]
    command += ["--LabApp.news_url=", "--ServerApp.log_level=ERROR"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    environment = os.environ | {name: str(home / part) for name, part in folders.items()}
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"{address}/api/status")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(address: str) -> None:
    for _ in range(150):
        with contextlib.suppress(OSError), urllib.request.urlopen(address):  # noqa: S310 - loopback
            return
        time.sleep(0.2)
    pytest.fail(f"{address} did not answer within 30 seconds")
