import Foundation
import Testing

/// What people read in Japanese; programs read the same in every language.
@Suite struct JapaneseTests {
  private static let japanese = ["LANG": "ja_JP.UTF-8"]

  @Test func everyTextHasATranslationAndEveryTranslationAText() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [Program.root + "/scripts/check-japanese", Program.binary]
    let result = try Program.finish(process)
    #expect(result.status == 0, "\(result.output)\(result.errors)")
  }

  static let questions: [String: [String]] = [
    "summary": ["summary"], "summary-week": ["summary", "--by", "week"],
    "top-failures": ["top-failures", "--limit", "3"], "unknown-senders": ["unknown-senders"],
    "forwarding": ["forwarding"], "reports": ["reports", "--limit", "2"],
    "show-domain": ["show", "domain", "example.org"], "senders": ["senders", "list"],
  ]

  @Test func tablesHaveJapaneseHeadingsAndWords() throws {
    let program = try Program(withSampleConfiguration: true)
    let summary = try program.run("ingest", "--quiet", Program.samples, environment: Self.japanese)
    #expect(summary.status == 1)
    for (name, question) in Self.questions {
      let result = try program.run(question, environment: Self.japanese)
      try GoldenTests.compare(result.output, "japanese-\(name).txt")
      for format in ["json", "csv"] {
        let data = try program.run(question + ["--format", format], environment: Self.japanese).output
        #expect(try data == program.run(question + ["--format", format]).output, "\(name) \(format)")
      }
    }
  }

  @Test func columnsAreChosenInAnyFormat() throws {
    let program = try Program(withSampleConfiguration: true)
    _ = try program.run("ingest", "--quiet", Program.samples)
    let chosen = ["summary", "--columns", "sources,policy_domain"]
    #expect(try program.run(chosen).output.hasPrefix("SOURCES  DOMAIN\n     32  example.com\n"))
    #expect(try program.run(chosen, environment: Self.japanese).output.hasPrefix("送信元数  ドメイン\n"))
    #expect(
      try program.run(chosen + ["--format", "csv"]).output.hasPrefix("sources,policy_domain\r\n32,example.com\r\n"))
    #expect(
      try program.run(chosen + ["--format", "ndjson"]).output.hasPrefix(
        "{\"sources\":32,\"policy_domain\":\"example.com\"}\n"))
    let streamed = try program.run("unknown-senders", "--limit", "0", "--columns", "level,source").output
    #expect(streamed.hasPrefix("LEVEL  SOURCE\n"))
    let document = try program.run("show", "domain", "example.org", "--columns", "messages,source_ip").output
    #expect(document.contains("Sources\nMESSAGES  SOURCE IP\n     102  192.0.2.33\n"))
    let near = try program.run("summary", "--columns", "mesages")
    #expect(near.status == 2 && near.errors.contains("there is no column mesages: did you mean messages"))
    let unknown = try program.run("forwarding", "--columns", "xyz")
    #expect(unknown.status == 2 && unknown.errors.contains("the columns are forwarder, messages, "))
    #expect(try program.run("summary", "--columns", "messages,messages").status == 2)
  }

  @Test func ingestSummaryIsJapanese() throws {
    let program = try Program(withSampleConfiguration: true)
    let result = try program.run("ingest", "reports-sample", environment: Self.japanese)
    try GoldenTests.compare(result.output.replacing(/\d+\.\d 秒/, with: "N 秒"), "japanese-ingest.txt")
  }

  /// The language comes from the option, then the configuration, then the locale.
  @Test func languageIsThatOfTheUser() throws {
    let program = try Program()
    let config = try program.write("ja.yaml", "lang: ja\n")
    let english = try program.write("en.yaml", "lang: en\n")
    func heading(_ arguments: String..., environment: [String: String] = [:]) throws -> Bool {
      try program.run(arguments, environment: environment).output.contains("使い方")
    }
    #expect(try !heading("summary", "--help"))
    #expect(try heading("summary", "--help", environment: Self.japanese))
    #expect(try heading("summary", "--help", "--config", config))
    #expect(try heading("help", "summary", environment: ["DMARCSTAT_CONFIG": config]))
    #expect(try !heading("summary", "--help", "--config", english, environment: Self.japanese))
    #expect(try heading("explain", "--help", "--lang", "ja", "--config", english))
    #expect(try heading("explain", "--help", "--lang=ja"))
  }

  /// A command or option in a help text is never broken, and no line is wider than 80 columns unless it is a command.
  @Test func helpIsWrappedByWidth() throws {
    let program = try Program()
    for arguments in [
      ["--help"], ["ingest", "--help"], ["help", "summary"], ["senders", "add", "-h"], ["outbox", "-h"],
    ] {
      let help = try program.run(arguments, environment: Self.japanese).output
      #expect(help.hasPrefix("概要: ") && help.contains("\nオプション:\n"))
      for line in help.split(separator: "\n") where !line.contains("dmarcstat ") && !line.contains("/") {
        #expect(Self.width(line) <= 80, "\(arguments): \(line)")
      }
      #expect(help.count { $0 == "`" } % 2 == 0)
      for line in help.split(separator: "\n") {
        #expect(line.count { $0 == "`" } % 2 == 0, "\(arguments): \(line)")
      }
    }
  }

  private static func width(_ text: Substring) -> Int {
    text.unicodeScalars.reduce(0) { $0 + ((0x2e80...0xff60).contains($1.value) ? 2 : 1) }
  }

  @Test(arguments: [
    (["sumary"], "もしかして: `dmarcstat summary`"), (["help", "sumary"], "もしかして: `dmarcstat summary`"),
    (["summary", "--doman", "x"], "オプション '--doman' はありません。もしかして: '--domain'"),
    (["summary", "--month", "2026-13"], "--month \"2026-13\" は月として無効です"),
    (["summary", "--format", "xml"], "の値 'xml' は無効です"), (["show", "ip", "1.2.3"], "IP アドレスとして無効です"),
    (["summary", "extra"], "余分な引数 'extra' があります"), (["summary"], "先に `dmarcstat ingest` を実行するか"),
    (["ingest", "/nowhere/at/all"], "アクセスできません"), (["senders", "add"], "引数 '<name>' を指定してください"),
  ])
  func errorsNameCauseAndNextStepInJapanese(_ arguments: [String], _ text: String) throws {
    let program = try Program()
    let result = try program.run(arguments, environment: Self.japanese)
    #expect(result.errors.contains(text), "\(result.errors)")
    #expect(try result.status == program.run(arguments).status)
  }

  @Test(arguments: [
    ("acounts: []\n", "config.yaml: 不明なキー \"acounts\"。もしかして: \"accounts\""),
    ("lang: fr\n", "config.yaml: `lang` には次のいずれかを指定してください: en, ja (1 行目)"),
    ("accounts:\n  - name: a\n", "アカウント \"a\" には server が必要です"),
  ])
  func configurationErrorsNameFileAndLine(_ configuration: String, _ text: String) throws {
    let program = try Program()
    let config = try program.write("config.yaml", configuration)
    let result = try program.run("summary", "--config", config, environment: Self.japanese)
    #expect(result.status == 2 && result.errors.contains(text), "\(result.errors)")
  }
}
