import DMARC
import Verdict
import Yams

/// Reading the recipients of `notify`.
extension ConfigurationReader {
  private enum RecipientKey: String, CaseIterable {
    case name, mail, webhook, slack, teams, mattermost, ntfy, command, syslog, stderr
    case domains, severity, lang, alerts, digest
  }

  func recipient(_ node: Node) throws -> Recipient {
    var recipient = Recipient(name: "", channel: .standardError)
    var channels: [String] = []
    func set(_ channel: Recipient.Channel) {
      recipient.channel = channel
      channels.append(channel.word)
    }
    try fields(of: node, RecipientKey.self) { key, value in
      switch key {
      case .name: recipient.name = try name(value)
      case .mail: set(.mail(try mailAddress(value)))
      case .webhook, .slack, .teams, .mattermost, .ntfy:
        guard let shape = WebShape(rawValue: key.rawValue) else { return }
        set(.web(shape, try target(value)))
      case .command: set(.command(try command(value)))
      case .syslog: set(.syslog(try syslog(value)))
      case .stderr:
        guard try flag(value) else { throw failure(value, "`stderr` is true, or it is left out") }
        set(.standardError)
      case .domains: recipient.domains = try selectors(value)
      case .severity: recipient.leastSeverity = try severity(value)
      case .lang: recipient.language = try language(value)
      case .alerts: recipient.getsAlerts = try flag(value)
      case .digest: recipient.getsDigest = try flag(value)
      }
    }
    let kinds = "mail, \(WebShape.allCases.map(\.rawValue).joined(separator: ", ")), command, syslog, stderr"
    guard let channel = channels.first else { throw failure(node, "a recipient needs one of \(kinds)") }
    guard channels.count == 1 else {
      throw failure(
        node, "a recipient has one channel, not \(channels.joined(separator: " and ")): make two recipients")
    }
    if recipient.name.isEmpty {
      if case .mail(let address) = recipient.channel {
        recipient.name = address.address
      } else {
        recipient.name = channel
      }
    }
    if recipient.getsDigest {
      guard case .mail = recipient.channel else { throw failure(node, "only a recipient with `mail` gets the digest") }
    }
    if case .web(let shape, var target) = recipient.channel, target.url == .secret(.environment("")) {
      target.url = .secret(.environment(Self.urlVariable(recipient.name)))
      recipient.channel = .web(shape, target)
    }
    return recipient
  }

  /// `DMARCSTAT_URL_OPERATIONS` for a recipient named `operations`.
  private static func urlVariable(_ name: String) -> String {
    "DMARCSTAT_URL_" + String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  private func name(_ node: Node) throws -> String {
    let name = try string(node)
    guard (1...100).contains(name.utf8.count), !name.unicodeScalars.contains(where: \.isHidden) else {
      throw failure(node, "a name has 1 to 100 bytes, all of them visible")
    }
    return name
  }

  private enum TargetKey: String, CaseIterable {
    case url
    case urlFile = "url_file"
    case urlCommand = "url_command"
    case urlEnvironment = "url_env"
    case tokenFile = "token_file"
    case tokenCommand = "token_command"
    case tokenEnvironment = "token_env"
    case insecurePlaintext = "insecure_plaintext"
  }

  private func target(_ node: Node) throws -> WebTarget {
    // The text is not shown: it may be a URL with a token.
    guard node.mapping != nil else {
      throw failure(node, "expected where the URL is, such as {url_file: /etc/dmarcstat/webhook-url}")
    }
    var target = WebTarget(url: .secret(.environment("")))
    var (written, url): (String?, SecretSource?)
    try fields(of: node, TargetKey.self) { key, value in
      switch key {
      case .url: written = try string(value)
      case .urlFile: url = try single(url, .file(try relative(try string(value))), value)
      case .urlCommand: url = try single(url, .command(try string(value)), value)
      case .urlEnvironment: url = try single(url, .environment(try string(value)), value)
      case .tokenFile: target.token = try single(target.token, .file(try relative(try string(value))), value)
      case .tokenCommand: target.token = try single(target.token, .command(try string(value)), value)
      case .tokenEnvironment: target.token = try single(target.token, .environment(try string(value)), value)
      case .insecurePlaintext: target.allowsPlaintext = try flag(value)
      }
    }
    if let written {
      guard url == nil else { throw failure(node, "there is more than one URL: keep one of them") }
      guard written.hasPrefix("https://") || written.hasPrefix("http://") else {
        throw failure(node, "`url` must begin with https:// or http://")
      }
      target.url = .written(written)
    } else if let url {
      target.url = .secret(url)
    }
    return target
  }

  private func command(_ node: Node) throws -> [String] {
    guard node.sequence != nil else {
      throw failure(node, "`command` is a list of words, because no shell reads it: [/usr/local/bin/page, --urgent]")
    }
    let words = try strings(node)
    guard let program = words.first, !words.contains(where: { $0.utf8.contains(0) }) else {
      throw failure(node, "`command` needs a program: [/usr/local/bin/page]")
    }
    let path = try relative(program)
    guard path.hasPrefix("/") else { throw failure(node, "`command` needs the full path of its program") }
    return [path] + words.dropFirst()
  }

  private enum SyslogKey: String, CaseIterable {
    case facility, socket
  }

  private func syslog(_ node: Node) throws -> SyslogTarget {
    guard node.mapping != nil else { return SyslogTarget(facility: try facility(node)) }
    var target = SyslogTarget(facility: .daemon)
    try fields(of: node, SyslogKey.self) { key, value in
      switch key {
      case .facility: target.facility = try facility(value)
      case .socket:
        target.socket = try relative(try string(value))
        // sun_path of Linux.
        guard target.socket.utf8.count < 108 else { throw failure(value, "the path of a socket has at most 107 bytes") }
      }
    }
    return target
  }

  private func facility(_ node: Node) throws -> SyslogTarget.Facility {
    guard let facility = SyslogTarget.Facility(rawValue: try string(node)) else {
      let known = SyslogTarget.Facility.allCases.map(\.rawValue)
      throw failure(node, "the facility must be one of \(known.joined(separator: ", "))")
    }
    return facility
  }

  private func selectors(_ node: Node) throws -> [DomainSelector] {
    let words = try strings(node)
    guard !words.isEmpty, words.count <= DomainList.mostPatterns else {
      throw failure(node, "expected 1 to \(DomainList.mostPatterns) domains; leave the key out for all")
    }
    return try words.map { text in
      guard let selector = DomainSelector(text) else {
        throw failure(node, "\"\(text)\" is neither a domain name nor a pattern, such as example.com or kunde*.example")
      }
      return selector
    }
  }

  private func severity(_ node: Node) throws -> Recipient.Severity {
    guard let severity = Recipient.Severity(rawValue: try string(node)) else {
      throw failure(node, "`severity` must be one of high, medium, low")
    }
    return severity
  }
}
