import Yams

/// How long reports are kept (`keep`).
extension ConfigurationReader {
  private enum Key: String, CaseIterable {
    case reports, sums
  }

  func retention(_ node: Node) throws -> Retention {
    guard node.mapping != nil else { return Retention(reports: try span(node), sums: nil) }
    var retention = Retention()
    try fields(of: node, Key.self) { key, node in
      switch key {
      case .reports: retention.reports = try span(node)
      case .sums: retention.sums = try span(node)
      }
    }
    guard retention.reports != nil else {
      throw failure(node, "`keep` must say how long reports are kept: {reports: 25 months}")
    }
    return retention
  }

  private func span(_ node: Node) throws -> Retention.Span {
    guard let span = Retention.Span(try string(node)) else {
      throw failure(
        node,
        "`keep` must be a number of days, weeks, months or years, up to \(Retention.Span.maxCount): keep: 25 months")
    }
    return span
  }
}
