import DMARC
import Foundation
import Intake
import Testing

/// The origin of a report according to the header of its message.
@Suite struct MailOriginTests {
  private static let trusted: Set<DomainName> = Set(["mx.example.com", "mx2.example.com"].compactMap(DomainName.init))

  private static let part =
    "MIME-Version: 1.0\nContent-Type: application/gzip; name=\"a.xml.gz\"\nContent-Transfer-Encoding: base64\n\n"
    + Data(Sample.gzip(Sample.report())).base64EncodedString(options: [.lineLength76Characters]) + "\n"

  private func origin(
    _ fields: String, trusting hosts: Set<DomainName> = trusted, server date: Int64? = nil, body: String = part
  ) throws -> ReportMessage {
    let spool = Spool()
    try spool.append(Array((fields + body).utf8))
    var found: ReportMessage?
    try ReportReader(trustedHosts: hosts).readMail(try spool.source(), date: date) { event in
      if case .report(let report) = event { found = report.origin.mail }
    }
    return try #require(found)
  }

  private static func results(_ domain: String, by host: String = "mx.example.com") -> String {
    "Authentication-Results: \(host);\n\tdkim=pass header.d=\(domain)\n"
  }

  @Test func noHostIsTrustedByDefault() throws {
    let mail = try origin(Self.results("a.example") + "From: x@a.example\n", trusting: [])
    #expect(mail.authentication == nil)
    #expect(mail.from == "x@a.example")
  }

  @Test func topmostFieldOfATrustedHostCounts() throws {
    let forged = Self.results("bank.example") + "From: x@bank.example\n"
    func domains(_ fields: String) throws -> [String]? {
      try origin(fields).authentication?.authenticatedDomains.map(\.name)
    }
    #expect(try domains(Self.results("a.example") + "From: x@a.example\n") == ["a.example"])
    #expect(try domains("Authentication-Results: mx.example.com; none\n" + forged) == [])
    #expect(try domains("Received: by mx\nAuthentication-Results: mx2.example.com; dkim=none\n" + forged) == [])
    // Fields of other hosts are skipped; a malformed one of a trusted host is not.
    #expect(
      try domains(Self.results("b.example", by: "mx.example.net") + Self.results("a.example") + forged) == ["a.example"]
    )
    #expect(try domains("Authentication-Results: mx.example.com; dkim=pass (\n" + forged) == [])
    #expect(
      try domains("Authentication-Results: MX.EXAMPLE.COM 1; dmarc=pass header.from=a.example\n" + forged) == [
        "a.example"
      ])
    #expect(
      try domains("ARC-" + Self.results("a.example") + "X-" + Self.results("a.example") + "From: x@a.example\n") == nil)
    #expect(try domains(Self.results("a.example", by: "mx.example.com.evil.example") + "From: x@a.example\n") == nil)
  }

  @Test func headerOfAnAttachedMessageIsUnverified() throws {
    let inner = Self.results("bank.example") + "DKIM-Signature: v=1; d=bank.example;\n s=x\nFrom: x@bank.example\n"
    let body = "MIME-Version: 1.0\nContent-Type: message/rfc822\n\n" + inner + Self.part
    let mail = try origin(Self.results("own.example") + "From: colleague@own.example\n", body: body)
    #expect(mail.from == "x@bank.example")
    #expect(mail.forwardedBy == "colleague@own.example")
    #expect(mail.authentication == nil)
    #expect(mail.signatureDomains.map(\.name) == ["bank.example"])
  }

  @Test func signaturesAreBounded() throws {
    let fields = (0..<100).map { "DKIM-Signature: v=1; a=x;\n d = d\($0).example ; b=d=no\n" }.joined()
    let mail = try origin(fields + "From: x@a.example\n")
    #expect(mail.signatureDomains.count == 16)
    #expect(mail.signatureDomains.first?.name == "d0.example")
  }

  @Test func receivedAt() throws {
    let received = "Received: from x by y; Fri, 02 Oct 2026 03:04:05 +0000\n"
    let older = "Received: from z by x; Thu, 01 Oct 2026 03:04:05 +0000\n"
    #expect(try origin(received + older + "From: x@a.example\n").receivedAt == 1_790_910_245)
    #expect(try origin(received + "From: x@a.example\n", server: 7).receivedAt == 7)
    #expect(try origin("Received: nonsense\n" + older + "From: x@a.example\n").receivedAt == nil)
    #expect(try origin("Date: Fri, 02 Oct 2026 03:04:05 +0000\nFrom: x@a.example\n").receivedAt == nil)
  }
}
