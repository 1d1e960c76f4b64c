/// One entry of `auth_results/dkim`: a signature that was checked (RFC 9990 §3.1.1.12).
public struct DKIMResult: Sendable, Hashable {
  /// The domain as reported.
  public var domain: String?
  /// The selector as reported; RFC 9990 demands one, older reports may lack it.
  public var selector: String?
  /// The raw result of the check, whether aligned or not.
  public var result: AuthResult?
  /// What the receiver adds in words.
  public var humanResult: String?

  /// An entry; anything absent in the report is nil.
  public init(domain: String? = nil, selector: String? = nil, result: AuthResult? = nil, humanResult: String? = nil) {
    self.domain = domain
    self.selector = selector
    self.result = result
    self.humanResult = humanResult
  }
}

/// One entry of `auth_results/spf` (RFC 9990 §3.1.1.13).
public struct SPFResult: Sendable, Hashable {
  /// The domain as reported.
  public var domain: String?
  /// `mfrom` or `helo` (RFC 7489); absent means `mfrom`.
  public var scope: String?
  /// The raw result of the check, whether aligned or not.
  public var result: AuthResult?
  /// What the receiver adds in words.
  public var humanResult: String?

  /// An entry; anything absent in the report is nil.
  public init(domain: String? = nil, scope: String? = nil, result: AuthResult? = nil, humanResult: String? = nil) {
    self.domain = domain
    self.scope = scope
    self.result = result
    self.humanResult = humanResult
  }
}

/// One `policy_evaluated/reason`: why the receiver did not apply the policy (RFC 9990 §3.1.6).
public struct OverrideReason: Sendable, Hashable {
  /// The kind of reason.
  public var type: OverrideType?
  /// What the receiver adds in words; ARC results stand here.
  public var comment: String?

  /// A reason; anything absent in the report is nil.
  public init(type: OverrideType? = nil, comment: String? = nil) {
    self.type = type
    self.comment = comment
  }
}

/// All that a `record` says about how mail authenticated, apart from its address, count and recipient domain.
///
/// The same outcome comes again and again, which is why it is one value: read once, stored once, judged once.
public struct AuthenticationOutcome: Sendable, Hashable {
  /// What the receiver did.
  public var disposition: Disposition?
  /// Aligned DKIM result as the receiver evaluated it. The reporter's verdict: never recomputed.
  public var evaluatedDKIM: AlignedResult?
  /// Aligned SPF result as the receiver evaluated it.
  public var evaluatedSPF: AlignedResult?
  /// Why the receiver did not apply the policy, if it says so.
  public var reasons: [OverrideReason] = []
  /// The From domain as reported.
  public var headerFrom: String?
  /// The MAIL FROM domain as reported; empty for a null sender.
  public var envelopeFrom: String?
  /// Signatures that were checked.
  public var dkim: [DKIMResult] = []
  /// SPF checks.
  public var spf: [SPFResult] = []
  /// Elements of other namespaces at the end of the record, as XML text (RFC 9990 §3.1.1.7).
  public var extensionXML: String?

  /// An outcome of which nothing was reported.
  public init() {}

  /// Bytes of all texts in it.
  public var textBytes: Int {
    func size(_ texts: String?...) -> Int { texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) } }
    var bytes = size(headerFrom, envelopeFrom, extensionXML)
    for entry in dkim { bytes += size(entry.domain, entry.selector, entry.humanResult) }
    for entry in spf { bytes += size(entry.domain, entry.scope, entry.humanResult) }
    for reason in reasons { bytes += size(reason.comment) }
    return bytes
  }

  /// Whether DMARC passed: DKIM or SPF passed and was aligned (RFC 7489 §4.2), by the reporter's word.
  public var passesDMARC: Bool { evaluatedDKIM == .pass || evaluatedSPF == .pass }
}

/// One `record`, with its shared parts by index into the batch it came in.
public struct RecordRow: Sendable, Hashable {
  /// The address that sent the mail.
  public var source: IPAddress
  /// Messages; 0 where the reported count was not to be believed.
  public var messages: Int64
  /// Index into ``RecordBatch/outcomes``.
  public var outcome: Int
  /// Index into ``RecordBatch/envelopeTos``; nil where the recipient domain was not reported.
  public var envelopeTo: Int?

  /// A row of a batch.
  public init(source: IPAddress, messages: Int64, outcome: Int, envelopeTo: Int?) {
    self.source = source
    self.messages = messages
    self.outcome = outcome
    self.envelopeTo = envelopeTo
  }
}

/// A run of records of one report, in the report's order, with what repeats held once.
public struct RecordBatch: Sendable {
  /// One entry a record, in the report's order.
  public var rows: [RecordRow]
  /// Distinct outcomes of these records.
  public var outcomes: [AuthenticationOutcome]
  /// Recipient domains as reported.
  public var envelopeTos: [String]
  /// Bytes of the texts in both tables, as reported: what the batch weighs beside its rows.
  public var textBytes = 0

  /// A batch; the indexes of `rows` must fit the two tables.
  public init(rows: [RecordRow] = [], outcomes: [AuthenticationOutcome] = [], envelopeTos: [String] = []) {
    self.rows = rows
    self.outcomes = outcomes
    self.envelopeTos = envelopeTos
  }

  /// The recipient domain of a row, where reported.
  public func envelopeTo(of row: RecordRow) -> String? { row.envelopeTo.map { envelopeTos[$0] } }
}
