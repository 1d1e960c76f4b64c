import DMARC
import Foundation
import IMAP

/// `imaps://user@host/FOLDER` on the command line: encrypted from the start; `imap://` means STARTTLS.
package enum MailURL {
  /// Whether a source is a mailbox URL.
  package static func isOne(_ text: String) -> Bool {
    let start = text.prefix(8).lowercased()
    return start.hasPrefix("imaps://") || start.hasPrefix("imap://")
  }

  /// The account of a URL.
  /// - Parameter accounts: the configured accounts; the settings of one with the same server and user are used.
  /// - Throws: ``SettingsError`` that states the form of a URL.
  package static func account(_ text: String, _ accounts: [MailAccount]) throws(SettingsError) -> MailAccount {
    let (endpoint, user, folder) = try parts(text)
    var account =
      accounts.first {
        $0.endpoint.host.lowercased() == endpoint.host.lowercased() && $0.user == user
          && $0.endpoint.port == endpoint.port
      }
      ?? MailAccount(
        name: text, isNamedByURL: true, endpoint: endpoint, user: user, secret: .environment("DMARCSTAT_IMAP_PASSWORD"))
    account.folders = [folder]
    return account
  }

  private static func parts(_ text: String) throws(SettingsError) -> (Endpoint, user: String, folder: String) {
    guard let colon = text.firstRange(of: "://") else { throw malformed(text) }
    let security: Endpoint.Security = text[..<colon.lowerBound].lowercased() == "imaps" ? .implicit : .starttls
    let rest = text[colon.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = rest[..<slash]
    guard let at = authority.lastIndex(of: "@"), let user = String(authority[..<at]).removingPercentEncoding,
      !user.isEmpty
    else { throw malformed("\(text): it has no user") }
    guard !authority[..<at].contains(":") else {
      throw passwordInURL
    }
    let (host, port) = try address(authority[authority.index(after: at)...], text)
    let path = rest[slash...].dropFirst()
    let folder = path.isEmpty ? "INBOX" : String(path).removingPercentEncoding ?? String(path)
    return (Endpoint(host: host, port: port, security: security), user, folder)
  }

  private static func address(_ text: Substring, _ whole: String) throws(SettingsError) -> (String, Int?) {
    var host = text
    var port: Substring?
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      host = text[text.index(after: text.startIndex)..<end]
      let rest = text[text.index(after: end)...]
      port = rest.isEmpty ? nil : rest.dropFirst()
    } else if let colon = text.lastIndex(of: ":") {
      host = text[..<colon]
      port = text[text.index(after: colon)...]
    }
    guard !host.isEmpty else { throw malformed(whole) }
    guard let port else { return (String(host), nil) }
    guard let number = Int(port), (1...65_535).contains(number) else {
      throw malformed("\(whole): the port is not valid")
    }
    return (String(host), number)
  }

  /// A password in a URL also appears in the process list and the shell history. It is not printed again.
  package static let passwordInURL = SettingsError(
    "a password does not belong in a URL: put it in the environment variable DMARCSTAT_IMAP_PASSWORD, or set password_file for the account in the configuration"
  )

  private static func malformed(_ text: String) -> SettingsError {
    SettingsError("\(text): write imaps://user@host/FOLDER, or imap://user@host/FOLDER for a server with STARTTLS")
  }
}
