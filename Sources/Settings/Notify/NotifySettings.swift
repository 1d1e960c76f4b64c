package import DMARC
import IMAP
package import Verdict

/// Who is told of alerts and gets the digest, and how (`notify`). Without a recipient, nothing is sent.
package struct NotifySettings: Sendable, Hashable {
  /// How mail is sent; nil if no recipient gets any.
  package var mail: MailRoute?
  package var recipients: [Recipient] = []
  /// Maximum seconds for one delivery.
  package var timeout = 30

  package init() {}

  /// The recipient with a name; nil if there is none.
  package func recipient(named name: String) -> Recipient? { recipients.first { $0.name == name } }
}

/// The author of mail, and the way that it takes.
package struct MailRoute: Sendable, Hashable {
  package var from: MailAddress
  package var transport: Transport

  package init(from: MailAddress, transport: Transport) { (self.from, self.transport) = (from, transport) }

  package enum Transport: Sendable, Hashable {
    /// A program that takes a message on standard input: the path.
    case sendmail(String)
    case server(MailServer)
  }
}

/// A server for the submission of mail (RFC 6409).
package struct MailServer: Sendable, Hashable {
  package var host: String
  package var port: Int
  package var security: Security
  /// Path of a PEM file with the only trusted certificate authorities; nil for those of the system.
  package var authorities: String?
  /// The user name for the login; nil for none.
  package var user: String?
  package var password: SecretSource?
  /// Whether mail may be sent to another machine without encryption.
  package var allowsPlaintext = false

  package init(host: String, port: Int, security: Security) {
    (self.host, self.port, self.security) = (host, port, security)
  }

  /// When encryption of the connection starts.
  package enum Security: String, Sendable, Hashable, CaseIterable {
    /// With the first byte; port 465 (RFC 8314 §3.3).
    case implicit
    /// With STARTTLS, which is required; port 587.
    case starttls
    /// Never; port 25.
    case none

    package var usualPort: Int {
      switch self {
      case .implicit: 465
      case .starttls: 587
      case .none: 25
      }
    }
  }

  /// Whether data sent to a host never leaves the machine.
  package static func isLoopback(_ host: String) -> Bool { Endpoint(host: host).isLoopback }
}

/// Somebody or something that is told.
package struct Recipient: Sendable, Hashable {
  /// Unique in the configuration.
  package var name: String
  package var channel: Channel
  /// The domains that it is told about; empty for all.
  package var domains: [DomainSelector] = []
  /// Less severe alerts are not sent.
  package var leastSeverity = Severity.low
  /// The language; nil for that of the configuration.
  package var language: Language?
  package var getsAlerts = true
  /// Whether the digest is sent; only by mail.
  package var getsDigest = false

  package init(name: String, channel: Channel) { (self.name, self.channel) = (name, channel) }

  /// How something is delivered.
  package enum Channel: Sendable, Hashable {
    case mail(MailAddress)
    case web(WebShape, WebTarget)
    /// A program with its arguments, which gets JSON on standard input.
    case command([String])
    case syslog(SyslogTarget)
    case standardError

    /// The word of the configuration.
    package var word: String {
      switch self {
      case .mail: "mail"
      case .web(let shape, _): shape.rawValue
      case .command: "command"
      case .syslog: "syslog"
      case .standardError: "stderr"
      }
    }
  }

  package enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
    case low, medium, high

    private var rank: Int { self == .low ? 0 : self == .medium ? 1 : 2 }

    package static func < (one: Self, other: Self) -> Bool { one.rank < other.rank }
  }

  /// The policy domains among these that it is told about.
  package func covered(_ names: [String]) -> [String] {
    guard !domains.isEmpty else { return names }
    return names.filter { name in DomainName(name).map { name in domains.contains { $0.covers(name) } } ?? false }
  }
}

/// What a web service understands.
package enum WebShape: String, Sendable, Hashable, CaseIterable {
  /// JSON of this program.
  case webhook
  case slack, teams, mattermost, ntfy
}

/// Where a request is sent. The URL is a secret, because anyone who knows it can post there.
package struct WebTarget: Sendable, Hashable {
  package var url: URLSource
  /// Sent as a bearer token; nil for none.
  package var token: SecretSource?
  /// Whether it may be sent to another machine without encryption.
  package var allowsPlaintext = false

  package init(url: URLSource) { self.url = url }

  package enum URLSource: Sendable, Hashable {
    case written(String)
    case secret(SecretSource)
  }
}

/// The socket of the system log.
package struct SyslogTarget: Sendable, Hashable {
  package var facility: Facility
  package var socket = "/dev/log"

  package init(facility: Facility) { self.facility = facility }

  /// Facilities of RFC 5424 §6.2.1.
  package enum Facility: String, Sendable, Hashable, CaseIterable {
    case user, mail, daemon, local0, local1, local2, local3, local4, local5, local6, local7

    package var number: Int {
      switch self {
      case .user: 1
      case .mail: 2
      case .daemon: 3
      case .local0: 16
      case .local1: 17
      case .local2: 18
      case .local3: 19
      case .local4: 20
      case .local5: 21
      case .local6: 22
      case .local7: 23
      }
    }
  }
}

extension DomainSelector {
  /// Whether a policy domain is the named one, below it, or matches the pattern.
  package func covers(_ domain: DomainName) -> Bool {
    switch self {
    case .name(let name): domain.name == name.name || domain.name.hasSuffix("." + name.name)
    case .pattern(let pattern): pattern.matches(domain)
    }
  }
}
