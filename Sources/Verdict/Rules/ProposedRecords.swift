import DMARC

/// The records that advice proposes for publishing, with their owners and names. IDNs are in ASCII, as in zone files.
struct ProposedRecords {
  private let from, organisation, envelope, signer: Name
  private let selector: String

  /// The keys of the values that records are built from.
  static let keys = ["from", "organisation", "envelope", "signer", "selector"]

  /// The records for the names in `values`, which may come from reports.
  init(_ values: [String: String]) {
    // Usually these are the same name.
    let first = Name(values["from"])
    func name(_ key: String) -> Name { values[key] == first.text ? first : Name(values[key]) }
    from = first
    organisation = name("organisation")
    envelope = name("envelope")
    signer = name("signer")
    selector = values["selector"] ?? ""
  }

  /// The keys of the names that cannot be published.
  var invalidNames: Set<String> {
    Set(
      [("from", from), ("organisation", organisation), ("envelope", envelope), ("signer", signer)]
        .filter { $0.1.valid == nil }.map(\.0))
  }

  /// Each record or part of one with its key in texts; nil if `name` makes it unpublishable.
  var all: [(key: String, record: String?, name: String)] {
    let signerKey = signer.valid.flatMap { RecordOwner(selector: selector, of: $0) }
    let signerName = signer.valid == nil ? signer.text : "\(selector)._domainkey.\(signer.text)"
    return [
      ("from-name", from.valid?.asciiName, from.text),
      ("organisation-name", organisation.valid?.asciiName, organisation.text),
      ("envelope-name", envelope.valid?.asciiName, envelope.text),
      ("key-record", from.key("s1").map(Self.newKey), from.text),
      ("keys-owner", from.valid.flatMap { RecordOwner(keysOf: $0)?.name }, from.text),
      ("google-owner", from.key("google")?.name, from.text),
      ("selector1-owner", from.key("selector1")?.name, from.text),
      ("selector2-owner", from.key("selector2")?.name, from.text),
      ("from-policy", from.valid.flatMap { RecordOwner(policyOf: $0)?.name }, from.text),
      ("organisation-policy", organisation.valid.flatMap { RecordOwner(policyOf: $0)?.name }, organisation.text),
      ("from-selector-owner", from.key(selector)?.name, "\(selector)._domainkey.\(from.text)"),
      ("signer-owner", signerKey?.name, signerName),
      ("signer-record", signerKey.map(Self.newKey), signerName),
      ("signer-revocation", signerKey.map { Self.line(TXTRecord($0, "v=DKIM1; p=")) }, signerName),
    ]
  }

  /// A DKIM key record (RFC 6376 §3.6.1) without the key.
  private static func newKey(_ owner: RecordOwner) -> String { line(TXTRecord(owner, "v=DKIM1; k=rsa; p=...")) }

  /// The record between backticks, where lines are not wrapped.
  private static func line(_ record: TXTRecord) -> String { "`\(record)`" }

  private struct Name {
    let text: String
    let valid: PublishableName?

    init(_ text: String?) {
      self.text = text ?? ""
      valid = text.flatMap(DomainName.init)?.publishable
    }

    func key(_ selector: String) -> RecordOwner? { valid.flatMap { RecordOwner(selector: selector, of: $0) } }
  }
}
