"""What is measured anew replaces its section in a file of results, and nothing else."""

from pathlib import Path

from benchmarks.result_files import write_sections


def test_a_section_is_replaced_and_the_notes_stay_at_the_end(tmp_path: Path) -> None:
    """Sizes are measured in runs of their own, and a hand-written note outlives them."""
    path = tmp_path / "RESULTS.md"
    write_sections(path, "# Speed\n\nold", {"10 reports": "slow", "20 reports": "slower"})
    path.write_text(path.read_text() + "\n## Notes\n\nA note.\n")
    write_sections(path, "# Speed\n\nnew", {"10 reports": "fast\n\n| a |", "30 reports": "slowest"})
    assert path.read_text() == (
        "# Speed\n\nnew\n\n## 10 reports\n\nfast\n\n| a |\n\n## 20 reports\n\nslower\n\n"
        "## 30 reports\n\nslowest\n\n## Notes\n\nA note.\n"
    )
