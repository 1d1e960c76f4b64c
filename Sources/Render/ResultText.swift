import DMARC

/// Raw results of many records, condensed for people: `fail example.com`, `pass example.com (s1)`; each distinct one once.
enum ResultText {
  static func spf(_ results: [SPFResult]) -> [String] {
    let hasHELO = results.contains(where: \.isHELO)
    return distinct(results) { result in
      let scope = result.isHELO ? " (helo)" : hasHELO ? " (mfrom)" : ""
      return "\(result.result?.rawValue ?? "absent") \(result.domain ?? "-")\(scope)"
    }
  }

  static func dkim(_ results: [DKIMResult]) -> [String] {
    // The passing ones decide, so they come first; a table may have no room for the others.
    let passing = dkimTexts(results.filter { $0.result == .pass })
    return passing + dkimTexts(results.filter { $0.result != .pass })
  }

  private static func dkimTexts(_ results: [DKIMResult]) -> [String] {
    distinct(results) { result in
      let selector = result.selector.map { $0.isEmpty ? " (no selector)" : " (\($0))" } ?? ""
      return "\(result.result?.rawValue ?? "absent") \(result.domain ?? "-")\(selector)"
    }
  }

  static func reasons(_ reasons: [OverrideReason]) -> [String] {
    distinct(reasons) { reason in
      let comment = reason.comment.map { $0.isEmpty ? "" : " (\($0))" } ?? ""
      return (reason.type?.rawValue ?? "absent") + comment
    }
  }

  private static func distinct<Value>(_ values: [Value], _ text: (Value) -> String) -> [String] {
    Set(values.map(text)).sorted()
  }
}
