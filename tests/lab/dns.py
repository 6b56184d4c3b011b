"""A name server in threads that serves zones from text; a whole zone can be made to fail."""

import socketserver
import struct
import threading

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.zone

EXTENDED_CODES = {"lame": 22, "bogus": 6}
LARGEST_DATAGRAM = 1232


class NameServer:
    """Answers from zones like a resolver that has validated those in `signed`.

    `faults` maps zones to ``bogus``, ``lame``, ``servfail`` or ``silent``.
    """

    def __init__(self, zones, faults, signed) -> None:
        self.zones = {
            f"{origin}.": dns.zone.from_text("\n".join(lines) + "\n", origin, relativize=False)
            for origin, lines in zones.items()
        }
        self.faults, self.signed = faults, signed
        outer = self

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self):
                data, channel = self.request
                if (wire := outer.wire(data, LARGEST_DATAGRAM)) is not None:
                    channel.sendto(wire, self.client_address)

        class Stream(socketserver.StreamRequestHandler):
            def handle(self):
                (length,) = struct.unpack("!H", self.rfile.read(2))
                if (wire := outer.wire(self.rfile.read(length), 65_535)) is not None:
                    self.wfile.write(struct.pack("!H", len(wire)) + wire)

        class Datagrams(socketserver.ThreadingUDPServer):
            max_packet_size = 4096

        class Streams(socketserver.ThreadingTCPServer):
            daemon_threads = True

        streams = Streams(("127.0.0.1", 0), Stream)
        self.port = streams.server_address[1]
        self.servers = [streams, Datagrams(("127.0.0.1", self.port), Datagram)]
        self.threads = [
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            for server in self.servers
        ]
        for thread in self.threads:
            thread.start()

    def wire(self, data, size):
        """Return the response to a question as bytes, or None in a silent zone."""
        query = dns.message.from_wire(data)
        response = self.answer(query)
        if response is None:
            return None
        try:
            return response.to_wire(max_size=size)
        except dns.exception.TooBig:
            short = dns.message.make_response(query, recursion_available=True)
            short.flags |= dns.flags.TC
            return short.to_wire()

    def answer(self, query):
        """Return the response, or None."""
        question = query.question[0]
        origin, zone = self._zone_of(question.name)
        fault = self.faults.get(origin.rstrip("."))
        if fault == "silent":
            return None
        response = dns.message.make_response(query, recursion_available=True)
        is_checked = not query.flags & dns.flags.CD
        if zone is None or (fault and (is_checked or fault != "bogus")):
            response.set_rcode(dns.rcode.SERVFAIL if fault else dns.rcode.NXDOMAIN)
            if fault in EXTENDED_CODES:
                response.use_edns(options=[dns.edns.EDEOption(EXTENDED_CODES[fault])])
            return response
        self._fill(response, question.name, question.rdtype)
        if origin.rstrip(".") in self.signed and is_checked:
            response.flags |= dns.flags.AD
        return response

    def _zone_of(self, name):
        text = f".{name.to_text().lower()}"
        origins = [f"{origin}." for origin in self.faults] + list(self.zones)
        origin = next((found for found in origins if text.endswith(f".{found}")), ".")
        return origin, self.zones.get(origin)

    def _fill(self, response, name, record_type):
        while True:
            zone = self._zone_of(name)[1]
            found = zone.get_rrset(name, record_type) if zone else None
            alias = zone.get_rrset(name, dns.rdatatype.CNAME) if zone else None
            if found is not None:
                response.answer.append(found)
                return
            if alias is None:
                is_there = zone and any(known.is_subdomain(name) for known in zone.nodes)
                response.set_rcode(dns.rcode.NOERROR if is_there else dns.rcode.NXDOMAIN)
                return
            if alias in response.answer:
                response.answer.clear()
                response.set_rcode(dns.rcode.SERVFAIL)
                return
            response.answer.append(alias)
            name = alias[0].target

    def close(self):
        """Stop."""
        for server in self.servers:
            server.shutdown()
            server.server_close()
        for thread in self.threads:
            thread.join(5)
