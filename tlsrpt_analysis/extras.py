"""What is installed only on request: the extras of the package, and the error where one is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from tlsrpt_analysis.errors import MissingExtraError

EXTRAS = {
    "lab": frozenset(
        {
            "IPython",
            "altair",
            "anywidget",
            "ipykernel",
            "ipywidgets",
            "jupyter_client",
            "jupyterlab",
            "nbclient",
            "nbconvert",
            "nbformat",
            "traitlets",
            "vl_convert",
        }
    ),
    "mailbox": frozenset({"imapclient", "keyring", "msal", "olefile"}),
    "remote": frozenset({"fsspec"}),
    "dask": frozenset({"dask", "distributed"}),
}
"""The modules that each extra brings."""


@contextmanager
def needed_extra(extra: str, purpose: str) -> Iterator[None]:
    """Say how to install an extra where a module of it is missing.

    Parameters
    ----------
    extra : str
        One of the keys of `EXTRAS`.
    purpose : str
        What needs it, as the beginning of a sentence.

    Raises
    ------
    MissingExtraError
        When an import in the ``with`` block finds a module of the extra missing.

    Examples
    --------
    >>> with needed_extra("lab", "Drawing charts"):
    ...     raise ModuleNotFoundError(name="altair")
    Traceback (most recent call last):
    ...
    tlsrpt_analysis.errors.MissingExtraError: Drawing charts needs altair, which is not installed: install it with  pip install 'tlsrpt-analysis[lab]'
    """
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in EXTRAS[extra]:
            raise
        raise MissingExtraError(
            f"{purpose} needs {module}, which is not installed:"
            f" install it with  pip install 'tlsrpt-analysis[{extra}]'"
        ) from None
