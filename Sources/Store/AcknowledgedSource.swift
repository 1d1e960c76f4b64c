package import DMARC

/// A source that a person has looked at, so that `unknown-senders` does not ask about it again unless it gets worse.
package struct AcknowledgedSource: Sendable, Hashable {
  /// What was looked at.
  package var subject: Subject
  /// Why nothing is to be done; nil if nobody said.
  package var note: String?
  /// The severity of the worst verdict at that time. A source with a worse one is asked about again.
  package var severity: Int64
  /// When it was acknowledged, in epoch seconds.
  package var madeAt: Int64

  /// An address or network, or a domain of hosts.
  package enum Subject: Sendable, Hashable, CustomStringConvertible {
    case network(CIDR)
    /// Forward-confirmed host names equal to a name or below it.
    case host(DomainName)

    /// Parses an address, a network or a domain; nil for anything else.
    package init?(_ text: String) {
      if let network = CIDR(text) {
        self = .network(network)
      } else if let name = DomainName(text), name.labels.count > 1 {
        self = .host(name)
      } else {
        return nil
      }
    }

    /// As it is stored and printed.
    package var description: String {
      switch self {
      case .network(let network): "\(network)"
      case .host(let name): name.name
      }
    }

    func contains(_ address: IPAddress, host: String?) -> Bool {
      switch self {
      case .network(let network): network.contains(address)
      case .host(let name): host.flatMap(DomainName.init)?.isEqualOrUnder(name) ?? false
      }
    }
  }

  /// Creates an acknowledgement.
  package init(_ subject: Subject, note: String?, severity: Int64, madeAt: Int64) {
    self.subject = subject
    self.note = note
    self.severity = severity
    self.madeAt = madeAt
  }

  /// Whether it covers a source whose worst verdict has this severity.
  func covers(_ address: IPAddress, host: String?, severity: Int64) -> Bool {
    severity <= self.severity && subject.contains(address, host: host)
  }
}
