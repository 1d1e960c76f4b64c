import DMARC
import Foundation
import Testing

@testable import ReportXML

/// Names that a report cannot be right about give one warning for each kind.
@Suite struct NameCheckTests {
  private func record(_ from: String?, auth: String = "") -> String {
    recordXML(
      identifiers: "<identifiers>\(from.map { "<header_from>\($0)</header_from>" } ?? "")</identifiers>",
      auth: "<dkim><domain>example.com</domain><result>pass</result></dkim>" + auth)
  }

  private func warnings(_ records: [String], domain: String = "example.com", headLast: Bool = false) throws -> [String]
  {
    let policy = "<domain>\(domain)</domain><p>none</p>"
    var xml = reportXML(policy: policy, records: records.joined())
    if headLast {
      let head = "<policy_published>\(policy)</policy_published>"
      xml = xml.replacingOccurrences(of: head, with: "").replacingOccurrences(
        of: "</feedback>", with: head + "</feedback>")
    }
    return try parse(xml).tail.warnings.filter { [.contradiction, .nameTooLong].contains($0.code) }.map(\.message)
  }

  @Test(arguments: [false, true]) func eachKindOfFromDomainGivesOneWarning(headLast: Bool) throws {
    let records = [
      "example.com", "a.example.com", "stranger.example", "", "a.example.com, b.example.com", "third.example",
    ]
    .map { record($0) }
    let found = try warnings(records + records + [record(nil)], headLast: headLast)
    #expect(
      found.sorted() == [
        "header_from \"stranger.example\" cannot fall under the policy of example.com (4 records)",
        "header_from is empty (2 records)", "header_from is missing (1 record)",
        "header_from names more than one domain: \"a.example.com, b.example.com\" (2 records)",
      ])
  }

  @Test func warningsAreBounded() throws {
    let found = try warnings((0..<5_000).map { record("x\($0).example") })
    #expect(found == ["header_from \"x0.example\" cannot fall under the policy of example.com (5000 records)"])
    #expect(try warnings((0..<5_000).map { record("x\($0).example") }, headLast: true).count == 1)
  }

  @Test(arguments: [
    ("example.com", "example.com"), ("Example.COM.", "example.com"), ("a@mail.example.com", "example.com"),
    ("example.com", "mail.example.com"), ("news.example.com", "mail.example.com"),
    ("bücher.example", "xn--bcher-kva.example"), ("a.xn--bcher-kva.example", "bücher.example"),
    ("a.b.example.co.uk", "example.co.uk"),
  ])
  func fromDomainsOfTheOrganisation(from: String, domain: String) throws {
    #expect(try warnings([record(from)], domain: domain).isEmpty)
  }

  @Test(arguments: [
    ("example.org", "example.com"), ("notexample.com", "example.com"), ("com", "example.com"),
    ("other.co.uk", "example.co.uk"), ("example.com.evil.example", "example.com"),
  ])
  func fromDomainsOfStrangers(from: String, domain: String) throws {
    #expect(try warnings([record(from)], domain: domain).count == 1)
  }

  private static let label = String(repeating: "a", count: 64)
  private static let name =
    (0..<5).map { _ in String(repeating: "b", count: 60) }.joined(separator: ".") + ".example.com"

  @Test func namesThatAreTooLongAreMarkedByKind() throws {
    let auth =
      "<dkim><domain>\(Self.label).example.com</domain><selector>\(Self.label)</selector><result>fail</result></dkim>"
      + "<spf><domain>\(Self.label).example.com</domain><result>fail</result></spf>"
    let identifiers =
      "<identifiers><envelope_to>\(Self.label).example.com</envelope_to><envelope_from>\(Self.label).example.com</envelope_from>"
      + "<header_from>\(Self.label).example.com</header_from></identifiers>"
    let record = recordXML(identifiers: identifiers, auth: auth)
    let found = try warnings([record, record], domain: Self.label + ".example.com")
    #expect(found.count { $0.contains("cannot be a DNS name") } == 7)
    #expect(found.count { $0.contains("(2 records)") } == 6)
    for what in ["header_from", "envelope_from", "envelope_to", "selector", "SPF", "DKIM result", "policy_published"] {
      #expect(found.contains { $0.contains(what) }, "\(what)")
    }
    let long = try parse(reportXML(records: self.record(Self.name("b", 60, labels: 5)))).codes
    #expect(long.contains(.nameTooLong) || long.contains(.textCut))
  }

  private static func name(_ letter: String, _ length: Int, labels: Int = 1) -> String {
    Array(repeating: String(repeating: letter, count: length), count: labels).joined(separator: ".")
  }

  @Test func possibleLengths() {
    for short in [
      Self.name("a", 63) + ".example", Self.name("b", 62, labels: 4), Self.name("b", 62, labels: 4) + ".",
      Self.name("日", 40),
    ] {
      #expect(!NameCheck.isTooLong(short), "\(short)")
    }
    for long in [
      Self.name("a", 64) + ".example", Self.name("b", 63, labels: 4), Self.name("c", 9, labels: 30), Self.name("日", 64),
    ] {
      #expect(NameCheck.isTooLong(long), "\(long)")
    }
  }
}
