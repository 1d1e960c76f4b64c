import DMARC

/// Raw results of many records, condensed for people: `fail example.com`, `pass example.com (s1)`.
public enum ResultText {
  /// SPF results of stored JSON columns, each distinct one once.
  public static func spf(_ columns: [String]) -> [String] {
    distinct(columns.flatMap { (try? OutcomeColumns.spf($0)) ?? [] }) { result in
      let scope = result.scope == "helo" ? " (helo)" : ""
      return "\(result.result?.rawValue ?? "absent") \(result.domain ?? "-")\(scope)"
    }
  }

  /// DKIM results of stored JSON columns, each distinct one once.
  public static func dkim(_ columns: [String]) -> [String] {
    distinct(columns.flatMap { (try? OutcomeColumns.dkim($0)) ?? [] }) { result in
      let selector = result.selector.map { " (\($0))" } ?? ""
      return "\(result.result?.rawValue ?? "absent") \(result.domain ?? "-")\(selector)"
    }
  }

  /// Override reasons of stored JSON columns, each distinct one once.
  public static func reasons(_ columns: [String]) -> [String] {
    distinct(columns.flatMap { (try? OutcomeColumns.reasons($0)) ?? [] }) { reason in
      let comment = reason.comment.map { $0.isEmpty ? "" : " (\($0))" } ?? ""
      return (reason.type?.rawValue ?? "absent") + comment
    }
  }

  private static func distinct<Value>(_ values: [Value], _ text: (Value) -> String) -> [String] {
    Set(values.map(text)).sorted()
  }
}
