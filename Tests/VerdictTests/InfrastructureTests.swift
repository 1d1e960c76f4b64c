import DMARC
import Testing

@testable import Verdict

@Suite struct InfrastructureTests {
  @Test func builtInTableIsCompleteAndNamesItsSources() throws {
    var table = InfrastructureTable()
    try table.extend(with: String(decoding: PackageResources.infrastructure_txt, as: UTF8.self))
    #expect(table.count > 100)
    #expect(table == .builtIn)
    #expect(table.entry(for: try #require(DomainName("mail-1.google.com")))?.kind == .mailbox)
    #expect(table.entry(for: try #require(IPAddress("40.95.1.2")))?.kind == .relayPool)
    #expect(table.entry(for: try #require(IPAddress("40.94.1.2"))) == nil)
  }

  @Test func onlyWholeLabelsCount() throws {
    let table = InfrastructureTable.builtIn
    #expect(table.entry(for: try #require(DomainName("notgoogle.com"))) == nil)
    #expect(table.entry(for: try #require(DomainName("google.com.attacker.example"))) == nil)
    #expect(table.isListLike(try #require(DomainName("lists.example.org"))))
    #expect(!table.isListLike(try #require(DomainName("mylists.example.org"))))
  }

  @Test func ownLinesTakePrecedence() throws {
    var table = InfrastructureTable.builtIn
    try table.extend(
      with: "# ours\nforwarder  google.com  Our alias host  intranet\n\tesp\t192.0.2.0/24\tMailer\twiki\n")
    #expect(table.entry(for: try #require(DomainName("x.google.com")))?.kind == .forwarder)
    #expect(table.entry(for: try #require(IPAddress("192.0.2.9")))?.operatorName == "Mailer")
  }

  @Test(arguments: [
    ("gateway  only.example", 1, "two spaces"), ("\ngateway  a.example  A", 2, "source"),
    ("relay  a.example  A  here", 1, "kinds are"),
  ])
  func errorsNameTheirLine(text: String, line: Int, cause: String) {
    var table = InfrastructureTable()
    let error = #expect(throws: InfrastructureError.self) { try table.extend(with: text) }
    #expect(error?.line == line)
    #expect(error?.cause.contains(cause) == true)
  }
}
