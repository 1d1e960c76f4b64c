import ArgumentParser
import Classification
import DMARC
import Foundation
import Glibc
import Intake
import Settings
import Verdict

/// Parses what people say about senders.
enum PlanAnswer {
  /// The shortest prefix length of a network of the operator's own, for IPv4 and IPv6.
  private static let leastPrefix = (v4: 8, v6: 16)

  /// - Throws: a `ValidationError` that says how to write a network.
  static func network(_ text: String) throws -> CIDR {
    guard let network = CIDR(text) else {
      throw ValidationError(
        "--own \"\(text)\" is not valid: write an address or a network, such as 192.0.2.25 or 192.0.2.0/28.")
    }
    let least = network.network.isIPv6 ? leastPrefix.v6 : leastPrefix.v4
    guard network.length >= least else {
      throw ValidationError(
        "--own \"\(text)\": the network is too large to be your own; the prefix must have at least \(least) bits.")
    }
    return network
  }

  /// A known service, or else one with only a name.
  static func service(_ text: String) throws -> MailService {
    if let known = MailService.named(text) { return known }
    let near = NearNames.of(text, among: MailService.all.flatMap { [$0.id, $0.name] }, part: "-")
    if let first = near.first {
      throw ValidationError(
        "--service \"\(text)\": did you mean \(near.joined(separator: " or "))? Write \"\(first)\".")
    }
    guard ShellWord(text) != nil, text.count <= 60, text.contains(where: \.isLetter) else {
      throw ValidationError("--service \"\(text)\" is not a valid name.")
    }
    return MailService(unknown: text)
  }

  static func mailbox(_ text: String) throws -> ReportMailbox {
    guard let mailbox = ReportMailbox(text) else {
      throw ValidationError(
        "--reports \"\(text)\" is not valid: write a mail address, such as dmarc@example.com, of letters, digits and . + - _ = ~"
      )
    }
    return mailbox
  }

  static func check(selector: String) throws {
    guard let domain = DomainName("example.com")?.publishable, RecordOwner(selector: selector, of: domain) != nil else {
      throw ValidationError("--selector \"\(selector)\" is not valid: use letters, digits and hyphens.")
    }
  }

  private static let mostKeyBytes = 16_384

  /// The value of `p=` for the public key in a PEM file.
  /// - Throws: a ``CommandError`` if the file has no key, or if the key is too short.
  static func publicKey(_ path: String) throws -> String {
    let descriptor = open(PathText.native(path), O_RDONLY | O_CLOEXEC | O_NOCTTY)
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: descriptor >= 0)
    guard descriptor >= 0, let data = try? handle.read(upToCount: mostKeyBytes) ?? Data()
    else {
      throw CommandError.source("\(path): the public key cannot be read: name a PEM file")
    }
    let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
    if lines.contains(where: { $0.contains("PRIVATE KEY") }) {
      throw CommandError.usage("\(path): this is a private key, which must not leave its server: name the public one")
    }
    let key = lines.filter { !$0.hasPrefix("-----") }.joined().filter { !$0.isWhitespace }
    guard lines.first?.hasPrefix("-----BEGIN") == true, case .rsa(let numbers) = try? DKIMKey.read(key, type: "rsa")
    else {
      throw CommandError.usage("\(path): there is no RSA public key in it: make one as `dmarcstat setup` says")
    }
    guard numbers.bits >= leastBits else {
      throw CommandError.usage("\(path): the key has only \(numbers.bits) bits: make one of 2048")
    }
    return key
  }

  private static let leastBits = 1_024
}

extension SetupAnswers {
  /// The command that checks the same plan later; nil if it cannot be quoted for a shell.
  var verifyingCommand: ShellCommand? {
    guard let name = domain.publishable else { return nil }
    var words: [ShellWord?] = ["dmarcstat", "setup", ShellWord(name)]
    for network in networks { words += ["--own", ShellWord(network)] }
    for service in services { words += ["--service", ShellWord(service.domains.isEmpty ? service.name : service.id)] }
    if let mailbox { words += ["--reports", ShellWord(mailbox.description)] }
    for selector in selectors { words += ["--selector", ShellWord(selector)] }
    if !sendsMail { words.append("--no-mail") }
    words.append("--verify")
    let all = words.compactMap(\.self)
    return all.count == words.count ? ShellCommand(all) : nil
  }

  /// Adds the senders that are declared for the domain.
  mutating func addDeclared(_ senders: [KnownSender]) {
    guard sendsMail else { return }
    for sender in senders where sender.sends(for: domain) {
      switch sender.kind {
      case .own, .gateway: networks += sender.networks.filter { !networks.contains($0) }
      case .service:
        let named = MailService.named(sender.name)
        let found = named ?? MailService.all.first { service in sender.domains.contains { service.matches($0.name) } }
        if let found, !services.contains(where: { $0.id == found.id }) { services.append(found) }
      case .forwarder: break
      }
    }
  }
}
