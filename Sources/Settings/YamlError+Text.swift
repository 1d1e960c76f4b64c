import Yams

extension YamlError {
  /// The cause and position, without the line itself, which may contain a password.
  var withoutQuotation: String {
    switch self {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "\(Self.withoutQuotes(problem)) (line \(mark.line), column \(mark.column))"
    case .reader(let problem, let offset, _, _):
      "\(Self.withoutQuotes(problem))\(offset.map { " (character \($0 + 1))" } ?? "")"
    case .duplicatedKeysInMapping(_, let context): "a key occurs twice (line \(context.mark.line))"
    default: "it cannot be parsed"
    }
  }

  /// Removes quoted text: libyaml quotes only what is unknown or found in the file.
  private static func withoutQuotes(_ problem: String) -> String {
    problem.firstIndex(of: "'").map { problem[..<$0] + "…" } ?? problem
  }
}
