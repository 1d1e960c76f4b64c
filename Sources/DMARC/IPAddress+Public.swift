extension CIDR {
  /// Networks that no message arrives from over the Internet, and that no host in it has (RFC 6890). Those for documentation are left out.
  package static let notPublic: [CIDR] = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "224.0.0.0/3", "::/128", "::1/128", "::ffff:0:0/96", "fc00::/7", "fe80::/10", "ff00::/8",
  ].compactMap { CIDR($0) }
}

extension IPAddress {
  /// Whether a host in the Internet may have it.
  package var isPublic: Bool { !CIDR.notPublic.contains { $0.contains(self) } }
}
