package import DMARC

extension ReportWarning {
  /// The warning, with the option that raises the limit it is about.
  package var namingOption: ReportWarning {
    guard let limit else { return self }
    return ReportWarning(code, line: line, "\(message) (\(limit.option))", limit: limit)
  }
}
