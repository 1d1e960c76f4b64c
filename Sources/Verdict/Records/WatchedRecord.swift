package import DMARC

/// What is published at one name now, in a form that can be compared with earlier states.
package struct WatchedRecord: Sendable, Hashable {
  package let kind: RecordKind
  /// The domain that the record is about; for a key, the signing domain.
  package let domain: String
  /// The owner name.
  package let owner: String
  /// The state in the form that is compared; nil if nothing is published.
  package let state: String?
  /// The text of the record, if the state is not that text.
  package var text: String?
  /// The question whose answer determines the state.
  package let question: DNSQuestion

  /// Whether the state may be due to a brief fault of a name server: this record, or one that it includes, is missing.
  package var isDoubtful: Bool {
    guard let state else { return true }
    return switch kind {
    case .dmarc: state.hasPrefix(DMARCState.inherited)
    case .spf: state.hasPrefix(SPFState.permerror)
    default: false
    }
  }

  /// Whether it is worth storing that nothing is published. For keys and report receivers it is not, because their
  /// names come from untrusted text.
  package var isExpected: Bool { kind != .dkim && kind != .reportAuthorisation }

  /// The SPF record of a domain.
  package init(_ snapshot: SPFSnapshot) {
    (kind, domain, owner) = (.spf, snapshot.domain.name, snapshot.domain.name)
    question = DNSQuestion(snapshot.domain.name, .txt)
    state = SPFState.of(snapshot)
  }

  init(
    _ kind: RecordKind, _ domain: String, at owner: String, state: String?, text: String? = nil, _ question: DNSQuestion
  ) {
    (self.kind, self.domain, self.owner) = (kind, domain, owner)
    (self.state, self.text, self.question) = (state, text, question)
  }
}

/// The form of the state of an SPF record: its text, preceded by a word if receivers get a permanent error.
enum SPFState {
  static let permerror = "permerror "

  static func of(_ snapshot: SPFSnapshot) -> String? {
    switch snapshot.status {
    case .permerror: permerror + (snapshot.record ?? "")
    case .valid, .temperror, .none: snapshot.record
    }
  }

  /// The terms after the version.
  static func terms(_ state: String) -> [String] {
    text(state).split(separator: " ").dropFirst().prefix(RecordTransition.mostTerms).map { $0.lowercased() }
  }

  static func text(_ state: String) -> String {
    state.hasPrefix(permerror) ? String(state.dropFirst(permerror.count)) : state
  }
}

/// The form of the state of a DMARC record: its text, or a word if there are several or that of a parent applies.
enum DMARCState {
  static let several = "several"
  static let inherited = "inherited "

  /// Whether the domain has exactly one record of its own.
  static func isOwn(_ state: String?) -> Bool {
    state.map { $0 != several && !$0.hasPrefix(inherited) } ?? false
  }
}
