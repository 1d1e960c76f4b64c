import DMARC

/// Raw results of many records, condensed for people: `fail example.com`, `pass example.com (s1)`; each distinct one once, those that
/// pass first, because they decide.
enum ResultText {
  static func spf(_ results: [SPFResult]) -> [String] {
    let hasHELO = results.contains(where: \.isHELO)
    return distinct(results) { result in
      let scope = result.isHELO ? " (helo)" : hasHELO ? " (mfrom)" : ""
      return "\(result.result?.rawValue ?? "absent") \(result.domain ?? "-")\(scope)"
    }
  }

  /// The passing results decide, so they come first; a table may have no room for the others.
  /// - Parameter from: the From domain, if known: of the passing ones, only those that match it decide.
  static func dkim(_ results: [DKIMResult], from: String? = nil) -> [String] {
    func decides(_ result: DKIMResult) -> Bool {
      guard let from = from.flatMap(DomainName.init), let domain = result.domain.flatMap(DomainName.init) else {
        return from == nil
      }
      return from.isEqualOrUnder(domain) || domain.isEqualOrUnder(from)
    }
    let passing = results.filter { $0.result == .pass }
    return dkimTexts(passing.filter(decides)) + dkimTexts(passing.filter { !decides($0) })
      + dkimTexts(results.filter { $0.result != .pass })
  }

  private static func dkimTexts(_ results: [DKIMResult]) -> [String] {
    distinct(results) { result in
      let selector = result.selector.map { $0.isEmpty ? " (no selector)" : " (\($0))" } ?? ""
      let domain = result.domain.flatMap { $0.isEmpty ? nil : $0 } ?? "-"
      return "\(result.result?.rawValue ?? "absent") \(domain)\(selector)"
    }
  }

  static func reasons(_ reasons: [OverrideReason]) -> [String] {
    distinct(reasons) { reason in
      let comment = reason.comment.map { $0.isEmpty ? "" : " (\($0))" } ?? ""
      return (reason.type?.rawValue ?? "absent") + comment
    }
  }

  private static func distinct<Value>(_ values: [Value], _ text: (Value) -> String) -> [String] {
    let texts = Set(values.map(text)).sorted()
    return texts.filter { $0.hasPrefix("pass ") } + texts.filter { !$0.hasPrefix("pass ") }
  }
}
