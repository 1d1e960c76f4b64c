/// Mailboxes: which there are, and the one at hand.
extension IMAPSession {
  /// A mailbox that has been opened.
  public struct OpenMailbox: Sendable, Hashable {
    /// In Unicode, as the server has it.
    public var name: String
    /// Unique identifiers are worth something only together with this (RFC 9051 §2.3.1.1).
    public var uidValidity: UInt32
    /// Mails in it when it was opened.
    public var exists: UInt32
    /// Whether nothing in it can be changed.
    public var isReadOnly: Bool
    /// Flags that can be changed for good; nil where the server does not say.
    public var permanentFlags: [String]?
  }

  /// Opens a mailbox; only for reading if told so.
  /// - Throws: ``IMAPError``.
  public func select(_ name: String, readOnly: Bool) throws -> OpenMailbox {
    var mailbox = OpenMailbox(name: name, uidValidity: 0, exists: 0, isReadOnly: readOnly)
    exists = 0
    hasExists = false
    var isSticky = true
    let command = IMAPCommand(readOnly ? "EXAMINE" : "SELECT").adding(mailbox: name)
    let status = try run(command) { response in
      guard case .untagged(let status) = response else { return }
      switch status.code {
      case "UIDVALIDITY": mailbox.uidValidity = status.codeNumber ?? 0
      // RFC 4315 §2: the numbers change with each opening.
      case "UIDNOTSTICKY": isSticky = false
      case "PERMANENTFLAGS":
        let flags = status.codeText.filter { $0 != "(" && $0 != ")" }
        mailbox.permanentFlags = flags.split(separator: " ").map { $0.lowercased() }
      default: break
      }
    }
    guard mailbox.uidValidity > 0, isSticky else {
      throw IMAPError(.mailbox, .noLastingUIDs(mailbox: name))
    }
    guard hasExists else {
      throw IMAPError(.mailbox, .noMessageCount(mailbox: name))
    }
    mailbox.exists = exists
    mailbox.isReadOnly = readOnly || status.code == "READ-ONLY"
    hasNews = false
    return mailbox
  }

  /// The mailboxes whose names fit a pattern, in which `*` stands for anything.
  /// - Throws: ``IMAPError``.
  public func list(_ pattern: String = "*") throws -> [MailboxListing] {
    var found: [MailboxListing] = []
    try run(IMAPCommand("LIST \"\"").adding(mailbox: pattern)) { response in
      guard case .list(let listing) = response else { return }
      guard found.count < Self.mostListed else {
        throw IMAPError(.protocol, .tooManyMailboxes(Self.mostListed))
      }
      found.append(listing)
    }
    return found
  }

  private static var mostListed: Int { 100_000 }

  /// Whether there is a mailbox of just this name.
  /// - Throws: ``IMAPError``.
  public func isThere(_ name: String) throws -> Bool {
    try list(name).contains { $0.isSelectable && $0.name == name }
  }

  /// The name that a server has for what a person wrote: as it is, with the server's separator in place of `/`, or below the
  /// prefix of personal mailboxes (Courier and Cyrus want `INBOX.Archive` for `Archive`).
  /// - Throws: ``IMAPError``.
  /// - Returns: the name to use, and whether there is such a mailbox.
  public func resolve(_ written: String) throws -> (name: String, exists: Bool) {
    if written.uppercased() == "INBOX" { return ("INBOX", true) }
    let candidates = try candidates(written)
    for name in candidates where try isThere(name) {
      return (name, true)
    }
    return (candidates.last ?? written, false)
  }

  private func candidates(_ written: String) throws -> [String] {
    let space = try personalNamespace()
    var names = [written]
    if let separator = space.separator, separator != "/", written.contains("/") {
      names.append(written.replacing("/", with: separator))
    }
    if !space.prefix.isEmpty, let last = names.last, !last.uppercased().hasPrefix(space.prefix.uppercased()) {
      names.append(space.prefix + last)
    }
    return names
  }

  private func personalNamespace() throws -> (prefix: String, separator: String?) {
    if let namespace { return namespace }
    var found: (prefix: String, separator: String?) = ("", nil)
    if can("NAMESPACE") {
      try run(IMAPCommand("NAMESPACE")) {
        if case .namespace(let prefix, let separator) = $0 { found = (prefix, separator) }
      }
    }
    if found.separator == nil {
      // RFC 9051 §6.3.9: an empty pattern asks for the separator alone.
      try run(IMAPCommand("LIST \"\" \"\"")) { if case .list(let root) = $0 { found.separator = root.separator } }
    }
    namespace = found
    return found
  }

  /// Makes a mailbox.
  /// - Throws: ``IMAPError``.
  public func create(_ name: String) throws {
    let status = try anyResult(of: try submit(IMAPCommand("CREATE").adding(mailbox: name)))
    // Another run may have made it at this moment.
    guard status.condition == .ok || status.code == "ALREADYEXISTS" else { throw IMAPError(refusing: "CREATE", status) }
  }

  /// Rights on a mailbox, one letter each (RFC 4314 §2.1); nil where the server knows no rights.
  /// - Throws: ``IMAPError``.
  public func rights(on name: String) throws -> String? {
    guard can("ACL") else { return nil }
    var rights: String?
    try run(IMAPCommand("MYRIGHTS").adding(mailbox: name)) { if case .rights(let letters) = $0 { rights = letters } }
    return rights
  }
}
