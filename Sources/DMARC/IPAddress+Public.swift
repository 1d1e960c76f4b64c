extension CIDR {
  /// Networks that no host on the Internet uses, so that no message can arrive from them (RFC 6890). Those for
  /// documentation are not included.
  package static let notPublic: [CIDR] = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "224.0.0.0/3", "::/128", "::1/128", "::ffff:0:0/96", "fc00::/7", "fe80::/10", "ff00::/8",
  ].compactMap { CIDR($0) }
}

extension IPAddress {
  /// Whether a host on the Internet may have this address.
  package var isPublic: Bool { !CIDR.notPublic.contains { $0.contains(self) } }
}
