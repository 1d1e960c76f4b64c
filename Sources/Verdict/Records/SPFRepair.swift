import DMARC

/// The SPF record of a domain without what is wrong with it: one text that corrects all mistakes.
struct SPFRepair {
  /// The text of the record.
  let text: String
  /// Whether the repaired record authorises nobody although the published one names senders, so that publishing it
  /// would stop all mail.
  let stopsAll: Bool

  /// - Parameters:
  ///   - positions: the places of terms that go, too.
  ///   - isFixed: whether a term becomes the addresses that it looks up now.
  init(_ tree: SPFTree, without positions: Set<Int> = [], replacing isFixed: (SPFTree.Term) -> Bool = { _ in false }) {
    var terms: [String] = []
    var seen: Set<String> = []
    var end: String?
    let hasAll = tree.root.terms.contains { $0.directive?.mechanism == .all }
    for term in tree.root.terms where Self.isUseful(term) && !positions.contains(term.position) {
      if term.directive?.mechanism == .all {
        end = end ?? Self.end(term)
      } else if term.isRedirect {
        if !hasAll { end = term.text }
      } else if isFixed(term), let addresses = term.addresses {
        terms += addresses.map { "\(SPFTerm($0))" }.filter { seen.insert($0).inserted }
      } else if seen.insert(SPFTermCheck.normalised(term.text)).inserted {
        terms.append(term.text)
      }
    }
    let named = tree.root.terms.contains { $0.directive?.mechanism != .all }
    stopsAll = named && terms.isEmpty && !(end?.hasPrefix("redirect") ?? false)
    text = (["v=spf1"] + terms + [end ?? "~all"]).joined(separator: " ")
  }

  /// Whether a term can be evaluated, and authorises anyone who may be a sender.
  private static func isUseful(_ term: SPFTree.Term) -> Bool {
    guard term.mistake == nil, !term.isVoid, term.directive?.mechanism.isPTR != true else { return false }
    if let mechanism = term.directive?.mechanism, SPFTermCheck.isPrivate(mechanism) { return false }
    let problem = term.nodes.first?.problem
    return problem != .missing && problem != .loop
  }

  /// `all` with a qualifier that says something.
  private static func end(_ all: SPFTree.Term) -> String {
    switch all.directive?.qualifier {
    case .fail, .softfail: all.text
    default: "~all"
    }
  }
}
