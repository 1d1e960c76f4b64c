import DMARC
import ReportXML
import Testing

@Suite struct SchemaLintTests {
  private func lint(_ xml: String, _ dialect: ReportDialect? = nil) throws -> SchemaLint.Findings {
    try SchemaLint.check(Array(xml.utf8), as: dialect)
  }

  private static let rfc9990 = """
    <feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0"><report_metadata><org_name>R</org_name><email>a@example.net</email>
    <report_id>1</report_id><date_range><begin>1</begin><end>2</end></date_range></report_metadata>
    <policy_published><domain>example.com</domain><p>none</p></policy_published>
    <record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated><disposition>pass</disposition><dkim>pass</dkim>
    <spf>fail</spf></policy_evaluated></row><identifiers><header_from>example.com</header_from></identifiers>
    <auth_results><dkim><domain>example.com</domain><selector>s</selector><result>pass</result></dkim></auth_results></record></feedback>
    """

  @Test func conformingReport() throws {
    let findings = try lint(Self.rfc9990)
    #expect(findings.dialect == .rfc9990)
    #expect(findings.problems.isEmpty)
  }

  @Test func deviationsHaveLineNumbers() throws {
    let findings = try lint(Self.rfc9990.replacing("<disposition>pass", with: "<disposition>accept"))
    #expect(findings.problems.map(\.line) == [4])
    #expect(try #require(findings.problems.first).message.contains("accept"))
  }

  @Test func schemaVersionCanBeChosen() throws {
    let findings = try lint(Self.rfc9990, .rfc7489)
    #expect(findings.dialect == .rfc7489)
    #expect(findings.problems.contains { $0.message.contains("version") })
  }

  @Test func nonReportsAreRejected() {
    #expect(throws: InputError.self) { try lint("<!DOCTYPE feedback []><feedback/>") }
    #expect(throws: InputError.self) { try lint("<feedback>") }
  }
}
