import Foundation
import IMAP

/// An account on an IMAP server, as the configuration or the command line names it.
package struct MailAccount: Sendable {
  /// What a person calls it.
  package var name: String
  /// Whether it has no other name than its URL.
  var isNamedByURL = false
  package var endpoint: Endpoint
  package var user: String
  package var folders = ["INBOX"]
  package var secret: SecretSource?
  /// Nil for the best that the server offers.
  package var mechanism: Credentials.Mechanism?
  package var allowsPlaintextPassword = false
  /// What becomes of mails whose reports are all stored.
  package var after = MessageAction.keep
  /// What becomes of mails in which something was rejected.
  package var rejected = MessageAction.keep
  /// What becomes of mails without a report.
  package var other = MessageAction.keep
  /// On a server that cannot take out single mails, take out everything that is marked as deleted.
  package var expungesAll = false
  /// New attempts after a failure that may pass.
  package var retries = 3
  /// Seconds that a whole run may take.
  package var runSeconds = 3_600.0
  /// Seconds between two looks where the server does not tell of new mail.
  package var pollSeconds = 300.0
  /// Seconds after which waiting for new mail begins anew; servers end it after 29 minutes (RFC 2177).
  package var idleSeconds = 1_500.0

  /// What the ledger knows the account by, with its URL (RFC 5092). Under a name of its own an account may change its port, be it a
  /// tunnel's or a proxy's; without one, another port may lead to another server, whose numbers must not be taken for this one's. The two
  /// usual ports lead to the same mailboxes.
  package var ledgerName: String {
    let host = endpoint.host.contains(":") ? "[\(endpoint.host.lowercased())]" : endpoint.host.lowercased()
    let url = "imap://\(Self.escaped(user))@\(host)"
    if !isNamedByURL { return "\(name): \(url)" }
    return [143, 993].contains(endpoint.port) ? url : "\(url):\(endpoint.port)"
  }

  /// What the ledger knows a mailbox by.
  package func ledgerName(of folder: String, uidValidity: UInt32) -> String {
    "\(ledgerName)/\(Self.escaped(folder));UIDVALIDITY=\(uidValidity)"
  }

  private static func escaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: allowed) ?? text
  }

  private static let allowed = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/&!$'()*,")

  /// Whether nothing is ever changed on the server.
  package var onlyReads: Bool { [after, rejected, other].allSatisfy { $0 == .keep } }
}

/// What becomes of a mail on the server once it has been read.
package enum MessageAction: Sendable, Hashable, CustomStringConvertible {
  case keep
  /// Mark it as read.
  case seen
  /// Into this mailbox.
  case move(String)
  case delete

  package init?(_ text: String) {
    switch text {
    case "keep": self = .keep
    case "seen": self = .seen
    case "delete": self = .delete
    default:
      guard text.hasPrefix("move:"), text.count > 5 else { return nil }
      self = .move(String(text.dropFirst(5)))
    }
  }

  /// As it is written in the configuration.
  package var description: String {
    switch self {
    case .keep: "keep"
    case .seen: "seen"
    case .delete: "delete"
    case .move(let folder): "move:\(folder)"
    }
  }
}
