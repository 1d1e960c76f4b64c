import DMARC
import Verdict

/// A `DKIM-Signature` (RFC 6376 §3.5), `ARC-Message-Signature` or `ARC-Seal` field (RFC 8617 §4.1).
struct SignatureField {
  enum Kind {
    case dkim, arcMessage, arcSeal
  }

  enum Algorithm: String {
    case rsaSHA256 = "rsa-sha256"
    case rsaSHA1 = "rsa-sha1"
    case ed25519SHA256 = "ed25519-sha256"

    /// The type of its keys, as in `k=`.
    var keyType: String { self == .ed25519SHA256 ? "ed25519" : "rsa" }
    /// Its hash, as in `h=` of a key.
    var hash: String { self == .rsaSHA1 ? "sha1" : "sha256" }
  }

  let field: MessageHeader.Field
  let kind: Kind
  let algorithm: Algorithm
  let domain: DomainName
  let selector: String
  let signature: [UInt8]
  /// Empty for a seal, which covers no body.
  let bodyHash: [UInt8]
  /// In lower case, in the order of the field; empty for a seal.
  let signedNames: [String]
  let headerForm, bodyForm: Canonicalisation
  /// The number of octets of the body that are signed; nil for all.
  let signedLength: Int?
  /// When the signature expires, epoch seconds.
  let expiry: Int64?
  /// The domain of the user for whom it was signed; nil if the field does not name one.
  let identityDomain: DomainName?
  /// The number of the hop, and what it says about those before it (RFC 8617 §4.1.3).
  let instance: Int?
  let chainResult: String?

  /// Reads a field.
  /// - Throws: a ``SignatureFault``.
  init(_ field: MessageHeader.Field, _ kind: Kind) throws(SignatureFault) {
    let tags = TagList(field.text)
    guard tags.mistakes.isEmpty else { throw .syntax }
    guard tags.repeated.isEmpty else { throw .duplicateTag }
    func required(_ name: String) throws(SignatureFault) -> String {
      guard let value = tags[name]?.value, !value.isEmpty else { throw .missingTag(name) }
      return value
    }
    func octets(_ name: String) throws(SignatureFault) -> [UInt8] {
      do { return try Base64Value.decode(try required(name)) } catch let fault as SignatureFault { throw fault } catch {
        throw .base64(name)
      }
    }
    if kind == .dkim, try required("v") != "1" { throw .version }
    guard let algorithm = Algorithm(rawValue: try required("a").lowercased()) else { throw .algorithm }
    guard let domain = DomainName(try required("d")) else { throw .syntax }
    (self.field, self.kind, self.algorithm, self.domain) = (field, kind, algorithm, domain)
    selector = try required("s").lowercased()
    signature = try octets("b")
    instance = tags["i"].flatMap { Int($0.value) }
    chainResult = tags["cv"]?.value.lowercased()
    let number = { (name: String) throws(SignatureFault) -> Int64? in
      guard let value = tags[name]?.value else { return nil }
      guard let number = Int64(value), number >= 0 else { throw .badNumber(name) }
      return number
    }
    expiry = try number("x")
    if let start = try number("t"), let expiry, expiry < start { throw .badNumber("x") }
    guard kind != .arcSeal else {
      guard tags["h"] == nil else { throw .syntax }
      (bodyHash, signedNames, headerForm, bodyForm) = ([], [], .relaxed, .relaxed)
      (signedLength, identityDomain) = (nil, nil)
      return
    }
    bodyHash = try octets("bh")
    signedNames = try required("h").split(separator: ":").map { $0.lowercased().filter { !$0.isWhitespace } }
    guard signedNames.contains("from") else { throw .fromNotSigned }
    (headerForm, bodyForm) = try Self.forms(tags["c"]?.value)
    signedLength = try number("l").map { Int(clamping: $0) }
    if let methods = tags["q"]?.value.lowercased().split(separator: ":") {
      guard methods.contains(where: { $0.filter { !$0.isWhitespace } == "dns/txt" }) else { throw .query }
    }
    identityDomain = kind == .dkim ? try Self.identity(tags["i"]?.value, of: domain) : nil
  }

  private static func forms(_ value: String?) throws(SignatureFault) -> (Canonicalisation, Canonicalisation) {
    let words = (value ?? "simple").lowercased().split(separator: "/", omittingEmptySubsequences: false)
    guard words.count <= 2, let header = Canonicalisation(rawValue: String(words[0])),
      let body = Canonicalisation(rawValue: words.count > 1 ? String(words[1]) : "simple")
    else { throw .canonicalisation }
    return (header, body)
  }

  /// The domain of `i=`, which must be that of the signature or below it.
  private static func identity(_ value: String?, of domain: DomainName) throws(SignatureFault) -> DomainName? {
    guard let value else { return nil }
    guard let at = value.lastIndex(of: "@"), let named = DomainName(String(value[value.index(after: at)...])) else {
      throw .syntax
    }
    guard named == domain || named.name.hasSuffix("." + domain.name) else { throw .identity }
    return named
  }

  /// The question for the key; nil if the selector is not a name.
  var keyQuestion: DNSQuestion? {
    let question = DNSQuestion("\(selector)._domainkey.\(domain.publishable?.name ?? domain.name)", .txt)
    return question.isAskable ? question : nil
  }

  /// The lines of the field with the value of `b=` removed, as it was hashed (RFC 6376 §3.7).
  var linesWithoutSignature: [UInt8] {
    let lines = field.lines
    guard let colon = lines.firstIndex(of: UInt8(ascii: ":")) else { return lines }
    var start = colon + 1
    while start < lines.count {
      let end = lines[start...].firstIndex(of: UInt8(ascii: ";")) ?? lines.count
      if let equals = lines[start..<end].firstIndex(of: UInt8(ascii: "=")),
        lines[start..<equals].filter({ !Self.isSpace($0) }).elementsEqual([UInt8(ascii: "b")])
      {
        // The line end of the whole field is not part of the value.
        let rest = end == lines.count ? [0x0d, 0x0a] : Array(lines[end...])
        return lines[...equals] + rest
      }
      start = end + 1
    }
    return lines
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d || byte == 0x0a }
}

/// Why a signature can never pass, whatever its message and key (RFC 6376 §6.1.1).
package enum SignatureFault: Error, Sendable, Hashable {
  case syntax
  case duplicateTag
  case missingTag(String)
  case version
  case algorithm
  case base64(String)
  case badNumber(String)
  case canonicalisation
  /// `q=` does not list DNS.
  case query
  /// From is not among the signed fields.
  case fromNotSigned
  /// `i=` is not below `d=`.
  case identity
  /// `l=` exceeds the body.
  case length
}
