import DMARC

/// Raw results of many records, condensed for people: `fail example.com`, `pass example.com (s1)`.
enum ResultText {
  static func spf(_ columns: [String]) -> [String] {
    distinct(columns.flatMap { (try? OutcomeColumns.spf($0)) ?? [] }) { result in
      let scope = result.scope == "helo" ? " (helo)" : ""
      return "\(result.result?.rawValue ?? "absent") \(result.domain ?? "-")\(scope)"
    }
  }

  static func dkim(_ columns: [String]) -> [String] {
    distinct(columns.flatMap { (try? OutcomeColumns.dkim($0)) ?? [] }) { result in
      let selector = result.selector.map { " (\($0))" } ?? ""
      return "\(result.result?.rawValue ?? "absent") \(result.domain ?? "-")\(selector)"
    }
  }

  private static func distinct<Value>(_ values: [Value], _ text: (Value) -> String) -> [String] {
    Set(values.map(text)).sorted()
  }
}
