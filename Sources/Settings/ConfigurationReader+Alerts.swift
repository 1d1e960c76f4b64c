import Verdict
import Yams

/// What somebody is told about (`alerts`).
extension ConfigurationReader {
  private enum AlertKey: String, CaseIterable {
    case atMost = "at_most"
    case quietFirstRun = "quiet_first_run"
    case lang, rules
  }

  func alerts(_ node: Node) throws -> AlertSettings {
    var settings = AlertSettings()
    // A key without a value means the defaults.
    guard node.null == nil else { return settings }
    try fields(of: node, AlertKey.self) { key, value in
      switch key {
      case .atMost: settings.atMost = try number(value)
      case .quietFirstRun: settings.isQuietAtFirst = try flag(value)
      case .lang: settings.language = try language(value)
      case .rules: try rules(value, &settings)
      }
    }
    return settings
  }

  private func rules(_ node: Node, _ settings: inout AlertSettings) throws {
    try fields(of: node, AlertRule.self) { rule, value in
      if let isOn = value.bool {
        if isOn { settings.off.remove(rule) } else { settings.off.insert(rule) }
        return
      }
      settings.thresholds[rule] = try threshold(of: rule, value)
    }
  }

  /// `{messages: 200}`, with the unit of the rule.
  private func threshold(of rule: AlertRule, _ node: Node) throws -> Int64 {
    let name = rule.rawValue
    guard let unit = rule.unit else { throw failure(node, "`\(name)` must be on or off: it has no threshold") }
    guard let mapping = node.mapping, mapping.count == 1, let (key, value) = mapping.first, key.string == unit else {
      throw failure(node, "`\(name)` must be on, off or a threshold: \(name): {\(unit): \(rule.defaultThreshold)}")
    }
    return Int64(try number(value))
  }
}
