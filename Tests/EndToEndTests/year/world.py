"""The ground that a simulated year stands on: addresses, names, operators, the zone, and the rows that reporters will report."""
import random
import zlib

START = 1759276800  # 2025-10-01, a Wednesday; the whole year lies in the past, so no report comes from the future

# Operators of the infrastructure table by role, in two sets, because rules must not depend on the first. A third set is invented.
TABLE = [
    {"workspace": "google.com", "office365": "outbound.protection.outlook.com", "esp-own": "amazonses.com", "esp-signing": "sendgrid.net",
     "esp-misaligned": "mcsv.net", "gateways": ["pphosted.com", "mimecast.com", "inkyphishfence.com"],
     "forwarders": ["forwardemail.net", "pobox.com", "simplelogin.co"], "mailboxes": ["gmx.net", "messagingengine.com"], "list": "groups.io"},
    {"workspace": "google.com", "office365": "outbound.protection.outlook.com", "esp-own": "mailgun.net", "esp-signing": "sparkpostmail.com",
     "esp-misaligned": "zendesk.com", "gateways": ["iphmx.com", "hornetsecurity.com", "messagelabs.com"],
     "forwarders": ["improvmx.com", "addy.io", "duck.com"], "mailboxes": ["web.de", "zoho.com"], "list": "freelists.org"},
]
DEFAULT_TENANTS = {"google.com": "gappssmtp.com", "outbound.protection.outlook.com": "onmicrosoft.com"}
SYLLABLES = "ba be bo da do fe fi ga go ha hi ka ke ko la le lo ma me mi na ne no pa po ra re ri ro sa se so ta te ti to va ve vo za zu".split()


def invented_name(rng):
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randrange(3, 5)))


def invented_operators(rng):
    name = lambda: invented_name(rng) + ".example"
    return {"workspace": name(), "office365": name(), "esp-own": name(), "esp-signing": name(), "esp-misaligned": name(),
            "gateways": [name() for _ in range(3)], "forwarders": [name() for _ in range(3)], "mailboxes": [name() for _ in range(2)],
            "list": "lists." + name()}


class Infrastructure:
    """Hosts of one operator, all with forward-confirmed names unless it has none."""

    def __init__(self, world, domain, count, role, named=True, attested=0.0, spread=False):
        self.domain, self.role, self.attested, self.named = domain, role, attested, named
        self.in_table = any(domain in _flat(table) for table in TABLE)
        self.hosts = [world.stray() for _ in range(count)] if spread else world.block(count)
        self.spf = "em." + domain
        if named:
            for number, host in enumerate(self.hosts):
                world.name(host, "out%d.%s" % (number + 1, domain))


def _flat(table):
    for value in table.values():
        yield from ([value] if isinstance(value, str) else value)


class World:
    def __init__(self, seed, days, operators, held_out, scale):
        self.rng = random.Random("year/%d" % seed)
        self.days, self.scale, self.held_out = days, scale, held_out
        own = random.Random("operators/%d" % operators)
        self.operators = TABLE[operators] if operators < len(TABLE) else invented_operators(own)
        self.names_rng = own
        self.zone, self.reports, self.domains = [], {}, {}
        self.next, self.used = 256, set()
        self.declared, self.tenants, self.policies = [], [], {}
        self.streams = []

    def between(self, low, high, held_low=None, held_high=None):
        """A number from the first range, or in a held-out year from the second one."""
        if self.held_out and held_low is not None:
            low, high = held_low, held_high
        return self.rng.uniform(low, high)

    def block(self, count):
        """Neighbouring addresses of 198.18.0.0/15, or of 10.0.0.0/8 once those are used up; each block has a /24 of its own."""
        start = self.next
        self.next += -(-(count + 2) // 256) * 256
        base = (198 << 24 | 18 << 16) if start < 131072 - 2048 else 10 << 24
        return [dotted(base + start + number + 10) for number in range(count)]

    def stray(self):
        """An address somewhere in 100.64.0.0/10, seldom in 2001:db8::/32."""
        while True:
            address = ("2001:db8:%x:%x::%x" % tuple(self.rng.randrange(1, 0xffff) for _ in range(3)) if self.rng.random() < 0.08
                       else dotted((100 << 24 | 64 << 16) + self.rng.randrange(256, 4194304)))
            if address not in self.used:
                self.used.add(address)
                return address

    def name(self, address, host):
        self.zone.append("%s PTR %s." % (reverse(address), host))
        self.zone.append("%s. %s %s" % (host, "AAAA" if ":" in address else "A", address))

    def text(self, domain, text):
        self.zone.append('%s. TXT "%s"' % (domain, text))

    def declare(self, name, kind, **values):
        self.declared.append((name, kind, values))


def dotted(number):
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def reverse(address):
    if ":" not in address:
        return ".".join(reversed(address.split("."))) + ".in-addr.arpa."
    import ipaddress
    return ipaddress.ip_address(address).reverse_pointer + "."


def stable(*parts):
    """A number from 0 to 1 that depends only on the arguments."""
    return zlib.crc32("/".join(map(str, parts)).encode()) / 0xffffffff
