import DMARC
import Foundation
import Testing
import Verdict

@testable import Settings

/// Every key of the configuration besides accounts, and every mistake.
@Suite struct ConfigurationKeyTests {
  private func parse(_ lines: [String], path: String = "/etc/d/c.yaml") throws -> Configuration {
    try Configuration.parse(lines.joined(separator: "\n"), path: path)
  }

  @Test func everyKeyIsRead() throws {
    let configuration = try parse([
      "database: d.sqlite", "sources: in", "after: delete", "own_domains: [example.com, Example.ORG]",
      "own_tenants: tenant.example", "infrastructure: table.txt", "geoip: [a.mmdb, /b.mmdb]",
      "names: [map.csv, /lite.mmdb]",
      "trusted_hosts: [mx.example.com]", "lang: ja", "pager: less  -S",
      "dns: {resolver: [192.0.2.53, \"192.0.2.54:5353\"], zone: z, timeout: 4, round_seconds: 50, refresh_on_ingest: yes}",
    ])
    #expect(configuration.database == "/etc/d/d.sqlite")
    #expect(configuration.sources == ["/etc/d/in"])
    #expect(configuration.after == .delete)
    #expect(configuration.ownDomains.map(\.name) == ["example.com", "example.org"])
    #expect(configuration.ownTenants.map(\.name) == ["tenant.example"])
    #expect(configuration.infrastructure == "/etc/d/table.txt")
    #expect(configuration.geoip == ["/etc/d/a.mmdb", "/b.mmdb"])
    #expect(configuration.names == ["/etc/d/map.csv", "/lite.mmdb"])
    #expect(configuration.trustedHosts.map(\.name) == ["mx.example.com"])
    #expect(configuration.language == .japanese)
    #expect(configuration.pager == ["less", "-S"])
    #expect(try parse(["pager: [less, --prompt=an answer]"]).pager == ["less", "--prompt=an answer"])
    #expect(configuration.dns.resolver == "192.0.2.53,192.0.2.54:5353")
    #expect(configuration.dns.zone == "/etc/d/z")
    #expect(configuration.dns.timeout == 4)
    #expect(configuration.dns.roundSeconds == 50)
    #expect(configuration.dns.refreshesOnIngest)
  }

  @Test func everyThresholdIsItsOwn() throws {
    let shares: [(String, WritableKeyPath<Thresholds, Double>)] = [
      ("always_signs", \.alwaysSigns), ("hardly_signs", \.hardlySigns), ("origin_share", \.originShare),
      ("small_share", \.smallShare),
    ]
    let counts: [(String, WritableKeyPath<Thresholds, Int64>)] = [
      ("origin_messages", \.originMessages), ("replay_copies", \.replayCopies),
      ("replay_new_infrastructures", \.replayNewInfrastructures), ("small_messages", \.smallMessages),
      ("spoof_addresses", \.spoofAddresses), ("spoof_messages", \.spoofMessages),
      ("steady_days", \.steadyDays), ("steady_span", \.steadySpan),
    ]
    for (key, path) in shares {
      var expected = Thresholds()
      expected[keyPath: path] = 0.375
      #expect(try "\(parse(["thresholds: {\(key): 0.375}"]).thresholds)" == "\(expected)", "\(key)")
    }
    for (key, path) in counts {
      var expected = Thresholds()
      expected[keyPath: path] = 4_711
      #expect(try "\(parse(["thresholds: {\(key): 4711}"]).thresholds)" == "\(expected)", "\(key)")
    }
  }

