import DMARC

/// Checks the terms of an SPF record that its owner is responsible for: who is let in, and what is superfluous.
struct SPFTermCheck {
  let domain: DomainName
  let organisations: Organisations
  /// The domain's own record with its mistakes corrected.
  let repaired: [ProposedRecord]

  /// The shortest prefix that is not remarkable in one's own record, and in that of someone else: large providers have large networks.
  private static let leastOwnPrefix = (v4: 16, v6: 32)
  private static let leastForeignPrefix = (v4: 10, v6: 19)

  func run(_ root: SPFTree.Node, _ list: inout FindingList) { check(root, [], &list) }

  private func check(_ node: SPFTree.Node, _ path: [String], _ list: inout FindingList) {
    let isOwn = DomainName(node.name).map { organisations.areRelated($0, domain) } ?? false
    var seen: Set<String> = []
    for term in node.terms {
      let values = ["term": term.text, "path": (path + [node.name]).joined(separator: " > ")]
      if let directive = term.directive {
        checkNetwork(directive, term, node, isOwn, values, &list)
        if isOwn { check(directive, term, node, values, &list) }
        if isOwn, !seen.insert(Self.normalised(term.text)).inserted {
          list.add(
            .spfDuplicateTerm, at: node.name, position: term.position, values, publish: path.isEmpty ? repaired : [])
        }
      }
      for inner in term.nodes { check(inner, path + [node.name], &list) }
    }
  }

  /// A term as it is compared with others.
  static func normalised(_ text: String) -> String {
    let text = text.lowercased()
    return text.hasPrefix("+") ? String(text.dropFirst()) : text
  }

  private func check(
    _ directive: SPFRecord.Directive, _ term: SPFTree.Term, _ node: SPFTree.Node, _ values: [String: String],
    _ list: inout FindingList
  ) {
    let records = node.name == domain.name ? repaired : []
    if directive.mechanism.isPTR {
      list.add(.spfPTR, at: node.name, position: term.position, values, publish: records)
    }
    if Self.isPrivate(directive.mechanism) {
      list.add(.spfPrivate, at: node.name, position: term.position, values, publish: records)
    }
  }

  private func checkNetwork(
    _ directive: SPFRecord.Directive, _ term: SPFTree.Term, _ node: SPFTree.Node, _ isOwn: Bool,
    _ values: [String: String], _ list: inout FindingList
  ) {
    guard directive.qualifier == .pass else { return }
    let least = isOwn ? Self.leastOwnPrefix : Self.leastForeignPrefix
    let isWide =
      switch directive.mechanism {
      case .ip4(_, let length): length < least.v4
      case .ip6(_, let length): length < least.v6
      case .a(_, let prefixes), .mx(_, let prefixes): prefixes.v4 < least.v4 || prefixes.v6 < least.v6
      default: false
      }
    if isWide { list.add(.spfWide, at: node.name, position: term.position, values) }
  }

  /// Whether a term names a network that no message arrives from.
  static func isPrivate(_ mechanism: SPFRecord.Mechanism) -> Bool {
    guard let network = network(mechanism) else { return false }
    return CIDR.notPublic.contains { $0.contains(network.network) && $0.length <= network.length }
  }

  private static func network(_ mechanism: SPFRecord.Mechanism) -> CIDR? {
    switch mechanism {
    case .ip4(let lower, let length): CIDR(AddressRange.address(lower, isIPv6: false), length: length)
    case .ip6(let lower, let length): CIDR(AddressRange.address(lower, isIPv6: true), length: length)
    default: nil
    }
  }
}
