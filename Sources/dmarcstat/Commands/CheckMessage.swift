import ArgumentParser
import Classification
import DMARC
import Glibc
import Intake
import Render
import Settings
import Verdict

struct CheckMessage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "message",
    abstract: "Explain the SPF, DKIM and DMARC results in the header of a message.",
    discussion: """
      Reads a message as you save it (.eml, \"show original\" of Gmail, the source in Thunderbird or Outlook, or its header \
      alone) and explains what its receiver found: which identifiers pass, whether they are aligned with the From domain, \
      which of the five cases this is, and what to do. Results are those of the topmost Authentication-Results field, or of \
      the hosts that `trusted_hosts` of the configuration or --trust names. Signatures are not verified: the receiver did that.

      The exit status is 0 if DMARC passes, and 1 if it fails or the header does not say.

      EXAMPLES
        dmarcstat check message saved.eml
        dmarcstat check message - < header.txt
        dmarcstat check message saved.eml --trust mx.example.com --lang ja
        dmarcstat check message saved.eml --format json
      """)

  @Argument(help: ArgumentHelp("The message, or its header; - is standard input.", valueName: "file"))
  var file: String

  @Option(help: ArgumentHelp("A host whose results count (repeatable).", valueName: "host"))
  var trust: [String] = []

  @OptionGroup var format: FormatOption
  @OptionGroup var languageOption: LanguageOption

  @Option(help: ArgumentHelp("The configuration file.", valueName: "file"))
  var config: String?

  func validate() throws { for host in trust { _ = try DomainName(argument: host, of: "--trust") } }

  func run() throws {
    let configuration = try Configuration.load(named: config)
    let named = try trust.map { try DomainName(argument: $0, of: "--trust") }
    let header = MessageHeader(try Self.read(file))
    guard !header.fields.isEmpty else {
      throw CommandError(
        message: "\(file): there is no message header: save the message with its whole source", status: .source)
    }
    let context = try ClassificationContext(configuration, [])
    let check = MessageCheck(
      header, trusted: named.isEmpty ? configuration.trustedHosts : named,
      organisations: context.ruleContext.organisations)
    let page = MessageCheckPage(check: check, phrasebook: Phrasebook(languageOption.language(configuration)))
    Terminal.print(Rendering.printable(page.document(isForPeople: format.format == .table), format.format))
    if check.messageCase?.passes != true { throw ExitCode(.incomplete) }
  }

  /// The beginning of a file, which holds the header.
  private static func read(_ path: String) throws -> [UInt8] {
    let name = path == "-" ? "standard input" : path
    let descriptor = path == "-" ? STDIN_FILENO : open(PathText.native(path), O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw problem(name, "it cannot be opened") }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < MessageHeader.mostBytes {
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count == 0 { break }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw problem(name, "it cannot be read") }
      bytes += piece[..<count]
    }
    return bytes
  }

  private static func problem(_ name: String, _ what: String) -> CommandError {
    .source("\(name): \(what) (\(String(cString: strerror(errno)))): name a file with a message")
  }
}

/// The output of `check message`.
struct MessageCheckPage {
  let check: MessageCheck
  let phrasebook: Phrasebook

  private func page(_ code: String, _ values: [String: String] = [:]) -> String {
    phrasebook.text("check-message.\(code)", values)
  }

  private var result: String { check.messageCase.map { $0.passes ? "pass" : "fail" } ?? "unknown" }

  /// - Parameter isForPeople: whether the reasons are sentences at the end, and not a table.
  func document(isForPeople: Bool) -> Document {
    var document = Document(
      facts: [
        (Column("from", "FROM"), .list(check.authors.addresses)),
        (
          Column("from_domain", "FROM DOMAIN"),
          Cell(check.authors.domains.count == 1 ? check.authors.domains[0].name : nil)
        ),
        (Column("envelope_domain", "ENVELOPE DOMAIN"), Cell(check.spf?.domain?.name)),
        (Column("host", "RESULTS OF"), Cell(check.host?.name)),
        (Column("result", "DMARC"), .text(result)),
        (
          Column("strict_result", "WITH STRICT ALIGNMENT"),
          .text(check.passesStrict.map { $0 ? "pass" : "fail" } ?? "unknown")
        ),
        (Column("reported_result", "DMARC AS REPORTED"), Cell(check.reportedDMARC)),
        (Column("case", isDetail: true), Cell(check.messageCase?.rawValue)),
      ],
      sections: [
        .init("identifiers", page("identifiers"), identifiers), .init("cases", page("cases"), cases),
        .init("reasons", "", ResultTable([Column("code"), Column("text")], reasons)),
      ], main: "reasons")
    if isForPeople { document.sections.removeLast() }
    document.notes = [check.reasons.map { "- " + page($0.code, $0.values) }]
    return document
  }

  /// The envelope domain and the signatures, with their results.
  private var identifiers: ResultTable {
    let spf = check.spf.map { [("spf", $0)] } ?? []
    return ResultTable(
      [Column("method"), Column("result"), Column("domain"), Column("selector"), Column("alignment")],
      (spf + check.dkim.map { ("dkim", $0) }).map { method, identifier in
        [
          .text(method), .text(identifier.result), Cell(identifier.domain?.name), Cell(identifier.selector),
          .text(identifier.alignment.rawValue),
        ]
      })
  }

  /// The five cases, with that of this message marked.
  private var cases: ResultTable {
    ResultTable(
      [Column("this", "THIS MESSAGE"), Column("case"), Column("spf"), Column("dkim"), Column("dmarc")],
      MessageCheck.Case.allCases.map { row in
        [
          .flag(row == check.messageCase), .text(row.rawValue), .text(page("spf-\(row.rawValue)")),
          .text(page("dkim-\(row.rawValue)")), .text(row.passes ? "pass" : "fail"),
        ]
      })
  }

  private var reasons: [[Cell]] { check.reasons.map { [.text($0.code), .text(page($0.code, $0.values))] } }
}
