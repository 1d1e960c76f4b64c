/// Listing, creating and selecting mailboxes.
extension IMAPSession {
  /// The selected mailbox.
  package struct OpenMailbox: Sendable, Hashable {
    /// Name in Unicode, as the server spells it.
    package var name: String
    /// UIDVALIDITY: UIDs identify messages only together with this value (RFC 9051 §2.3.1.1).
    package var uidValidity: UInt32
    /// Number of messages when the mailbox was selected.
    package var exists: UInt32
    /// Whether its messages cannot be changed.
    package var isReadOnly: Bool
    /// Flags that can be changed permanently; nil if the server does not say.
    package var permanentFlags: [String]?
  }

  /// Selects a mailbox, read-only if requested.
  /// - Throws: ``IMAPError``.
  package func select(_ name: String, readOnly: Bool) throws -> OpenMailbox {
    var mailbox = OpenMailbox(name: name, uidValidity: 0, exists: 0, isReadOnly: readOnly)
    exists = 0
    hasExists = false
    var isSticky = true
    let command = IMAPCommand(readOnly ? "EXAMINE" : "SELECT").adding(mailbox: name)
    let status = try run(command) { response in
      guard case .untagged(let status) = response else { return }
      switch status.code {
      case "UIDVALIDITY": mailbox.uidValidity = status.codeNumber ?? 0
      // RFC 4315 §2: the UIDs change each time the mailbox is selected.
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
    hasNewMessages = false
    return mailbox
  }

  /// The mailboxes whose names match a pattern, in which `*` matches anything.
  /// - Throws: ``IMAPError``.
  package func list(_ pattern: String = "*") throws -> [MailboxListing] {
    var found: [MailboxListing] = []
    try run(IMAPCommand("LIST \"\"").adding(mailbox: pattern)) { response in
      guard case .list(let listing) = response else { return }
      guard found.count < Self.maxListed else {
        throw IMAPError(.protocol, .tooManyMailboxes(Self.maxListed))
      }
      found.append(listing)
    }
    return found
  }

  private static var maxListed: Int { 100_000 }

  /// Whether there is a selectable mailbox with exactly this name.
  /// - Throws: ``IMAPError``.
  package func isThere(_ name: String) throws -> Bool {
    try list(name).contains { $0.isSelectable && $0.name == name }
  }

  /// Finds the server's name for a mailbox in the configuration: the same name, with the server's separator in place of
  /// `/`, or with the prefix of personal mailboxes (Courier and Cyrus use `INBOX.Archive` for `Archive`).
  /// - Throws: ``IMAPError``.
  /// - Returns: the name to use, and whether that mailbox exists.
  package func resolve(_ configuredName: String) throws -> (name: String, exists: Bool) {
    if configuredName.uppercased() == "INBOX" { return ("INBOX", true) }
    let candidates = try candidates(configuredName)
    for name in candidates where try isThere(name) {
      return (name, true)
    }
    return (candidates.last ?? configuredName, false)
  }

  private func candidates(_ configuredName: String) throws -> [String] {
    let space = try personalNamespace()
    var names = [configuredName]
    if let separator = space.separator, separator != "/", configuredName.contains("/") {
      names.append(configuredName.replacing("/", with: separator))
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
      // RFC 9051 §6.3.9: an empty pattern requests only the separator.
      try run(IMAPCommand("LIST \"\" \"\"")) { if case .list(let root) = $0 { found.separator = root.separator } }
    }
    namespace = found
    return found
  }

  /// Creates a mailbox.
  /// - Throws: ``IMAPError``.
  package func create(_ name: String) throws {
    let status = try anyResult(of: try submit(IMAPCommand("CREATE").adding(mailbox: name)))
    // Another run may have created it in the meantime.
    guard status.condition == .ok || status.code == "ALREADYEXISTS" else { throw IMAPError(refusing: "CREATE", status) }
  }

  /// Rights on a mailbox, one letter each (RFC 4314 §2.1); nil if the server does not support ACLs.
  /// - Throws: ``IMAPError``.
  package func rights(on name: String) throws -> String? {
    guard can("ACL") else { return nil }
    var rights: String?
    try run(IMAPCommand("MYRIGHTS").adding(mailbox: name)) { if case .rights(let letters) = $0 { rights = letters } }
    return rights
  }
}
