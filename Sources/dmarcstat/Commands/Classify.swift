import ArgumentParser
import Classification
import DMARC
import Foundation
import Lookup
import Render
import Verdict

struct Classify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Classify records given as JSON, without a database.",
    discussion: """
      Applies the rules to cases in a file: a record as printed by `dmarcstat parse`, and a context with what is known about \
      its source. Prints one line per case. An absent key means unknown. docs/verdicts.md lists all keys of a context.

      A file contains one case, a list of cases, an object with the list under `cases`, or one case per line:
        {"id": "1", "record": {"source_ip": "192.0.2.1", "count": 3, "policy_evaluated": {...}, "identifiers": {...},
         "auth_results": {...}}, "context": {"known_sender": {"name": "our server", "kind": "own"}}}

      EXAMPLES
        dmarcstat classify --json cases.json
        jq '{record: .records[0]}' report.ndjson | dmarcstat classify --json -
      """)

  @Option(help: ArgumentHelp("The file of cases; - is standard input.", valueName: "file"))
  var json: String

  @OptionGroup var languageOption: LanguageOption

  func run() throws {
    let data = try Self.read(json)
    let suffixes = PublicSuffixList()
    let classifier = CaseClassifier(
      context: RuleContext(organisations: Organisations { suffixes.organisation(of: $0) }),
      phrasebook: Phrasebook(languageOption.language()))
    var problems = 0
    for (number, element) in try ClassifyInput.elements(data, name: json).enumerated() {
      do {
        Terminal.print(PrintableText(try classifier.line(element, number: number + 1), endsLine: true))
      } catch {
        problems += 1
        Terminal.complain("\(json): case \(number + 1): \(ClassifyInput.explain(error))")
      }
    }
    if problems > 0 { throw ExitCode(.incomplete) }
  }

  private static func read(_ path: String) throws -> Data {
    if path == "-" { return FileHandle.standardInput.readDataToEndOfFile() }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CommandError.source(
        "\(path): the file cannot be read: check that it exists and that you have permission to read it")
    }
    return data
  }
}

/// Splits a file into cases.
enum ClassifyInput {
  /// The cases of a file that is one JSON value or holds one case per line; an element that is not a case is reported
  /// later.
  static func elements(_ data: Data, name: String) throws -> [Any] {
    if let whole = try? JSONSerialization.jsonObject(with: data) { return list(whole) }
    let lines = data.split(separator: UInt8(ascii: "\n")).filter { !$0.allSatisfy { $0 <= 0x20 } }
    let cases = lines.map { try? JSONSerialization.jsonObject(with: Data($0)) }
    guard !cases.isEmpty, cases.contains(where: { $0 != nil }) else {
      throw CommandError.source(
        "\(name): not valid JSON: a file contains one case, a list of cases, or one case per line")
    }
    return cases.map { $0 ?? NSNull() }
  }

  private static func list(_ whole: Any) -> [Any] {
    if let object = whole as? [String: Any], let cases = object["cases"] as? [Any] { return cases }
    return whole as? [Any] ?? [whole]
  }

  static func explain(_ error: any Error) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      let place = path(context)
      return "\"\((place.isEmpty ? "" : place + ".") + key.stringValue)\" is missing"
    case DecodingError.typeMismatch(let type, let context): return "\"\(path(context))\" is not of type \(type)"
    case DecodingError.valueNotFound(_, let context): return "\"\(path(context))\" is null"
    case DecodingError.dataCorrupted(let context): return "\"\(path(context))\": \(context.debugDescription)"
    case let failure as CommandError: return failure.message
    default: return "\(error)"
    }
  }
}

/// Classifies cases and writes the result lines.
struct CaseClassifier {
  let context: RuleContext
  let phrasebook: Phrasebook

  func line(_ element: Any, number: Int) throws -> JSONText {
    guard let object = element as? [String: Any] else {
      throw CommandError(message: "not a JSON object", status: .incomplete)
    }
    let decoded = try JSONDecoder().decode(ClassifyCase.self, from: JSONSerialization.data(withJSONObject: object))
    warnOfUnknownKeys(object, decoded.id ?? "\(number)")
    guard let address = IPAddress(decoded.record.sourceIP) else {
      throw CommandError(
        message: "\"record.source_ip\": \"\(decoded.record.sourceIP)\" is not a valid IP address", status: .incomplete)
    }
    let policy = decoded.record.policy
    let reported = decoded.record.outcome.evaluated(under: policy) { context.organisations.domain(of: $0) }
    let outcome = AlignedOutcome(reported, policy, context.organisations)
    let flow = FlowFacts(source: address, outcome: outcome, messages: decoded.record.count ?? 1)
    let facts = decoded.context
    let judgement = RuleEngine.judge(
      flow, source: facts?.source(context.organisations) ?? SourceFacts(),
      declared: facts?.operatorFacts ?? OperatorFacts(),
      history: facts?.historyFacts(context.organisations) ?? HistoryFacts(), context: context)
    return result(decoded.id ?? "\(number)", judgement)
  }

  private func result(_ id: String, _ judgement: Judgement) -> JSONText {
    var text = JSONText()
    text.object {
      $0.key("id")
      $0.value(id)
      $0.key("category")
      $0.value(judgement.verdict.rawValue)
      $0.key("subtype")
      $0.value(judgement.subtype.rawValue)
      $0.key("confidence")
      $0.value(judgement.confidence.rawValue)
      $0.key("rule")
      $0.value(judgement.rule.rawValue)
      $0.key("unknown_ip")
      $0.value(judgement.isUnknownIP)
      $0.key("issues")
      $0.array { for issue in judgement.issues { $0.value(issue.rawValue) } }
      $0.key("evidence")
      $0.array {
        for piece in judgement.evidence {
          $0.object {
            $0.key("code")
            $0.value(piece.code)
            $0.key("text")
            $0.value(phrasebook.text(piece))
          }
        }
      }
      $0.key("dmarc")
      $0.value(judgement.dmarcResult)
      $0.key("authenticity")
      $0.value(judgement.authenticity.rawValue)
      $0.key("source_status")
      $0.value(judgement.sourceStatus.rawValue)
      $0.key("advice")
      $0.value(phrasebook.text(judgement.advice))
      $0.key("evaluation")
      $0.value(judgement.evaluation.rawValue)
      // `category` and `unknown_ip` under the terms of the glossary.
      $0.key("verdict")
      $0.value(judgement.verdict.rawValue)
      $0.key("needs_review")
      $0.value(judgement.isUnknownIP)
    }
    return text
  }

  private func warnOfUnknownKeys(_ object: [String: Any], _ id: String) {
    guard let context = object["context"] as? [String: Any] else { return }
    let history = context["history"] as? [String: Any]
    let source = history?["source"] as? [String: Any]
    for (name, part) in [("context", context), ("history", history), ("source", source)] {
      let unknown = Set((part ?? [:]).keys).subtracting(CaseContext.knownKeys[name] ?? [])
      for key in unknown.sorted() { Terminal.complain("case \(id): unknown key \"\(key)\" in \(name) is ignored") }
    }
  }
}
