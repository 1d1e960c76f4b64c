import DMARC

/// A line of an infrastructure table.
struct InfrastructureLine {
  var kind: InfrastructureEntry.Kind
  var match: Match
  var operatorName: String

  enum Match {
    case host(DomainName)
    case network(CIDR)
    case freemail(DomainName)
    case defaultSigning(DomainName)
    case listLabel(String)
    case rewriteLabel(String)
    case rewriteLocalPart(String)
  }
}

/// A syntax error in an infrastructure table.
public struct InfrastructureError: Error, Sendable, CustomStringConvertible {
  /// The number of the line, from 1.
  public let line: Int
  /// What is wrong, and how to write it correctly.
  public let cause: String

  /// `line 12: ...`.
  public var description: String { "line \(line): \(cause)" }
}

extension InfrastructureTable {
  /// The built-in table.
  public static let builtIn = InfrastructureTable(
    trusted: String(decoding: PackageResources.infrastructure_txt, as: UTF8.self))

  /// Parses the built-in table. A test checks that all of its lines are valid.
  private init(trusted text: String) {
    self.init()
    try? extend(with: text)
  }

  /// Adds the lines of a table in text form: kind, name or network, operator and source, separated by tabs or by two or more spaces.
  /// Lines that start with `#` are comments.
  /// - Throws: ``InfrastructureError`` for the first invalid line.
  public mutating func extend(with text: String) throws(InfrastructureError) {
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let fields = Self.fields(line)
      guard let first = fields.first, !first.hasPrefix("#") else { continue }
      guard fields.count >= 3 else {
        throw InfrastructureError(
          line: number + 1,
          cause:
            "a line has a kind, a name or network, an operator and a source, separated by a tab or at least two spaces")
      }
      guard fields.count >= 4 else {
        throw InfrastructureError(line: number + 1, cause: "the source is missing: say where this can be checked")
      }
      guard let line = InfrastructureLine(kind: fields[0], what: fields[1], operatorName: fields[2]) else {
        throw InfrastructureError(
          line: number + 1,
          cause:
            "\"\(fields[0])  \(fields[1])\" is not valid; kinds are \(InfrastructureLine.kinds.joined(separator: ", "))"
        )
      }
      add(line)
    }
  }

  /// Splits a line at tabs and at runs of two or more spaces.
  private static func fields(_ line: Substring) -> [String] {
    var fields: [String] = []
    var field = ""
    var blanks = 0
    func isGap(_ character: Character) -> Bool { character == " " || character == "\r" }
    func close() {
      if !field.isEmpty { fields.append(field) }
      field = ""
    }
    for character in line {
      if character == "\t" {
        close()
        blanks = 0
      } else if isGap(character) {
        blanks += 1
      } else {
        if blanks > 1 { close() } else if blanks == 1, !field.isEmpty { field.append(" ") }
        blanks = 0
        field.append(character)
      }
    }
    close()
    return fields
  }
}

extension InfrastructureLine {
  static let kinds =
    InfrastructureEntry.Kind.allCases.map(\.rawValue)
    + ["freemail", "default-signing", "list-label", "rewrite-label", "rewrite-localpart"]

  init?(kind: String, what: String, operatorName: String) {
    let text = what.lowercased()
    func line(_ match: Match?, _ kind: InfrastructureEntry.Kind = .hosting) -> InfrastructureLine? {
      match.map { InfrastructureLine(kind: kind, match: $0, operatorName: operatorName) }
    }
    let parsed: InfrastructureLine?
    if let known = InfrastructureEntry.Kind(rawValue: kind) {
      parsed = line(CIDR(what).map(Match.network) ?? DomainName(what).map(Match.host), known)
    } else {
      switch kind {
      case "freemail": parsed = line(DomainName(what).map(Match.freemail))
      case "default-signing": parsed = line(DomainName(what).map(Match.defaultSigning))
      case "list-label": parsed = line(.listLabel(text))
      case "rewrite-label": parsed = line(.rewriteLabel(text))
      case "rewrite-localpart": parsed = line(.rewriteLocalPart(text))
      default: parsed = nil
      }
    }
    guard let parsed else { return nil }
    self = parsed
  }
}
