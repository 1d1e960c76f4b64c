import Yams

/// What is left out (`ignore`).
extension ConfigurationReader {
  private enum Key: String, CaseIterable {
    case reporters, domains
  }

  func ignored(_ node: Node, _ configuration: inout Configuration) throws {
    try fields(of: node, Key.self) { key, node in
      switch key {
      case .reporters:
        configuration.ignoredReporters = try strings(node)
        if configuration.ignoredReporters.contains("") { throw failure(node, "a reporter must not be empty") }
      case .domains: configuration.ignoredDomains = try domains(node)
      }
    }
  }
}
