package import DMARC

/// A host that the DNS of a domain names.
package struct NamedHost: Sendable, Hashable {
  /// The name of the host.
  package var name: DomainName
  /// The record that names it: `A` for the address of the domain itself, or `MX`.
  package var type: String

  /// Creates a host.
  package init(name: DomainName, type: String) {
    self.name = name
    self.type = type
  }
}
