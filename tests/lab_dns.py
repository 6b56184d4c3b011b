"""A name server in threads, from zone text; a name may be made to fail."""

import contextlib
import socket
import socketserver
import threading

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone


class NameServer:
    """Answers over UDP from one zone; `faults` maps names to ``servfail``, ``lame``, ``silent``."""

    def __init__(self, zone_text, *, origin="test.", faults=None, validated=False) -> None:
        self.zone = dns.zone.from_text(zone_text, origin, relativize=False, check_origin=False)
        self.faults, self.validated = faults or {}, validated
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                data, channel = self.request
                answer = outer.answer(dns.message.from_wire(data))
                if answer is not None:
                    channel.sendto(answer.to_wire(), self.client_address)

        class Server(socketserver.ThreadingUDPServer):
            max_packet_size = 4096

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def answer(self, query):
        """Give the response, or nothing for a silent name."""
        question = query.question[0]
        fault = self.faults.get(question.name.to_text(omit_final_dot=True))
        if fault == "silent":
            return None
        response = dns.message.make_response(query, recursion_available=True)
        if fault:
            response.set_rcode(dns.rcode.SERVFAIL)
            code = {"lame": 22, "bogus": 6}.get(fault)
            if code is not None:
                response.use_edns(options=[dns.edns.EDEOption(code)])
            return response
        self._fill(response, question.name, question.rdtype)
        if self.validated:
            response.flags |= dns.flags.AD
        return response

    def _fill(self, response, name, record_type):
        for _ in range(20):
            alias = self.zone.get_rrset(name, dns.rdatatype.CNAME)
            found = self.zone.get_rrset(name, record_type)
            if found is not None:
                response.answer.append(found)
                return
            if alias is None:
                if self.zone.get_node(name) is None:
                    response.set_rcode(dns.rcode.NXDOMAIN)
                return
            if alias in response.answer:
                response.answer.clear()
                response.set_rcode(dns.rcode.SERVFAIL)
                return
            response.answer.append(alias)
            name = alias[0].target

    def close(self):
        """Stop."""
        with contextlib.suppress(OSError):
            self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


def free_port():
    """Give a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
