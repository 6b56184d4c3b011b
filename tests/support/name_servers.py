"""A name server on loopback that answers from a mapping of names to texts."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


@contextlib.contextmanager
def txt_server(
    records: Mapping[str, str | Sequence[str] | None],
) -> Iterator[tuple[int, list[str]]]:
    """Serve TXT records, None as a server failure; yield the port and the names asked for."""
    asked: list[str] = []

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            content, connection = self.request
            query = dns.message.from_wire(content)
            name = query.question[0].name.to_text(omit_final_dot=True)
            asked.append(name)
            response = dns.message.make_response(query)
            response.flags |= dns.flags.RA
            record = records.get(name, "")
            if record is None:
                response.set_rcode(dns.rcode.SERVFAIL)
            elif not record:
                response.set_rcode(dns.rcode.NXDOMAIN)
            else:
                texts = [record] if isinstance(record, str) else record
                response.answer.append(
                    dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *map(_in_pieces, texts))
                )
            connection.sendto(response.to_wire(), self.client_address)

    with socketserver.UDPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1], asked
        finally:
            server.shutdown()
            thread.join()


def _in_pieces(record: str) -> str:
    return " ".join(f'"{record[at : at + 200]}"' for at in range(0, len(record), 200))
