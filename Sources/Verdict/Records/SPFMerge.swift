package import DMARC

/// The SPF record of a domain with senders added to it. Published terms stay, except for those that cannot authorise
/// anyone, which are listed in ``dropped``.
package struct SPFMerge: Sendable, Hashable {
  /// Why a published term is left out. The raw values are suffixes of text codes.
  package enum Reason: String, Sendable, Hashable, CaseIterable {
    /// Its syntax is wrong.
    case mistake
    /// It causes a void lookup (RFC 7208 §4.6.4).
    case void
    case ptr
    /// It names private addresses.
    case `private`
    /// It names a domain without an SPF record.
    case missing
    /// It leads back to a record that is being evaluated.
    case loop
    /// It occurs twice.
    case duplicate
    /// It is `?all` or `+all`, which says nothing about other hosts, or authorises them all.
    case end
    /// It has no effect, because the record contains `all`.
    case redirect
  }

  /// A published term that is left out.
  package struct Dropped: Sendable, Hashable {
    package let term: String
    package let reason: Reason
  }

  /// The text of the record.
  package let text: String
  /// The terms that are new.
  package let added: [String]
  /// The published terms that are left out.
  package let dropped: [Dropped]

  /// - Parameters:
  ///   - tree: the published record; its root has no text if there is none.
  ///   - terms: the senders to add, without those that the record authorises already.
  package init(_ tree: SPFTree, adding terms: [SPFTerm]) {
    var kept: [String] = []
    var dropped: [Dropped] = []
    var seen: Set<String> = []
    var end: String?
    let hasAll = tree.root.terms.contains { $0.directive?.mechanism == .all }
    for term in tree.root.terms {
      if let reason = Self.reason(term) {
        dropped.append(Dropped(term: term.text, reason: reason))
      } else if term.directive?.mechanism == .all {
        if end == nil, let text = Self.end(term) {
          end = text
        } else {
          dropped.append(Dropped(term: term.text, reason: end == nil ? .end : .duplicate))
        }
      } else if term.isRedirect {
        if hasAll { dropped.append(Dropped(term: term.text, reason: .redirect)) } else { end = term.text }
      } else if seen.insert(SPFTermCheck.normalised(term.text)).inserted {
        kept.append(term.text)
      } else {
        dropped.append(Dropped(term: term.text, reason: .duplicate))
      }
    }
    added = terms.map(\.description).filter { seen.insert($0).inserted }
    self.dropped = dropped
    text = (["v=spf1"] + kept + added + [end ?? "~all"]).joined(separator: " ")
  }

  /// Why a term cannot authorise anyone; nil if it can.
  private static func reason(_ term: SPFTree.Term) -> Reason? {
    if term.mistake != nil { return .mistake }
    if term.isVoid { return .void }
    if let mechanism = term.directive?.mechanism {
      if mechanism.isPTR { return .ptr }
      if SPFTermCheck.isPrivate(mechanism) { return .private }
    }
    switch term.nodes.first?.problem {
    case .missing: return .missing
    case .loop: return .loop
    default: return nil
    }
  }

  /// The text of `-all` or `~all`; nil for other qualifiers.
  private static func end(_ all: SPFTree.Term) -> String? {
    switch all.directive?.qualifier {
    case .fail, .softfail: all.text
    default: nil
    }
  }
}
