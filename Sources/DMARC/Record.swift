/// An entry of `auth_results/dkim`: the result of checking one signature (RFC 9990 §3.1.1.12).
public struct DKIMResult: Sendable, Hashable {
  /// The domain as reported.
  public var domain: String?
  /// The selector as reported. RFC 9990 requires it; older reports may omit it.
  public var selector: String?
  /// The result of the check, regardless of alignment.
  public var result: AuthResult?
  /// The receiver's comment.
  public var humanResult: String?

  /// Creates an entry; what the report omits is nil.
  public init(domain: String? = nil, selector: String? = nil, result: AuthResult? = nil, humanResult: String? = nil) {
    self.domain = domain
    self.selector = selector
    self.result = result
    self.humanResult = humanResult
  }
}

/// An entry of `auth_results/spf`: the result of one SPF check (RFC 9990 §3.1.1.13).
public struct SPFResult: Sendable, Hashable {
  /// The domain as reported.
  public var domain: String?
  /// `mfrom` or `helo` (RFC 7489 App. C); nil means `mfrom`.
  public var scope: String?
  /// The result of the check, regardless of alignment.
  public var result: AuthResult?
  /// The receiver's comment.
  public var humanResult: String?

  /// Whether the HELO name was checked, and not MAIL FROM.
  public var isHELO: Bool { scope == "helo" }

  /// Creates an entry; what the report omits is nil.
  public init(domain: String? = nil, scope: String? = nil, result: AuthResult? = nil, humanResult: String? = nil) {
    self.domain = domain
    self.scope = scope
    self.result = result
    self.humanResult = humanResult
  }
}

/// A `policy_evaluated/reason`: why the receiver did not apply the policy (RFC 9990 §3.1.6).
public struct OverrideReason: Sendable, Hashable {
  /// The kind of reason.
  public var type: OverrideType?
  /// The receiver's comment; it may contain ARC results.
  public var comment: String?

  /// Creates a reason; what the report omits is nil.
  public init(type: OverrideType? = nil, comment: String? = nil) {
    self.type = type
    self.comment = comment
  }
}

/// What a `record` says about authentication: everything except its address, count and recipient domain.
///
/// Reports repeat the same outcome many times. As one value, it is decoded, stored and classified once.
public struct AuthenticationOutcome: Sendable, Hashable {
  /// The disposition that the receiver applied.
  public var disposition: Disposition?
  /// The aligned DKIM result as the receiver evaluated it, which is never recomputed; nil if it reported none.
  public var evaluatedDKIM: AlignedResult?
  /// The aligned SPF result as the receiver evaluated it, which is never recomputed; nil if it reported none.
  public var evaluatedSPF: AlignedResult?
  /// Where these two come from; see ``evaluated(under:_:)``.
  public var evaluation = Evaluation.reported
  /// The reasons that the receiver gives for not applying the policy.
  public var reasons: [OverrideReason] = []
  /// The From domain as reported.
  public var headerFrom: String?
  /// The MAIL FROM domain as reported; empty for the null sender.
  public var envelopeFrom: String?
  /// The results of the signature checks.
  public var dkim: [DKIMResult] = []
  /// The results of the SPF checks.
  public var spf: [SPFResult] = []
  /// Extension elements at the end of the record, as XML text (RFC 9990 §3.1.1.7).
  public var extensionXML: String?

  /// Creates an outcome in which everything is absent.
  public init() {}

  /// The number of bytes in all its texts.
  public var textBytes: Int {
    func size(_ texts: String?...) -> Int { texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) } }
    var bytes = size(headerFrom, envelopeFrom, extensionXML)
    for entry in dkim { bytes += size(entry.domain, entry.selector, entry.humanResult) }
    for entry in spf { bytes += size(entry.domain, entry.scope, entry.humanResult) }
    for reason in reasons { bytes += size(reason.comment) }
    return bytes
  }

  /// Whether DMARC passed: DKIM or SPF passed with alignment (RFC 7489 §4.2). If not, it failed, unless ``evaluation`` is `none`.
  public var passesDMARC: Bool { evaluatedDKIM == .pass || evaluatedSPF == .pass }
}

/// One `record`. What records share is referred to by its index in the ``RecordBatch``.
public struct RecordRow: Sendable, Hashable {
  /// The sending address.
  public var source: IPAddress
  /// The number of messages; 0 if the reported count is implausible.
  public var messages: Int64
  /// Index into ``RecordBatch/outcomes``.
  public var outcome: Int
  /// Index into ``RecordBatch/envelopeTos``; nil if no recipient domain was reported.
  public var envelopeTo: Int?

  /// Creates a row of a batch.
  public init(source: IPAddress, messages: Int64, outcome: Int, envelopeTo: Int?) {
    self.source = source
    self.messages = messages
    self.outcome = outcome
    self.envelopeTo = envelopeTo
  }
}

/// Consecutive records of one report. Repeated outcomes and recipient domains are stored once.
public struct RecordBatch: Sendable {
  /// One row for each record, in the order of the report.
  public var rows: [RecordRow]
  /// The distinct outcomes of the records.
  public var outcomes: [AuthenticationOutcome]
  /// The distinct recipient domains as reported.
  public var envelopeTos: [String]
  /// Bytes of the texts in both tables as reported: the memory that the batch needs in addition to its rows.
  public var textBytes = 0

  /// Creates a batch; the indexes in `rows` must be valid for the two tables.
  public init(rows: [RecordRow] = [], outcomes: [AuthenticationOutcome] = [], envelopeTos: [String] = []) {
    self.rows = rows
    self.outcomes = outcomes
    self.envelopeTos = envelopeTos
  }

  /// The recipient domain of a row; nil if none was reported.
  public func envelopeTo(of row: RecordRow) -> String? { row.envelopeTo.map { envelopeTos[$0] } }
}
