"""Inputs with bytes changed, cut out, doubled or spliced; ``python tests/mutated_inputs.py`` reads many.

Each is read as a file, and what became of its members must add up, whatever it holds.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from hostile_corpus import hostile_files
from support.wrappings import WRAPPINGS

from tlsrpt_analysis.intake.outcomes import Outcome, Rejected
from tlsrpt_analysis.intake.sources.walk import Source
from tlsrpt_analysis.intake.tolerant.reader import read_source
from tlsrpt_analysis.loading.load import tables_of
from tlsrpt_analysis.standards.mta_sts import covers, read_mode, read_mx_patterns

LENIENT = Path(__file__).parent / "data/leniencies"
SLOWEST_SECONDS = 5
BATCH = 500
UNEXPECTED = "reading it failed unexpectedly"


def originals() -> list[bytes]:
    """Return every wrapping, every oddity and every hostile file, unchanged."""
    oddities = (path.read_bytes() for path in sorted(LENIENT.iterdir()))
    return [*WRAPPINGS.values(), *oddities, *hostile_files().values()]


def mutated(content: bytes, others: list[bytes], generator: random.Random) -> bytes:
    """Change a few places of some bytes."""
    changed = bytearray(content)
    for _ in range(generator.choice((1, 1, 2, 4, 16))):
        place = generator.randrange(len(changed) + 1)
        length = min(generator.choice((1, 1, 2, 8, 64, 512)), len(changed) - place)
        match generator.randrange(6):
            case 0:
                changed[place : place + length] = generator.randbytes(length)
            case 1:
                del changed[place : place + length]
            case 2:
                changed[place:place] = changed[place : place + length]
            case 3:
                other = generator.choice(others)
                start = generator.randrange(len(other))
                changed[place:place] = other[start : start + 512]
            case 4 if place < len(changed):
                changed[place] ^= 1 << generator.randrange(8)
            case _:
                del changed[place:]
    return bytes(changed)


def inputs(count: int, seed: int) -> Iterator[bytes]:
    """Yield so many mutated inputs, the same ones for the same seed."""
    generator = random.Random(seed)  # noqa: S311 - the same inputs for the same seed
    others = originals()
    for _ in range(count):
        yield mutated(generator.choice(others), others, generator)


def check(count: int, seed: int) -> Counter[str]:
    """Read so many mutated inputs and count what became of their members.

    Raises
    ------
    AssertionError
        When the reading of an input failed in a way that nobody thought of, gave nothing, or took
        too long: the input is then in the message; or when the members of a batch do not add up.
    """
    totals: Counter[str] = Counter()
    batch: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "input")
        for number, content in enumerate(inputs(count, seed), start=1):
            path.write_bytes(content)
            began = time.perf_counter()
            outcomes = list(read_source(Source("input", str(path), len(content))))
            seconds = time.perf_counter() - began
            if not outcomes or seconds > SLOWEST_SECONDS or any(map(_is_unexpected, outcomes)):
                raise AssertionError(f"{seconds:.1f} s, {outcomes}: {content!r}")
            _read_policy(content)
            batch += outcomes
            if number % BATCH == 0 or number == count:
                balance = tables_of(batch).balance
                if not balance.adds_up or balance.members != len(batch):
                    raise AssertionError(f"up to input {number} of seed {seed}: {balance}")
                totals.update(type(outcome).__name__ for outcome in batch)
                batch.clear()
    return totals


def _is_unexpected(outcome: Outcome) -> bool:
    return isinstance(outcome, Rejected) and outcome.problem.message.startswith(UNEXPECTED)


def _read_policy(content: bytes) -> None:
    lines = content.decode(errors="replace").splitlines()
    read_mode(lines)
    covers(read_mx_patterns(lines), "mx1.example.com")


def main() -> None:
    """Read many and say what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=8460)
    chosen = parser.parse_args()
    began = time.perf_counter()
    totals = check(chosen.count, chosen.seed)
    told = ", ".join(f"{count:,} {name}" for name, count in totals.most_common())
    sys.stdout.write(f"{chosen.count:,} inputs in {time.perf_counter() - began:.0f} s: {told}\n")


if __name__ == "__main__":
    main()
