"""A real nginx as the policy host, with an address and a certificate for each case."""

import subprocess

from lab.ports import free_port, program, wait_until_open

MAIN = """user root;
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  types {{ text/plain txt; }}
  {paths}
{servers}
}}
"""
SERVER = """  server {{
    listen {target} ssl;
    ssl_certificate {chain};
    ssl_certificate_key {chain};
    root {folder}/{case};
    {more}
  }}
"""
MORE = {
    "redirect": "return 301 https://192.0.2.9/;",
    "html": "types { text/html txt; }",
    "slow": "limit_rate 20;",
}
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Nginx:
    """nginx with a server for each face; `targets` says where each listens."""

    def __init__(self, folder, faces) -> None:
        self.folder = folder / "nginx"
        self.folder.mkdir()
        port, self.targets, servers = free_port(), {}, []
        for number, (case, face) in enumerate(faces.items(), start=1):
            self.targets[case] = f"127.0.8.{number}:{port}"
            more = MORE.get(face.way, "")
            place = {"target": self.targets[case], "folder": self.folder, "case": case}
            servers.append(SERVER.format(chain=face.chain, more=more, **place))
            self._write(case, face)
        paths = "\n  ".join(f"{name}_temp_path {self.folder}/{name};" for name in TEMPORARY)
        text = MAIN.format(folder=self.folder, paths=paths, servers="".join(servers))
        (self.folder / "nginx.conf").write_text(text)
        self.process = subprocess.Popen(
            [program("nginx"), "-c", f"{self.folder}/nginx.conf", "-e", f"{self.folder}/error.log"]
        )
        try:
            for target in self.targets.values():
                wait_until_open(target)
        except BaseException:
            self.close()
            raise

    def _write(self, case, face):
        if face.way == "missing":
            return
        place = self.folder / case / ".well-known"
        place.mkdir(parents=True)
        text = {"html": "<html></html>", "large": "x" * 70_000}.get(face.way, face.body)
        (place / "mta-sts.txt").write_text(text)

    def close(self):
        """Stop the master that was started here."""
        self.process.terminate()
        self.process.wait(10)