  @Test func everyKeyOfASenderIsRead() throws {
    let senders = try #require(
      try parse([
        "known_senders:", "  - name: All", "    kind: gateway", "    addresses: [192.0.2.1, \"2001:db8::/32\"]",
        "    domains: [a.example]", "    hosts: [b.example, c.example]", "    asns: [64500, AS64501, as64502]",
        "    for: [example.com, example.org]",
      ]).knownSenders)
    let sender = try #require(senders.first)
    #expect(sender.kind == .gateway)
    #expect(sender.networks.map { "\($0)" } == ["192.0.2.1", "2001:db8::/32"])
    #expect(sender.domains.map(\.name) == ["a.example"])
    #expect(sender.hosts.map(\.name) == ["b.example", "c.example"])
    #expect(sender.asns == [64_500, 64_501, 64_502])
    #expect(sender.onlyFor.map(\.name) == ["example.com", "example.org"])
  }

  @Test func aWideDeclarationCanBeForced() throws {
    let lines = ["known_senders:", "  - {name: x, addresses: 10.0.0.0/8, domains: github.io, force: true}"]
    #expect(try parse(lines).knownSenders?.first?.networks.map { "\($0)" } == ["10.0.0.0/8"])
  }

  @Test func anEmptyListOfSendersDeclaresThatThereAreNone() throws {
    #expect(try parse(["known_senders: []"]).knownSenders?.isEmpty == true)
    #expect(try parse(["lang: en"]).knownSenders == nil)
  }

  @Test(arguments: [("64500", 64_500), ("AS0", 0), ("as4294967295", 4_294_967_295)] as [(String, UInt32)])
  func aSystemNumberMayHaveItsLetters(_ text: String, _ number: UInt32) {
    #expect(ConfigurationReader.asn(text) == number)
  }

  @Test(arguments: ["", "AS", "4294967296", "-1", "AS 1", "64500x", "ASAS1", "１"]) func anythingElseIsNoSystemNumber(
    _ text: String
  ) { #expect(ConfigurationReader.asn(text) == nil) }

  /// Each mistake with its line, and a part of the message.
  @Test(arguments: [
    (["lang: en", "acounts: []"], 2, "did you mean \"accounts\""),
    (["known_sender: []"], 1, "did you mean \"known_senders\""), (["dns: {zones: z}"], 1, "did you mean \"zone\""),
    (["dns:", "  timeout: 1", "  round_second: 3"], 3, "did you mean \"round_seconds\""),
    (["thresholds:", "  spoof_message: 3"], 2, "did you mean \"spoof_messages\""),
    (["known_senders:", "  - {name: x, adresses: 192.0.2.1}"], 2, "did you mean \"addresses\""),
    (["limits:", "  rows: 1000000000000001"], 2, "1000000000000000"), (["limits:", "  rows: -1"], 2, ""),
    (["limits:", "  rows: 99999999999999999999"], 2, ""), (["limits:", "  rows: 1.5"], 2, ""),
    (["limits: [1]"], 1, ""), (["thresholds:", "  origin_share: -0.1"], 2, ""),
    (["thresholds:", "  origin_share: .nan"], 2, ""), (["thresholds:", "  origin_share: often"], 2, ""),
    (["thresholds:", "  spoof_messages: 0"], 2, ""), (["dns:", "  refresh_on_ingest: perhaps"], 2, ""),
    (["dns:", "  timeout: 0"], 2, ""), (["own_domains:", "  - example.com", "  - \"a b\""], 2, "a b"),
    (["trusted_hosts: mx/example.com"], 1, "mx/example.com"), (["database: [a]"], 1, ""), (["sources: {a: b}"], 1, ""),
    (["after: \"move:\""], 1, "after"), (["- a"], 1, ""), (["known_senders: none"], 1, ""),
    (["known_senders:", "  - {kind: own, asns: 1}"], 2, "name"),
    (["known_senders:", "  - {name: x, asns: many}"], 2, "many"),
    (["known_senders:", "  - {name: x, addresses: 192.0.2.1/33}"], 2, "192.0.2.1/33"),
    (["known_senders:", "  - {name: x, domains: [a b]}"], 2, "a b"),
    (["known_senders:", "  - name: x", "    addresses: 0.0.0.0/0", "    force: true"], 3, "every address"),
    (["known_senders:", "  - name: x", "    addresses: [192.0.2.1, \"2001:d00::/24\"]"], 3, "force: true"),
    (["known_senders:", "  - name: x", "    addresses: 192.0.2.1", "    domains: co.uk"], 4, "public suffix"),
    (["known_senders:", "  - name: x", "    hosts: a.example", "    for: [github.io]"], 4, "public suffix"),
  ])
  func aMistakeIsNamedWithItsLine(_ lines: [String], _ line: Int, _ part: String) {
    let error = #expect(throws: SettingsError.self) { try parse(lines) }
    #expect(error?.line == line, "\(error?.description ?? "")")
    #expect(error?.problem.contains(part) == true || part.isEmpty, "\(error?.description ?? "")")
  }

  @Test func twoSendersOfOneNameAreAMistake() {
    let error = #expect(throws: SettingsError.self) {
      try parse(["known_senders:", "  - {name: x, asns: 1}", "  - {name: x, asns: 2}"])
    }
    #expect(error?.problem.contains("\"x\"") == true)
  }

  @Test func aKeyThatIsThereTwiceIsAMistake() {
    let error = #expect(throws: SettingsError.self) { try parse(["lang: en", "database: a", "lang: ja"]) }
    #expect(error?.description.contains("line") == true)
  }

  @Test(arguments: ["password_command", "password_file", "token_command"], [" ", ":", "="])
  func aKeyWithoutItsColonMayHoldASecret(_ key: String, _ separator: String) {
    let error = #expect(throws: SettingsError.self) {
      try parse(["accounts:", "  - name: a", "    \(key)\(separator)hush: x"])
    }
    #expect(error?.line == 3)
    #expect(error?.description.contains("hush") == false)
    #expect(error?.problem.contains("\"\(key)\"") == true)
  }

  @Test(arguments: [("~/d", "/d"), ("~", "")]) func aTildeIsTheHomeFolder(_ text: String, _ end: String) throws {
    let home = try #require(ProcessInfo.processInfo.environment["HOME"])
    #expect(try parse(["database: \"\(text)\""]).database == home + end)
    #expect(try parse(["after: \"move:\(text)\""]).after == .move(home + end))
    #expect(try FileCleanup("move:\(text)")?.expandingHome() == .move(home + end))
  }

  @Test func onlyALeadingTildeOfOnesOwnIsReplaced() throws {
    #expect(try parse(["database: a~/b"]).database == "/etc/d/a~/b")
    #expect(try parse(["database: ~other/b"]).database == "/etc/d/~other/b")
  }

  @Test(arguments: [
    ("c.yaml", "d"), ("./c.yaml", "./d"), ("x/c.yaml", "x/d"), ("/c.yaml", "/d"), ("../c.yaml", "../d"),
  ])
  func pathsAreRelativeToTheFolderOfTheFile(_ path: String, _ expected: String) throws {
    #expect(try parse(["database: d"], path: path).database == expected)
    #expect(try parse(["database: /d"], path: path).database == "/d")
  }

  @Test func aFileThatIsNamedIsRead() throws {
    let path = NSTemporaryDirectory() + "dmarcstat-config-\(UUID().uuidString).yaml"
    try Data("database: /x\n".utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(try Configuration.load(named: path).database == "/x")
    #expect(throws: SettingsError.self) { try Configuration.load(named: path + ".none") }
  }

  @Test(
    arguments: [
      ("keep", .keep), ("delete", .delete), ("move:/a", .move("/a")), ("move", nil), ("move:", nil), ("", nil),
      ("seen", nil),
    ] as [(String, FileCleanup?)])
  func whatBecomesOfFilesIsKeptDeletedOrMoved(_ text: String, _ expected: FileCleanup?) {
    #expect(FileCleanup(text) == expected)
  }
}
