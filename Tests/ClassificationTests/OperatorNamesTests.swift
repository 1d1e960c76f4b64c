import DMARC
import Foundation
import Lookup
import Seeds
import Testing
import Verdict

@testable import Classification
@testable import Settings
@testable import Store

@Suite struct OperatorNamesTests {
  private static let map = """
    base_reverse_dns,name,type
    mapped.example,Mapped,Web Host
    google.com,Other name of Google,SaaS
    declared.example,Not this,SaaS

    """
  private static let senders = [
    KnownSender(name: "Own", kind: .own, hosts: DomainName("declared.example").map { [$0] } ?? []),
    KnownSender(
      name: "Shop", kind: .service, networks: CIDR("198.51.100.0/24").map { [$0] } ?? [],
      onlyFor: DomainName("example.com").map { [$0] } ?? []),
  ]

  /// Calls `body` with names from a map, a file of autonomous systems and two known senders.
  private func with(_ body: (OperatorNames, ClassificationContext) throws -> Void) throws {
    var file = GeoFile(type: "ipinfo ipinfo_lite.mmdb")
    for (network, name) in [([203, 0, 113, 0] as [UInt8], "Example Net"), ([198, 51, 100, 0], "")] {
      file.add(
        network, length: 24,
        .map([("asn", .text("AS64500")), ("as_name", .text(name)), ("country_code", .text("JP"))]))
    }
    let folder = NSTemporaryDirectory() + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data(Self.map.utf8).write(to: URL(fileURLWithPath: folder + "/map.csv"))
    try file.bytes().write(to: URL(fileURLWithPath: folder + "/lite.bin"))
    var configuration = Configuration()
    configuration.names = [folder + "/map.csv", folder + "/lite.bin"]
    let senders = Self.senders.enumerated().map { StoredSender(id: Int64($0), sender: $1, origin: .configuration) }
    let context = try ClassificationContext(configuration, senders)
    try body(OperatorNames(configuration, context), context)
  }

  /// Known sender, infrastructure table, map, system, host, network.
  @Test(arguments: [
    ("192.0.2.1", "mx.declared.example", OperatorNames.Basis.declared, "Own"),
    ("192.0.2.1", "mail-1.google.com", .infrastructure, "Google (Gmail, Workspace, Groups)"),
    ("203.0.113.1", "a.mapped.example", .map, "Mapped"),
    ("203.0.113.1", "a.other.example", .asn, "AS64500 Example Net"),
    ("198.51.100.1", "", .asn, "AS64500"), ("192.0.2.1", "a.b.other.example", .host, "other.example"),
    ("192.0.2.1", "", .network, "192.0.2.0/24"), ("2001:db8:1::1", "", .network, "2001:db8:1::/48"),
  ])
  func precedence(address: String, host: String, basis: OperatorNames.Basis, name: String) throws {
    try with { names, _ in
      let found = names.name(of: try #require(IPAddress(address)), host: DomainName(host))
      #expect(found.basis == basis)
      #expect(found.text == name)
    }
  }

  @Test func declarationsForSomeDomainsAreNamedBeside() throws {
    try with { _, context in
      let address = try #require(IPAddress("198.51.100.7"))
      #expect(context.scopedSenders(address, host: nil).map(\.name) == ["Shop"])
      let other = try #require(IPAddress("192.0.2.1"))
      #expect(context.scopedSenders(other, host: nil).isEmpty)
    }
  }

  /// Verdicts must not depend on files that are used only for names.
  @Test func verdictsDoNotDependOnNames() throws {
    try with { names, context in
      let address = try #require(IPAddress("203.0.113.1"))
      #expect(context.geolocation(of: address).asn == nil)
      #expect(names.country(of: address) == "JP")
      let plain = try ClassificationContext(Configuration(), [])
      #expect(context.fingerprint("") == plain.fingerprint(""))
    }
  }

  @Test func reportsOfFiles() throws {
    let now: Int64 = 1_800_000_000
    var report = NameFileReport(path: "x", key: "names", kind: .networks)
    #expect(report.days(at: now) == nil && !report.isStale(at: now))
    report.mostDays = 30
    report.date = now - 30 * 86_400
    #expect(report.days(at: now) == 30 && !report.isStale(at: now))
    report.date = now - 31 * 86_400
    #expect(report.isStale(at: now))
    report.date = .max
    #expect(!report.isStale(at: now))
    report.date = .min
    #expect(report.isStale(at: now))
  }

  @Test(arguments: [
    ("GeoLite2-ASN", "GeoLite2 EULA (MaxMind)", Int64(30)),
    ("DBIP-ASN-Lite (compat=GeoLite2-ASN)", "CC BY 4.0 (DB-IP)", 90),
    ("ipinfo ipinfo_lite.mmdb", "CC BY-SA 4.0 (IPinfo)", 90), ("GeoIP2-ISP", nil, 30), ("Own-Networks", nil, 90),
  ])
  func licencesAndAges(type: String, licence: String?, days: Int64) throws {
    var file = GeoFile(type: type)
    file.add([192, 0, 2, 0], length: 24, .map([("asn", .text("AS1"))]))
    try file.with { path in
      var configuration = Configuration()
      configuration.names = [path]
      let report = try #require(NameFileReport.all(configuration).last)
      #expect(report.kind == .networks && report.type == type && report.entries == 1)
      #expect(report.licence == licence && report.mostDays == days && report.date == 256)
    }
  }

  @Test func filesThatCannotBeUsed() throws {
    let folder = NSTemporaryDirectory() + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let contents: [(String, [UInt8], String)] = [
      ("gone", [], "cannot be read"), ("packed.gz", [0x1f, 0x8b, 8, 0], "gunzip"),
      ("wrong.csv", Array("a,b\n".utf8), "line 1: the columns must be"), ("broken.mmdb", Array("x".utf8), "MaxMind DB"),
      ("zeros", [UInt8](repeating: 0, count: 100), "MaxMind DB"),
    ]
    for (name, bytes, problem) in contents {
      let path = "\(folder)/\(name)"
      if name != "gone" { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
      var configuration = Configuration()
      configuration.names = [path]
      let report = try #require(NameFileReport.all(configuration).last)
      #expect(report.kind == .unknown, "\(name)")
      #expect(report.problem?.contains(problem) == true && report.problem?.hasPrefix(path) == true, "\(report)")
      #expect(throws: ClassificationError.self) {
        try OperatorNames(configuration, ClassificationContext(configuration, []))
      }
    }
    var configuration = Configuration()
    configuration.names = [folder]
    #expect(NameFileReport.all(configuration).last?.problem?.contains("not a file") == true)
  }
}
