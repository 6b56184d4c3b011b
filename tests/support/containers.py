"""The steps of a Containerfile, run over the files of this machine, which stay as they are.

A builder needs the image that the file begins with, from a registry. Without one, the root of this
machine stands for it: under an overlay, in a mount namespace of its own, so that each step does
what it says and nothing of it is left.
"""

import json
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
STEPS = {"FROM", "RUN", "COPY", "USER", "WORKDIR", "ENTRYPOINT", "CMD"}


@dataclass(frozen=True)
class Step:
    """One line of a Containerfile."""

    word: str
    rest: str


def steps_of(path):
    """Return the steps of a Containerfile without its comments."""
    lines = path.read_text().replace("\\\n", " ").splitlines()
    steps = [Step(*line.split(maxsplit=1)) for line in lines if line and line[0] != "#"]
    assert {step.word for step in steps} <= STEPS
    return steps


def last(steps, word):
    """Return the rest of the last step of a kind."""
    return next(step.rest for step in reversed(steps) if step.word == word)


def script_of(steps, source, mounts):
    """Write the steps as a script for a shell that stands outside the overlay, at ``$root``."""
    lines = ["set -eu"]
    for step in steps:
        if step.word == "RUN":
            lines.append(f'chroot "$root" env -i PATH={PATH} sh -ec {shlex.quote(step.rest)}')
        elif step.word == "COPY":
            *names, target = step.rest.split()
            if names[0].startswith("--from"):  # there is one root for all stages
                continue
            lines.append(f'mkdir -p "$root{target if len(names) > 1 else Path(target).parent}"')
            paths = " ".join(shlex.quote(str(source / name)) for name in names)
            lines.append(f'cp -r {paths} "$root{target}"')
    for inside, outside in mounts.items():
        lines.append(f'mount --bind {shlex.quote(str(outside))} "$root{inside}"')
    command = json.loads(last(steps, "ENTRYPOINT")) + json.loads(last(steps, "CMD"))
    user, folder = last(steps, "USER"), last(steps, "WORKDIR")
    inner = f'cd {folder} && echo "user: $(id -u)" && exec {shlex.join(command)}'
    lines.append(
        f'chroot --userspec={user} "$root" env -i PATH={PATH} HOME=/home/{user}'
        f" sh -ec {shlex.quote(inner)}"
    )
    return "\n".join(lines)


OVERLAY = """
set -eu
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
export root="$1/root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
sh -c "$2"
"""


def can_overlay():
    """Whether this process may lay files over the root of this machine."""
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    return (
        subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode
        == 0
    )


def run_over_this_machine(script, folder):
    """Run a script for `OVERLAY`, and return what it printed."""
    command = ["unshare", "--mount", "sh", "-c", OVERLAY, "sh", str(folder), script]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=500)
