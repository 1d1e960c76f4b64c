import Foundation
import Seeds

/// A report with random content, written in random ways that say the same.
struct ReserialisedReport {
  struct Entry {
    var domain, selector, result: String
    var comment: String?
  }

  struct Row {
    var source: String
    var count: Int
    var disposition, dkim, spf, from: String
    var envelopeTo: String?
    var reasons: [(type: String, comment: String)]
    var signatures: [Entry]
    var checks: [Entry]
  }

  let id: Int
  var policy = "none"
  var rows: [Row]

  private static let domains = [
    "example.com", "bücher.example", "mail.example.org", "日本語.example", "shop.bücher.example", "x.example",
  ]
  private static let sources = ["192.0.2.1", "198.51.100.77", "2001:db8::1", "2001:db8:0:1::a", "203.0.113.5"]
  private static let comments = ["body hash ok", "a < b & c > \"d\"", "Prüfsumme é", "it's   fine"]

  init(_ id: Int, using random: inout Seeded) {
    self.id = id
    func pick<Value>(_ values: [Value]) -> Value { values.randomElement(using: &random) ?? values[0] }
    rows = (0..<Int.random(in: 1...6, using: &random)).map { _ in
      let signatures = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        Entry(
          domain: pick(Self.domains), selector: pick(["s1", "S2", "google"]),
          result: pick(["pass", "fail", "permerror"]),
          comment: Bool.random(using: &random) ? pick(Self.comments) : nil)
      }
      let check = Entry(domain: pick(Self.domains), selector: "", result: pick(["pass", "softfail", "none"]))
      return Row(
        source: pick(Self.sources), count: Int.random(in: 1...5_000, using: &random),
        disposition: pick(["none", "quarantine", "reject"]), dkim: pick(["pass", "fail"]), spf: pick(["pass", "fail"]),
        from: pick(Self.domains), envelopeTo: Bool.random(using: &random) ? pick(Self.domains) : nil,
        reasons: Bool.random(using: &random)
          ? [(pick(["forwarded", "local_policy"]), pick(Self.comments)), ("other", pick(Self.comments))] : [],
        signatures: signatures, checks: [check])
    }
  }

  /// The same report with one count, result, name or row changed.
  func changed(using random: inout Seeded) -> ReserialisedReport {
    var report = self
    let index = Int.random(in: 0..<rows.count, using: &random)
    switch Int.random(in: 0..<9, using: &random) {
    case 0: report.rows[index].count += 1
    case 1: report.rows[index].source = "192.0.2.250"
    case 2: report.rows[index].dkim = rows[index].dkim == "pass" ? "fail" : "pass"
    case 3: report.rows[index].spf = rows[index].spf == "pass" ? "fail" : "pass"
    case 4: report.rows[index].checks[0].result = "temperror"
    case 5: report.rows[index].from = "other.example"
    case 6: report.rows.append(rows[index])
    case 7: report.policy = "reject"
    default: report.rows[index].signatures.append(Entry(domain: "example.com", selector: "s9", result: "pass"))
    }
    return report
  }

  /// The report in the plainest form.
  var plain: Data { Data(xml(Style()).utf8) }

  /// The report in a random form.
  func rewritten(using random: inout Seeded) -> Data {
    let style = Style(random)
    defer { random = style.random }
    let encoding = style.pick([String.Encoding.utf8, .utf8, .utf16, .utf16BigEndian])
    style.encoding = encoding == .utf8 ? "UTF-8" : "UTF-16"
    style.hasDeclaration = encoding != .utf8 || style.chance()
    var text = xml(style)
    if style.chance() { text = text.replacing("\n", with: "\r\n") }
    let hasMark = encoding == .utf16BigEndian || encoding == .utf8 && style.chance()
    return (hasMark ? "\u{feff}" + text : text).data(using: encoding) ?? Data()
  }

  /// How a report is written.
  final class Style {
    var random = Seeded()
    /// Whether nothing is varied.
    private let isPlain: Bool
    var encoding = "UTF-8"
    var hasDeclaration = true

    init() { isPlain = true }

    init(_ random: Seeded) {
      isPlain = false
      self.random = random
    }

    func chance() -> Bool { !isPlain && Bool.random(using: &random) }

    func pick<Value>(_ values: [Value]) -> Value {
      isPlain ? values[0] : values.randomElement(using: &random) ?? values[0]
    }

    func shuffled<Value>(_ values: [Value]) -> [Value] { isPlain ? values : values.shuffled(using: &random) }

    /// A separator between elements.
    var gap: String { pick(["", "\n", "\n    ", "\t", "<!-- & -->", "<?note x?>"]) }

    /// A name in another spelling.
    func name(_ name: String) -> String {
      var name = name
      if chance() { name = name.uppercased() }
      if chance() { name = name.decomposedStringWithCanonicalMapping }
      if chance() {
        name = name.lowercased().precomposedStringWithCanonicalMapping
          .replacing("bücher", with: "xn--bcher-kva").replacing("日本語", with: "xn--wgv71a119e")
      }
      return chance() ? name + "." : name
    }

    func word(_ word: String) -> String { chance() ? word.uppercased() : chance() ? " \(word)\n" : word }

    /// Text with its special characters written in one of the possible ways.
    func text(_ text: String) -> String {
      if chance() { return "<![CDATA[\(text)]]>" }
      return text.unicodeScalars.map { scalar in
        switch scalar {
        case "<": chance() ? "&#60;" : "&lt;"
        case "&": chance() ? "&#x26;" : "&amp;"
        case ">": chance() ? ">" : "&gt;"
        case "\"": chance() ? "&quot;" : "\""
        default: chance() && chance() && chance() ? "&#\(scalar.value);" : String(scalar)
        }
      }.joined()
    }
  }

  private func xml(_ style: Style) -> String {
    func element(_ name: String, _ content: String) -> String {
      "\(style.gap)<\(name)>\(content)</\(name)>\(style.gap)"
    }
    func elements(_ parts: [String]) -> String { style.shuffled(parts).joined() }
    func entry(_ name: String, _ entry: Entry) -> String {
      element(
        name,
        elements(
          [element("domain", style.name(entry.domain)), element("result", style.word(entry.result))]
            + (name == "dkim"
              ? [element("selector", style.chance() ? entry.selector.uppercased() : entry.selector)] : [])
            + (name == "spf" && style.chance() ? [element("scope", style.word("mfrom"))] : [])
            + (entry.comment.map { [element("human_result", style.text($0))] } ?? [])))
    }
    let records = rows.map { row in
      let evaluated =
        [
          element("disposition", style.word(row.disposition)), element("dkim", style.word(row.dkim)),
          element("spf", style.word(row.spf)),
        ]
        + row.reasons.map {
          element(
            "reason", elements([element("type", style.word($0.type)), element("comment", style.text($0.comment))]))
        }
      let names =
        [element("header_from", style.name(row.from))]
        + (row.envelopeTo.map { [element("envelope_to", style.name($0))] } ?? [])
      let source = style.chance() ? row.source.replacing("2001:db8:", with: "2001:0DB8:") : row.source
      return element(
        "record",
        elements([
          element(
            "row",
            elements([
              element("source_ip", source), element("count", style.chance() ? " \(row.count) " : "\(row.count)"),
              element("policy_evaluated", elements(evaluated)),
            ])),
          element("identifiers", elements(names)),
          element(
            "auth_results", elements(row.signatures.map { entry("dkim", $0) } + row.checks.map { entry("spf", $0) })),
        ]))
    }
    let metadata = [
      element("org_name", style.name("Receiver.example")),
      element("email", style.chance() ? "a@receiver.example" : "b@c.example"),
      element("report_id", style.chance() ? " <![CDATA[<report-\(id)>]]>" : "report-\(id)"),
      element("date_range", elements([element("begin", "1790812800"), element("end", " 1790899199 ")])),
    ]
    let extra = style.chance() ? [element("extra_contact_info", "https://receiver.example/")] : []
    let head = elements([
      element("report_metadata", elements(metadata + extra)),
      element(
        "policy_published",
        elements([
          element("domain", style.name("bücher.example")), element("p", style.word(policy)),
          element("adkim", style.word("r")),
        ])),
    ])
    let quote = style.chance() ? "'" : "\""
    let declaration =
      style.hasDeclaration
      ? "<?xml version=\(quote)1.0\(quote) encoding=\(quote)\(style.encoding)\(quote)?>\n" : ""
    return declaration + "<feedback>" + head + style.shuffled(records).joined() + style.gap + "</feedback>\n"
  }
}
