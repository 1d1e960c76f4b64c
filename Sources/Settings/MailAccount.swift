import Foundation
package import IMAP

/// An account on an IMAP server, from the configuration or the command line.
package struct MailAccount: Sendable {
  /// The name chosen by the user, or the URL.
  package var name: String
  /// Whether the name is the URL.
  var isNamedByURL = false
  /// The server and how to connect to it.
  package var endpoint: Endpoint
  /// The user name for the login.
  package var user: String
  /// The mailboxes to read.
  package var folders = ["INBOX"]
  /// The source of the password or token; nil if none is configured.
  package var secret: SecretSource?
  /// The login mechanism; nil for the best that the server offers.
  package var mechanism: Credentials.Mechanism?
  /// Whether the password may be sent without encryption.
  package var allowsPlaintextPassword = false
  /// What to do with messages whose reports are all stored.
  package var after = MessageAction.keep
  /// What to do with messages in which something was rejected.
  package var rejected = MessageAction.keep
  /// What to do with messages without a report.
  package var other = MessageAction.keep
  /// On a server that cannot expunge single messages, expunge everything that is marked as deleted.
  package var expungesAll = false
  /// Number of retries after a transient failure.
  package var retries = 3
  /// Maximum seconds for a run.
  package var runSeconds = 3_600.0
  /// Seconds between two polls if the server does not announce new messages.
  package var pollSeconds = 300.0
  /// Seconds after which IDLE is renewed; clients must renew it within 29 minutes (RFC 2177).
  package var idleSeconds = 1_500.0

  /// The name of the account in the ledger, with its URL (RFC 5092). A named account may change its port, for example
  /// for a tunnel or a proxy. Without a name, another port may belong to another server, whose UIDs must not be
  /// confused with this one's. The two standard ports belong to the same mailboxes.
  package var ledgerName: String {
    let host = endpoint.host.contains(":") ? "[\(endpoint.host.lowercased())]" : endpoint.host.lowercased()
    let url = "imap://\(Self.escaped(user))@\(host)"
    if !isNamedByURL { return "\(name): \(url)" }
    return [143, 993].contains(endpoint.port) ? url : "\(url):\(endpoint.port)"
  }

  /// The name of a mailbox in the ledger.
  package func ledgerName(of folder: String, uidValidity: UInt32) -> String {
    "\(ledgerName)/\(Self.escaped(folder));UIDVALIDITY=\(uidValidity)"
  }

  private static func escaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: allowed) ?? text
  }

  private static let allowed = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/&!$'()*,")

  /// Whether nothing is changed on the server.
  package var onlyReads: Bool { [after, rejected, other].allSatisfy { $0 == .keep } }
}
